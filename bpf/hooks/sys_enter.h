/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Only at level `latency`. Seven of eight calls leave after one table entry, before any look-up. */
SEC("tp_btf/sys_enter")
int BPF_PROG(sd_tp_sys_enter, struct pt_regs *regs, long number)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct sd_start *start = start_of(task->pid);

	if (!start)
		return 0;
	/* What an earlier call left must not be taken for this one's. */
	start->start_ns = 0;
	if (!is_sampled(start, task->pid))
		return 0;
	if ((unsigned long)number >= SYSCALL_LIMIT || !timed_by_class[syscall_infos[number] & (SD_CLASS_COUNT - 1)])
		return 0;
	if (!is_counted(slot_of_task(task)))
		return 0;
	start->start_ns = bpf_ktime_get_ns();
	return 0;
}
