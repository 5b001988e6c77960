/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ring records of flows; what the ring has no room for is counted in the slot, never lost silently. */
static __always_inline void flow_reported(struct sd_flow *flow)
{
	flow->ends.is_announced = 1;
	flow->seen_sent_bytes = flow->counts.sent_bytes;
	flow->seen_received_bytes = flow->counts.received_bytes;
}

static __always_inline void closing_lost(struct sd_flow *flow)
{
	struct sd_slot *slot = slot_at(flow->ends.slot);

	if (!slot)
		return;
	/* An announced one is missed by the next full pass, which ends it. */
	if (!flow->ends.is_announced)
		__sync_fetch_and_add(&slot->lost_flows, 1);
	__sync_fetch_and_add(&slot->lost_sent_bytes, flow->counts.sent_bytes - flow->seen_sent_bytes);
	__sync_fetch_and_add(&slot->lost_received_bytes, flow->counts.received_bytes - flow->seen_received_bytes);
}

static __always_inline void report_opened(struct sd_flow *flow)
{
	struct sd_ev_flow_opened *record = RING_RESERVE(FLOW_OPENED, flow_opened, flow->ends.slot);

	/* Not lost: the next pass announces what still has to be. */
	if (!record)
		return;
	record->ends = flow->ends;
	record->counts = flow->counts;
	ring_submit(record, false);
	flow_reported(flow);
}

static __always_inline void report_closed(struct sd_flow *flow)
{
	struct sd_ev_flow_closed *record = RING_RESERVE(FLOW_CLOSED, flow_closed, flow->ends.slot);

	if (!record) {
		closing_lost(flow);
		return;
	}
	record->ends = flow->ends;
	record->counts = flow->counts;
	record->error = flow->error;
	record->pad = 0;
	ring_submit(record, false);
}

static __always_inline void report_failed(struct sd_flow *flow)
{
	struct sd_ev_flow_failed *record = RING_RESERVE(FLOW_FAILED, flow_failed, flow->ends.slot);
	struct sd_slot *slot;

	if (!record) {
		slot = slot_at(flow->ends.slot);
		if (slot)
			__sync_fetch_and_add(&slot->lost_failures, 1);
		return;
	}
	record->ends = flow->ends;
	record->error = flow->error;
	record->pad = 0;
	ring_submit(record, false);
}
