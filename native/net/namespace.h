// SPDX-License-Identifier: Apache-2.0
// One watched network namespace: the descriptor that names it, and sockets that live in it.
//
// Every socket and the descriptor keep the namespace alive: JS closes it as soon as its container has
// ended, and `holder_fd` tells when the process it was found by has. All functions run on the netlink
// thread, which stays in the last namespace it entered.
#pragma once
#include <cstdint>
#include <string>

#include "descriptor.h"
#include "netlink_socket.h"

struct NamespaceOptions {
  bool wants_nat;
  int receive_buffer_bytes;
};

class Namespace {
 public:
  Namespace(uint32_t id, NamespaceOptions options) : id_(id), options_(options) {}
  /** 0 or an errno. `holder_pid` 0: none to wait for. */
  int open(const std::string &path, int holder_pid);
  int dump_routes(const OnBytes &on_bytes);
  int dump_nat(const OnBytes &on_bytes);
  /** The number this namespace has for another, -1 when it has none. */
  int number_of(int other_fd);

  uint32_t id() const { return id_; }
  uint64_t inode() const { return inode_; }
  int fd() const { return fd_.get(); }
  int route_fd() const { return route_events_.get(); }
  int nat_fd() const { return nat_events_.get(); }
  int holder_fd() const { return holder_.get(); }
  /** errno of the NAT socket, 0 when it listens. */
  int nat_error() const { return nat_error_; }
  void forget_holder() { holder_.reset(); }

  /** When a lost event asks for a new dump, milliseconds; 0: nothing is lost. */
  uint64_t resync_routes_at_ms = 0;
  uint64_t resync_nat_at_ms = 0;

 private:
  int enter() const;

  uint32_t id_;
  NamespaceOptions options_;
  uint64_t inode_ = 0;
  int nat_error_ = 0;
  Descriptor fd_;
  Descriptor route_events_;
  Descriptor nat_events_;
  Descriptor holder_;
};
