/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The life of a TCP connection. `current` is the connecting thread at SYN_SENT, the listening one at
 * LISTEN and mostly the closing one at FIN_WAIT1 and LAST_ACK; otherwise it is whoever took the packet.
 */
static __always_inline void tcp_connecting(struct sock *sk)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	__u32 slot = slot_of_user(sk, task);
	struct sd_flow *flow = flow_of(sk);

	/* A socket used again after connect(AF_UNSPEC), with bytes of its last life unread. */
	if (flow && flow->ends.flags & SD_FLOW_LINGERS)
		report_closed(flow);
	if (!is_counted(slot))
		return;
	flow = flow_make(sk, slot, SD_ROLE_CLIENT);
	if (!flow)
		return;
	flow->ends.opened_ns = bpf_ktime_get_boot_ns();
	flow_set_owner(flow, task);
	flow_set_ends(flow, sk);
}

static __always_inline void tcp_accepting(struct sock *sk)
{
	__u32 slot = slot_of_socket(sk);
	struct sd_listener *listener = NULL;
	struct sd_flow *flow;

	if (!is_counted(slot)) {
		/* Only where sockets do not tell: a look-up for every connection of the host. */
		if (sd_cfg.mode == SD_MODE_V2)
			return;
		listener = listener_of(sk->__sk_common.skc_net.net->ns.inum, sk->__sk_common.skc_num);
		if (!listener || !is_counted(listener->slot))
			return;
		slot = listener->slot;
	}
	flow = flow_make(sk, slot, SD_ROLE_SERVER);
	if (flow)
		flow->ends.opened_ns = bpf_ktime_get_boot_ns();
}

static __always_inline void tcp_established(struct sock *sk, struct tcp_sock *tcp)
{
	struct sd_flow *flow = flow_of(sk);
	struct sd_listener *listener;

	if (!flow)
		return;
	flow_set_ends(flow, sk);
	flow_print(flow, tcp);
	flow->seen_acked = tcp->bytes_acked;
	if (flow->ends.role == SD_ROLE_CLIENT) {
		flow->ends.connect_us = (bpf_ktime_get_boot_ns() - flow->ends.opened_ns) / NS_PER_US;
	} else if (!flow->ends.is_owned) {
		listener = listener_of(flow->ends.netns_inode, flow->ends.local_port);
		if (listener) {
			flow->ends.pid = listener->pid;
			__builtin_memcpy(flow->ends.name, listener->name, sizeof(flow->ends.name));
		}
	}
	report_opened(flow);
}

/* Nothing more can be written; the FIN is not queued yet. */
static __always_inline void tcp_sent_all(struct sock *sk, struct tcp_sock *tcp)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct sd_flow *flow = flow_of(sk);

	if (!flow || flow->ends.flags & SD_FLOW_SENT_ALL)
		return;
	flow->counts.sent_bytes = sent_bytes(flow, tcp);
	flow->ends.flags |= SD_FLOW_SENT_ALL;
	/* Accepted and closed without a byte. */
	if (!flow->ends.is_owned && slot_of_task(task) == flow->ends.slot)
		flow_set_owner(flow, task);
}

static __always_inline void tcp_closed(struct sock *sk, struct tcp_sock *tcp, int old_state)
{
	struct sd_flow *flow = flow_of(sk);
	__u32 dead = bpf_core_enum_value(enum sock_flags, SOCK_DEAD);

	if (!flow)
		return;
	flow->error = sk->sk_err;
	if (old_state == TCP_SYN_SENT) {
		flow->ends.local_port = bpf_ntohs(((struct inet_sock *)tcp)->inet_sport);
		report_failed(flow);
	} else if (old_state != TCP_SYN_RECV) {
		if (!flow->error && (old_state == TCP_ESTABLISHED || old_state == TCP_CLOSE_WAIT))
			flow->ends.flags |= SD_FLOW_ABORTED;
		flow_count(flow, sk, tcp);
		if (unread_bytes(sk, tcp) && !socket_flag(sk, dead)) {
			flow->ends.flags |= SD_FLOW_LINGERS | SD_FLOW_SENT_ALL;
			return;
		}
		report_closed(flow);
	}
	bpf_sk_storage_delete(&sd_flow_by_sk, sk);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(sd_tp_tcp_state, struct sock *sk, int old_state, int new_state)
{
	struct task_struct *task;
	struct tcp_sock *tcp;
	__u32 slot;

	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (new_state == TCP_SYN_SENT) {
		tcp_connecting(sk);
		return 0;
	}
	if (new_state == TCP_SYN_RECV) {
		if (old_state == TCP_LISTEN)
			tcp_accepting(sk);
		return 0;
	}
	if (new_state == TCP_LISTEN) {
		task = (struct task_struct *)bpf_get_current_task_btf();
		slot = slot_of_user(sk, task);
		if (is_counted(slot))
			listener_add(sk, task, slot);
		return 0;
	}
	if (!sk->sk_bpf_storage)
		return 0;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return 0;
	if (new_state == TCP_ESTABLISHED)
		tcp_established(sk, tcp);
	else if (new_state == TCP_FIN_WAIT1 || new_state == TCP_LAST_ACK)
		tcp_sent_all(sk, tcp);
	else if (new_state == TCP_CLOSE)
		tcp_closed(sk, tcp, old_state);
	return 0;
}

/* What a process read after the peer's end, or the end of a socket closed with bytes unread. */
SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(sd_tp_tcp_end, struct sock *sk)
{
	struct sd_flow *flow = flow_of(sk);
	struct tcp_sock *tcp;

	if (!flow || !(flow->ends.flags & SD_FLOW_LINGERS))
		return 0;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return 0;
	flow_count(flow, sk, tcp);
	report_closed(flow);
	bpf_sk_storage_delete(&sd_flow_by_sk, sk);
	return 0;
}
