/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Processes that were moved (or forked) into a watched cgroup and have not exec'ed in the container: a
 * runtime's helper (runc init, `docker exec`). Its calls are not the container's. It may exec itself
 * again first (runc does, against CVE-2019-5736): as long as it is in the mount namespace of who moved
 * it there, it is still the helper, whatever namespace the runtime's daemon has. Nobody joins nearly
 * always, so the syscall path first looks at one counter.
 */
#define JOINING_PROBES 8

static __noinline int is_in_joining(__u32 tgid)
{
	for (__u32 i = 0; i < JOINING_PROBES; i++)
		if (sd_shared.joining[(tgid + i) & (SD_JOINING_COUNT - 1)] == tgid)
			return 1;
	return 0;
}

static __always_inline bool is_joining(__u32 tgid)
{
	return sd_joining_count && is_in_joining(tgid);
}

static __noinline __u32 joining_mntns(__u32 tgid)
{
	for (__u32 i = 0; i < JOINING_PROBES; i++) {
		__u32 index = (tgid + i) & (SD_JOINING_COUNT - 1);

		if (sd_shared.joining[index] == tgid)
			return sd_shared.joining_mntns[index];
	}
	return 0;
}

static __noinline int joining_add(__u32 tgid, __u32 mntns_inode)
{
	if (is_in_joining(tgid))
		return 0;
	for (__u32 i = 0; i < JOINING_PROBES; i++) {
		__u32 index = (tgid + i) & (SD_JOINING_COUNT - 1);
		__u32 *entry = &sd_shared.joining[index];

		if (*entry || __sync_val_compare_and_swap(entry, 0, tgid))
			continue;
		sd_shared.joining_mntns[index] = mntns_inode;
		__sync_fetch_and_add(&sd_joining_count, 1);
		return 0;
	}
	drop(SD_DROP_JOINING_FULL);
	return 0;
}

static __noinline int joining_remove(__u32 tgid)
{
	if (!sd_joining_count)
		return 0;
	for (__u32 i = 0; i < JOINING_PROBES; i++) {
		__u32 *entry = &sd_shared.joining[(tgid + i) & (SD_JOINING_COUNT - 1)];

		if (*entry == tgid && __sync_val_compare_and_swap(entry, tgid, 0) == tgid)
			__sync_fetch_and_add(&sd_joining_count, -1);
	}
	return 0;
}
