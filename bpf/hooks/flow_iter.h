/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The flow pass: once a second the flows that changed, every tenth time all of them. It walks only
 * sockets with storage, in every network namespace at once. A show that did not fit into the reader's
 * buffer is repeated by the kernel, so nothing is marked before both writes succeeded.
 */
static __always_inline bool is_connected(__u32 state)
{
	return state != TCP_SYN_SENT && state != TCP_SYN_RECV && state != TCP_LISTEN;
}

/* True when the flow's record, if it has one to give, is written. */
static __always_inline bool flow_write(struct bpf_iter_meta *meta, struct sd_flow *flow)
{
	union {
		struct sd_ev_flow_opened opened;
		struct sd_ev_flow_counted counted;
		struct sd_ev_flow_alive alive;
	} record;

	if (!flow->ends.is_announced) {
		fill_header(&record.opened.header, SD_EVENT_FLOW_OPENED, sizeof(record.opened), flow->ends.slot);
		record.opened.ends = flow->ends;
		record.opened.counts = flow->counts;
		if (bpf_seq_write(meta->seq, &record.opened, sizeof(record.opened)))
			return false;
	} else if (flow->ends.is_changed) {
		fill_header(&record.counted.header, SD_EVENT_FLOW_COUNTED, sizeof(record.counted), flow->ends.slot);
		record.counted.id = flow->ends.id;
		record.counted.pid = flow->ends.pid;
		record.counted.pad = 0;
		__builtin_memcpy(record.counted.name, flow->ends.name, sizeof(record.counted.name));
		record.counted.counts = flow->counts;
		if (bpf_seq_write(meta->seq, &record.counted, sizeof(record.counted)))
			return false;
	} else {
		if (!sd_shared.is_full_pass)
			return true;
		fill_header(&record.alive.header, SD_EVENT_FLOW_ALIVE, sizeof(record.alive), flow->ends.slot);
		record.alive.id = flow->ends.id;
		return !bpf_seq_write(meta->seq, &record.alive, sizeof(record.alive));
	}
	flow_reported(flow);
	flow->ends.is_changed = 0;
	return true;
}

SEC("iter/bpf_sk_storage_map")
int sd_it_flows(struct bpf_iter__bpf_sk_storage_map *context)
{
	struct sd_flow *flow = context->value;
	struct sock *sk = context->sk;
	struct tcp_sock *tcp;
	__u32 acked = 0;

	if (!sk || !flow || !flow->ends.id || !is_connected(sk->__sk_common.skc_state))
		return 0;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (tcp) {
		acked = tcp->bytes_acked;
		flow_count(flow, sk, tcp);
	}
	if (flow_write(context->meta, flow))
		flow->seen_acked = acked;
	return 0;
}

/* Peers of UDP sockets: ended when nothing moved for a while, which their socket's end does not tell. */
SEC("iter/bpf_map_elem")
int sd_it_peers(struct bpf_iter__bpf_map_elem *context)
{
	struct sd_udp_peer *peer = context->value;
	struct sd_udp_peer_key *key = context->key, own_key;
	struct sd_ev_flow_closed closed;

	if (!peer || !key)
		return 0;
	if (bpf_ktime_get_boot_ns() - peer->used_ns < SD_UDP_IDLE_NS) {
		flow_write(context->meta, &peer->flow);
		return 0;
	}
	fill_header(&closed.header, SD_EVENT_FLOW_CLOSED, sizeof(closed), peer->flow.ends.slot);
	closed.ends = peer->flow.ends;
	closed.counts = peer->flow.counts;
	closed.error = 0;
	closed.pad = 0;
	own_key = *key;
	if (!bpf_seq_write(context->meta->seq, &closed, sizeof(closed)))
		bpf_map_delete_elem(&sd_flow_by_peer, &own_key);
	return 0;
}

/* Sockets that were open before: found in the file tables of watched processes. */
SEC("iter/task_file")
int sd_it_files(struct bpf_iter__task_file *context)
{
	struct task_struct *task = context->task;
	struct file *file = context->file;
	struct socket *socket;
	struct sock *sk;
	__u32 slot;

	if (!task || !file || !is_counted(slot_of_task(task)))
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk || !is_inet(sk))
		return 0;
	slot = slot_of_user(sk, task);
	if (!is_counted(slot))
		return 0;
	if (sk->sk_protocol == IPPROTO_TCP && sk->__sk_common.skc_state == TCP_LISTEN)
		listener_add(sk, task, slot);
	else if (!flow_of(sk))
		flow_adopt(sk, task, slot);
	return 0;
}
