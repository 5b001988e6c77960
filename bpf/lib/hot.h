/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bytes a file, in a bounded table: a bucket of ways found by (inode, slot). A file is put in with its
 * path at its first bytes; it takes a free way, one not used for two epochs (user space counts them), or
 * one that moved less in all than this call does, so that a scan of small files does not keep out the
 * busy one. Else the file's bytes stay in the area's total only, and a drop is counted.
 */
#define HOT_IDLE_EPOCHS 2

static __always_inline __u64 hot_tag(void *inode, __u32 slot)
{
	return number_of_address(inode) ^ (__u64)slot << 48;
}

struct hot_call {
	__u64 tag;
	__u64 bytes;
	__u64 slot;
};

static __always_inline bool is_replaceable(struct sd_hot *entry, __u64 bytes)
{
	if (entry->state != SD_HOT_READY)
		return entry->state == SD_HOT_FREE;
	return sd_shared.hot_epoch - entry->epoch >= HOT_IDLE_EPOCHS ||
	       entry->bytes[SD_DIRECTION_READ] + entry->bytes[SD_DIRECTION_WRITE] < bytes;
}

static __noinline int hot_insert(struct sd_hot_bucket *bucket, struct hot_call *call, void *file, void *inode)
{
	struct sd_path_scratch *scratch;
	__u32 epoch = sd_shared.hot_epoch;

	for (__u32 way = 0; way < SD_HOT_WAYS; way++) {
		struct sd_hot *entry = &bucket->ways[way];
		__u32 state = entry->state;

		if (!is_replaceable(entry, call->bytes))
			continue;
		if (__sync_val_compare_and_swap(&entry->state, state, SD_HOT_BUSY) != state)
			continue;
		entry->path_bytes = read_path((__u64)FIELD_COPY(struct file, file, f_path.dentry),
					      (__u64)FIELD_COPY(struct file, file, f_path.mnt));
		scratch = path_scratch();
		if (scratch)
			__builtin_memcpy(entry->path, scratch->text, SD_PATH_BYTES);
		entry->slot = call->slot;
		entry->inode_number = FIELD(struct inode, inode, i_ino);
		entry->inode_generation = FIELD(struct inode, inode, i_generation);
		entry->epoch = epoch;
		entry->bytes[SD_DIRECTION_READ] = 0;
		entry->bytes[SD_DIRECTION_WRITE] = 0;
		bucket->tags[way] = call->tag;
		__sync_lock_test_and_set(&entry->state, SD_HOT_READY);
		return way;
	}
	drop(SD_DROP_HOT_FULL);
	return -1;
}

static __always_inline void count_hot(void *file, void *inode, __u32 slot, __u32 direction, __u64 bytes)
{
	struct hot_call call = {.tag = hot_tag(inode, slot), .bytes = bytes, .slot = slot};
	__u64 tag = call.tag;
	__u32 index = (tag * 0x9E3779B97F4A7C15ULL) >> 54 & (SD_HOT_BUCKETS - 1);
	struct sd_hot_bucket *bucket = bpf_map_lookup_elem(&sd_hot_by_file, &index);
	struct sd_hot *entry;
	int way = -1;

	if (!bucket)
		return;
#pragma unroll
	for (int i = 0; i < SD_HOT_WAYS; i++)
		if (bucket->tags[i] == tag)
			way = i;
	if (way >= 0) {
		entry = &bucket->ways[way & (SD_HOT_WAYS - 1)];
		/* The address may be another file's by now. */
		if (entry->state != SD_HOT_READY || entry->slot != slot ||
		    entry->inode_number != FIELD(struct inode, inode, i_ino) ||
		    entry->inode_generation != FIELD(struct inode, inode, i_generation)) {
			bucket->tags[way & (SD_HOT_WAYS - 1)] = 0;
			way = -1;
		}
	}
	if (way < 0) {
		way = hot_insert(bucket, &call, file, inode);
		if (way < 0)
			return;
	}
	entry = &bucket->ways[way & (SD_HOT_WAYS - 1)];
	if (entry->epoch != sd_shared.hot_epoch)
		entry->epoch = sd_shared.hot_epoch;
	__sync_fetch_and_add(&entry->bytes[direction], bytes);
}
