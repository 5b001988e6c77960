/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* In a full pass: the flow lives and has not changed. Short, as a pass may carry a hundred thousand. */
struct sd_ev_flow_alive {
	struct sd_ev_header header;
	__u64 id;
};
