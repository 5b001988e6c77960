/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What only cgroup hooks see of UDP: the peer of an unconnected datagram, and the end of a socket.
 * Attached below the cgroup that the agent is confined to.
 */
static __always_inline struct sd_udp_call *udp_call_begin(struct bpf_sock_addr *context)
{
	__u32 thread_id = bpf_get_current_pid_tgid();
	struct bpf_sock *sk = context->sk;
	struct sd_udp_call *call;

	/* A connected socket knows its peer. */
	if (context->protocol != IPPROTO_UDP || !sk || sk->dst_port)
		return NULL;
	call = udp_call_of(thread_id);
	if (!call)
		return NULL;
	call->thread_id = thread_id;
	call->port = bpf_ntohs(context->user_port);
	return call;
}

static __always_inline void udp_call_v4(struct bpf_sock_addr *context)
{
	struct sd_udp_call *call = udp_call_begin(context);

	if (call)
		mapped_address(call->address, context->user_ip4);
}

static __always_inline void udp_call_v6(struct bpf_sock_addr *context)
{
	struct sd_udp_call *call = udp_call_begin(context);
	__u32 *words;

	if (!call)
		return;
	words = (__u32 *)call->address;
	words[0] = context->user_ip6[0];
	words[1] = context->user_ip6[1];
	words[2] = context->user_ip6[2];
	words[3] = context->user_ip6[3];
}

SEC("cgroup/sendmsg4")
int sd_cg_sendmsg4(struct bpf_sock_addr *context)
{
	udp_call_v4(context);
	return 1;
}

SEC("cgroup/sendmsg6")
int sd_cg_sendmsg6(struct bpf_sock_addr *context)
{
	udp_call_v6(context);
	return 1;
}

SEC("cgroup/recvmsg4")
int sd_cg_recvmsg4(struct bpf_sock_addr *context)
{
	udp_call_v4(context);
	return 1;
}

SEC("cgroup/recvmsg6")
int sd_cg_recvmsg6(struct bpf_sock_addr *context)
{
	udp_call_v6(context);
	return 1;
}

SEC("cgroup/sock_release")
int sd_cg_release(struct bpf_sock *context)
{
	struct sd_flow *flow;

	if (context->protocol != IPPROTO_UDP)
		return 1;
	flow = bpf_sk_storage_get(&sd_flow_by_sk, context, NULL, 0);
	if (flow)
		report_closed(flow);
	return 1;
}
