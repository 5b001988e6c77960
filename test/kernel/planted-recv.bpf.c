/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The object as on a kernel that does not take the hook of receives. */
#define sd_tp_sock_recv sd_tp_good_recv
#include "sonde.bpf.c"
#undef sd_tp_sock_recv

SEC("tp_btf/sock_recv_length")
int sd_tp_sock_recv(void *ctx)
{
	__u32 slot = 1;
	struct sd_slot *info = bpf_map_lookup_elem(&sd_slot_by_id, &slot);

	return info->execs;
}
