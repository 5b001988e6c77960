/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Flows: what socket storage holds and what their records carry. */
#ifndef SONDE_ABI_FLOW_H
#define SONDE_ABI_FLOW_H

#define SD_ADDRESS_BYTES 16
#define SD_DNS_BYTES 512 /* of an answer; the question stands first */
#define SD_PAYLOAD_RING_BYTES 524288
#define SD_LISTENER_COUNT 4096
#define SD_UDP_CALL_COUNT 4096
#define SD_UDP_PEER_LIMIT 8192
#define SD_UDP_IDLE_NS 60000000000ULL

enum sd_role { SD_ROLE_UNKNOWN, SD_ROLE_CLIENT, SD_ROLE_SERVER, SD_ROLE_COUNT };

enum sd_flow_flag {
	SD_FLOW_OLD = 1,      /* open before it was first seen */
	SD_FLOW_PRINTED = 2,  /* both initial sequence numbers are right */
	SD_FLOW_SENT_ALL = 4, /* own FIN queued: sent bytes are final */
	SD_FLOW_LINGERS = 8,  /* closed by the peer with bytes the process may still take */
	SD_FLOW_ABORTED = 16, /* closed by a reset of our own */
};

struct sd_flow_ends {
	__u64 id;
	__u64 opened_ns; /* SYN sent or received; 0 = before it was first seen */
	/* IPv4 as ::ffff:a.b.c.d. */
	__u8 local_address[SD_ADDRESS_BYTES];
	__u8 remote_address[SD_ADDRESS_BYTES];
	__u16 local_port;
	__u16 remote_port;
	__u32 netns_inode;
	__u32 pid;
	__u32 own_isn;
	__u32 peer_isn;
	__u32 connect_us;
	__u16 slot;
	__u8 transport; /* IPPROTO_* */
	__u8 role;
	__u8 flags;    /* written under the socket's lock; the next three have other writers, so bytes of their own */
	__u8 is_owned; /* a process used it; before, the process is the listener's */
	__u8 is_announced; /* user space has its opening */
	__u8 is_changed;   /* counts moved since the last report */
	char name[SD_NAME_BYTES];
};

/* Cumulative since the connection, as the kernel's own counters say. */
struct sd_flow_counts {
	__u64 sent_bytes;
	__u64 received_bytes;
	__u64 sent_messages;
	__u64 received_messages;
	__u32 retransmits;
	__u32 rtt_us; /* in records: 0 = nothing was acknowledged since the last one */
};

/* Value in socket storage, charged to the socket's optmem: below 200 bytes. */
struct sd_flow {
	struct sd_flow_ends ends;
	struct sd_flow_counts counts;
	/* As last reported. */
	__u64 seen_sent_bytes;
	__u64 seen_received_bytes;
	__u32 seen_acked;
	__u32 error;
	__u64 query_ns; /* to port 53: when the oldest unanswered query was sent */
};

/* Who an unconnected datagram is for or from, between the cgroup hook and the end of the call. */
struct sd_udp_call {
	__u32 thread_id; /* 0 = none */
	__u32 port;
	__u8 address[SD_ADDRESS_BYTES];
};

/* The second and later peers of an unconnected UDP socket; the first has the socket's storage. */
struct sd_udp_peer_key {
	__u64 socket_flow_id;
	__u8 address[SD_ADDRESS_BYTES];
	__u32 port;
	__u32 pad;
};

struct sd_udp_peer {
	struct sd_flow flow;
	__u64 used_ns;
};

/* (netns, port) -> who listens: gives accepted sockets an owner before they are used. */
struct sd_listener_key {
	__u32 netns_inode;
	__u32 port;
};

struct sd_listener {
	__u32 pid;
	__u32 slot;
	char name[SD_NAME_BYTES];
};

#endif
