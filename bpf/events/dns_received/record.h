/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a process took from port 53 of another: an answer, or over TCP a piece of one. In the payload ring. */
struct sd_ev_dns_received {
	struct sd_ev_header header;
	__u64 flow_id;
	__u64 query_ns; /* when the oldest unanswered query was sent; 0 = before the flow was seen */
	__u32 pid;
	__u32 received_bytes; /* by the call; `data` may hold fewer */
	__u32 pad;
	__u16 transport;
	__u16 data_bytes;
	__u8 data[SD_DNS_BYTES];
};
