/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
static __always_inline int report_victim(struct task_struct *task, __u32 pid)
{
	struct sd_ev_oom_killed *record;
	__u32 slot = slot_of_task(task);
	struct sd_slot *info;

	if (!is_counted(slot))
		return 0;
	info = slot_at(slot);
	if (!info)
		return 0;
	__sync_fetch_and_add(&info->oom_kills, 1);
	record = RING_RESERVE(OOM_KILLED, oom_killed, slot);
	if (!record)
		return 0;
	record->pid = pid;
	record->pad = 0;
	bpf_probe_read_kernel_str(record->name, sizeof(record->name), task->comm);
	ring_submit(record, false);
	return 0;
}

/* Since 6.9 (and stable 6.8) the tracepoint has the task. */
SEC("tp_btf/mark_victim")
int BPF_PROG(sd_tp_oom_task, struct task_struct *task)
{
	return report_victim(task, task->tgid);
}

/*
 * Before, only a pid. The killer of a memory cgroup's OOM runs in that cgroup, so the container is
 * right; the name is the killer's, and a global OOM is booked where the allocating task lives.
 */
SEC("tp_btf/mark_victim")
int BPF_PROG(sd_tp_oom_pid, int pid)
{
	return report_victim((struct task_struct *)bpf_get_current_task_btf(), pid);
}
