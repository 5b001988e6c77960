// SPDX-License-Identifier: Apache-2.0
// Opens, sizes, loads and attaches the BPF object. Blocking (tens of ms): runs on a worker thread.
#pragma once
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "abi.h"
#include "kernel_btf.h"

struct bpf_object;
struct bpf_link;

struct ProgramRequest {
  std::string name;
  std::string tracepoint;
  ParameterKind first_parameter = ParameterKind::kAny;
  bool is_wanted = true;
};

struct RootRequest {
  __u64 key = 0;
  __u32 level = 0;
};

struct LoadRequest {
  std::string object_path;
  std::vector<ProgramRequest> programs;
  sd_config config = {};
  RootRequest roots[2];
  __u32 slot_limit = SD_SLOT_LIMIT;
  __u32 ring_bytes = 0;
  __u32 hot_limit = SD_HOT_BUCKETS;
  __u64 memory_limit_bytes = 0;
};

/** `error` is empty when the program runs; else what refused it: unwanted, absent, load, attach. */
struct ProgramResult {
  std::string name;
  std::string error;
  int error_number = 0;
  std::string detail;
};

struct LoadError : std::runtime_error {
  LoadError(const std::string &code, const std::string &detail) : std::runtime_error(detail), code(code) {}
  std::string code;
};

class LoadedObject {
 public:
  explicit LoadedObject(const LoadRequest &request);
  ~LoadedObject();
  LoadedObject(const LoadedObject &) = delete;
  LoadedObject &operator=(const LoadedObject &) = delete;

  bpf_object *object() const { return object_; }
  const std::vector<ProgramResult> &programs() const { return programs_; }
  const sd_config &config() const { return config_; }
  int cpu_count() const { return cpu_count_; }
  __u64 memory_bytes() const { return memory_bytes_; }
  /** Of a writable global in the section .bss. */
  size_t offset_of_global(const char *name) const;
  /** Must be called once, after the maps are filled. */
  void attach(const LoadRequest &request);

 private:
  bool try_load(const LoadRequest &request);
  void size_maps(const LoadRequest &request);

  bpf_object *object_ = nullptr;
  std::vector<bpf_link *> links_;
  std::vector<ProgramResult> programs_;
  sd_config config_;
  int cpu_count_;
  __u64 memory_bytes_ = 0;
};
