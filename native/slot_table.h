// SPDX-License-Identifier: Apache-2.0
// User space's side of the slots: claiming for cgroups older than the programs, ignoring, recycling.
// Same protocol as bpf/lib/slot.h: the owner map decides (BPF_NOEXIST), only its winner writes the table.
#pragma once
#include <cstddef>

#include "abi.h"

struct bpf_object;
class MappedMap;

class SlotTable {
 public:
  using Bucket = sd_entry[SD_BUCKET_WAYS];

  SlotTable(bpf_object *object, sd_shared *shared, Bucket *buckets, const MappedMap *slots, int cpu_count);

  /** Puts every slot but the overflow one into the kernel's queue. */
  void fill_queue();
  /** The key's slot, new or not; SD_SLOT_OVERFLOW when none is left, SD_SLOT_IGNORED when ignored. */
  __u32 claim(__u64 key, __u32 pid, __u32 netns_inode, __u32 mntns_inode, __u32 pidns_inode);
  void bind_child(__u64 key, __u32 slot);
  void ignore(__u32 slot);
  /** True when the slot was in use: its cells may be cleared, then call `give_back`. */
  bool begin_release(__u32 slot);
  void give_back(__u32 slot);
  size_t used_entries() const;
  size_t used_slots() const;

 private:
  bool insert(__u64 key, __u32 slot, bool is_inherited, __u32 *owner_slot);
  bool table_insert(__u64 key, __u32 slot);
  void write(sd_entry *entry, __u32 slot);

  int owner_fd_;
  int queue_fd_;
  sd_shared *shared_;
  Bucket *buckets_;
  const MappedMap *slots_;
  int cpu_count_;
};
