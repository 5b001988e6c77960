// SPDX-License-Identifier: Apache-2.0
#include "namespace.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/nsfs.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>

// Uapi headers older than 5.14 have no mask for dumps by status; kernels without it ignore it.
#define SONDE_CTA_STATUS_MASK 26

namespace {
/** A request of at most one header and a few attributes. */
struct Request {
  nlmsghdr header;
  uint8_t payload[96];
};

Request make_request(uint16_t type, uint16_t flags, const void *payload, size_t size_bytes) {
  Request request = {};
  request.header.nlmsg_len = NLMSG_LENGTH(size_bytes);
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = NLM_F_REQUEST | flags;
  memcpy(request.payload, payload, size_bytes);
  return request;
}

void add_u32(Request &request, uint16_t type, uint32_t value) {
  auto *attribute =
      reinterpret_cast<nlattr *>(reinterpret_cast<uint8_t *>(&request) + NLMSG_ALIGN(request.header.nlmsg_len));
  attribute->nla_type = type;
  attribute->nla_len = NLA_HDRLEN + sizeof(value);
  memcpy(attribute + 1, &value, sizeof(value));
  request.header.nlmsg_len = NLMSG_ALIGN(request.header.nlmsg_len) + attribute->nla_len;
}

/** True where the connection's addresses or ports are changed by NAT. */
bool is_translated(const nlmsghdr *message) {
  auto *at = static_cast<const uint8_t *>(NLMSG_DATA(message)) + NLMSG_ALIGN(sizeof(nfgenmsg));
  auto *end = reinterpret_cast<const uint8_t *>(message) + message->nlmsg_len;
  while (at + sizeof(nlattr) <= end) {
    auto *attribute = reinterpret_cast<const nlattr *>(at);
    if (attribute->nla_len < sizeof(nlattr) || at + attribute->nla_len > end) return false;
    if ((attribute->nla_type & NLA_TYPE_MASK) == CTA_STATUS && attribute->nla_len >= NLA_HDRLEN + 4) {
      uint32_t status;
      memcpy(&status, at + NLA_HDRLEN, sizeof(status));
      return ntohl(status) & IPS_NAT_MASK;
    }
    at += NLA_ALIGN(attribute->nla_len);
  }
  return false;
}
}  // namespace

int Namespace::enter() const { return setns(fd_.get(), CLONE_NEWNET) ? errno : 0; }

int Namespace::open(const std::string &path, int holder_pid) {
  // The holder first: when its number is another process's by now, the caller sees another inode.
  if (holder_pid > 0) holder_ = Descriptor(syscall(SYS_pidfd_open, holder_pid, 0));
  fd_ = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd_) return errno;
  struct stat status;
  if (fstat(fd_.get(), &status)) return errno;
  if (ioctl(fd_.get(), NS_GET_NSTYPE) != CLONE_NEWNET) return EINVAL;
  inode_ = status.st_ino;
  if (int error = enter()) return error;
  route_events_ = event_socket(NETLINK_ROUTE,
                               {RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE,
                                RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV6_RULE},
                               options_.receive_buffer_bytes);
  if (!route_events_) return errno;
  if (!options_.wants_nat) return 0;
  // Conntrack may not exist: the namespace is as good without it.
  nat_events_ = event_socket(NETLINK_NETFILTER, {NFNLGRP_CONNTRACK_NEW, NFNLGRP_CONNTRACK_DESTROY},
                             options_.receive_buffer_bytes);
  nat_error_ = nat_events_ ? attach_translated_filter(nat_events_.get()) : errno;
  if (nat_error_) nat_events_.reset();
  return 0;
}

int Namespace::dump_routes(const OnBytes &on_bytes) {
  if (int error = enter()) return error;
  Descriptor fd = dump_socket(NETLINK_ROUTE);
  if (!fd) return errno;
  auto ask = [&](uint16_t type, auto payload, auto... attributes) {
    Request request = make_request(type, NLM_F_DUMP, &payload, sizeof(payload));
    (add_u32(request, attributes.first, attributes.second), ...);
    int error = dump(fd.get(), &request.header, nullptr, on_bytes);
    // A family that the kernel was built without has no tables.
    return error == EOPNOTSUPP || error == EAFNOSUPPORT ? 0 : error;
  };
  ifinfomsg links = {};
  if (int error = ask(RTM_GETLINK, links, std::pair<uint16_t, uint32_t>(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)))
    return error;
  ifaddrmsg addresses = {};
  if (int error = ask(RTM_GETADDR, addresses)) return error;
  for (uint8_t family : {AF_INET, AF_INET6}) {
    fib_rule_hdr rules = {};
    rules.family = family;
    if (int error = ask(RTM_GETRULE, rules)) return error;
    rtmsg routes = {};
    routes.rtm_family = family;
    if (int error = ask(RTM_GETROUTE, routes)) return error;
    ndmsg neighbours = {};
    neighbours.ndm_family = family;
    if (int error = ask(RTM_GETNEIGH, neighbours)) return error;
  }
  ifinfomsg forwarding = {};
  forwarding.ifi_family = PF_BRIDGE;
  return ask(RTM_GETNEIGH, forwarding);
}

int Namespace::dump_nat(const OnBytes &on_bytes) {
  if (!nat_events_) return nat_error_;
  if (int error = enter()) return error;
  Descriptor fd = dump_socket(NETLINK_NETFILTER);
  if (!fd) return errno;
  // Both bits are not one filter: the kernel compares all bits of the mask. What has both comes twice.
  for (uint32_t bit : {IPS_SRC_NAT, IPS_DST_NAT}) {
    nfgenmsg all = {AF_UNSPEC, NFNETLINK_V0, 0};
    Request request = make_request(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET, NLM_F_DUMP, &all, sizeof(all));
    add_u32(request, CTA_STATUS, htonl(bit));
    add_u32(request, SONDE_CTA_STATUS_MASK, htonl(bit));
    if (int error = dump(fd.get(), &request.header, is_translated, on_bytes)) return error;
  }
  return 0;
}

int Namespace::number_of(int other_fd) {
  if (enter()) return -1;
  Descriptor fd = dump_socket(NETLINK_ROUTE);
  if (!fd) return -1;
  rtgenmsg payload = {};
  Request request = make_request(RTM_GETNSID, 0, &payload, sizeof(payload));
  add_u32(request, NETNSA_FD, other_fd);
  if (send(fd.get(), &request.header, request.header.nlmsg_len, 0) < 0) return -1;
  alignas(nlmsghdr) uint8_t answer[256];
  ssize_t received;
  do received = recv(fd.get(), answer, sizeof(answer), 0);
  while (received < 0 && errno == EINTR);
  auto *header = reinterpret_cast<nlmsghdr *>(answer);
  if (received < 0 || !NLMSG_OK(header, static_cast<size_t>(received)) || header->nlmsg_type != RTM_NEWNSID) return -1;
  auto *attribute =
      reinterpret_cast<rtattr *>(static_cast<uint8_t *>(NLMSG_DATA(header)) + NLMSG_ALIGN(sizeof(rtgenmsg)));
  int left = NLMSG_PAYLOAD(header, sizeof(rtgenmsg));
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
    if (attribute->rta_type == NETNSA_NSID) return *static_cast<int *>(RTA_DATA(attribute));
  return -1;
}
