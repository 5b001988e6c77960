// SPDX-License-Identifier: Apache-2.0
// Sums the per-CPU cells of one slot straight from the mapped memory into doubles. In C++ and not in
// JS because a 64-bit load here cannot be torn (docs/decisions/0011-cells-summed-in-the-addon.md).
#pragma once
#include <cstddef>

#include "abi.h"
#include "mapped_map.h"

/** Where the sums go; sizes are checked when JS hands the arrays over. */
struct CellTargets {
  double *calls;       // SD_CLASS_COUNT
  double *errors;      // SD_CLASS_COUNT
  double *file_bytes;  // kFileBytesCount
  double *operations;  // kOperationsCount
  double *totals;      // kTotalCount, in struct sd_slot's order from `starts`
  double *errnos;      // SD_ERRNO_COUNT * 2: key, count
  double *durations;   // SD_TIMED_COUNT * (1 + SD_DURATION_BUCKETS): sum_ns, buckets
};

constexpr int kFileBytesCount = int{SD_AREA_COUNT} * int{SD_DIRECTION_COUNT};
constexpr int kOperationsCount = int{SD_AREA_COUNT} * int{SD_OPERATION_COUNT};
constexpr size_t kTotalCount = (offsetof(sd_slot, operations) - offsetof(sd_slot, starts)) / sizeof(__u64);

class CellReader {
 public:
  CellReader(const MappedMap *cells, const MappedMap *slots, const MappedMap *durations, const sd_config &config,
             int cpu_count)
      : cells_(cells), slots_(slots), durations_(durations), config_(config), cpu_count_(cpu_count) {}

  /** Returns how many errno pairs were written. */
  size_t read(__u32 slot, const CellTargets &targets) const;
  /** The slot must not count any more. */
  void clear(__u32 slot) const;

 private:
  bool has_cells() const { return cells_->entries() >= static_cast<size_t>(cpu_count_) * config_.slot_count; }
  bool has_durations() const { return config_.is_latency != 0; }

  const MappedMap *cells_;
  const MappedMap *slots_;
  const MappedMap *durations_;
  sd_config config_;
  int cpu_count_;
};
