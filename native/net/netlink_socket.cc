// SPDX-License-Identifier: Apache-2.0
#include "netlink_socket.h"

#include <linux/filter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace {
// A reader that hangs here holds up every namespace: rather give up and dump again.
constexpr timeval kAnswerLimit = {2, 0};
constexpr size_t kReadBytes = 64 * 1024;  // the kernel fills at most 32 KiB a read of a dump
constexpr int kDumpAttempts = 4;          // the tables may change under a dump

Descriptor open_socket(int protocol, int flags) {
  Descriptor fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, protocol));
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  if (fd && bind(fd.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address))) fd.reset();
  return fd;
}

/** 0, an errno, or EINTR when a table changed under the dump. */
int read_answer(int fd, uint32_t sequence, Keep keep, const OnBytes &on_bytes) {
  std::vector<uint8_t> buffer(kReadBytes);
  bool is_interrupted = false;
  for (;;) {
    ssize_t received = recv(fd, buffer.data(), buffer.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) return errno == EAGAIN ? ETIMEDOUT : errno;
    size_t left = received;
    for (auto *message = reinterpret_cast<nlmsghdr *>(buffer.data()); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_seq != sequence) continue;
      if (message->nlmsg_flags & NLM_F_DUMP_INTR) is_interrupted = true;
      if (message->nlmsg_type == NLMSG_DONE) return is_interrupted ? EINTR : 0;
      if (message->nlmsg_type == NLMSG_ERROR) {
        if (NLMSG_PAYLOAD(message, 0) < sizeof(int)) return EBADMSG;
        return -*static_cast<int *>(NLMSG_DATA(message));
      }
      if (keep && !keep(message)) continue;
      if (!on_bytes(reinterpret_cast<uint8_t *>(message), NLMSG_ALIGN(message->nlmsg_len))) return E2BIG;
    }
  }
}
}  // namespace

Descriptor dump_socket(int protocol) {
  Descriptor fd = open_socket(protocol, 0);
  if (fd) setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kAnswerLimit, sizeof(kAnswerLimit));
  return fd;
}

Descriptor event_socket(int protocol, const std::vector<int> &groups, int receive_buffer_bytes) {
  Descriptor fd = open_socket(protocol, SOCK_NONBLOCK);
  if (!fd) return fd;
  // FORCE passes the system's limit; without CAP_NET_ADMIN the limit holds.
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer_bytes, sizeof(int)))
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(int));
  for (int group : groups)
    if (setsockopt(fd.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group))) fd.reset();
  return fd;
}

int attach_translated_filter(int fd) {
  constexpr __u32 kAttributes = sizeof(nlmsghdr) + sizeof(nfgenmsg);
  constexpr __u32 kFindAttribute = SKF_AD_OFF + SKF_AD_NLATTR;
  // A = offset of CTA_STATUS among the attributes, or 0; loads are big-endian, as the attribute is.
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_IMM, kAttributes),
      BPF_STMT(BPF_LDX | BPF_IMM, CTA_STATUS),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFindAttribute),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 4, 0),
      BPF_STMT(BPF_MISC | BPF_TAX, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_IND, sizeof(nlattr)),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, IPS_NAT_MASK, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, ~0U),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ? errno : 0;
}

int dump(int fd, nlmsghdr *request, Keep keep, const OnBytes &on_bytes) {
  for (int attempt = 0; attempt < kDumpAttempts; attempt++) {
    // The table is part of the number: a late answer to another question on this socket is not taken.
    request->nlmsg_seq = static_cast<uint32_t>(request->nlmsg_type) << 16 | (request->nlmsg_seq + 1) % 0x10000;
    if (send(fd, request, request->nlmsg_len, 0) < 0) return errno;
    int error = read_answer(fd, request->nlmsg_seq, keep, on_bytes);
    if (error != EINTR) return error;
  }
  // Events that follow correct what changed under the last attempt.
  return 0;
}
