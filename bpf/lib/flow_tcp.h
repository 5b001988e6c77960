/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bytes and fingerprint of a TCP connection from the kernel's own counters: right for write, writev,
 * sendfile, splice and io_uring alike, for MSG_PEEK, and for connections older than sonde.
 */
static __always_inline bool socket_flag(struct sock *sk, __u32 bit)
{
	return sk->__sk_common.skc_flags >> bit & 1;
}

/* The peer's FIN was received: it counts in rcv_nxt and bytes_received. */
static __always_inline bool has_peer_fin(struct sock *sk)
{
	return socket_flag(sk, bpf_core_enum_value(enum sock_flags, SOCK_DONE));
}

static __always_inline __u32 unread_bytes(struct sock *sk, struct tcp_sock *tcp)
{
	__u32 unread = tcp->rcv_nxt - tcp->copied_seq;

	return unread && has_peer_fin(sk) ? unread - 1 : unread;
}

static __always_inline __u64 not_negative(__u64 value)
{
	return (__s64)value < 0 ? 0 : value;
}

/*
 * Accepted from the process: acknowledged, and from there to write_seq. The client's SYN counts as
 * acknowledged, the server's does not (tcp_ack of the handshake); an own FIN counts in write_seq, so
 * the caller takes the figure before it is queued and sets SD_FLOW_SENT_ALL.
 */
static __always_inline __u64 sent_bytes(struct sd_flow *flow, struct tcp_sock *tcp)
{
	__u64 bytes = tcp->bytes_acked + (__u32)(tcp->write_seq - tcp->snd_una);

	if (flow->ends.flags & SD_FLOW_SENT_ALL)
		return flow->counts.sent_bytes;
	return not_negative(flow->ends.role == SD_ROLE_CLIENT ? bytes - 1 : bytes);
}

/* Taken by the process: received less what still waits; a FIN the process has read is no byte. */
static __always_inline __u64 received_bytes(struct sock *sk, struct tcp_sock *tcp)
{
	__u32 unread = tcp->rcv_nxt - tcp->copied_seq;
	__u64 bytes = tcp->bytes_received - unread;

	return not_negative(!unread && has_peer_fin(sk) ? bytes - 1 : bytes);
}

/* Counters never fall: a reading that races with its writer is held back. */
static __always_inline void flow_count(struct sd_flow *flow, struct sock *sk, struct tcp_sock *tcp)
{
	__u64 sent = sent_bytes(flow, tcp), received = received_bytes(sk, tcp);
	__u32 retransmits = tcp->total_retrans, acked = tcp->bytes_acked;
	struct sd_flow_counts *counts = &flow->counts;

	if (sent > counts->sent_bytes || received > counts->received_bytes || retransmits != counts->retransmits ||
	    acked != flow->seen_acked)
		flow->ends.is_changed = 1;
	if (sent > counts->sent_bytes)
		counts->sent_bytes = sent;
	if (received > counts->received_bytes)
		counts->received_bytes = received;
	counts->retransmits = retransmits;
	counts->rtt_us = acked != flow->seen_acked ? tcp->srtt_us >> 3 : 0;
}

/*
 * Role of a connection whose handshake was not seen: the client's own SYN stands in bytes_acked.
 * Segments dropped on this host count twice in bytes_sent and bend the figure; then the listener
 * table tells, and an end without listener is the client.
 */
static __always_inline __u32 role_of(struct tcp_sock *tcp, __u32 netns_inode, __u32 local_port, bool has_fin_sent)
{
	__u32 in_flight = tcp->snd_nxt - tcp->snd_una;
	__u32 sent = tcp->bytes_sent - tcp->bytes_retrans;
	__s32 role = (__u32)tcp->bytes_acked + in_flight - sent - (has_fin_sent ? 1 : 0);

	if (role == 1)
		return SD_ROLE_CLIENT;
	if (role == 0)
		return SD_ROLE_SERVER;
	return listener_of(netns_inode, local_port) ? SD_ROLE_SERVER : SD_ROLE_CLIENT;
}

/* (kernel.md 3) Own number from what was acknowledged: exact also after local drops. */
static __always_inline void flow_print(struct sd_flow *flow, struct tcp_sock *tcp)
{
	__u32 own = tcp->snd_una - (__u32)tcp->bytes_acked;

	flow->ends.own_isn = flow->ends.role == SD_ROLE_CLIENT ? own : own - 1;
	flow->ends.peer_isn = tcp->rcv_nxt - 1 - (__u32)tcp->bytes_received;
	flow->ends.flags |= SD_FLOW_PRINTED;
}

/* A connection found open: what its handshake would have told. */
static __always_inline void flow_adopt_tcp(struct sd_flow *flow, struct sock *sk, struct tcp_sock *tcp)
{
	__u32 state = sk->__sk_common.skc_state;
	bool has_fin_sent =
		state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_LAST_ACK || state == TCP_CLOSING;

	flow->ends.role = role_of(tcp, flow->ends.netns_inode, flow->ends.local_port, has_fin_sent);
	flow_print(flow, tcp);
	flow_count(flow, sk, tcp);
	if (has_fin_sent) {
		flow->counts.sent_bytes = not_negative(flow->counts.sent_bytes - 1);
		flow->ends.flags |= SD_FLOW_SENT_ALL;
	}
}
