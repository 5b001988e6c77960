// SPDX-License-Identifier: Apache-2.0
/*
 * First and only program of a virtual machine that counts instructions: loads the agent's BPF object as
 * the agent would, at each level in turn, and lets the workload time its system calls inside a cgroup
 * that is counted and in one that is not. With QEMU's -icount shift=0 the time stamp counter *is* the
 * number of guest instructions. Prints one JSON line a measurement.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "abi.h"

#define SLOT_COUNT 64
#define HOT_COUNT 4096
#define SETTLE_S 20 /* after boot some batches carry other kernel work */
#define ROUNDS 3
#define OBJECT "/sonde.bpf.o"

enum level { LEVEL_NONE, LEVEL_OFF, LEVEL_COUNT, LEVEL_LATENCY, LEVELS };
static const char *const level_names[] = {"none", "off", "count", "latency"};

static void end(void)
{
	fflush(stdout);
	sync();
	reboot(RB_AUTOBOOT); /* QEMU runs with -no-reboot */
}

static void fail(const char *what, int error)
{
	printf("{\"failed\":\"%s\",\"error\":%d}\n", what, error);
	end();
}

static int say(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vprintf(format, args) : 0;
}

static unsigned long long inode_of(const char *path)
{
	struct stat s;

	if (stat(path, &s))
		fail(path, 0);
	return s.st_ino;
}

/* A global's place in its section's map, by the object's own BTF. */
static void *variable_in(struct bpf_object *object, struct bpf_map *map, const char *section, const char *name)
{
	struct btf *btf = bpf_object__btf(object);
	const struct btf_type *data = btf__type_by_id(btf, btf__find_by_name_kind(btf, section, BTF_KIND_DATASEC));
	const struct btf_var_secinfo *entry = btf_var_secinfos(data);
	size_t bytes;
	char *value = (char *)bpf_map__initial_value(map, &bytes);

	for (int i = 0; i < btf_vlen(data); i++, entry++)
		if (!strcmp(btf__name_by_offset(btf, btf__type_by_id(btf, entry->type)->name_off), name))
			return value + entry->offset;
	fail(name, 0);
	return NULL;
}

/* Sizes and settings that the agent's loader (native/loader.cc) gives. */
static void configure(struct bpf_object *object, enum level level)
{
	int cpus = libbpf_num_possible_cpus();
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		const char *name = bpf_map__name(map);

		if (!strcmp(name, "sd_cell_by_cpu"))
			bpf_map__set_max_entries(map, cpus * SLOT_COUNT);
		else if (!strcmp(name, "sd_slot_by_id"))
			bpf_map__set_max_entries(map, SLOT_COUNT);
		else if (!strcmp(name, "sd_dur_by_shard"))
			bpf_map__set_max_entries(map, level == LEVEL_LATENCY ? SD_DURATION_SHARDS * SLOT_COUNT : 1);
		else if (!strcmp(name, "sd_start_by_tid"))
			bpf_map__set_max_entries(map, level == LEVEL_LATENCY ? SD_START_COUNT : 1);
		else if (!strcmp(name, "sd_hot_by_file"))
			bpf_map__set_max_entries(map, HOT_COUNT);
		else if (strstr(name, ".rodata")) {
			struct sd_config *config = variable_in(object, map, ".rodata", "sd_cfg");

			config->mode = SD_MODE_V2;
			config->slot_count = SLOT_COUNT;
			config->cpu_count = cpus;
			config->ring_wake_bytes = 256 * 1024;
			config->is_latency = level == LEVEL_LATENCY;
		} else if (strstr(name, ".bss")) {
			struct sd_shared *shared = variable_in(object, map, ".bss", "sd_shared");

			shared->root_key[0] = inode_of("/cg/counted");
			shared->root_level[0] = 1;
		}
	}
}

static int is_wanted(const struct bpf_program *program, enum level level)
{
	const char *section = bpf_program__section_name(program);
	const char *point = strchr(section, '/');

	if (strncmp(section, "tp_btf/", 7) || libbpf_find_vmlinux_btf_id(point + 1, BPF_TRACE_RAW_TP) <= 0)
		return 0;
	/* Two twins share the tracepoint. */
	if (!strcmp(bpf_program__name(program), "sd_tp_sys_exit"))
		return level == LEVEL_COUNT;
	if (!strcmp(bpf_program__name(program), "sd_tp_sys_timed"))
		return level == LEVEL_LATENCY;
	if (!strcmp(point, "/sys_enter"))
		return level == LEVEL_LATENCY;
	return 1;
}

static struct bpf_link *links[64];
static int link_count;

static void unload(struct bpf_object *object)
{
	while (link_count)
		bpf_link__destroy(links[--link_count]);
	bpf_object__close(object);
}

static struct bpf_object *load(enum level level)
{
	struct bpf_object *object = bpf_object__open_file(OBJECT, NULL);
	struct bpf_program *program;
	struct bpf_map *queue;
	int error;

	if (!object)
		fail("open", 0);
	bpf_object__for_each_program(program, object) bpf_program__set_autoload(program, is_wanted(program, level));
	configure(object, level);
	error = bpf_object__load(object);
	if (error)
		fail("load", error);
	queue = bpf_object__find_map_by_name(object, "sd_free_slots");
	for (__u32 slot = 1; slot < SLOT_COUNT; slot++)
		bpf_map_update_elem(bpf_map__fd(queue), NULL, &slot, BPF_ANY);
	bpf_object__for_each_program(program, object) {
		if (!bpf_program__autoload(program))
			continue;
		links[link_count] = bpf_program__attach(program);
		if (!links[link_count++])
			fail(bpf_program__name(program), 0);
	}
	return object;
}

/* What the slots' cells say was counted, so that a probe that does nothing can't look cheap. */
static unsigned long long counted_calls(struct bpf_object *object)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, "sd_cell_by_cpu");
	unsigned long long calls = 0;
	struct sd_cell cell;

	for (__u32 i = 0; i < (__u32)bpf_map__max_entries(map); i++) {
		if (bpf_map_lookup_elem(bpf_map__fd(map), &i, &cell))
			continue;
		for (int c = 0; c < SD_CLASS_COUNT; c++)
			calls += cell.call[c].calls;
	}
	return calls;
}

static void measure(enum level level, const char *cgroup, char *const argv[])
{
	char procs[64];
	int status;
	pid_t pid;

	printf("{\"level\":\"%s\",\"cgroup\":\"%s\"}\n", level_names[level], cgroup);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int fd;

		snprintf(procs, sizeof(procs), "/cg/%s/cgroup.procs", cgroup);
		fd = open(procs, O_WRONLY);
		if (fd < 0 || write(fd, "0", 1) != 1)
			_exit(97);
		close(fd);
		execv(argv[0], argv);
		_exit(98);
	}
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail("workload", status);
}

int main(void)
{
	char *const bench[] = {"/workload", "benchgetppid:500:1000", "benchread:500:1000", "quit:0", NULL};

	mkdir("/proc", 0755), mkdir("/sys", 0755), mkdir("/cg", 0755), mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sys", "/sys", "sysfs", 0, NULL);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	mount("cg", "/cg", "cgroup2", 0, NULL);
	mkdir("/cg/counted", 0755), mkdir("/cg/counted/c1", 0755), mkdir("/cg/other", 0755);
	libbpf_set_print(say);
	sleep(SETTLE_S);
	for (int round = 0; round < ROUNDS; round++)
		for (enum level level = LEVEL_NONE; level < LEVELS; level++) {
			struct bpf_object *object = level == LEVEL_NONE ? NULL : load(level);

			measure(level, "counted/c1", bench);
			if (object && level >= LEVEL_COUNT)
				printf("{\"counted\":%llu}\n", counted_calls(object));
			measure(level, "other", bench);
			if (object)
				unload(object);
			fflush(stdout);
			sleep(1);
		}
	printf("{\"done\":1}\n");
	end();
	return 0;
}
