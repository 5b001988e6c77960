// SPDX-License-Identifier: Apache-2.0
#include "cell_reader.h"

#include <algorithm>
#include <cstring>

namespace {
__u64 load(const __u64 &value) { return __atomic_load_n(&value, __ATOMIC_RELAXED); }
__u32 load(const __u32 &value) { return __atomic_load_n(&value, __ATOMIC_RELAXED); }
}  // namespace

size_t CellReader::read(__u32 slot, const CellTargets &targets) const {
  std::fill_n(targets.calls, SD_CLASS_COUNT, 0.0);
  std::fill_n(targets.errors, SD_CLASS_COUNT, 0.0);
  std::fill_n(targets.file_bytes, kFileBytesCount, 0.0);
  std::fill_n(targets.durations, SD_TIMED_COUNT * (1 + SD_DURATION_BUCKETS), 0.0);
  const sd_slot *info = slots_->at<sd_slot>(slot);
  // errnos first: a failing call counts its error before its errno, so the sum never passes `errors`.
  size_t pairs = 0;
  for (const sd_errno &entry : info->errnos) {
    __u32 key = load(entry.key);
    if (!key) continue;
    targets.errnos[pairs * 2] = key;
    targets.errnos[pairs * 2 + 1] = load(entry.count);
    pairs++;
  }
  if (has_cells()) {
    for (int cpu = 0; cpu < cpu_count_; cpu++) {
      const sd_cell *cell = cells_->at<sd_cell>(static_cast<size_t>(slot) * cpu_count_ + cpu);
      for (int i = 0; i < SD_CLASS_COUNT; i++) {
        targets.calls[i] += load(cell->call[i].calls);
        targets.errors[i] += load(cell->call[i].errors);
      }
      const __u64 *bytes = &cell->file_bytes[0][0];
      for (int i = 0; i < kFileBytesCount; i++) targets.file_bytes[i] += load(bytes[i]);
    }
  }
  const __u64 *operations = &info->operations[0][0];
  for (int i = 0; i < kOperationsCount; i++) targets.operations[i] = load(operations[i]);
  for (size_t i = 0; i < kTotalCount; i++) targets.totals[i] = load((&info->starts)[i]);
  if (has_durations()) {
    for (int shard = 0; shard < SD_DURATION_SHARDS; shard++) {
      const sd_durations *durations =
          durations_->at<sd_durations>(static_cast<size_t>(shard) * config_.slot_count + slot);
      double *target = targets.durations;
      for (const sd_duration &duration : durations->timed) {
        *target++ += load(duration.sum_ns);
        for (const __u32 &bucket : duration.buckets) *target++ += load(bucket);
      }
    }
  }
  return pairs;
}

void CellReader::clear(__u32 slot) const {
  if (has_cells())
    for (int cpu = 0; cpu < cpu_count_; cpu++)
      memset(cells_->at<sd_cell>(static_cast<size_t>(slot) * cpu_count_ + cpu), 0, sizeof(sd_cell));
  if (has_durations())
    for (int shard = 0; shard < SD_DURATION_SHARDS; shard++)
      memset(durations_->at<sd_durations>(static_cast<size_t>(shard) * config_.slot_count + slot), 0,
             sizeof(sd_durations));
  memset(slots_->at<sd_slot>(slot), 0, sizeof(sd_slot));
}
