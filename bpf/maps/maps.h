/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All maps. Sizes of 1 are set by the loader: from possible CPUs, slots and level
 * (docs/decisions/0010-kernel-memory.md has the formula).
 */
const volatile struct sd_config sd_cfg = {};
struct sd_shared sd_shared = {};
struct sd_entry sd_entries[SD_BUCKET_COUNT][SD_BUCKET_WAYS] __attribute__((aligned(64))) = {};
__u32 sd_joining_count = 0;

/* [slot * cpu_count + cpu]. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sd_cell);
} sd_cell_by_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sd_slot);
} sd_slot_by_id SEC(".maps");

/* [shard * slot_count + slot]; one entry below level `latency`. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sd_durations);
} sd_dur_by_shard SEC(".maps");

/* Direct-mapped by thread id; a collision loses one timing, never a count. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sd_start);
} sd_start_by_tid SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sd_hot_bucket);
} sd_hot_by_file SEC(".maps");

/* Who owns a cgroup: decided here (BPF_NOEXIST), so two inserters never both win. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SD_ENTRY_LIMIT);
	__type(key, __u64);
	__type(value, struct sd_owner);
} sd_owner_by_cg SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, SD_SLOT_LIMIT);
	__type(value, __u32);
} sd_free_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1048576);
} sd_ring SEC(".maps");

/* Twice the length: the verifier adds the largest offset and the largest read. */
struct sd_path_scratch {
	char text[2 * SD_PATH_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sd_path_scratch);
} sd_scratch_path SEC(".maps");
