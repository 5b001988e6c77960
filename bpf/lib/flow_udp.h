/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * UDP: a flow is a socket and a peer. A connected socket has one; the first peer of an unconnected one
 * also lives in the socket's storage, so that a look-up in the DNS ends with its socket; the others are
 * in a bounded table and end when they are idle.
 */
static __always_inline bool is_same_address(const __u8 *a, const __u8 *b)
{
	const __u64 *left = (const __u64 *)a, *right = (const __u64 *)b;

	return left[0] == right[0] && left[1] == right[1];
}

/* What the cgroup hook noted in this call. */
static __always_inline struct sd_udp_call *udp_call_of(__u32 thread_id)
{
	__u32 index = thread_id & (SD_UDP_CALL_COUNT - 1);

	return bpf_map_lookup_elem(&sd_udp_call_by_tid, &index);
}

static __always_inline void set_remote(struct sd_flow *flow, struct sd_udp_call *call)
{
	__builtin_memcpy(flow->ends.remote_address, call->address, SD_ADDRESS_BYTES);
	flow->ends.remote_port = call->port;
}

/* Who began it tells the role: a server's first datagram is one it receives. */
static __always_inline struct sd_flow *udp_make(struct sock *sk, struct task_struct *task, bool is_sent)
{
	__u32 slot = slot_of_user(sk, task);
	struct sd_flow *flow;

	if (!is_counted(slot) || is_joining(task->tgid))
		return NULL;
	flow = flow_make(sk, slot, is_sent ? SD_ROLE_CLIENT : SD_ROLE_SERVER);
	if (!flow)
		return NULL;
	flow->ends.opened_ns = bpf_ktime_get_boot_ns();
	flow_set_owner(flow, task);
	flow_set_ends(flow, sk);
	return flow;
}

static __always_inline struct sd_flow *udp_peer_flow(struct sd_flow *first, struct sd_udp_call *call, bool is_sent)
{
	struct sd_udp_peer_key key = {.socket_flow_id = first->ends.id, .port = call->port};
	__u64 now_ns = bpf_ktime_get_boot_ns();
	struct sd_udp_peer *peer, fresh;

	__builtin_memcpy(key.address, call->address, SD_ADDRESS_BYTES);
	peer = bpf_map_lookup_elem(&sd_flow_by_peer, &key);
	if (!peer) {
		__builtin_memset(&fresh, 0, sizeof(fresh));
		fresh.flow.ends = first->ends;
		fresh.flow.ends.id = __sync_fetch_and_add(&sd_shared.flow_ids, 1) + 1;
		fresh.flow.ends.opened_ns = now_ns;
		fresh.flow.ends.role = is_sent ? SD_ROLE_CLIENT : SD_ROLE_SERVER;
		fresh.flow.ends.is_announced = 0;
		set_remote(&fresh.flow, call);
		/* Another thread may be first: then its entry is taken. */
		bpf_map_update_elem(&sd_flow_by_peer, &key, &fresh, BPF_NOEXIST);
		peer = bpf_map_lookup_elem(&sd_flow_by_peer, &key);
		if (!peer) {
			drop(SD_DROP_UDP_PEERS_FULL);
			return first;
		}
	}
	peer->used_ns = now_ns;
	return &peer->flow;
}

/* Connected to another peer since its last datagram; the last 32 bits tell addresses apart well enough. */
static __always_inline bool is_reconnected(struct sd_flow *flow, struct sock *sk, __u16 remote_port)
{
	const __u32 *words = (const __u32 *)flow->ends.remote_address;
	__u32 last = sk->__sk_common.skc_family == AF_INET6 ? sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[3]
							    : sk->__sk_common.skc_daddr;

	return remote_port && (remote_port != flow->ends.remote_port || last != words[3]);
}

/* Of this call, once: the next one on this thread may be without an address. */
static __always_inline struct sd_udp_call *udp_call_take(void)
{
	__u32 thread_id = bpf_get_current_pid_tgid();
	struct sd_udp_call *call = udp_call_of(thread_id);

	if (!call || call->thread_id != thread_id)
		return NULL;
	call->thread_id = 0;
	return call;
}

static __noinline int udp_moved(struct sock *sk, int ret, bool is_sent)
{
	__u16 remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	struct sd_udp_call *call = NULL;
	struct sd_flow *flow = flow_of(sk);

	if (!remote_port)
		call = udp_call_take();
	if (ret < 0)
		return 0;
	if (flow && is_reconnected(flow, sk, remote_port)) {
		report_closed(flow);
		flow = NULL;
	}
	if (!flow) {
		flow = udp_make(sk, (struct task_struct *)bpf_get_current_task_btf(), is_sent);
		if (!flow)
			return 0;
		if (call)
			set_remote(flow, call);
	} else if (call && !(flow->ends.remote_port == call->port &&
			     is_same_address(flow->ends.remote_address, call->address))) {
		flow = udp_peer_flow(flow, call, is_sent);
	}
	if (is_dns_client(flow)) {
		if (is_sent)
			dns_sent(flow);
		else if (ret > 0)
			dns_received(flow, ret);
	}
	if (is_sent) {
		__sync_fetch_and_add(&flow->counts.sent_messages, 1);
		__sync_fetch_and_add(&flow->counts.sent_bytes, ret);
	} else {
		__sync_fetch_and_add(&flow->counts.received_messages, 1);
		__sync_fetch_and_add(&flow->counts.received_bytes, ret);
	}
	flow->ends.is_changed = 1;
	return 0;
}

/* Nearly always a process that nobody watches: it leaves before the call. */
static __always_inline int udp_moved_if_watched(struct sock *sk, int ret, bool is_sent)
{
	if (!sk->sk_bpf_storage && !is_counted(slot_of_user(sk, (struct task_struct *)bpf_get_current_task_btf())))
		return 0;
	return udp_moved(sk, ret, is_sent);
}
