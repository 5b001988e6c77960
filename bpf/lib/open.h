/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Giving a cgroup its slot, at the first exec that shows it is a container. */

static __always_inline __u32 mntns_of(struct task_struct *task)
{
	return task->nsproxy->mnt_ns->ns.inum;
}

static __always_inline __u32 pidns_of(struct task_struct *task)
{
	return task->nsproxy->pid_ns_for_children->ns.inum;
}

/* Cgroup names from the leaf up to, not including, the hierarchy's root. */
static __noinline int read_cgroup_names(struct cgroup *cgroup, struct sd_path_scratch *scratch)
{
	int used = 0;

	if (!scratch)
		return 0;
	for (int i = 0; i < ANCESTOR_LIMIT; i++) {
		int next;

		if (!cgroup || BPF_CORE_READ(cgroup, level) <= 0)
			break;
		next = append_name(scratch, used, BPF_CORE_READ(cgroup, kn, name));
		if (next < 0) {
			drop(SD_DROP_PATH_CUT);
			return 0;
		}
		used = next;
		cgroup = parent_of(cgroup);
	}
	return used;
}

static __always_inline void emit_slot_opened(struct task_struct *task, struct cgroup *cgroup, __u64 key, __u32 slot,
					     struct sd_slot *info)
{
	struct sd_path_scratch *scratch = path_scratch();
	__u32 path_bytes = read_cgroup_names(cgroup, scratch);
	struct sd_ev_slot_opened *record = RING_RESERVE(SLOT_OPENED, slot_opened, slot);

	if (!record) {
		info->is_open_lost = 1;
		__sync_fetch_and_add(&sd_shared.lost_slot_records, 1);
		return;
	}
	record->cgroup_id = key & ((1ULL << SD_KEY_HIERARCHY_SHIFT) - 1);
	record->hierarchy_id = key >> SD_KEY_HIERARCHY_SHIFT;
	record->pid = task->tgid;
	record->netns_inode = info->netns_inode;
	record->path_bytes = path_bytes;
	if (scratch)
		__builtin_memcpy(record->path, scratch->text, SD_PATH_BYTES);
	ring_submit(record, false);
}

/* Takes a free slot for `key`. An inherited entry is replaced in place. */
static __always_inline __u32 open_slot(struct task_struct *task, struct cgroup *cgroup, __u64 key, bool is_replacing)
{
	struct sd_slot *info;
	__u32 slot = SD_SLOT_OVERFLOW, owner_slot;

	if (bpf_map_pop_elem(&sd_free_slots, &slot)) {
		slot = SD_SLOT_OVERFLOW;
		drop(SD_DROP_NO_SLOT);
	}
	info = slot_at(slot);
	if (!info)
		return SD_SLOT_NONE;
	if (slot != SD_SLOT_OVERFLOW) {
		info->key = key;
		info->pid = task->tgid;
		info->netns_inode = task->nsproxy->net_ns->ns.inum;
		info->mntns_inode = mntns_of(task);
		info->pidns_inode = pidns_of(task);
	}
	if (is_replacing) {
		struct sd_owner owner = {.slot = slot};

		bpf_map_update_elem(&sd_owner_by_cg, &key, &owner, BPF_ANY);
		table_set(key, slot);
	} else {
		owner_slot = owner_insert(key, slot, false);
		if (owner_slot != slot) {
			if (slot != SD_SLOT_OVERFLOW)
				info->key = 0;
			slot_give_back(slot);
			return owner_slot;
		}
	}
	if (slot != SD_SLOT_OVERFLOW)
		emit_slot_opened(task, cgroup, key, slot, info);
	return slot;
}

/*
 * May who comes into this cgroup be a runtime's helper? Where there is no slot yet only if the runtime
 * has a mount namespace of its own: an exec in the host's opens no slot, and else every service that
 * systemd starts would be taken for one.
 */
static __always_inline bool is_joinable(struct cgroup *cgroup, __u64 key, __u32 slot, __u32 mover_mntns_inode)
{
	if (slot != SD_SLOT_NONE)
		return is_counted(slot);
	return mover_mntns_inode != sd_cfg.host_mntns_inode && is_below_root(cgroup, key);
}

/* A child cgroup of a container is another container when both its namespaces differ. */
static __always_inline bool is_nested_container(struct task_struct *task, __u32 parent_slot)
{
	struct sd_slot *info;

	if (!is_counted(parent_slot) || parent_slot == SD_SLOT_OVERFLOW)
		return false;
	info = slot_at(parent_slot);
	return info && info->mntns_inode && mntns_of(task) != info->mntns_inode && pidns_of(task) != info->pidns_inode;
}

/* Slot of the nearest ancestor that has one: its children may be older than its entry. */
static __noinline int ancestor_slot(struct cgroup *cgroup)
{
	for (int i = 0; i < ANCESTOR_LIMIT; i++) {
		struct sd_owner *owner;
		__u64 key;

		cgroup = parent_of(cgroup);
		if (!cgroup)
			break;
		key = key_of_cgroup(cgroup);
		owner = bpf_map_lookup_elem(&sd_owner_by_cg, &key);
		if (owner)
			return owner->slot;
	}
	return SD_SLOT_NONE;
}

static __always_inline __u32 slot_at_exec(struct task_struct *task)
{
	__u64 key = key_of_task(task);
	struct cgroup *cgroup = cgroup_of_key(task, key);
	struct sd_owner *owner;
	__u32 slot;

	if (!key)
		return SD_SLOT_NONE;
	owner = bpf_map_lookup_elem(&sd_owner_by_cg, &key);
	if (owner) {
		if (owner->is_inherited && is_nested_container(task, owner->slot))
			return open_slot(task, cgroup, key, true);
		return owner->slot;
	}
	if (!is_below_root(cgroup, key))
		return SD_SLOT_NONE;
	slot = ancestor_slot(cgroup);
	if (slot != SD_SLOT_NONE && !is_nested_container(task, slot))
		return owner_insert(key, slot, true);
	if (!sd_cfg.is_host_scope && mntns_of(task) == sd_cfg.host_mntns_inode)
		return SD_SLOT_NONE;
	return open_slot(task, cgroup, key, false);
}
