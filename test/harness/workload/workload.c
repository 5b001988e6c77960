// SPDX-License-Identifier: Apache-2.0
/*
 * A program whose every system call is known. It has no libc and no loader: execution starts at
 * `_start`, every call goes through `sys()`, which counts it, so the JSON it prints is the exact
 * truth of the process from its exec on. Arguments are operations, done in order (see `OPS` below
 * and workload.ts). At the end, or at `exit:K`, it prints one line of TRUTH_BYTES bytes.
 *
 * What the truth holds: calls that *returned*, by number (exit_group never returns; the execve that
 * started this program returned in it and is not made by it: `execs` counts those). A fork returns
 * twice; the parent's is in `calls`, the children's are `forkedChildren`.
 * Children made by `spawn` exec this program with `quit:K`, which makes no call that returns.
 */
#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

#ifndef __x86_64__
#error "the workload's entry and system call stub are written for x86-64"
#endif

typedef int64_t i64;
typedef uint64_t u64;

enum { TRUTH_BYTES = 4096, MAX_NR = 512, MAX_ERRNO = 134, MAX_FAILURES = 32, MAX_BATCHES = 8192 };

static u64 calls[MAX_NR];
static struct {
  int nr, err;
  u64 count;
} failures[MAX_FAILURES];
static u64 read_bytes, written_bytes, forked_children, execs = 1, exits = 1;
static char **environ_of_start;
static char *self_path;
static char data[1 << 20];
static char truth[TRUTH_BYTES];
static u64 batches[MAX_BATCHES];

static inline i64 raw(i64 nr, i64 a, i64 b, i64 c, i64 d, i64 e) {
  register i64 r10 __asm__("r10") = d;
  register i64 r8 __asm__("r8") = e;
  register i64 r9 __asm__("r9") = 0; /* mmap's offset */
  i64 ret;
  __asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return ret;
}

static i64 sys(i64 nr, i64 a, i64 b, i64 c, i64 d, i64 e) {
  i64 ret = raw(nr, a, b, c, d, e);
  calls[nr]++;
  if (ret < 0) {
    for (int i = 0; i < MAX_FAILURES; i++) {
      if (failures[i].count == 0) failures[i].nr = (int)nr, failures[i].err = (int)-ret;
      if (failures[i].nr == (int)nr && failures[i].err == (int)-ret) {
        failures[i].count++;
        break;
      }
    }
  }
  return ret;
}
#define S1(nr, a) sys(nr, (i64)(a), 0, 0, 0, 0)
#define S2(nr, a, b) sys(nr, (i64)(a), (i64)(b), 0, 0, 0)
#define S3(nr, a, b, c) sys(nr, (i64)(a), (i64)(b), (i64)(c), 0, 0)
#define S4(nr, a, b, c, d) sys(nr, (i64)(a), (i64)(b), (i64)(c), (i64)(d), 0)

void *memset(void *to, int value, size_t count) {
  char *p = to;
  while (count--) *p++ = (char)value;
  return to;
}

static int equal(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

static char *put(char *to, const char *text) {
  while (*text) *to++ = *text++;
  return to;
}

static char *put_number(char *to, u64 value) {
  char digits[24];
  int n = 0;
  do digits[n++] = (char)('0' + value % 10);
  while (value /= 10);
  while (n) *to++ = digits[--n];
  return to;
}

static char *put_pair(char *to, const char *name, u64 value) {
  to = put(put(put(to, "\""), name), "\":");
  return put(put_number(to, value), ",");
}

/* `name:12:rest` → 12, and moves past it; 0 when the field is missing. */
static u64 take_number(char **arg) {
  u64 value = 0;
  while (**arg >= '0' && **arg <= '9') value = value * 10 + (u64)(*(*arg)++ - '0');
  if (**arg == ':') (*arg)++;
  return value;
}

static void die(const char *why) {
  char line[256];
  char *end = put(put(put(line, "workload: "), why), "\n");
  raw(__NR_write, 2, (i64)line, end - line, 0, 0);
  raw(__NR_exit_group, 99, 0, 0, 0, 0);
}

static void print_truth(void) {
  calls[__NR_write]++; /* the write below */
  char *to = put(truth, "{\"truth\":1,\"calls\":{");
  for (int nr = 0; nr < MAX_NR; nr++) {
    if (!calls[nr]) continue;
    to = put_number(put(to, "\""), (u64)nr);
    to = put(put_number(put(to, "\":"), calls[nr]), ",");
  }
  if (to[-1] == ',') to--;
  to = put(to, "},\"failures\":[");
  for (int i = 0; i < MAX_FAILURES && failures[i].count; i++) {
    to = put_number(put(to, "["), (u64)failures[i].nr);
    to = put_number(put(to, ","), (u64)failures[i].err);
    to = put(put_number(put(to, ","), failures[i].count), "],");
  }
  if (to[-1] == ',') to--;
  to = put(to, "],");
  to = put_pair(to, "readBytes", read_bytes);
  to = put_pair(to, "writtenBytes", written_bytes);
  to = put_pair(to, "stdoutBytes", TRUTH_BYTES);
  to = put_pair(to, "forkedChildren", forked_children);
  to = put_pair(to, "execs", execs);
  to = put_pair(to, "exits", exits);
  to[-1] = '}';
  memset(to, ' ', (size_t)(truth + TRUTH_BYTES - to));
  truth[TRUTH_BYTES - 1] = '\n';
  raw(__NR_write, 1, (i64)truth, TRUTH_BYTES, 0, 0);
}

/* dir + "/f" + index */
static char *numbered(const char *dir, const char *prefix, u64 index) {
  static char paths[2][512];
  static int turn;
  char *path = paths[turn ^= 1];
  char *to = put(put(put(path, dir), "/"), prefix);
  *put_number(to, index) = 0;
  return path;
}

enum { AT_CWD = -100, RDONLY = 0, WRONLY = 1, CREAT = 0100, EXCL = 0200, TRUNC = 01000 };

static i64 open_at(const char *path, int flags) {
  return S4(__NR_openat, AT_CWD, path, flags, 0644);
}

static i64 must_open(const char *path, int flags) {
  i64 fd = open_at(path, flags);
  if (fd < 0) die("can't open a file it was told to");
  return fd;
}

struct timespec64 {
  i64 s, ns;
};

static void sleep_ms(u64 ms) {
  struct timespec64 t = {(i64)(ms / 1000), (i64)(ms % 1000) * 1000000};
  S2(__NR_nanosleep, &t, 0);
}

static u64 clock_ns(int which) {
  struct timespec64 t;
  S2(__NR_clock_gettime, which, &t);
  return (u64)t.s * 1000000000u + (u64)t.ns;
}

static void run_children(u64 count, u64 code, int kind) {
  static char quit[32];
  *put_number(put(quit, "quit:"), code) = 0;
  char *argv[] = {self_path, quit, 0};
  for (u64 i = 0; i < count; i++) {
    i64 pid = S1(__NR_fork, 0);
    if (pid < 0) die("fork failed");
    if (pid == 0) {
      if (kind == 'x') raw(__NR_execve, (i64)self_path, (i64)argv, (i64)environ_of_start, 0, 0);
      /* A child's calls are not in our counters: `kill:` children make getpid and kill, one each. */
      if (kind == 'k') raw(__NR_kill, raw(__NR_getpid, 0, 0, 0, 0, 0), (i64)code, 0, 0, 0);
      raw(__NR_exit_group, (i64)code, 0, 0, 0, 0);
    }
    forked_children++;
    exits++;
    if (kind == 'x') execs++;
    S4(__NR_wait4, pid, 0, 0, 0);
  }
}

struct address_in {
  uint16_t family, port_be;
  uint32_t address_be;
  char zero[8];
};
struct address_un {
  uint16_t family;
  char path[108];
};

static void connect_refused(u64 count) {
  /* Port 1 on loopback: nothing listens there in a container's own network namespace. */
  struct address_in to = {2, 1 << 8, 0x0100007f, {0}};
  for (u64 i = 0; i < count; i++) {
    i64 fd = S3(__NR_socket, 2, 1, 0);
    S3(__NR_connect, fd, &to, sizeof to);
    S1(__NR_close, fd);
  }
}

static void connect_missing(u64 count) {
  struct address_un to;
  memset(&to, 0, sizeof to);
  to.family = 1;
  put(to.path, "/nowhere.sock");
  for (u64 i = 0; i < count; i++) {
    i64 fd = S3(__NR_socket, 1, 1, 0);
    S3(__NR_connect, fd, &to, sizeof to);
    S1(__NR_close, fd);
  }
}

static void eat_memory(u64 limit_bytes) {
  enum { STEP = 1 << 20 };
  for (u64 eaten = 0; !limit_bytes || eaten < limit_bytes; eaten += STEP) {
    /* PROT_READ|WRITE, MAP_PRIVATE|ANONYMOUS */
    char *at = (char *)sys(__NR_mmap, 0, STEP, 3, 0x22, -1);
    if ((i64)at < 0) die("mmap failed");
    for (u64 i = 0; i < STEP; i += 4096) ((volatile char *)at)[i] = 1;
  }
}

static void burn(u64 ms) {
  u64 end = clock_ns(2) + ms * 1000000; /* CLOCK_PROCESS_CPUTIME_ID */
  while (clock_ns(2) < end)
    for (volatile int i = 0; i < 200000; i++) {}
}

/* `rate` calls of getppid a second, in 1 ms portions, for `ms`. */
static void pace(u64 rate, u64 ms) {
  u64 start = clock_ns(1), done = 0;
  for (u64 now = start; now - start < ms * 1000000; now = clock_ns(1)) {
    u64 due = (now - start) / 1000 * rate / 1000000;
    for (; done < due; done++) raw(__NR_getppid, 0, 0, 0, 0, 0);
    sleep_ms(1);
  }
  calls[__NR_getppid] += done;
}

static inline u64 ticks(void) {
  uint32_t low, high;
  __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return (u64)high << 32 | low;
}

static void sort(u64 *v, int n) {
  for (int gap = n / 2; gap; gap /= 2)
    for (int i = gap; i < n; i++)
      for (int j = i; j >= gap && v[j - gap] > v[j]; j -= gap) {
        u64 t = v[j];
        v[j] = v[j - gap];
        v[j - gap] = t;
      }
}

/*
 * Times `count` batches of `size` calls and prints picoseconds a call: the least and the median. Reads are
 * of one byte: of `path` at offset 0, else of /dev/zero.
 */
static void bench(u64 count, u64 size, int is_read, const char *path) {
  if (count > MAX_BATCHES) count = MAX_BATCHES;
  i64 fd = is_read ? must_open(*path ? path : "/dev/zero", RDONLY) : -1;
  i64 nr = !is_read ? __NR_getppid : *path ? __NR_pread64 : __NR_read;
  u64 from_ns = clock_ns(1), from = ticks();
  for (u64 b = 0; b < count; b++) {
    u64 at = ticks();
    for (u64 i = 0; i < size; i++) raw(nr, fd, (i64)data, 1, 0, 0);
    batches[b] = ticks() - at;
  }
  u64 spent_ticks = ticks() - from, spent_ns = clock_ns(1) - from_ns;
  calls[nr] += count * size;
  if (is_read) {
    read_bytes += count * size;
    S1(__NR_close, fd);
  }
  sort(batches, (int)count);
  char line[256];
  double ps_per_tick = (double)spent_ns * 1000.0 / (double)spent_ticks;
  char *to = put(put(put(line, "{\"bench\":\""), !is_read ? "getppid" : *path ? "pread" : "read"), "\",");
  to = put_pair(to, "minPs", (u64)((double)batches[0] * ps_per_tick / (double)size));
  to = put_pair(to, "medianPs", (u64)((double)batches[count / 2] * ps_per_tick / (double)size));
  to = put_pair(to, "minTicks", batches[0] / size);
  to = put_pair(to, "medianTicks", batches[count / 2] / size);
  to[-1] = '}';
  *to++ = '\n';
  S3(__NR_write, 1, line, to - line);
}

/* Waits until SIGUSR1 comes; blocked first, so that one sent earlier is not lost. */
static void wait_signal(void) {
  u64 set = 1u << (10 - 1);
  S4(__NR_rt_sigprocmask, 0, &set, 0, 8);
  S4(__NR_rt_sigtimedwait, &set, 0, 0, 8);
}

static void do_file(const char *op, char *arg, u64 n) {
  if (equal(op, "write") || equal(op, "read") || equal(op, "pread")) {
    u64 size = take_number(&arg);
    if (size > sizeof data) die("size over 1 MiB");
    i64 fd = must_open(arg, *op == 'w' ? WRONLY | CREAT | TRUNC : RDONLY);
    for (u64 i = 0; i < n; i++) {
      i64 got = *op == 'w' ? S3(__NR_write, fd, data, size) : *op == 'r' ? S3(__NR_read, fd, data, size) : S4(__NR_pread64, fd, data, size, 0);
      if (got > 0) *(*op == 'w' ? &written_bytes : &read_bytes) += (u64)got;
    }
    S1(__NR_close, fd);
  } else if (equal(op, "fsync")) {
    i64 fd = must_open(arg, WRONLY | CREAT);
    for (u64 i = 0; i < n; i++) S1(__NR_fsync, fd);
    S1(__NR_close, fd);
  } else {
    for (u64 i = 0; i < n; i++) {
      if (equal(op, "openat")) S1(__NR_close, must_open(arg, RDONLY));
      else if (equal(op, "openfail")) open_at(arg, RDONLY);
      else if (equal(op, "openhold")) must_open(arg, RDONLY);
      else if (equal(op, "create")) S1(__NR_close, must_open(numbered(arg, "f", i), WRONLY | CREAT | EXCL));
      else if (equal(op, "rename")) S2(__NR_rename, numbered(arg, "f", i), numbered(arg, "r", i));
      else if (equal(op, "unlink")) S1(__NR_unlink, numbered(arg, "f", i));
      else die("unknown operation");
    }
  }
}

/*
 * OPS  openat:N:PATH openfail:N:PATH openhold:N:PATH create|rename|unlink:N:DIR fsync:N:PATH
 *      write|read|pread:N:SIZE:PATH refused:N unixfail:N spawn:N:CODE fork:N:CODE kill:N:SIGNAL
 *      getppid:N pace:PER_SECOND:MS burn:MS alloc:BYTES oom sleep:MS wait:PATH touch:PATH sigwait
 *      benchgetppid:BATCHES:SIZE benchread:BATCHES:SIZE[:PATH] print exit:K quit:K hold
 */
static void run_op(char *arg) {
  char op[16];
  int n = 0;
  while (*arg && *arg != ':' && n < 15) op[n++] = *arg++;
  op[n] = 0;
  if (*arg == ':') arg++;
  if (equal(op, "wait")) {
    while (S4(__NR_faccessat, AT_CWD, arg, 0, 0) < 0) sleep_ms(10);
    return;
  }
  if (equal(op, "touch")) {
    S1(__NR_close, must_open(arg, WRONLY | CREAT));
    return;
  }
  u64 count = take_number(&arg);
  if (equal(op, "refused")) connect_refused(count);
  else if (equal(op, "unixfail")) connect_missing(count);
  else if (equal(op, "spawn")) run_children(count, take_number(&arg), 'x');
  else if (equal(op, "fork")) run_children(count, take_number(&arg), 'f');
  else if (equal(op, "kill")) run_children(count, take_number(&arg), 'k');
  else if (equal(op, "getppid")) for (u64 i = 0; i < count; i++) sys(__NR_getppid, 0, 0, 0, 0, 0);
  else if (equal(op, "pace")) pace(count, take_number(&arg));
  else if (equal(op, "burn")) burn(count);
  else if (equal(op, "alloc") || equal(op, "oom")) eat_memory(count);
  else if (equal(op, "sleep")) sleep_ms(count);
  else if (equal(op, "sigwait")) wait_signal();
  else if (equal(op, "benchgetppid")) bench(count, take_number(&arg), 0, "");
  else if (equal(op, "benchread")) {
    u64 size = take_number(&arg);
    bench(count, size, 1, arg);
  }
  else if (equal(op, "print")) print_truth();
  else if (equal(op, "hold")) for (;;) S1(__NR_pause, 0);
  else if (equal(op, "quit")) raw(__NR_exit_group, (i64)count, 0, 0, 0, 0);
  else if (equal(op, "exit")) {
    print_truth();
    raw(__NR_exit_group, (i64)count, 0, 0, 0, 0);
  } else do_file(op, arg, count);
}

__attribute__((used)) static void start(u64 *stack) {
  int argc = (int)stack[0];
  char **argv = (char **)(stack + 1);
  self_path = argv[0];
  environ_of_start = argv + argc + 1;
  for (int i = 1; i < argc; i++) run_op(argv[i]);
  print_truth();
  raw(__NR_exit_group, 0, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call start\n");
