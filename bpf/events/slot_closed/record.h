/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The slot's cgroup was removed: nothing can be counted in it any more. */
struct sd_ev_slot_closed {
	struct sd_ev_header header;
};
