/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(sd_tp_cg_mkdir, struct cgroup *cgroup, const char *path)
{
	__u64 key = key_of_cgroup(cgroup), parent_key;
	struct sd_ev_cgroup_made *record;
	struct sd_owner *parent;
	__u32 slot = SD_SLOT_NONE;
	long length_bytes;

	if (!key || !is_below_root(cgroup, key))
		return 0;
	parent_key = key_of_cgroup(parent_of(cgroup));
	parent = bpf_map_lookup_elem(&sd_owner_by_cg, &parent_key);
	if (parent)
		slot = owner_insert(key, parent->slot, true);
	record = RING_RESERVE(CGROUP_MADE, cgroup_made, slot);
	if (!record)
		return 0;
	record->cgroup_id = key & ((1ULL << SD_KEY_HIERARCHY_SHIFT) - 1);
	record->hierarchy_id = key >> SD_KEY_HIERARCHY_SHIFT;
	length_bytes = bpf_probe_read_kernel_str(record->path, sizeof(record->path), path);
	record->path_bytes = length_bytes > 0 ? length_bytes - 1 : 0;
	ring_submit(record, false);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(sd_tp_cg_rmdir, struct cgroup *cgroup, const char *path)
{
	__u64 key = key_of_cgroup(cgroup);
	struct sd_ev_slot_closed *record;
	struct sd_owner *owner;
	struct sd_slot *info;
	bool is_inherited;
	__u32 slot;

	if (!key)
		return 0;
	owner = bpf_map_lookup_elem(&sd_owner_by_cg, &key);
	if (!owner)
		return 0;
	slot = owner->slot;
	is_inherited = owner->is_inherited;
	table_remove(key);
	bpf_map_delete_elem(&sd_owner_by_cg, &key);
	if (is_inherited || !is_counted(slot) || slot == SD_SLOT_OVERFLOW)
		return 0;
	record = RING_RESERVE(SLOT_CLOSED, slot_closed, slot);
	if (record) {
		ring_submit(record, true);
		return 0;
	}
	info = slot_at(slot);
	if (info)
		info->is_close_lost = 1;
	__sync_fetch_and_add(&sd_shared.lost_slot_records, 1);
	return 0;
}

/*
 * A task moved into a container from outside is a runtime's helper until it execs there. Moves made
 * from inside (systemd in a container, a process into its own child cgroup) are not: then the mover
 * is in the container, or moves itself within the container's mount namespace.
 */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(sd_tp_cg_attach, struct cgroup *target, const char *path, struct task_struct *task)
{
	struct task_struct *mover = (struct task_struct *)bpf_get_current_task_btf();
	__u64 key = key_of_cgroup(target);
	__u32 mntns_inode = mntns_of(mover);
	struct sd_slot *info;
	__u32 slot;

	/* In hybrid mode both hierarchies report; only the one that is the task's key counts. */
	if (!key || key_of_task(task) != key)
		return 0;
	slot = slot_of_key(key);
	if (!is_joinable(target, key, slot, mntns_inode))
		return 0;
	if (mover->tgid == task->tgid) {
		info = slot_at(slot);
		if (info && slot != SD_SLOT_OVERFLOW && info->mntns_inode == mntns_of(task))
			return 0;
		/* Inside its new namespaces already (nspawn): its next exec is the container's. */
		if (mntns_of(task) != sd_cfg.host_mntns_inode)
			mntns_inode = 0;
	} else if (slot != SD_SLOT_NONE && slot_of_task(mover) == slot && !is_joining(mover->tgid)) {
		return 0;
	}
	joining_add(task->tgid, mntns_inode);
	return 0;
}
