// SPDX-License-Identifier: Apache-2.0
/*
 * A TCP connection whose bytes move by io_uring alone: `flow-uring [sqpoll]`. Prints the same line as
 * flow-workload.py. Raw system calls, as liburing is not everywhere.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ENTRIES = 8, SENDS = 200, SIZE = 700 };

struct ring {
  int fd, is_polled;
  unsigned *sq_tail, *sq_mask, *sq_array, *sq_flags, *cq_head, *cq_tail, *cq_mask;
  struct io_uring_sqe *sqes;
  struct io_uring_cqe *cqes;
};

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void open_ring(struct ring *ring, int is_polled) {
  struct io_uring_params p = {.flags = is_polled ? IORING_SETUP_SQPOLL : 0, .sq_thread_idle = 1000};
  ring->fd = syscall(SYS_io_uring_setup, ENTRIES, &p);
  if (ring->fd < 0) fail("io_uring_setup");
  ring->is_polled = is_polled;
  char *sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
  char *cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED,
                  ring->fd, IORING_OFF_CQ_RING);
  ring->sqes = mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
                    IORING_OFF_SQES);
  if (sq == MAP_FAILED || cq == MAP_FAILED || ring->sqes == MAP_FAILED) fail("mmap");
  ring->sq_tail = (void *)(sq + p.sq_off.tail);
  ring->sq_mask = (void *)(sq + p.sq_off.ring_mask);
  ring->sq_array = (void *)(sq + p.sq_off.array);
  ring->sq_flags = (void *)(sq + p.sq_off.flags);
  ring->cq_head = (void *)(cq + p.cq_off.head);
  ring->cq_tail = (void *)(cq + p.cq_off.tail);
  ring->cq_mask = (void *)(cq + p.cq_off.ring_mask);
  ring->cqes = (void *)(cq + p.cq_off.cqes);
}

static int run(struct ring *ring, int operation, int fd, void *data, unsigned size) {
  unsigned tail = *ring->sq_tail, index = tail & *ring->sq_mask, flags = IORING_ENTER_GETEVENTS;
  struct io_uring_sqe *sqe = &ring->sqes[index];
  memset(sqe, 0, sizeof *sqe);
  sqe->opcode = operation;
  sqe->fd = fd;
  sqe->addr = (unsigned long)data;
  sqe->len = size;
  ring->sq_array[index] = index;
  __atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_SEQ_CST);
  if (ring->is_polled && __atomic_load_n(ring->sq_flags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP)
    flags |= IORING_ENTER_SQ_WAKEUP;
  while (__atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE) == *ring->cq_head)
    if (syscall(SYS_io_uring_enter, ring->fd, ring->is_polled ? 0 : 1, 1, flags, NULL, 0) < 0) fail("io_uring_enter");
  int result = ring->cqes[*ring->cq_head & *ring->cq_mask].res;
  __atomic_store_n(ring->cq_head, *ring->cq_head + 1, __ATOMIC_RELEASE);
  return result;
}

int main(int argc, char **argv) {
  int is_polled = argc > 1 && strcmp(argv[1], "sqpoll") == 0;
  struct ring ring;
  open_ring(&ring, is_polled);
  int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET}, own;
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (void *)&address, sizeof address) || listen(listener, 1)) fail("listen");
  getsockname(listener, (void *)&address, &length);
  if (connect(client, (void *)&address, sizeof address)) fail("connect");
  int server = accept(listener, NULL, NULL);
  char data[SIZE] = {0};
  long sent = 0, received = 0, receives = 0;
  for (int i = 0; i < SENDS; i++) {
    int size = run(&ring, IORING_OP_SEND, client, data, SIZE);
    if (size != SIZE) fail("send");
    sent += size;
    for (long want = sent; received < want; receives++) {
      size = run(&ring, IORING_OP_RECV, server, data, SIZE);
      if (size <= 0) fail("recv");
      received += size;
    }
  }
  getsockname(client, (void *)&own, &length);
  printf("{\"name\":\"uring%s\",\"clientPort\":%d,\"serverPort\":%d,"
         "\"client\":{\"tx\":%ld,\"rx\":0,\"sends\":%d,\"receives\":0},"
         "\"server\":{\"tx\":0,\"rx\":%ld,\"sends\":0,\"receives\":%ld}}\n",
         is_polled ? "-sqpoll" : "", ntohs(own.sin_port), ntohs(address.sin_port), sent, SENDS, received, receives);
  return 0;
}
