/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The OOM killer chose this process. */
struct sd_ev_oom_killed {
	struct sd_ev_header header;
	__u32 pid;
	__u32 pad;
	char name[SD_NAME_BYTES];
};
