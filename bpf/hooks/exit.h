/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define SIGNAL_GROUP_EXIT 0x00000004 /* include/linux/sched/signal.h */

/*
 * Two threads that end at once may both find live == 0 at the tracepoint (the kernel decrements
 * before it); the second one finds the process here. 6.15 has an argument for it, older ones not.
 */
static __always_inline bool is_first_report(struct task_struct *task)
{
	__u64 stamp = (__u64)task->tgid << 32 | (__u32)(task->group_leader->start_time >> 10);

	return __sync_lock_test_and_set(&sd_shared.exited[task->tgid & (SD_EXITED_COUNT - 1)], stamp) != stamp;
}

/* Process 1 of a pid namespace that is not the host's. */
static __always_inline bool is_namespace_init(struct task_struct *task)
{
	struct pid *pid = task->group_leader->thread_pid;
	__u32 level = BPF_CORE_READ(pid, level);
	struct upid number = {};

	if (level == 0)
		return false;
	bpf_core_read(&number, sizeof(number), &pid->numbers[level]);
	return number.nr == 1;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(sd_tp_exit, struct task_struct *task)
{
	struct sd_ev_process_exited *record;
	struct signal_struct *signal = task->signal;
	bool is_group_dead = signal->live.counter == 0;
	__u32 slot = slot_of_task(task);
	struct sd_slot *info;
	bool is_init;

	if (is_joining(task->tgid)) {
		if (is_group_dead)
			joining_remove(task->tgid);
		return 0;
	}
	if (!is_counted(slot))
		return 0;
	info = slot_at(slot);
	if (!info)
		return 0;
	__sync_fetch_and_add(&info->ended_cpu_ns, task->se.sum_exec_runtime);
	__sync_fetch_and_add(&info->ended_user_ns, task->utime);
	__sync_fetch_and_add(&info->ended_system_ns, task->stime);
	if (!is_group_dead || !is_first_report(task))
		return 0;
	__sync_fetch_and_add(&info->exits, 1);
	record = RING_RESERVE(PROCESS_EXITED, process_exited, slot);
	if (!record) {
		__sync_fetch_and_add(&info->lost_exits, 1);
		return 0;
	}
	record->pid = task->tgid;
	record->status = signal->flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code : task->group_leader->exit_code;
	is_init = is_namespace_init(task);
	record->is_container_init = is_init;
	record->pad = 0;
	bpf_probe_read_kernel_str(record->name, sizeof(record->name), task->group_leader->comm);
	ring_submit(record, is_init);
	return 0;
}
