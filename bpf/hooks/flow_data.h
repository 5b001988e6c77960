/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Each send and receive that moved something, in the process that made it. TCP's bytes are the
 * kernel's own (lib/flow_tcp.h); here are messages, the owner, and sockets not seen before.
 */
#define MSG_PEEK 2

static __noinline int flow_adopt(struct sock *sk, struct task_struct *task, __u32 slot)
{
	struct tcp_sock *tcp;
	struct sd_flow *flow;
	__u32 state;

	if (is_joining(task->tgid))
		return 0;
	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	state = sk->__sk_common.skc_state;
	if (state == TCP_CLOSE || state == TCP_LISTEN || state == TCP_SYN_SENT || state == TCP_SYN_RECV)
		return 0;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return 0;
	flow = flow_make(sk, slot, SD_ROLE_UNKNOWN);
	if (!flow)
		return 0;
	flow->ends.flags = SD_FLOW_OLD;
	flow_set_owner(flow, task);
	flow_set_ends(flow, sk);
	flow_adopt_tcp(flow, sk, tcp);
	/* Announced by the next pass: thousands may be found at once. */
	return 0;
}

static __always_inline bool is_inet(struct sock *sk)
{
	return sk->__sk_common.skc_family == AF_INET || sk->__sk_common.skc_family == AF_INET6;
}

static __always_inline struct sd_flow *flow_in_use(struct sock *sk)
{
	struct sd_flow *flow = flow_of(sk);
	struct task_struct *task;
	__u32 slot;

	if (flow && flow->ends.is_owned)
		return flow;
	task = (struct task_struct *)bpf_get_current_task_btf();
	if (flow) {
		flow_set_owner(flow, task);
		return flow;
	}
	/* Nearly always a process that nobody watches. */
	slot = slot_of_user(sk, task);
	if (!is_counted(slot))
		return NULL;
	flow_adopt(sk, task, slot);
	return flow_of(sk);
}

/* Errors too: what the hooks of a datagram's peer noted must not outlive the call. */
static __always_inline bool is_moved(struct sock *sk, int ret)
{
	return (ret > 0 || sk->sk_protocol == IPPROTO_UDP) && is_inet(sk);
}

/*
 * Kernels before 6.3: after each receive that copied something, in the process that made it. Sends have
 * no twin; TCP's bytes need none.
 */
SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(sd_tp_rcv_space, struct sock *sk)
{
	struct sd_flow *flow = is_inet(sk) ? flow_in_use(sk) : NULL;

	if (flow)
		__sync_fetch_and_add(&flow->counts.received_messages, 1);
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(sd_tp_sock_send, struct sock *sk, int ret, int flags)
{
	struct sd_flow *flow;

	if (!is_moved(sk, ret))
		return 0;
	if (sk->sk_protocol == IPPROTO_UDP)
		return udp_moved_if_watched(sk, ret, true);
	flow = flow_in_use(sk);
	if (!flow)
		return 0;
	if (is_dns_client(flow))
		dns_sent(flow);
	__sync_fetch_and_add(&flow->counts.sent_messages, 1);
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(sd_tp_sock_recv, struct sock *sk, int ret, int flags)
{
	struct sd_flow *flow;

	if (!is_moved(sk, ret) || flags & MSG_PEEK)
		return 0;
	if (sk->sk_protocol == IPPROTO_UDP)
		return udp_moved_if_watched(sk, ret, false);
	flow = flow_in_use(sk);
	if (!flow)
		return 0;
	__sync_fetch_and_add(&flow->counts.received_messages, 1);
	if (is_dns_client(flow))
		dns_received(flow, ret);
	return 0;
}
