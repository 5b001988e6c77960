/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A file's path as its process sees it: dentries up to its root, across mounts. Leaf first. */
#define PATH_STEPS 32 /* names and mount crossings; deeper paths are cut and counted */

/* Not static: the verifier then checks it once, not once a caller and state. Takes plain numbers. */
__noinline int read_path(__u64 dentry, __u64 mount)
{
	struct sd_path_scratch *scratch = path_scratch();
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	__u64 root_dentry = (__u64)FIELD_COPY(struct fs_struct, task->fs, root.dentry);
	__u64 root_mount = (__u64)FIELD_COPY(struct fs_struct, task->fs, root.mnt);
	int used = 0;

	if (!scratch)
		return 0;
	for (int i = 0; i < PATH_STEPS; i++) {
		__u64 parent;
		int next;

		if (dentry == root_dentry && mount == root_mount)
			return used;
		if (dentry == (__u64)FIELD_COPY(struct vfsmount, mount, mnt_root)) {
			__u64 whole = mount - bpf_core_field_offset(struct mount, mnt);

			parent = (__u64)FIELD_COPY(struct mount, whole, mnt_parent);
			if (!parent || parent == whole)
				return used;
			dentry = (__u64)FIELD_COPY(struct mount, whole, mnt_mountpoint);
			mount = parent + bpf_core_field_offset(struct mount, mnt);
			continue;
		}
		parent = (__u64)FIELD_COPY(struct dentry, dentry, d_parent);
		if (!parent || parent == dentry)
			return used;
		next = append_name(scratch, used, FIELD_COPY(struct dentry, dentry, d_name.name));
		if (next < 0)
			break;
		used = next;
		dentry = parent;
	}
	drop(SD_DROP_PATH_CUT);
	return used;
}
