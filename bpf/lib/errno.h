/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bounded table (class, errno) a slot; what does not fit shows as errors minus the table's sum. */
#define ERRNO_PROBES 8

static __noinline int count_errno(__u32 slot, __u32 class, __u32 errno_number)
{
	struct sd_slot *info = slot_at(slot);
	__u32 key = class << 16 | (errno_number & 0xffff);

	if (!info)
		return 0;
	for (__u32 i = 0; i < ERRNO_PROBES; i++) {
		struct sd_errno *entry = &info->errnos[((key * 0x9E3779B1u >> 26) + i) & (SD_ERRNO_COUNT - 1)];

		if (entry->key != key && (entry->key || __sync_val_compare_and_swap(&entry->key, 0, key))) {
			/* Taken, perhaps just now by the same key on another CPU. */
			if (entry->key != key)
				continue;
		}
		__sync_fetch_and_add(&entry->count, 1);
		return 0;
	}
	drop(SD_DROP_ERRNO_FULL);
	return 0;
}
