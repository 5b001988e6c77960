/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cgroup -> slot. The owner map decides (BPF_NOEXIST); the table in sd_shared is a copy that the
 * syscall path reads without a helper. Only who won the owner map writes the table, so no key stands
 * in it twice. User space follows the same rule (native/slot-table.cc).
 */
static __always_inline __u32 bucket_of(__u64 key)
{
	return (key * 0x9E3779B97F4A7C15ULL) >> (64 - SD_BUCKET_BITS);
}

static __always_inline __u32 slot_of_key(__u64 key)
{
	__u32 bucket = bucket_of(key);

#pragma unroll
	for (int way = 0; way < SD_BUCKET_WAYS; way++)
		if (sd_shared.keys[bucket][way] == key)
			return sd_shared.slots[bucket][way];
	return SD_SLOT_NONE;
}

static __always_inline __u32 slot_of_task(struct task_struct *task)
{
	__u64 key = key_of_task(task);

	return key ? slot_of_key(key) : SD_SLOT_NONE;
}

static __always_inline bool is_counted(__u32 slot)
{
	return slot < SD_SLOT_LIMIT;
}

static __always_inline struct sd_slot *slot_at(__u32 slot)
{
	return bpf_map_lookup_elem(&sd_slot_by_id, &slot);
}

static __noinline int table_insert(__u64 key, __u32 slot)
{
	__u32 bucket = bucket_of(key);

	for (int way = 0; way < SD_BUCKET_WAYS; way++) {
		if (sd_shared.keys[bucket][way])
			continue;
		if (__sync_val_compare_and_swap(&sd_shared.keys[bucket][way], 0, SD_KEY_BUSY))
			continue;
		sd_shared.slots[bucket][way] = slot;
		__sync_lock_test_and_set(&sd_shared.keys[bucket][way], key);
		return 0;
	}
	drop(SD_DROP_TABLE_FULL);
	return -1;
}

static __noinline int table_set(__u64 key, __u32 slot)
{
	__u32 bucket = bucket_of(key);

	for (int way = 0; way < SD_BUCKET_WAYS; way++)
		if (sd_shared.keys[bucket][way] == key)
			sd_shared.slots[bucket][way] = slot;
	return 0;
}

static __noinline int table_remove(__u64 key)
{
	__u32 bucket = bucket_of(key);

	for (int way = 0; way < SD_BUCKET_WAYS; way++)
		if (sd_shared.keys[bucket][way] == key)
			sd_shared.keys[bucket][way] = 0;
	return 0;
}

static __always_inline void slot_give_back(__u32 slot)
{
	if (slot != SD_SLOT_OVERFLOW)
		bpf_map_push_elem(&sd_free_slots, &slot, BPF_ANY);
}

/* Makes `slot` the owner of `key`; when another was first, returns that one's slot. */
static __always_inline __u32 owner_insert(__u64 key, __u32 slot, bool is_inherited)
{
	struct sd_owner owner = {.slot = slot, .is_inherited = is_inherited};
	struct sd_owner *first;

	if (!bpf_map_update_elem(&sd_owner_by_cg, &key, &owner, BPF_NOEXIST)) {
		if (!table_insert(key, slot))
			return slot;
		bpf_map_delete_elem(&sd_owner_by_cg, &key);
		return SD_SLOT_NONE;
	}
	first = bpf_map_lookup_elem(&sd_owner_by_cg, &key);
	if (first)
		return first->slot;
	drop(SD_DROP_TABLE_FULL);
	return SD_SLOT_NONE;
}
