// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a program as a container runtime would, without one: own mount and pid namespace, own cgroup.
 * This program stays outside the cgroup, so that all calls counted there are the program's.
 *
 *   contain [-n] [-j] [-b FROM:TO] CGROUP PROGRAM ARGUMENTS…
 *     -n  no new namespaces: what must not be taken for a container
 *     -j  as `docker exec` does: a helper is moved in by its parent, execs itself again, makes
 *         HELPER_CALLS calls and takes its namespace; only then comes the program
 *         (else the program's process has its namespaces and moves itself)
 *     -b  bind mount, as a volume
 * Exit status: the program's, or 128 + the signal that ended it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HELPER_CALLS = 500 };
#define AGAIN "--again"

static void fail(const char *what) {
  fprintf(stderr, "contain: %s: %s\n", what, strerror(errno));
  exit(125);
}

/* Writes `pid` (0 = self) into the cgroup of every hierarchy. Mounts are listed before namespaces change. */
static void join_cgroup(char mounts[][256], int count, const char *cgroup, pid_t pid) {
  for (int i = 0; i < count; i++) {
    char path[1024];
    snprintf(path, sizeof path, "%s%s/cgroup.procs", mounts[i], cgroup);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) continue; /* made only in some hierarchies */
    if (dprintf(fd, "%d\n", pid) < 0 && !strstr(mounts[i], "cpuset")) fail(path);
    close(fd);
  }
}

/* The helper after its second exec, in the container's cgroup but not yet in its namespace. */
static int be_helper(char **program) {
  for (int i = 0; i < HELPER_CALLS; i++) syscall(SYS_getppid);
  if (unshare(CLONE_NEWNS)) fail("unshare");
  for (int i = 0; i < HELPER_CALLS; i++) syscall(SYS_getppid);
  execv(program[0], program);
  fail("exec");
  return 1;
}

int main(int argc, char **argv) {
  if (argc > 2 && strcmp(argv[1], AGAIN) == 0) return be_helper(argv + 2);
  int has_namespaces = 1, is_joined = 0, option;
  char *bind_from = NULL, *bind_to = NULL;
  while ((option = getopt(argc, argv, "+njb:")) != -1) {
    if (option == 'n') has_namespaces = 0;
    if (option == 'j') is_joined = 1;
    if (option == 'b') {
      bind_from = optarg;
      bind_to = strchr(optarg, ':');
      if (!bind_to) fail("-b FROM:TO");
      *bind_to++ = 0;
    }
  }
  if (argc - optind < 2) fail("usage");

  char mounts[32][256];
  int count = 0;
  FILE *table = setmntent("/proc/self/mounts", "r");
  for (struct mntent *entry; table && (entry = getmntent(table)) && count < 32;)
    if (strncmp(entry->mnt_type, "cgroup", 6) == 0) snprintf(mounts[count++], 256, "%s", entry->mnt_dir);
  endmntent(table);

  if (has_namespaces && !is_joined) {
    if (unshare(CLONE_NEWNS | CLONE_NEWPID)) fail("unshare");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) fail("private mounts");
    if (bind_from && mount(bind_from, bind_to, NULL, MS_BIND, NULL)) fail("bind mount");
  }
  int ready[2];
  if (pipe2(ready, O_CLOEXEC)) fail("pipe");
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    char byte;
    if (is_joined) {
      if (read(ready[0], &byte, 1) != 1) fail("waiting for the move");
      argv[optind - 1] = argv[0];
      argv[optind] = AGAIN;
      execv("/proc/self/exe", argv + optind - 1);
      fail("exec of itself");
    } else {
      join_cgroup(mounts, count, argv[optind], 0);
    }
    execv(argv[optind + 1], argv + optind + 1);
    fail("exec");
  }
  if (is_joined) join_cgroup(mounts, count, argv[optind], child);
  if (write(ready[1], "", 1) != 1) fail("go");
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
