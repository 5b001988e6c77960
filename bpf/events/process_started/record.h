/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A thread-group leader was forked. */
struct sd_ev_process_started {
	struct sd_ev_header header;
	__u32 pid;
	__u32 parent_pid;
	/* Of the parent at the fork. */
	char name[SD_NAME_BYTES];
};
