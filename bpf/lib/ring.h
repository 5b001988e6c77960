/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reserve and submit. The reader sleeps: it is woken when a quarter is full or a record is urgent,
 * and looks by itself every 50 ms (docs: kernel.md 6, 8-10 ns an event instead of 140).
 */
static __always_inline void fill_header(struct sd_ev_header *header, enum sd_event event, __u32 size_bytes, __u32 slot)
{
	header->event = event;
	header->record_bytes = size_bytes;
	header->slot = slot;
	header->cpu = bpf_get_smp_processor_id();
	header->boot_ns = bpf_ktime_get_boot_ns();
}

#define RING_RESERVE(EVENT, name, slot)                                                                                \
	({                                                                                                             \
		struct sd_ev_##name *reserved_ = bpf_ringbuf_reserve(&sd_ring, sizeof(struct sd_ev_##name), 0);        \
		if (reserved_)                                                                                         \
			fill_header(&reserved_->header, SD_EVENT_##EVENT, sizeof(struct sd_ev_##name), slot);          \
		else                                                                                                   \
			drop(SD_DROP_RING_FULL);                                                                       \
		reserved_;                                                                                             \
	})

static __always_inline void ring_submit(void *record, bool is_urgent)
{
	__u64 used_bytes = bpf_ringbuf_query(&sd_ring, BPF_RB_AVAIL_DATA);

	if (used_bytes > sd_shared.ring_high_bytes)
		sd_shared.ring_high_bytes = used_bytes;
	bpf_ringbuf_submit(record,
			   is_urgent || used_bytes >= sd_cfg.ring_wake_bytes ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}
