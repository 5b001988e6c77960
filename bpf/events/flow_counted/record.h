/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counts of a live flow; written by the flow pass, never to the ring. */
struct sd_ev_flow_counted {
	struct sd_ev_header header;
	__u64 id;
	__u32 pid;
	__u32 pad;
	char name[SD_NAME_BYTES];
	struct sd_flow_counts counts;
};
