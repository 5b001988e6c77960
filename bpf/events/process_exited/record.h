/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The last thread of a process ended. */
struct sd_ev_process_exited {
	struct sd_ev_header header;
	__u32 pid;
	/* As wait4 gives it: signal in bits 0-6, exit code in bits 8-15. */
	__u32 status;
	__u32 is_container_init;
	__u32 pad;
	char name[SD_NAME_BYTES];
};
