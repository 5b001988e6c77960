/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Syscall number -> class and what else its return tells. */
#include <asm/unistd.h>

_Static_assert(SD_CLASS_COUNT == 64, "sys_exit masks the class");

#define SYSCALL_LIMIT 512 /* the highest number of both architectures is below 470 */
#define TS_COMPAT 0x0002  /* x86: a 32-bit call, with other numbers */

enum action {
	ACTION_NONE,
	ACTION_READ,	   /* bytes from fd in argument 1 */
	ACTION_WRITE,	   /* bytes to fd in argument 1 */
	ACTION_SENDFILE,   /* to argument 1, from argument 2 */
	ACTION_COPY_RANGE, /* from argument 1, to argument 3 */
	ACTION_OPEN,	   /* returns an fd */
	ACTION_CLOSE,
	ACTION_UNLINK,
	ACTION_RENAME,
	ACTION_FSYNC, /* fd in argument 1 */
	ACTION_CLONE,
	ACTION_RESUMED /* no call returned: a signal handler did */
};

/* class | action << 8: one load tells both, and a call without an action is below 256. */
#define INFO_ACTION_SHIFT 8
#define INFO(CLASS, ACTION) (SD_CLASS_##CLASS | ACTION_##ACTION << INFO_ACTION_SHIFT)
#define CALL(name, CLASS) [__NR_##name] = INFO(CLASS, NONE)
#define CALL_DOES(name, CLASS, ACTION) [__NR_##name] = INFO(CLASS, ACTION)

static const __u16 syscall_infos[SYSCALL_LIMIT] = {
	CALL_DOES(read, FILE_READ, READ),
	CALL_DOES(readv, FILE_READ, READ),
	CALL_DOES(pread64, FILE_READ, READ),
	CALL_DOES(preadv, FILE_READ, READ),
	CALL_DOES(preadv2, FILE_READ, READ),
	CALL_DOES(write, FILE_WRITE, WRITE),
	CALL_DOES(writev, FILE_WRITE, WRITE),
	CALL_DOES(pwrite64, FILE_WRITE, WRITE),
	CALL_DOES(pwritev, FILE_WRITE, WRITE),
	CALL_DOES(pwritev2, FILE_WRITE, WRITE),
	CALL_DOES(sendfile, FILE_COPY, SENDFILE),
	CALL_DOES(copy_file_range, FILE_COPY, COPY_RANGE),
	CALL_DOES(splice, FILE_COPY, COPY_RANGE),
	CALL(tee, FILE_COPY),
	CALL(vmsplice, FILE_COPY),
	CALL_DOES(openat, FILE_OPEN, OPEN),
	CALL_DOES(openat2, FILE_OPEN, OPEN),
	CALL(open_by_handle_at, FILE_OPEN),
	CALL(name_to_handle_at, FILE_STAT),
	CALL_DOES(close, FILE_CLOSE, CLOSE),
	CALL(close_range, FILE_CLOSE),
	CALL(fstat, FILE_STAT),
	CALL(newfstatat, FILE_STAT),
	CALL(statx, FILE_STAT),
	CALL(readlinkat, FILE_STAT),
	CALL(lseek, FILE_SEEK),
	CALL_DOES(fsync, FILE_SYNC, FSYNC),
	CALL_DOES(fdatasync, FILE_SYNC, FSYNC),
	CALL(sync, FILE_SYNC),
	CALL(syncfs, FILE_SYNC),
	CALL(sync_file_range, FILE_SYNC),
	CALL(msync, FILE_SYNC),
	CALL(flock, FILE_LOCK),
	CALL_DOES(unlinkat, FILE_UNLINK, UNLINK),
	CALL_DOES(renameat2, FILE_RENAME, RENAME),
	CALL(linkat, FILE_LINK),
	CALL(symlinkat, FILE_LINK),
	CALL(truncate, FILE_TRUNCATE),
	CALL(ftruncate, FILE_TRUNCATE),
	CALL(fallocate, FILE_TRUNCATE),
	CALL(fchmod, FILE_MODE),
	CALL(fchmodat, FILE_MODE),
	CALL(fchown, FILE_MODE),
	CALL(fchownat, FILE_MODE),
	CALL(umask, FILE_MODE),
	CALL(utimensat, FILE_MODE),
	CALL(mknodat, FILE_MODE),
	CALL(setxattr, FILE_XATTR),
	CALL(lsetxattr, FILE_XATTR),
	CALL(fsetxattr, FILE_XATTR),
	CALL(getxattr, FILE_XATTR),
	CALL(lgetxattr, FILE_XATTR),
	CALL(fgetxattr, FILE_XATTR),
	CALL(listxattr, FILE_XATTR),
	CALL(llistxattr, FILE_XATTR),
	CALL(flistxattr, FILE_XATTR),
	CALL(removexattr, FILE_XATTR),
	CALL(lremovexattr, FILE_XATTR),
	CALL(fremovexattr, FILE_XATTR),
	CALL(readahead, FILE_READ),
	CALL(fadvise64, FILE_SEEK),
	CALL(faccessat, FILE_ACCESS),
#ifdef __NR_faccessat2
	CALL(faccessat2, FILE_ACCESS),
#endif
	CALL(getdents64, DIR_LIST),
	CALL(mkdirat, DIR_MAKE),
	CALL(chdir, DIR_CHANGE),
	CALL(fchdir, DIR_CHANGE),
	CALL(chroot, DIR_CHANGE),
	CALL(getcwd, DIR_CHANGE),
	CALL(dup, FD_DUPLICATE),
	CALL(dup3, FD_DUPLICATE),
	CALL(fcntl, FD_CONTROL),
	CALL(ioctl, FD_IOCTL),
	CALL(pipe2, FD_PIPE),
	CALL(eventfd2, FD_EVENT),
	CALL(signalfd4, FD_EVENT),
	CALL(timerfd_create, FD_EVENT),
	CALL(timerfd_settime, FD_EVENT),
	CALL(timerfd_gettime, FD_EVENT),
	CALL(memfd_create, FD_EVENT),
	CALL(pidfd_open, FD_EVENT),
	CALL(mount, FS_MOUNT),
	CALL(umount2, FS_MOUNT),
	CALL(pivot_root, FS_MOUNT),
	CALL(open_tree, FS_MOUNT),
	CALL(move_mount, FS_MOUNT),
	CALL(fsopen, FS_MOUNT),
	CALL(fsconfig, FS_MOUNT),
	CALL(fsmount, FS_MOUNT),
	CALL(fspick, FS_MOUNT),
	CALL(statfs, FS_STAT),
	CALL(fstatfs, FS_STAT),
	CALL(inotify_init1, FS_WATCH),
	CALL(inotify_add_watch, FS_WATCH),
	CALL(inotify_rm_watch, FS_WATCH),
	CALL(fanotify_init, FS_WATCH),
	CALL(fanotify_mark, FS_WATCH),
	CALL(ppoll, POLL_WAIT),
	CALL(pselect6, POLL_WAIT),
	CALL(epoll_pwait, POLL_WAIT),
#ifdef __NR_epoll_pwait2
	CALL(epoll_pwait2, POLL_WAIT),
#endif
	CALL(epoll_create1, POLL_CONTROL),
	CALL(epoll_ctl, POLL_CONTROL),
	CALL(socket, NET_SOCKET),
	CALL(socketpair, NET_SOCKET),
	CALL(bind, NET_BIND),
	CALL(listen, NET_BIND),
	CALL(connect, NET_CONNECT),
	CALL(accept, NET_ACCEPT),
	CALL(accept4, NET_ACCEPT),
	CALL(sendto, NET_SEND),
	CALL(sendmsg, NET_SEND),
	CALL(sendmmsg, NET_SEND),
	CALL(recvfrom, NET_RECEIVE),
	CALL(recvmsg, NET_RECEIVE),
	CALL(recvmmsg, NET_RECEIVE),
	CALL(shutdown, NET_SHUTDOWN),
	CALL(setsockopt, NET_OPTION),
	CALL(getsockopt, NET_OPTION),
	CALL(getsockname, NET_NAME),
	CALL(getpeername, NET_NAME),
	CALL(mmap, MEMORY_MAP),
	CALL(mremap, MEMORY_MAP),
	CALL(remap_file_pages, MEMORY_MAP),
	CALL(munmap, MEMORY_UNMAP),
	CALL(mprotect, MEMORY_PROTECT),
	CALL(pkey_mprotect, MEMORY_PROTECT),
	CALL(brk, MEMORY_BREAK),
	CALL(madvise, MEMORY_ADVISE),
	CALL(mlock, MEMORY_ADVISE),
	CALL(mlock2, MEMORY_ADVISE),
	CALL(munlock, MEMORY_ADVISE),
	CALL(mlockall, MEMORY_ADVISE),
	CALL(munlockall, MEMORY_ADVISE),
	CALL(mincore, MEMORY_ADVISE),
	CALL(membarrier, MEMORY_ADVISE),
	CALL(mbind, MEMORY_ADVISE),
	CALL(set_mempolicy, MEMORY_ADVISE),
	CALL(get_mempolicy, MEMORY_ADVISE),
	CALL(shmget, MEMORY_SHARE),
	CALL(shmat, MEMORY_SHARE),
	CALL(shmdt, MEMORY_SHARE),
	CALL(shmctl, MEMORY_SHARE),
	CALL(process_vm_readv, MEMORY_SHARE),
	CALL(process_vm_writev, MEMORY_SHARE),
	CALL_DOES(clone, PROCESS_CLONE, CLONE),
	CALL_DOES(clone3, PROCESS_CLONE, CLONE),
	CALL(execve, PROCESS_EXEC),
	CALL(execveat, PROCESS_EXEC),
	CALL(wait4, PROCESS_WAIT),
	CALL(waitid, PROCESS_WAIT),
	CALL(kill, PROCESS_KILL),
	CALL(tkill, PROCESS_KILL),
	CALL(tgkill, PROCESS_KILL),
	CALL(rt_sigqueueinfo, PROCESS_KILL),
	CALL(rt_tgsigqueueinfo, PROCESS_KILL),
	CALL(pidfd_send_signal, PROCESS_KILL),
	CALL(getpid, PROCESS_IDENTITY),
	CALL(getppid, PROCESS_IDENTITY),
	CALL(gettid, PROCESS_IDENTITY),
	CALL(getpgid, PROCESS_IDENTITY),
	CALL(setpgid, PROCESS_IDENTITY),
	CALL(getsid, PROCESS_IDENTITY),
	CALL(setsid, PROCESS_IDENTITY),
	CALL(set_tid_address, PROCESS_IDENTITY),
	CALL(getuid, PROCESS_CREDENTIAL),
	CALL(geteuid, PROCESS_CREDENTIAL),
	CALL(getgid, PROCESS_CREDENTIAL),
	CALL(getegid, PROCESS_CREDENTIAL),
	CALL(setuid, PROCESS_CREDENTIAL),
	CALL(setgid, PROCESS_CREDENTIAL),
	CALL(setreuid, PROCESS_CREDENTIAL),
	CALL(setregid, PROCESS_CREDENTIAL),
	CALL(setresuid, PROCESS_CREDENTIAL),
	CALL(setresgid, PROCESS_CREDENTIAL),
	CALL(getresuid, PROCESS_CREDENTIAL),
	CALL(getresgid, PROCESS_CREDENTIAL),
	CALL(setfsuid, PROCESS_CREDENTIAL),
	CALL(setfsgid, PROCESS_CREDENTIAL),
	CALL(getgroups, PROCESS_CREDENTIAL),
	CALL(setgroups, PROCESS_CREDENTIAL),
	CALL(capget, PROCESS_CREDENTIAL),
	CALL(capset, PROCESS_CREDENTIAL),
	CALL(getrlimit, PROCESS_LIMIT),
	CALL(setrlimit, PROCESS_LIMIT),
	CALL(prlimit64, PROCESS_LIMIT),
	CALL(getrusage, PROCESS_LIMIT),
	CALL(times, PROCESS_LIMIT),
	CALL(prctl, PROCESS_CONTROL),
	CALL(ptrace, PROCESS_CONTROL),
	CALL(seccomp, PROCESS_CONTROL),
	CALL(personality, PROCESS_CONTROL),
	CALL(set_robust_list, PROCESS_CONTROL),
	CALL(get_robust_list, PROCESS_CONTROL),
	CALL(rseq, PROCESS_CONTROL),
	CALL(pidfd_getfd, PROCESS_CONTROL),
	CALL(unshare, PROCESS_NAMESPACE),
	CALL(setns, PROCESS_NAMESPACE),
	CALL(rt_sigaction, SIGNAL_HANDLE),
	CALL(rt_sigprocmask, SIGNAL_HANDLE),
	CALL(rt_sigpending, SIGNAL_HANDLE),
	CALL(sigaltstack, SIGNAL_HANDLE),
	CALL(rt_sigreturn, SIGNAL_HANDLE),
	CALL(rt_sigsuspend, SIGNAL_WAIT),
	CALL(rt_sigtimedwait, SIGNAL_WAIT),
	CALL(sched_yield, SCHED_POLICY),
	CALL(sched_setaffinity, SCHED_POLICY),
	CALL(sched_getaffinity, SCHED_POLICY),
	CALL(sched_setscheduler, SCHED_POLICY),
	CALL(sched_getscheduler, SCHED_POLICY),
	CALL(sched_setparam, SCHED_POLICY),
	CALL(sched_getparam, SCHED_POLICY),
	CALL(sched_setattr, SCHED_POLICY),
	CALL(sched_getattr, SCHED_POLICY),
	CALL(sched_get_priority_max, SCHED_POLICY),
	CALL(sched_get_priority_min, SCHED_POLICY),
	CALL(sched_rr_get_interval, SCHED_POLICY),
	CALL(getpriority, SCHED_POLICY),
	CALL(setpriority, SCHED_POLICY),
	CALL(ioprio_get, SCHED_POLICY),
	CALL(ioprio_set, SCHED_POLICY),
	CALL(getcpu, SCHED_POLICY),
	CALL(futex, SYNC_FUTEX),
	CALL(semget, SYNC_FUTEX),
	CALL(semop, SYNC_FUTEX),
	CALL(semtimedop, SYNC_FUTEX),
	CALL(semctl, SYNC_FUTEX),
	CALL(msgget, IO_ASYNC),
	CALL(msgsnd, IO_ASYNC),
	CALL(msgrcv, IO_ASYNC),
	CALL(msgctl, IO_ASYNC),
	CALL(mq_open, IO_ASYNC),
	CALL(mq_unlink, IO_ASYNC),
	CALL(mq_timedsend, IO_ASYNC),
	CALL(mq_timedreceive, IO_ASYNC),
	CALL(clock_gettime, TIME_READ),
	CALL(clock_getres, TIME_READ),
	CALL(gettimeofday, TIME_READ),
	CALL(clock_settime, TIME_READ),
	CALL(settimeofday, TIME_READ),
	CALL(nanosleep, TIME_SLEEP),
	CALL(clock_nanosleep, TIME_SLEEP),
	CALL(setitimer, TIME_TIMER),
	CALL(getitimer, TIME_TIMER),
	CALL(timer_create, TIME_TIMER),
	CALL(timer_settime, TIME_TIMER),
	CALL(timer_gettime, TIME_TIMER),
	CALL(timer_getoverrun, TIME_TIMER),
	CALL(timer_delete, TIME_TIMER),
	CALL(io_setup, IO_ASYNC),
	CALL(io_submit, IO_ASYNC),
	CALL(io_getevents, IO_ASYNC),
	CALL(io_cancel, IO_ASYNC),
	CALL(io_destroy, IO_ASYNC),
	CALL(io_uring_setup, IO_ASYNC),
	CALL(io_uring_enter, IO_ASYNC),
	CALL(io_uring_register, IO_ASYNC),
	CALL(uname, KERNEL_INFO),
	CALL(sysinfo, KERNEL_INFO),
	CALL(getrandom, KERNEL_INFO),
	CALL(syslog, KERNEL_INFO),
	CALL(bpf, KERNEL_ADMIN),
	CALL(perf_event_open, KERNEL_ADMIN),
	CALL(init_module, KERNEL_ADMIN),
	CALL(finit_module, KERNEL_ADMIN),
	CALL(delete_module, KERNEL_ADMIN),
	CALL(kexec_load, KERNEL_ADMIN),
	CALL(reboot, KERNEL_ADMIN),
	CALL(sethostname, KERNEL_ADMIN),
	CALL(setdomainname, KERNEL_ADMIN),
	CALL(swapon, KERNEL_ADMIN),
	CALL(swapoff, KERNEL_ADMIN),
	CALL(acct, KERNEL_ADMIN),
	CALL(quotactl, KERNEL_ADMIN),
	CALL(add_key, KERNEL_ADMIN),
	CALL(request_key, KERNEL_ADMIN),
	CALL(keyctl, KERNEL_ADMIN),
#ifdef __NR_open /* older architectures: the calls that arm64 never had */
	CALL_DOES(open, FILE_OPEN, OPEN),
	CALL_DOES(creat, FILE_OPEN, OPEN),
	CALL(stat, FILE_STAT),
	CALL(lstat, FILE_STAT),
	CALL(readlink, FILE_STAT),
	CALL_DOES(unlink, FILE_UNLINK, UNLINK),
	CALL_DOES(rmdir, FILE_UNLINK, UNLINK),
	CALL_DOES(rename, FILE_RENAME, RENAME),
	CALL(link, FILE_LINK),
	CALL(symlink, FILE_LINK),
	CALL(chmod, FILE_MODE),
	CALL(chown, FILE_MODE),
	CALL(lchown, FILE_MODE),
	CALL(utime, FILE_MODE),
	CALL(utimes, FILE_MODE),
	CALL(futimesat, FILE_MODE),
	CALL(mknod, FILE_MODE),
	CALL(access, FILE_ACCESS),
	CALL(getdents, DIR_LIST),
	CALL(mkdir, DIR_MAKE),
	CALL(dup2, FD_DUPLICATE),
	CALL(pipe, FD_PIPE),
	CALL(eventfd, FD_EVENT),
	CALL(signalfd, FD_EVENT),
	CALL(inotify_init, FS_WATCH),
	CALL(poll, POLL_WAIT),
	CALL(select, POLL_WAIT),
	CALL(epoll_wait, POLL_WAIT),
	CALL(epoll_create, POLL_CONTROL),
	CALL_DOES(fork, PROCESS_CLONE, CLONE),
	CALL_DOES(vfork, PROCESS_CLONE, CLONE),
	CALL(getpgrp, PROCESS_IDENTITY),
	CALL(arch_prctl, PROCESS_CONTROL),
	CALL(pause, SIGNAL_WAIT),
	CALL(time, TIME_READ),
	CALL(alarm, TIME_TIMER),
#endif
#ifdef __NR_renameat /* not in every table */
	CALL_DOES(renameat, FILE_RENAME, RENAME),
#endif
};

static __always_inline unsigned long argument(struct pt_regs *regs, int number)
{
#if defined(__TARGET_ARCH_arm64)
	return number == 0 ? regs->orig_x0 : regs->regs[number];
#else
	return number == 0 ? regs->di : number == 1 ? regs->si : regs->dx;
#endif
}

/* All bits of it: what is no number of a call (-1, x32) is then beyond the limit. */
static __always_inline unsigned long full_syscall_number(struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_arm64)
	return (__u32)regs->syscallno;
#else
	return regs->orig_ax;
#endif
}

static __always_inline __u32 syscall_number(struct pt_regs *regs)
{
	return full_syscall_number(regs);
}

static __always_inline __u32 is_compat(struct task_struct *task)
{
#if defined(__TARGET_ARCH_arm64)
	return 0;
#else
	return task->thread_info.status & TS_COMPAT;
#endif
}

static __always_inline __u32 info_of_syscall(struct task_struct *task, struct pt_regs *regs)
{
	__u32 number = syscall_number(regs);

	if (is_compat(task))
		return INFO(OTHER, NONE);
	if (number < SYSCALL_LIMIT)
		return syscall_infos[number];
	return number == (__u32)-1 ? INFO(OTHER, RESUMED) : INFO(OTHER, NONE);
}
