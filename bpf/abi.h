/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Everything that the BPF object, the addon and (through BTF, src/generated/layout.ts) TypeScript
 * share. Padding is explicit; layouts are never typed a second time.
 */
#ifndef SONDE_ABI_H
#define SONDE_ABI_H

#include <linux/types.h>

#define SD_NAME_BYTES 16  /* TASK_COMM_LEN */
#define SD_PATH_BYTES 256 /* longest path in a record; the kernel's own limit would be 4096 */
#define SD_SLOT_LIMIT 1024
#define SD_SLOT_OVERFLOW 0
#define SD_SLOT_NONE 0xfffe    /* not a container */
#define SD_SLOT_IGNORED 0xffff /* told by user space to count nothing */
#define SD_ROW_NONE 0x80000000 /* beyond every cell: a look-up finds nothing */
#define SD_BUCKET_BITS 12
#define SD_BUCKET_COUNT (1 << SD_BUCKET_BITS)
#define SD_BUCKET_WAYS 4 /* one cache line */
#define SD_KEY_BUSY (~0ULL)
#define SD_KEY_HIERARCHY_SHIFT 56
#define SD_ENTRY_LIMIT 8192
#define SD_JOINING_COUNT 256
#define SD_EXITED_COUNT 1024
#define SD_ERRNO_COUNT 64
#define SD_TIMED_COUNT 16
#define SD_DURATION_SHARDS 8
#define SD_DURATION_BUCKETS 40 /* 2^-30 s to 2^10 s */
#define SD_START_COUNT 65536
#define SD_HOT_WAYS 4
#define SD_HOT_BUCKETS 1024

/* 64 exactly: an index is masked, not compared. */
enum sd_class {
#define SD_CLASS(name, timed) SD_CLASS_##name,
#include "classes.h"
#undef SD_CLASS
	SD_CLASS_COUNT
};

/* Index of a class's histogram plus one; 0 = not timed. */
enum sd_timed {
#define SD_CLASS(name, timed) SD_TIMED_##name = timed,
#include "classes.h"
#undef SD_CLASS
};

/* Where a file lives. NONE: the call does not tell (close, unlink, rename). */
enum sd_area {
	SD_AREA_ROOTFS,
	SD_AREA_VOLUME,
	SD_AREA_TMP,
	SD_AREA_PROC,
	SD_AREA_DEV,
	SD_AREA_SOCK,
	SD_AREA_PIPE,
	SD_AREA_OTHER,
	SD_AREA_NONE,
	SD_AREA_COUNT
};

enum sd_direction { SD_DIRECTION_READ, SD_DIRECTION_WRITE, SD_DIRECTION_COUNT };

enum sd_operation {
	SD_OPERATION_OPEN,
	SD_OPERATION_CREATE,
	SD_OPERATION_CLOSE,
	SD_OPERATION_UNLINK,
	SD_OPERATION_RENAME,
	SD_OPERATION_FSYNC,
	SD_OPERATION_COUNT
};

/* Why the kernel side could not keep something. */
enum sd_drop {
	SD_DROP_RING_FULL,
	SD_DROP_NO_SLOT,
	SD_DROP_TABLE_FULL,
	SD_DROP_JOINING_FULL,
	SD_DROP_ERRNO_FULL,
	SD_DROP_HOT_FULL,
	SD_DROP_PATH_CUT,
	SD_DROP_COUNT
};

enum sd_event {
#define SD_EVENT(number, NAME, name) SD_EVENT_##NAME = number,
#include "events/list.h"
#undef SD_EVENT
};

enum sd_mode { SD_MODE_V2, SD_MODE_V1, SD_MODE_HYBRID };
enum sd_controller { SD_CONTROLLER_MEMORY, SD_CONTROLLER_PIDS, SD_CONTROLLER_CPU, SD_CONTROLLER_FREEZER };

/* First member of every record. */
struct sd_ev_header {
	__u16 event;
	__u16 record_bytes;
	__u16 slot;
	__u16 cpu;
	__u64 boot_ns;
};

#include "events/slot_opened/record.h"
#include "events/slot_closed/record.h"
#include "events/cgroup_made/record.h"
#include "events/process_started/record.h"
#include "events/process_execed/record.h"
#include "events/process_exited/record.h"
#include "events/oom_killed/record.h"

struct sd_call {
	__u64 calls;
	__u64 errors;
};

/* One a CPU and slot, [slot * cpu_count + cpu]: a single writer, so no atomics. */
struct sd_cell {
	struct sd_call call[SD_CLASS_COUNT];
	__u64 file_bytes[SD_AREA_COUNT][SD_DIRECTION_COUNT];
};

struct sd_errno {
	__u32 key; /* class << 16 | errno; 0 = free */
	__u32 pad;
	__u64 count;
};

/* One a slot, shared by all CPUs: rare updates, atomic. */
struct sd_slot {
	__u64 key;
	__u32 pid;
	__u32 netns_inode;
	__u32 mntns_inode;
	__u32 pidns_inode;
	/* Set when the ring had no room for the record; user space makes it up. */
	__u32 is_open_lost;
	__u32 is_close_lost;
	__u64 starts;
	__u64 execs;
	__u64 exits;
	/* Of these, the ones whose record the ring had no room for. */
	__u64 lost_starts;
	__u64 lost_execs;
	__u64 lost_exits;
	__u64 oom_kills;
	__u64 ended_cpu_ns;
	__u64 ended_user_ns;
	__u64 ended_system_ns;
	__u64 operations[SD_AREA_COUNT][SD_OPERATION_COUNT];
	struct sd_errno errnos[SD_ERRNO_COUNT];
};

/* log2 buckets in units of 2^-30 s: an OTLP exponential histogram of scale 0. */
struct sd_duration {
	__u64 sum_ns;
	__u32 buckets[SD_DURATION_BUCKETS];
};

/* [cpu & (SD_DURATION_SHARDS - 1)][slot], atomic. */
struct sd_durations {
	struct sd_duration timed[SD_TIMED_COUNT];
};

struct sd_start {
	__u64 start_ns; /* 0 = not timed */
	__u32 tid;
	__u32 random;
};

enum sd_hot_state { SD_HOT_FREE, SD_HOT_BUSY, SD_HOT_READY };

/* A file that moved bytes, cumulative while the table holds it. */
struct sd_hot {
	__u64 inode_number;
	__u32 inode_generation;
	__u16 slot;
	__u16 path_bytes;
	__u32 state;
	__u32 epoch; /* of its last use */
	__u64 bytes[SD_DIRECTION_COUNT];
	/* Dentry names leaf first, each ended by NUL. */
	char path[SD_PATH_BYTES];
};

/* Tags (inode address and slot) of a bucket stand together: one cache line tells a miss. */
struct sd_hot_bucket {
	__u64 tags[SD_HOT_WAYS];
	struct sd_hot ways[SD_HOT_WAYS];
};

/* Value of the authoritative map cgroup key -> slot. */
struct sd_owner {
	__u16 slot;
	__u16 is_inherited; /* from the parent cgroup: a nested container may still take its own slot */
};

/* Set before load; dead branches go. */
struct sd_config {
	__u32 mode;
	__u32 v1_controller;
	__u32 v1_hierarchy_id;
	__u32 host_mntns_inode;
	__u32 is_host_scope;
	__u32 slot_count;
	__u32 ring_wake_bytes;
	__u32 is_latency;
	__u32 has_rdonly_cast; /* bpf_rdonly_cast (6.2): plain loads instead of a helper a field */
	__u32 cpu_count;
};

/* Copy of an owner for the syscall path: a key is in its bucket or nowhere. */
struct sd_entry {
	__u64 key;
	__u32 row; /* first cell of the slot; SD_ROW_NONE when ignored */
	__u16 slot;
	__u16 pad;
};

/*
 * Writable globals, mapped by user space. Apart from this one stand what every system call reads, each
 * with an address of its own: `sd_entries` ([SD_BUCKET_COUNT][SD_BUCKET_WAYS]) and `sd_joining_count`.
 */
struct sd_shared {
	/* Only cgroups strictly below these count: [0] cgroup v2, [1] v1. Key 0 = not there. */
	__u64 root_key[2];
	__u32 root_level[2];
	__u64 drops[SD_DROP_COUNT];
	__u64 ring_high_bytes;
	/* Open or close records that the ring had no room for. */
	__u64 lost_slot_records;
	/* Last processes seen ending: two threads may both see the group dead. */
	__u64 exited[SD_EXITED_COUNT];
	/* Processes moved into a container that have not exec'ed there. */
	__u32 joining[SD_JOINING_COUNT];
	/* Mount namespace of who moved it there; 0 = any exec ends the joining. */
	__u32 joining_mntns[SD_JOINING_COUNT];
	__u32 hot_epoch;
	__u32 pad;
};

#endif
