/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define MAX_ERRNO 4095

/* Slots and CPUs are bounded by the map: an index outside it finds nothing. */
static __always_inline struct sd_cell *cell_at(__u32 slot)
{
	__u32 index = bpf_get_smp_processor_id() * sd_cfg.slot_count + slot;

	return bpf_map_lookup_elem(&sd_cell_by_cpu, &index);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(sd_tp_sys_exit, struct pt_regs *regs, long ret)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	__u32 slot = slot_of_task(task);
	struct syscall_info info;
	struct sd_cell *cell;
	struct sd_call *call;

	if (!is_counted(slot))
		return 0;
	if (is_joining(task->tgid))
		return 0;
	info = info_of_syscall(task, regs);
	/* A fork returns twice; the child's return is not a second call. */
	if (info.action == ACTION_CLONE && ret == 0)
		return 0;
	cell = cell_at(slot);
	if (!cell)
		return 0;
	call = &cell->call[info.class & (SD_CLASS_COUNT - 1)];
	call->calls++;
	if (sd_cfg.is_latency)
		finish_timing(task, slot, info.class & (SD_CLASS_COUNT - 1));
	if ((unsigned long)ret >= (unsigned long)-MAX_ERRNO) {
		if (info.action == ACTION_RESUMED)
			return 0;
		call->errors++;
		count_errno(slot, info.class, -ret);
		return 0;
	}
	if (info.action != ACTION_NONE)
		act(regs, cell, slot, info.action, ret);
	return 0;
}
