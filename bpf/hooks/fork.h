/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(sd_tp_fork, struct task_struct *parent, struct task_struct *child)
{
	struct sd_ev_process_started *record;
	struct sd_slot *info;
	__u32 slot;
	__u64 key;

	if (child->pid != child->tgid)
		return 0;
	if (is_joining(parent->tgid)) {
		joining_add(child->tgid, joining_mntns(parent->tgid));
		return 0;
	}
	key = key_of_task(child);
	slot = key ? slot_of_key(key) : SD_SLOT_NONE;
	/* CLONE_INTO_CGROUP from outside: a runtime's helper, until it execs. */
	if (key && key != key_of_task(parent) && (slot == SD_SLOT_NONE || slot_of_task(parent) != slot)) {
		if (is_joinable(cgroup_of_key(child, key), key, slot, mntns_of(parent)))
			joining_add(child->tgid, mntns_of(parent));
		return 0;
	}
	if (!is_counted(slot))
		return 0;
	info = slot_at(slot);
	if (!info)
		return 0;
	__sync_fetch_and_add(&info->starts, 1);
	record = RING_RESERVE(PROCESS_STARTED, process_started, slot);
	if (!record) {
		__sync_fetch_and_add(&info->lost_starts, 1);
		return 0;
	}
	record->pid = child->tgid;
	record->parent_pid = parent->tgid;
	bpf_probe_read_kernel_str(record->name, sizeof(record->name), parent->comm);
	ring_submit(record, false);
	return 0;
}
