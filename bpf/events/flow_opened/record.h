/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A connection was established, or one older than sonde was found. */
struct sd_ev_flow_opened {
	struct sd_ev_header header;
	struct sd_flow_ends ends;
	struct sd_flow_counts counts;
};
