// SPDX-License-Identifier: Apache-2.0
// Reads and ages the kernel's table of files that moved bytes (bpf/lib/hot.h).
#pragma once
#include <chrono>
#include <cstdint>
#include <vector>

#include "abi.h"
#include "mapped_map.h"

class HotTable {
 public:
  HotTable(const MappedMap *buckets, sd_shared *shared) : buckets_(buckets), shared_(shared) {}

  /** Appends each entry whole. Also moves the epoch on, at most every 10 s. */
  void copy_ready(std::vector<uint8_t> &target);
  /** Frees what a released slot holds. */
  void forget(__u32 slot);
  double fill_ratio() const;

 private:
  const MappedMap *buckets_;
  sd_shared *shared_;
  std::chrono::steady_clock::time_point epoch_started_ = std::chrono::steady_clock::now();
};
