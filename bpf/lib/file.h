/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What file calls did: bytes by area and direction, operations by area, bytes by file. */
#define FILE_MODE_CREATED 0x100000 /* FMODE_CREATED */

/* The file behind an fd of the current task; 0 when there is none (any more). */
static __always_inline void *file_of_fd(struct task_struct *task, __u32 fd)
{
	struct fdtable *table = task->files->fdt;

	if (fd >= table->max_fds)
		return 0;
	/* An array of pointers: each element is read as a struct with one. */
	return FIELD(struct list_head, (void *)table->fd + fd * sizeof(void *), next);
}

static __always_inline void count_bytes(struct task_struct *task, struct sd_cell *cell, __u32 slot, __u32 fd,
					__u32 direction, __u64 bytes)
{
	void *file = file_of_fd(task, fd);
	__u32 area = SD_AREA_OTHER;
	void *inode;

	if (file) {
		inode = FIELD(struct file, file, f_inode);
		area = area_of(task, file, inode);
		if (area <= SD_AREA_TMP)
			count_hot(file, inode, slot, direction, bytes);
	}
	if (area < SD_AREA_COUNT)
		cell->file_bytes[area][direction] += bytes;
}

static __always_inline void count_operation(__u32 slot, __u32 area, __u32 operation)
{
	struct sd_slot *info = slot_at(slot);

	if (info && area < SD_AREA_COUNT)
		__sync_fetch_and_add(&info->operations[area][operation], 1);
}

static __always_inline void count_file_operation(struct task_struct *task, __u32 slot, __u32 fd, __u32 operation)
{
	void *file = file_of_fd(task, fd);
	__u32 area = SD_AREA_OTHER;

	if (file) {
		area = area_of(task, file, FIELD(struct file, file, f_inode));
		if (operation == SD_OPERATION_OPEN && FIELD(struct file, file, f_mode) & FILE_MODE_CREATED)
			operation = SD_OPERATION_CREATE;
	}
	if (operation == SD_OPERATION_CREATE)
		count_operation(slot, area, SD_OPERATION_CREATE);
	else if (operation == SD_OPERATION_OPEN)
		count_operation(slot, area, SD_OPERATION_OPEN);
	else
		count_operation(slot, area, SD_OPERATION_FSYNC);
}

/* After a call that succeeded. Apart from the hot path: most calls have no action. */
static __noinline int act(struct pt_regs *regs, struct sd_cell *cell, __u32 slot, __u32 action, __u64 result)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	__u32 fd, direction;

	if (!cell)
		return 0;
	switch (action) {
	case ACTION_READ:
	case ACTION_WRITE:
		if (!result)
			return 0;
		fd = argument(regs, 0);
		direction = action == ACTION_WRITE;
		break;
	case ACTION_SENDFILE:
	case ACTION_COPY_RANGE:
		if (!result)
			return 0;
		/* Both ends; the second one is counted below. */
		count_bytes(task, cell, slot, argument(regs, action == ACTION_SENDFILE ? 1 : 0), SD_DIRECTION_READ,
			    result);
		fd = argument(regs, action == ACTION_SENDFILE ? 0 : 2);
		direction = SD_DIRECTION_WRITE;
		break;
	case ACTION_OPEN:
		count_file_operation(task, slot, result, SD_OPERATION_OPEN);
		return 0;
	case ACTION_FSYNC:
		count_file_operation(task, slot, argument(regs, 0), SD_OPERATION_FSYNC);
		return 0;
	case ACTION_CLOSE:
		count_operation(slot, SD_AREA_NONE, SD_OPERATION_CLOSE);
		return 0;
	case ACTION_UNLINK:
		count_operation(slot, SD_AREA_NONE, SD_OPERATION_UNLINK);
		return 0;
	case ACTION_RENAME:
		count_operation(slot, SD_AREA_NONE, SD_OPERATION_RENAME);
		return 0;
	default:
		return 0;
	}
	count_bytes(task, cell, slot, fd, direction, result);
	return 0;
}
