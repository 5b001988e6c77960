/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The helper exec'ed itself again. With scope `host` an exec in the host's namespace is a service's. */
static __always_inline bool is_still_outside(struct task_struct *task)
{
	__u32 mntns_inode = mntns_of(task);

	if (sd_cfg.is_host_scope && mntns_inode == sd_cfg.host_mntns_inode)
		return false;
	return joining_mntns(task->tgid) == mntns_inode;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(sd_tp_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct sd_ev_process_execed *record;
	struct sd_slot *info;
	long length_bytes;
	__u32 slot;

	if (is_joining(task->tgid)) {
		if (is_still_outside(task))
			return 0;
		joining_remove(task->tgid);
	}
	slot = slot_at_exec(task);
	if (!is_counted(slot))
		return 0;
	info = slot_at(slot);
	if (!info)
		return 0;
	__sync_fetch_and_add(&info->execs, 1);
	record = RING_RESERVE(PROCESS_EXECED, process_execed, slot);
	if (!record) {
		__sync_fetch_and_add(&info->lost_execs, 1);
		return 0;
	}
	record->pid = task->tgid;
	bpf_probe_read_kernel_str(record->name, sizeof(record->name), task->comm);
	length_bytes = bpf_probe_read_kernel_str(record->file_name, sizeof(record->file_name), bprm->filename);
	record->file_name_bytes = length_bytes > 0 ? length_bytes - 1 : 0;
	ring_submit(record, false);
	return 0;
}
