/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A cgroup appeared below the root we watch; header.slot is its parent's, if it has one. */
struct sd_ev_cgroup_made {
	struct sd_ev_header header;
	__u64 cgroup_id;
	__u32 hierarchy_id;
	__u32 path_bytes;
	/* From the hierarchy's root, as the kernel prints it, without NUL in path_bytes. */
	char path[SD_PATH_BYTES];
};
