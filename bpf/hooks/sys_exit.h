/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define MAX_ERRNO 4095

/* A row beyond the map (ignored) finds nothing. */
static __always_inline struct sd_cell *cell_at(struct sd_entry *entry, __u32 cpu)
{
	__u32 index = entry->row + cpu;

	return bpf_map_lookup_elem(&sd_cell_by_cpu, &index);
}

static __always_inline bool is_error(long ret)
{
	return (unsigned long)ret >= (unsigned long)-MAX_ERRNO;
}

/* Whatever is more than "an ordinary call succeeded": errors, files, forks, odd numbers, joining. */
static __noinline int count_call(struct pt_regs *regs, long ret, struct sd_entry *entry)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct sd_cell *cell;
	struct sd_call *call;
	__u32 info, action, class, slot;

	if (!entry)
		return 0;
	slot = entry->slot;
	if (!is_counted(slot) || is_joining(task->tgid))
		return 0;
	info = info_of_syscall(task, regs);
	class = info & (SD_CLASS_COUNT - 1);
	action = info >> INFO_ACTION_SHIFT;
	/* A fork returns twice; the child's return is not a second call. */
	if (action == ACTION_CLONE && ret == 0)
		return 0;
	cell = cell_at(entry, bpf_get_smp_processor_id());
	if (!cell)
		return 0;
	call = &cell->call[class];
	call->calls++;
	if (is_error(ret)) {
		if (action == ACTION_RESUMED)
			return 0;
		call->errors++;
		count_errno(slot, class, -ret);
		return 0;
	}
	if (action != ACTION_NONE)
		act(regs, cell, slot, action, ret);
	return 0;
}

/*
 * The path of every system call on the host, so it is kept short: the program saves one register, calls
 * one helper, and leaves everything unusual to count_call as its last step.
 */
static __always_inline int on_sys_exit(unsigned long long *ctx, bool is_latency)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct cgroup *cgroup = task->cgroups->dfl_cgrp;
	unsigned long number;
	struct sd_entry *entry;
	struct sd_cell *cell;
	struct pt_regs *regs;
	__u64 key;
	__u32 info;
	long ret;

	/* key_of_task, with the common case first: a container's v2 cgroup. The root of v2 has no entry. */
	entry = entry_of_key(cgroup->kn->id);
	if (!entry) {
		if (sd_cfg.mode == SD_MODE_V2 || cgroup->level > 0)
			return 0;
		key = v1_key_of_task(task);
		if (!key)
			return 0;
		entry = entry_of_key(key);
		if (!entry)
			return 0;
	}
	regs = (struct pt_regs *)ctx[0];
	ret = ctx[1];
	if (is_latency)
		finish_timing(task, entry->slot, info_of_syscall(task, regs) & (SD_CLASS_COUNT - 1));
	if (sd_joining_count | is_compat(task) || is_error(ret))
		return count_call(regs, ret, entry);
	number = full_syscall_number(regs);
	if (number >= SYSCALL_LIMIT)
		return count_call(regs, ret, entry);
	/* Below the number of classes: a class without an action. */
	info = syscall_infos[number];
	if (info >= SD_CLASS_COUNT)
		return count_call(regs, ret, entry);
	/* The task's own field spares a call, which would cost saved registers too (5.16). */
	if (!bpf_core_field_exists(task->thread_info.cpu))
		return count_call(regs, ret, entry);
	cell = cell_at(entry, task->thread_info.cpu);
	if (cell)
		cell->call[info].calls++;
	return 0;
}

SEC("tp_btf/sys_exit")
int sd_tp_sys_exit(unsigned long long *ctx)
{
	return on_sys_exit(ctx, false);
}

/* Its twin at level `latency`: a constant in .rodata would cost the other one its load. */
SEC("tp_btf/sys_exit")
int sd_tp_sys_timed(unsigned long long *ctx)
{
	return on_sys_exit(ctx, true);
}
