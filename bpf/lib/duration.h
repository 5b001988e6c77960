/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Level `latency`: one call of eight is timed, of the classes that have a histogram. Which ones is
 * pseudo-random for each thread: a program that repeats eight calls would else always show the same.
 */
#define SAMPLE_SHIFT 29 /* the upper 3 of 32 bits are 0 once in 8 */

static const __u8 timed_by_class[SD_CLASS_COUNT] = {
#define SD_CLASS(name, timed) [SD_CLASS_##name] = timed,
#include "../classes.h"
#undef SD_CLASS
};

static __always_inline struct sd_start *start_of(__u32 tid)
{
	__u32 index = tid & (SD_START_COUNT - 1);

	return bpf_map_lookup_elem(&sd_start_by_tid, &index);
}

/* Numerical Recipes' generator; a new thread begins somewhere of its own. */
static __always_inline bool is_sampled(struct sd_start *start, __u32 tid)
{
	if (start->tid != tid) {
		start->tid = tid;
		start->random ^= tid * 0x9E3779B1u;
	}
	start->random = start->random * 1664525u + 1013904223u;
	return start->random >> SAMPLE_SHIFT == 0;
}

static __always_inline __u32 log2_of(__u64 value)
{
	__u32 result = 0;

#pragma unroll
	for (int shift = 32; shift; shift >>= 1)
		if (value >> shift) {
			value >>= shift;
			result += shift;
		}
	return result;
}

static __noinline int add_duration(__u32 slot, __u32 timed, __u64 duration_ns)
{
	__u32 index = (bpf_get_smp_processor_id() & (SD_DURATION_SHARDS - 1)) * sd_cfg.slot_count + slot;
	struct sd_durations *durations = bpf_map_lookup_elem(&sd_dur_by_shard, &index);
	/* 2^30 / 10^9 = 1.0737 = 1099.5 / 1024 */
	__u32 bucket = log2_of(duration_ns * 1099 >> 10);
	struct sd_duration *target;

	if (!durations)
		return 0;
	target = &durations->timed[(timed - 1) & (SD_TIMED_COUNT - 1)];
	if (bucket >= SD_DURATION_BUCKETS)
		bucket = SD_DURATION_BUCKETS - 1;
	__sync_fetch_and_add(&target->sum_ns, duration_ns);
	__sync_fetch_and_add(&target->buckets[bucket], 1);
	return 0;
}

/* At the return of a call: was it one that is timed? */
static __always_inline void finish_timing(struct task_struct *task, __u32 slot, __u32 class)
{
	__u32 tid = task->pid;
	struct sd_start *start = start_of(tid);
	__u64 start_ns;

	/* Another thread took the place, or the program was attached during the call. */
	if (!start || start->tid != tid || !start->start_ns)
		return;
	start_ns = start->start_ns;
	start->start_ns = 0;
	if (timed_by_class[class] && is_counted(slot) && !is_joining(task->tgid))
		add_duration(slot, timed_by_class[class], bpf_ktime_get_ns() - start_ns);
}
