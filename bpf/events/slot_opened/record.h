/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A cgroup got a slot: its first exec outside the host's mount namespace. */
struct sd_ev_slot_opened {
	struct sd_ev_header header;
	__u64 cgroup_id;
	__u32 hierarchy_id;
	__u32 pid;
	__u32 netns_inode;
	__u32 path_bytes;
	/* Cgroup names leaf first, each ended by NUL; the root's own name is left out. */
	char path[SD_PATH_BYTES];
};
