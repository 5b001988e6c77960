/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An exec succeeded. */
struct sd_ev_process_execed {
	struct sd_ev_header header;
	__u32 pid;
	__u32 file_name_bytes;
	char name[SD_NAME_BYTES];
	/* As given to execve, without NUL in file_name_bytes. */
	char file_name[SD_PATH_BYTES];
};
