/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A socket's storage: whose it is, and what its ends are. */
#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define NS_PER_US 1000

enum tcp_state {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT,
	TCP_SYN_RECV,
	TCP_FIN_WAIT1,
	TCP_FIN_WAIT2,
	TCP_TIME_WAIT,
	TCP_CLOSE,
	TCP_CLOSE_WAIT,
	TCP_LAST_ACK,
	TCP_LISTEN,
	TCP_CLOSING,
};

/* The pointer is looked at first: most sockets have no storage, and a helper call costs more. */
static __always_inline struct sd_flow *flow_of(struct sock *sk)
{
	if (!sk->sk_bpf_storage)
		return NULL;
	return bpf_sk_storage_get(&sd_flow_by_sk, sk, NULL, 0);
}

/*
 * The cgroup that made the socket; for an accepted one, that made its listener. At the v2 root (and
 * in mode V1) sockets do not tell: the process that uses it first decides.
 */
static __always_inline struct cgroup *cgroup_of_socket(struct sock *sk)
{
	if (sd_cfg.mode == SD_MODE_V1 || !bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		return NULL;
	return sk->sk_cgrp_data.cgroup;
}

static __always_inline __u32 slot_of_socket(struct sock *sk)
{
	struct cgroup *cgroup = cgroup_of_socket(sk);

	if (!cgroup || cgroup->level <= 0)
		return SD_SLOT_NONE;
	return slot_of_key(cgroup->kn->id);
}

/* In the context of a process that uses the socket; mostly it also made it, and one look-up is enough. */
static __always_inline __u32 slot_of_user(struct sock *sk, struct task_struct *task)
{
	__u32 slot;

	if (cgroup_of_socket(sk) != task->cgroups->dfl_cgrp) {
		slot = slot_of_socket(sk);
		if (is_counted(slot))
			return slot;
	}
	return slot_of_task(task);
}

static __always_inline void flow_set_owner(struct sd_flow *flow, struct task_struct *task)
{
	flow->ends.pid = task->tgid;
	/* The leader's: threads of io_uring have names of their own. */
	bpf_probe_read_kernel_str(flow->ends.name, sizeof(flow->ends.name), task->group_leader->comm);
	flow->ends.is_owned = 1;
}

/* New or reset; the caller decides the rest. */
static __always_inline struct sd_flow *flow_make(struct sock *sk, __u32 slot, __u32 role)
{
	struct sd_flow *flow = bpf_sk_storage_get(&sd_flow_by_sk, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	if (!flow) {
		drop(SD_DROP_NO_STORAGE);
		return NULL;
	}
	__builtin_memset(flow, 0, sizeof(*flow));
	flow->ends.id = __sync_fetch_and_add(&sd_shared.flow_ids, 1) + 1;
	flow->ends.slot = slot;
	flow->ends.role = role;
	flow->ends.transport = sk->sk_protocol;
	return flow;
}

static __always_inline void mapped_address(__u8 *target, __u32 address)
{
	__u32 *words = (__u32 *)target;

	words[0] = 0;
	words[1] = 0;
	words[2] = bpf_htonl(0xffff);
	words[3] = address;
}

static __always_inline void flow_set_ends(struct sd_flow *flow, struct sock *sk)
{
	struct sd_flow_ends *ends = &flow->ends;

	if (sk->__sk_common.skc_family == AF_INET6) {
		BPF_CORE_READ_INTO(&ends->local_address, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&ends->remote_address, sk, __sk_common.skc_v6_daddr);
	} else {
		mapped_address(ends->local_address, sk->__sk_common.skc_rcv_saddr);
		mapped_address(ends->remote_address, sk->__sk_common.skc_daddr);
	}
	ends->local_port = sk->__sk_common.skc_num;
	ends->remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	ends->netns_inode = sk->__sk_common.skc_net.net->ns.inum;
}

static __always_inline struct sd_listener *listener_of(__u32 netns_inode, __u32 port)
{
	struct sd_listener_key key = {.netns_inode = netns_inode, .port = port};

	return bpf_map_lookup_elem(&sd_listener_by_port, &key);
}

static __always_inline void listener_add(struct sock *sk, struct task_struct *task, __u32 slot)
{
	struct sd_listener_key key = {
		.netns_inode = sk->__sk_common.skc_net.net->ns.inum,
		.port = sk->__sk_common.skc_num,
	};
	struct sd_listener listener = {.pid = task->tgid, .slot = slot};

	bpf_probe_read_kernel_str(listener.name, sizeof(listener.name), task->group_leader->comm);
	bpf_map_update_elem(&sd_listener_by_port, &key, &listener, BPF_ANY);
}
