// SPDX-License-Identifier: Apache-2.0
// Runs the flow iterators: the pass over socket storage, and the search for sockets in file tables.
//
// Ownership: calls come from worker threads, one at a time (the mutex); the object outlives them because
// every worker holds the session's Loaded.
#pragma once
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "abi.h"

struct bpf_link;
struct bpf_object;

class FlowReader {
 public:
  FlowReader(bpf_object *object, sd_shared *shared) : object_(object), shared_(shared) {}
  ~FlowReader();
  FlowReader(const FlowReader &) = delete;
  FlowReader &operator=(const FlowReader &) = delete;

  /** Whole records of flows that changed since the last pass, or of all. Throws std::runtime_error. */
  std::vector<uint8_t> pass(bool is_full);
  /** Gives storage to sockets open in these processes; none = in all. Throws std::runtime_error. */
  void adopt(const std::vector<__u32> &pids);

 private:
  void walk_map(const char *program_name, const char *map_name, bpf_link **link, std::vector<uint8_t> *records);
  void walk_files(__u32 pid);

  bpf_object *object_;
  sd_shared *shared_;
  bpf_link *flows_ = nullptr;
  bpf_link *peers_ = nullptr;
  std::mutex mutex_;
};
