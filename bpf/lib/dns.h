/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Answers of name servers. The trapped registers still hold the system call's arguments, so the buffer
 * that was just filled is found without any hook on system calls (kernel.md 4).
 */
#define DNS_PORT 53

struct user_iovec {
	__u64 base;
	__u64 size_bytes;
};

/* struct user_msghdr of 64-bit processes; 32-bit ones read garbage, which is no answer. */
struct user_message {
	__u64 name;
	__u64 name_bytes;
	__u64 iovec;
};

static __always_inline bool read_iovec(__u64 address, struct user_iovec *iovec)
{
	return !bpf_probe_read_user(iovec, sizeof(*iovec), (void *)address);
}

/* Where this call put its first bytes; size 0 = not known. */
static __always_inline struct user_iovec received_buffer(struct task_struct *task, __u32 ret)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct user_iovec buffer = {.base = argument(regs, 1), .size_bytes = ret};
	const struct user_iovec none = {};
	struct user_message message;

	/* With io_uring the registers may be those of another call. */
	if (task->io_uring)
		return none;
	switch (syscall_number(regs)) {
	case __NR_read:
	case __NR_recvfrom:
		return buffer;
	case __NR_readv:
		return read_iovec(argument(regs, 1), &buffer) ? buffer : none;
	case __NR_recvmsg:
		if (bpf_probe_read_user(&message, sizeof(message), (void *)argument(regs, 1)))
			return none;
		return read_iovec(message.iovec, &buffer) ? buffer : none;
	default:
		return none;
	}
}

static __noinline int dns_received(struct sd_flow *flow, int ret)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct user_iovec buffer = received_buffer(task, ret);
	struct sd_ev_dns_received *record;
	__u32 size_bytes = ret;

	if (!buffer.size_bytes)
		return 0;
	if (buffer.size_bytes < size_bytes)
		size_bytes = buffer.size_bytes;
	record = bpf_ringbuf_reserve(&sd_payload_ring, sizeof(*record), 0);
	if (!record) {
		drop(SD_DROP_PAYLOAD_FULL);
		return 0;
	}
	fill_header(&record->header, SD_EVENT_DNS_RECEIVED, sizeof(*record), flow->ends.slot);
	record->flow_id = flow->ends.id;
	record->query_ns = flow->query_ns;
	record->pid = task->tgid;
	record->received_bytes = ret;
	record->pad = 0;
	record->transport = flow->ends.transport;
	/* The verifier needs to see the bound after the compiler can no longer move it. */
	asm volatile("" : "+r"(size_bytes));
	if (size_bytes > SD_DNS_BYTES)
		size_bytes = SD_DNS_BYTES;
	if (bpf_probe_read_user(record->data, size_bytes, (void *)buffer.base))
		size_bytes = 0;
	record->data_bytes = size_bytes;
	/* The reader looks by itself every 50 ms. */
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

/* Before the message is counted. Resolvers send A and AAAA at once: the clock runs from the first. */
static __always_inline void dns_sent(struct sd_flow *flow)
{
	if (flow->ends.transport == IPPROTO_TCP || flow->counts.sent_messages == flow->counts.received_messages)
		flow->query_ns = bpf_ktime_get_boot_ns();
}

static __always_inline bool is_dns_client(struct sd_flow *flow)
{
	return flow->ends.remote_port == DNS_PORT;
}
