/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of a flow, with its final counts. Complete, so that a lost opening costs nothing. */
struct sd_ev_flow_closed {
	struct sd_ev_header header;
	struct sd_flow_ends ends;
	struct sd_flow_counts counts;
	__u32 error; /* errno; 0 = in good order, or SD_FLOW_ABORTED */
	__u32 pad;
};
