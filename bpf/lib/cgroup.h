/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which cgroup tells a task's container, and its key: cgroup id | hierarchy id << 56. Ids alone
 * collide between hierarchies. sd_cfg.mode is constant at load, so only one branch remains.
 */
#define ANCESTOR_LIMIT 16 /* deepest nesting walked: kubepods 5, docker in docker in kind 12 */

static __always_inline struct cgroup *v1_cgroup_of(struct task_struct *task)
{
	struct css_set *set = task->cgroups;

	switch (sd_cfg.v1_controller) {
	case SD_CONTROLLER_MEMORY:
		return set->subsys[bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id)]->cgroup;
	case SD_CONTROLLER_PIDS:
		return set->subsys[bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id)]->cgroup;
	case SD_CONTROLLER_CPU:
		return set->subsys[bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id)]->cgroup;
	default:
		return set->subsys[bpf_core_enum_value(enum cgroup_subsys_id, freezer_cgrp_id)]->cgroup;
	}
}

static __always_inline __u64 v1_tag(void)
{
	return (__u64)sd_cfg.v1_hierarchy_id << SD_KEY_HIERARCHY_SHIFT;
}

static __always_inline __u64 v1_key_of_task(struct task_struct *task)
{
	struct cgroup *cgroup;

	if (sd_cfg.mode == SD_MODE_V2)
		return 0;
	cgroup = v1_cgroup_of(task);
	return cgroup->level > 0 ? cgroup->kn->id | v1_tag() : 0;
}

/*
 * In hybrid mode the v2 cgroup wins unless the task sits in the v2 root. Where v2 is not mounted every
 * task does, so the mode is asked only then. 0 = at the root of all.
 */
static __always_inline __u64 key_of_task(struct task_struct *task)
{
	struct cgroup *cgroup = task->cgroups->dfl_cgrp;

	return cgroup->level > 0 ? cgroup->kn->id : v1_key_of_task(task);
}

static __always_inline struct cgroup *cgroup_of_key(struct task_struct *task, __u64 key)
{
	if (key >> SD_KEY_HIERARCHY_SHIFT)
		return v1_cgroup_of(task);
	return task->cgroups->dfl_cgrp;
}

/* Key of any cgroup; 0 when its hierarchy is not one we use. */
static __always_inline __u64 key_of_cgroup(struct cgroup *cgroup)
{
	__u32 hierarchy_id = BPF_CORE_READ(cgroup, root, hierarchy_id);
	__u64 id = BPF_CORE_READ(cgroup, kn, id);

	if (hierarchy_id == 0 && sd_cfg.mode != SD_MODE_V1)
		return id;
	if (hierarchy_id && hierarchy_id == sd_cfg.v1_hierarchy_id && sd_cfg.mode != SD_MODE_V2)
		return id | v1_tag();
	return 0;
}

/* struct cgroup begins with its own css, whose parent is the parent cgroup's css. */
static __always_inline struct cgroup *parent_of(struct cgroup *cgroup)
{
	return (struct cgroup *)BPF_CORE_READ(cgroup, self.parent);
}

/* Strictly below the root the agent is confined to. Rare paths only: up to 16 reads. */
static __always_inline bool is_below_root(struct cgroup *cgroup, __u64 key)
{
	__u32 index = key >> SD_KEY_HIERARCHY_SHIFT ? 1 : 0;
	__u64 root_key = sd_shared.root_key[index];
	__u64 tag = index ? v1_tag() : 0;
	int root_level = sd_shared.root_level[index];

	if (!root_key || BPF_CORE_READ(cgroup, level) <= root_level)
		return false;
	for (int i = 0; i < ANCESTOR_LIMIT; i++) {
		cgroup = parent_of(cgroup);
		if (!cgroup)
			return false;
		if (BPF_CORE_READ(cgroup, level) == root_level)
			return (BPF_CORE_READ(cgroup, kn, id) | tag) == root_key;
	}
	return false;
}
