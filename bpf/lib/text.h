/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bounded text: names collected leaf first, each ended by NUL, in the per-CPU scratch. */
static __always_inline struct sd_path_scratch *path_scratch(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&sd_scratch_path, &zero);
}

/* Appends one name at `used`; returns the new length, or -1 when it would pass SD_PATH_BYTES. */
static __always_inline int append_name(struct sd_path_scratch *scratch, __u32 used, const void *name)
{
	long length_bytes;

	if (used >= SD_PATH_BYTES)
		return -1;
	length_bytes = bpf_probe_read_kernel_str(&scratch->text[used], SD_PATH_BYTES, name);
	if (length_bytes <= 0 || used + length_bytes > SD_PATH_BYTES)
		return -1;
	return used + length_bytes;
}
