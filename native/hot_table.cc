// SPDX-License-Identifier: Apache-2.0
#include "hot_table.h"

namespace {
/** An entry idle for two epochs may be replaced: longer than one default export interval. */
constexpr std::chrono::seconds kEpoch{10};
}  // namespace

void HotTable::copy_ready(std::vector<uint8_t> &target) {
  for (size_t i = 0; i < buckets_->entries(); i++) {
    for (const sd_hot &entry : buckets_->at<sd_hot_bucket>(i)->ways) {
      if (__atomic_load_n(&entry.state, __ATOMIC_ACQUIRE) != SD_HOT_READY) continue;
      const auto *bytes = reinterpret_cast<const uint8_t *>(&entry);
      target.insert(target.end(), bytes, bytes + sizeof(entry));
    }
  }
  auto now = std::chrono::steady_clock::now();
  if (now - epoch_started_ < kEpoch) return;
  epoch_started_ = now;
  __atomic_fetch_add(&shared_->hot_epoch, 1, __ATOMIC_RELAXED);
}

void HotTable::forget(__u32 slot) {
  for (size_t i = 0; i < buckets_->entries(); i++) {
    auto *bucket = buckets_->at<sd_hot_bucket>(i);
    for (int way = 0; way < SD_HOT_WAYS; way++) {
      sd_hot *entry = &bucket->ways[way];
      __u32 ready = SD_HOT_READY;
      if (entry->slot != slot ||
          !__atomic_compare_exchange_n(&entry->state, &ready, SD_HOT_BUSY, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        continue;
      bucket->tags[way] = 0;
      __atomic_store_n(&entry->state, SD_HOT_FREE, __ATOMIC_RELEASE);
    }
  }
}

double HotTable::fill_ratio() const {
  size_t used = 0;
  for (size_t i = 0; i < buckets_->entries(); i++)
    for (const sd_hot &entry : buckets_->at<sd_hot_bucket>(i)->ways) used += entry.state != SD_HOT_FREE;
  return static_cast<double>(used) / (buckets_->entries() * SD_HOT_WAYS);
}
