// SPDX-License-Identifier: Apache-2.0
/*
 * Round trips over loopback in one thread: send, receive, and back. Prints the fastest batch and the
 * median one, nanoseconds for one send or receive (a round trip is four).
 *
 *   flow-rounds tcp|udp|unix BATCHES ROUNDS_A_BATCH
 *   flow-rounds idle COUNT      opens COUNT connections, prints "idle", holds them until its input ends
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 300, MAX_BATCHES = 100000 };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000L + t.tv_nsec;
}

static int compare(const void *a, const void *b) {
  long x = *(const long *)a, y = *(const long *)b;
  return x < y ? -1 : x > y;
}

static struct sockaddr_in loopback(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static int bound(int type) {
  int fd = socket(AF_INET, type, 0);
  struct sockaddr_in address = loopback();
  if (fd < 0 || bind(fd, (void *)&address, sizeof address)) fail("bind");
  return fd;
}

static void join(int from, int to) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  if (getsockname(to, (void *)&address, &length) || connect(from, (void *)&address, length)) fail("connect");
}

static void make_pair(const char *kind, int ends[2]) {
  if (strcmp(kind, "unix") == 0) {
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) fail("socketpair");
  } else if (strcmp(kind, "udp") == 0) {
    ends[0] = bound(SOCK_DGRAM);
    ends[1] = bound(SOCK_DGRAM);
    join(ends[0], ends[1]);
    join(ends[1], ends[0]);
  } else {
    int listener = bound(SOCK_STREAM), one = 1;
    if (listen(listener, 8)) fail("listen");
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    join(ends[0], listener);
    ends[1] = accept(listener, NULL, NULL);
    close(listener);
    for (int i = 0; i < 2; i++) setsockopt(ends[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
}

static void move_bytes(int from, int to) {
  char data[SIZE] = {0};
  if (send(from, data, SIZE, 0) != SIZE || recv(to, data, SIZE, 0) != SIZE) fail("move");
}

static void hold(int count) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  int listener = bound(SOCK_STREAM);
  if (listen(listener, 1024)) fail("listen");
  for (int i = 0; i < count; i++) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) fail("socket");
    join(fd, listener);
    if (accept(listener, NULL, NULL) < 0) fail("accept");
  }
  printf("idle\n");
  fflush(stdout);
  char byte;
  while (read(0, &byte, 1) > 0) {}
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "idle") == 0) {
    hold(atoi(argv[2]));
    return 0;
  }
  if (argc != 4) return 2;
  static long batch_ns[MAX_BATCHES];
  int batches = atoi(argv[2]), rounds = atoi(argv[3]), ends[2];
  if (batches > MAX_BATCHES) return 2;
  make_pair(argv[1], ends);
  for (int batch = 0; batch < batches; batch++) {
    long start = now_ns();
    for (int i = 0; i < rounds; i++) {
      move_bytes(ends[0], ends[1]);
      move_bytes(ends[1], ends[0]);
    }
    batch_ns[batch] = now_ns() - start;
  }
  qsort(batch_ns, batches, sizeof *batch_ns, compare);
  double calls = rounds * 4.0;
  printf("{\"kind\":\"%s\",\"minNs\":%.1f,\"medianNs\":%.1f}\n", argv[1], batch_ns[0] / calls, batch_ns[batches / 2] / calls);
  return 0;
}
