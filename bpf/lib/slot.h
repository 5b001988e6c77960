/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cgroup -> slot. The owner map decides (BPF_NOEXIST); the table sd_entries is a copy that the
 * syscall path reads without a helper. Only who won the owner map writes the table, so no key stands
 * in it twice. User space follows the same rule (native/slot-table.cc).
 */
/* The hash's upper bits are the bucket, at once as an offset: a bucket is a cache line of 64 bytes. */
static __always_inline struct sd_entry *bucket_of(__u64 key)
{
	__u32 offset = (__u32)key * 0x9E3779B1u >> (32 - SD_BUCKET_BITS - 6) & (SD_BUCKET_COUNT - 1) << 6;

	_Static_assert(sizeof(sd_entries[0]) == 64, "a bucket is a cache line");
	return (struct sd_entry *)((char *)sd_entries + offset);
}

static __always_inline struct sd_entry *next_way(struct sd_entry *entry)
{
	entry++;
	/* One register for all ways: else the compiler copies it before the first comparison. */
	asm volatile("" : "+r"(entry));
	return entry;
}

/* Written so that a key in the first way, as nearly all are, costs one comparison. */
static __always_inline struct sd_entry *entry_of_key(__u64 key)
{
	struct sd_entry *entry = bucket_of(key);

#pragma unroll
	for (int way = 0; way < SD_BUCKET_WAYS - 1; way++) {
		if (entry->key == key)
			return entry;
		entry = next_way(entry);
	}
	return entry->key == key ? entry : 0;
}

static __always_inline __u32 slot_of_key(__u64 key)
{
	struct sd_entry *entry = entry_of_key(key);

	return entry ? entry->slot : SD_SLOT_NONE;
}

static __always_inline __u32 slot_of_task(struct task_struct *task)
{
	__u64 key = key_of_task(task);

	return key ? slot_of_key(key) : SD_SLOT_NONE;
}

static __always_inline bool is_counted(__u32 slot)
{
	return slot < SD_SLOT_LIMIT;
}

static __always_inline struct sd_slot *slot_at(__u32 slot)
{
	return bpf_map_lookup_elem(&sd_slot_by_id, &slot);
}

static __always_inline void entry_write(struct sd_entry *entry, __u32 slot)
{
	entry->slot = slot;
	entry->row = is_counted(slot) ? slot * sd_cfg.cpu_count : SD_ROW_NONE;
}

static __noinline int table_insert(__u64 key, __u32 slot)
{
	struct sd_entry *bucket = bucket_of(key);

	for (int way = 0; way < SD_BUCKET_WAYS; way++) {
		struct sd_entry *entry = &bucket[way];

		if (entry->key || __sync_val_compare_and_swap(&entry->key, 0, SD_KEY_BUSY))
			continue;
		entry_write(entry, slot);
		__sync_lock_test_and_set(&entry->key, key);
		return 0;
	}
	drop(SD_DROP_TABLE_FULL);
	return -1;
}

static __noinline int table_set(__u64 key, __u32 slot)
{
	struct sd_entry *entry = entry_of_key(key);

	if (entry)
		entry_write(entry, slot);
	return 0;
}

static __noinline int table_remove(__u64 key)
{
	struct sd_entry *entry = entry_of_key(key);

	if (entry)
		entry->key = 0;
	return 0;
}

static __always_inline void slot_give_back(__u32 slot)
{
	if (slot != SD_SLOT_OVERFLOW)
		bpf_map_push_elem(&sd_free_slots, &slot, BPF_ANY);
}

/* Makes `slot` the owner of `key`; when another was first, returns that one's slot. */
static __always_inline __u32 owner_insert(__u64 key, __u32 slot, bool is_inherited)
{
	struct sd_owner owner = {.slot = slot, .is_inherited = is_inherited};
	struct sd_owner *first;

	if (!bpf_map_update_elem(&sd_owner_by_cg, &key, &owner, BPF_NOEXIST)) {
		if (!table_insert(key, slot))
			return slot;
		bpf_map_delete_elem(&sd_owner_by_cg, &key);
		return SD_SLOT_NONE;
	}
	first = bpf_map_lookup_elem(&sd_owner_by_cg, &key);
	if (first)
		return first->slot;
	drop(SD_DROP_TABLE_FULL);
	return SD_SLOT_NONE;
}
