/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The object with one program that no verifier takes: it reads behind a pointer that may be null. */
#define sd_tp_fork sd_tp_good_fork
#include "sonde.bpf.c"
#undef sd_tp_fork

SEC("tp_btf/sched_process_fork")
int sd_tp_fork(void *ctx)
{
	__u32 slot = 1;
	struct sd_slot *info = bpf_map_lookup_elem(&sd_slot_by_id, &slot);

	return info->execs;
}
