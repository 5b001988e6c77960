/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ring records of flows. */
static __always_inline void report_opened(struct sd_flow *flow)
{
	struct sd_ev_flow_opened *record = RING_RESERVE(FLOW_OPENED, flow_opened, flow->ends.slot);

	/* Not lost: the next pass announces what still has to be. */
	if (!record)
		return;
	record->ends = flow->ends;
	record->counts = flow->counts;
	ring_submit(record, false);
	flow->ends.is_announced = 1;
}

static __always_inline void report_closed(struct sd_flow *flow)
{
	struct sd_ev_flow_closed *record = RING_RESERVE(FLOW_CLOSED, flow_closed, flow->ends.slot);

	if (!record)
		return;
	record->ends = flow->ends;
	record->counts = flow->counts;
	record->error = flow->error;
	record->pad = 0;
	ring_submit(record, false);
}

static __always_inline void report_failed(struct sd_flow *flow)
{
	struct sd_ev_flow_failed *record = RING_RESERVE(FLOW_FAILED, flow_failed, flow->ends.slot);

	if (!record)
		return;
	record->ends = flow->ends;
	record->error = flow->error;
	record->pad = 0;
	ring_submit(record, false);
}
