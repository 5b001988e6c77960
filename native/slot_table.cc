// SPDX-License-Identifier: Apache-2.0
#include "slot_table.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "mapped_map.h"

namespace {
// As in bpf/lib/slot.h.
__u32 bucket_of(__u64 key) { return (static_cast<__u32>(key) * 0x9E3779B1u) >> (32 - SD_BUCKET_BITS); }
}  // namespace

SlotTable::SlotTable(bpf_object *object, sd_shared *shared, Bucket *buckets, const MappedMap *slots, int cpu_count)
    : owner_fd_(bpf_object__find_map_fd_by_name(object, "sd_owner_by_cg")),
      queue_fd_(bpf_object__find_map_fd_by_name(object, "sd_free_slots")),
      shared_(shared),
      buckets_(buckets),
      slots_(slots),
      cpu_count_(cpu_count) {}

void SlotTable::fill_queue() {
  for (__u32 slot = SD_SLOT_OVERFLOW + 1; slot < slots_->entries(); slot++)
    bpf_map_update_elem(queue_fd_, nullptr, &slot, BPF_ANY);
}

void SlotTable::write(sd_entry *entry, __u32 slot) {
  entry->slot = slot;
  entry->row = slot < SD_SLOT_LIMIT ? slot * cpu_count_ : SD_ROW_NONE;
}

bool SlotTable::table_insert(__u64 key, __u32 slot) {
  for (sd_entry &entry : buckets_[bucket_of(key)]) {
    __u64 expected = 0;
    if (!__atomic_compare_exchange_n(&entry.key, &expected, SD_KEY_BUSY, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
      continue;
    write(&entry, slot);
    __atomic_store_n(&entry.key, key, __ATOMIC_SEQ_CST);
    return true;
  }
  __atomic_fetch_add(&shared_->drops[SD_DROP_TABLE_FULL], 1, __ATOMIC_RELAXED);
  return false;
}

bool SlotTable::insert(__u64 key, __u32 slot, bool is_inherited, __u32 *owner_slot) {
  sd_owner owner = {static_cast<__u16>(slot), is_inherited};
  if (bpf_map_update_elem(owner_fd_, &key, &owner, BPF_NOEXIST) == 0) {
    if (table_insert(key, slot)) return true;
    bpf_map_delete_elem(owner_fd_, &key);
    *owner_slot = SD_SLOT_OVERFLOW;
    return false;
  }
  // Someone was first, or the map is full.
  *owner_slot = bpf_map_lookup_elem(owner_fd_, &key, &owner) == 0 ? owner.slot : SD_SLOT_OVERFLOW;
  return false;
}

__u32 SlotTable::claim(__u64 key, __u32 pid, __u32 netns_inode, __u32 mntns_inode, __u32 pidns_inode) {
  sd_owner owner;
  if (bpf_map_lookup_elem(owner_fd_, &key, &owner) == 0) return owner.slot;
  __u32 slot = SD_SLOT_OVERFLOW;
  if (bpf_map_lookup_and_delete_elem(queue_fd_, nullptr, &slot) != 0) {
    slot = SD_SLOT_OVERFLOW;
    __atomic_fetch_add(&shared_->drops[SD_DROP_NO_SLOT], 1, __ATOMIC_RELAXED);
  } else {
    sd_slot *info = slots_->at<sd_slot>(slot);
    info->key = key;
    info->pid = pid;
    info->netns_inode = netns_inode;
    info->mntns_inode = mntns_inode;
    info->pidns_inode = pidns_inode;
  }
  __u32 owner_slot;
  if (insert(key, slot, false, &owner_slot)) return slot;
  if (slot != SD_SLOT_OVERFLOW) {
    slots_->at<sd_slot>(slot)->key = 0;
    give_back(slot);
  }
  return owner_slot;
}

void SlotTable::bind_child(__u64 key, __u32 slot) {
  __u32 owner_slot;
  insert(key, slot, true, &owner_slot);
}

void SlotTable::ignore(__u32 slot) {
  for (int bucket = 0; bucket < SD_BUCKET_COUNT; bucket++) {
    for (sd_entry &entry : buckets_[bucket]) {
      __u64 key = __atomic_load_n(&entry.key, __ATOMIC_SEQ_CST);
      if (key == 0 || key == SD_KEY_BUSY || entry.slot != slot) continue;
      sd_owner owner = {SD_SLOT_IGNORED, 0};
      // BPF_EXIST: the cgroup may be removed right now; then there is nothing to ignore.
      if (bpf_map_update_elem(owner_fd_, &key, &owner, BPF_EXIST) == 0) write(&entry, SD_SLOT_IGNORED);
    }
  }
}

bool SlotTable::begin_release(__u32 slot) {
  if (slot == SD_SLOT_OVERFLOW || slot >= slots_->entries()) return false;
  if (slots_->at<sd_slot>(slot)->key == 0) return false;
  // A child cgroup bound while the slot was being closed must not count for its next owner.
  ignore(slot);
  return true;
}

void SlotTable::give_back(__u32 slot) { bpf_map_update_elem(queue_fd_, nullptr, &slot, BPF_ANY); }

size_t SlotTable::used_entries() const {
  size_t used = 0;
  for (int bucket = 0; bucket < SD_BUCKET_COUNT; bucket++)
    for (const sd_entry &entry : buckets_[bucket]) used += entry.key != 0;
  return used;
}

size_t SlotTable::used_slots() const {
  size_t used = 0;
  for (size_t slot = 1; slot < slots_->entries(); slot++) used += slots_->at<sd_slot>(slot)->key != 0;
  return used;
}
