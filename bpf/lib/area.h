/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a file lives, from its inode's type, its file system and its mount. */
#define FILE_TYPE_MASK 0170000
#define FILE_TYPE_SOCKET 0140000
#define FILE_TYPE_REGULAR 0100000
#define FILE_TYPE_BLOCK 0060000
#define FILE_TYPE_DIRECTORY 0040000
#define FILE_TYPE_CHARACTER 0020000
#define FILE_TYPE_FIFO 0010000
#define MOUNT_INTERNAL 0x4000 /* MNT_INTERNAL: a kernel's own mount, as of memfd */

/* include/uapi/linux/magic.h */
#define MAGIC_PROC 0x9fa0
#define MAGIC_SYSFS 0x62656572
#define MAGIC_CGROUP 0x27e0eb
#define MAGIC_CGROUP2 0x63677270
#define MAGIC_DEBUGFS 0x64626720
#define MAGIC_TRACEFS 0x74726163
#define MAGIC_SECURITYFS 0x73636673
#define MAGIC_BPF 0xcafe4a11
#define MAGIC_DEVPTS 0x1cd1
#define MAGIC_TMPFS 0x01021994
#define MAGIC_ANON_INODE 0x09041934
#define MAGIC_NSFS 0x6e736673
#define MAGIC_PIDFS 0x50494446

static __always_inline __u32 area_of(struct task_struct *task, void *file, void *inode)
{
	__u32 type = FIELD(struct inode, inode, i_mode) & FILE_TYPE_MASK;
	void *mount;

	if (type == FILE_TYPE_SOCKET)
		return SD_AREA_SOCK;
	if (type == FILE_TYPE_FIFO)
		return SD_AREA_PIPE;
	if (type == FILE_TYPE_CHARACTER || type == FILE_TYPE_BLOCK)
		return SD_AREA_DEV;
	mount = FIELD(struct file, file, f_path.mnt);
	switch ((__u32)FIELD(struct super_block, FIELD(struct inode, inode, i_sb), s_magic)) {
	case MAGIC_PROC:
	case MAGIC_SYSFS:
	case MAGIC_CGROUP:
	case MAGIC_CGROUP2:
	case MAGIC_DEBUGFS:
	case MAGIC_TRACEFS:
	case MAGIC_SECURITYFS:
	case MAGIC_BPF:
		return SD_AREA_PROC;
	case MAGIC_DEVPTS:
		return SD_AREA_DEV;
	case MAGIC_ANON_INODE:
	case MAGIC_NSFS:
	case MAGIC_PIDFS:
		return SD_AREA_OTHER;
	case MAGIC_TMPFS:
		if (mount == (void *)task->fs->root.mnt)
			return SD_AREA_ROOTFS;
		return FIELD(struct vfsmount, mount, mnt_flags) & MOUNT_INTERNAL ? SD_AREA_OTHER : SD_AREA_TMP;
	}
	if (mount == (void *)task->fs->root.mnt)
		return SD_AREA_ROOTFS;
	if (type == FILE_TYPE_REGULAR || type == FILE_TYPE_DIRECTORY)
		return SD_AREA_VOLUME;
	return SD_AREA_OTHER;
}
