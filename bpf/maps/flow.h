/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Freed with the socket: no leak, no eviction, no key used twice. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct sd_flow);
} sd_flow_by_sk SEC(".maps");

/* Evicting one costs the process of connections that nobody uses, not the connections. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SD_LISTENER_COUNT);
	__type(key, struct sd_listener_key);
	__type(value, struct sd_listener);
} sd_listener_by_port SEC(".maps");

/* Direct-mapped by thread id; a collision books one datagram under the socket's first peer. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SD_UDP_CALL_COUNT);
	__type(key, __u32);
	__type(value, struct sd_udp_call);
} sd_udp_call_by_tid SEC(".maps");

/* Beyond the limit datagrams are booked under the socket's first peer, and counted as such. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SD_UDP_PEER_LIMIT);
	__type(key, struct sd_udp_peer_key);
	__type(value, struct sd_udp_peer);
} sd_flow_by_peer SEC(".maps");

/* Of its own, so that a burst of payload never costs a record of state. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, SD_PAYLOAD_RING_BYTES);
} sd_payload_ring SEC(".maps");
