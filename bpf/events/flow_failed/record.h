/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A connect did not succeed. */
struct sd_ev_flow_failed {
	struct sd_ev_header header;
	struct sd_flow_ends ends;
	__u32 error; /* errno; 0 = the process gave up, or no local port was left */
	__u32 pad;
};
