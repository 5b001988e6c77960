// SPDX-License-Identifier: Apache-2.0
#include "flow_reader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace {
constexpr size_t kReadBytes = 64 * 1024;  // the kernel gives at most eight pages a read

[[noreturn]] void fail(const std::string &what) { throw std::runtime_error(what + ": " + strerror(errno)); }

struct Fd {
  int fd;
  ~Fd() {
    if (fd >= 0) close(fd);
  }
};

struct LinkDeleter {
  void operator()(bpf_link *link) const { bpf_link__destroy(link); }
};

bpf_program *program_of(bpf_object *object, const char *name) {
  bpf_program *program = bpf_object__find_program_by_name(object, name);
  if (!program || bpf_program__fd(program) < 0) {
    errno = EOPNOTSUPP;
    fail(name);
  }
  return program;
}

/** Runs the iterator to its end. */
void drain(const bpf_link *link, std::vector<uint8_t> *target) {
  Fd iterator{bpf_iter_create(bpf_link__fd(link))};
  if (iterator.fd < 0) fail("bpf_iter_create");
  std::vector<uint8_t> chunk(kReadBytes);
  for (;;) {
    ssize_t size_bytes = read(iterator.fd, chunk.data(), chunk.size());
    if (size_bytes == 0) return;
    if (size_bytes < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      fail("reading an iterator");
    }
    if (target) target->insert(target->end(), chunk.begin(), chunk.begin() + size_bytes);
  }
}
}  // namespace

FlowReader::~FlowReader() {
  bpf_link__destroy(flows_);
  bpf_link__destroy(peers_);
}

std::vector<uint8_t> FlowReader::pass(bool is_full) {
  std::lock_guard lock(mutex_);
  std::vector<uint8_t> records;
  __atomic_store_n(&shared_->is_full_pass, is_full ? 1 : 0, __ATOMIC_RELEASE);
  walk_map("sd_it_flows", "sd_flow_by_sk", &flows_, &records);
  walk_map("sd_it_peers", "sd_flow_by_peer", &peers_, &records);
  return records;
}

/** A program that this kernel refused is reported at the load; its part of the pass is missing. */
void FlowReader::walk_map(const char *program_name, const char *map_name, bpf_link **link,
                          std::vector<uint8_t> *records) {
  if (!*link) {
    bpf_program *program = bpf_object__find_program_by_name(object_, program_name);
    if (!program || bpf_program__fd(program) < 0) return;
    bpf_iter_link_info info = {};
    info.map.map_fd = bpf_object__find_map_fd_by_name(object_, map_name);
    DECLARE_LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &info, .link_info_len = sizeof(info));
    *link = bpf_program__attach_iter(program, &options);
    if (!*link) fail(std::string("attaching ") + program_name);
  }
  drain(*link, records);
}

void FlowReader::adopt(const std::vector<__u32> &pids) {
  std::lock_guard lock(mutex_);
  if (pids.empty()) return walk_files(0);
  for (__u32 pid : pids) walk_files(pid);
}

/** 0 = every task. Kernels before 6.1 have no limit to a pid and refuse the link. */
void FlowReader::walk_files(__u32 pid) {
  bpf_program *program = program_of(object_, "sd_it_files");
  bpf_iter_link_info info = {};
  info.task.pid = pid;
  DECLARE_LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &info, .link_info_len = sizeof(info));
  std::unique_ptr<bpf_link, LinkDeleter> link(bpf_program__attach_iter(program, pid ? &options : nullptr));
  if (!link) fail("attaching sd_it_files");
  drain(link.get(), nullptr);
}
