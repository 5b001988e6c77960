/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fields behind pointers the verifier lost track of (elements of the fd array and what they lead to).
 * bpf_rdonly_cast costs nothing: the loads behind it are ordinary ones that fault to 0. Older kernels
 * take a helper call a field. sd_cfg is constant, so only one of the two is left.
 */
extern void *bpf_rdonly_cast(const void *object, __u32 btf_id) __ksym __weak;

#define FIELD(type, pointer, field)                                                                                    \
	({                                                                                                             \
		const void *pointer_ = (pointer);                                                                      \
		typeof(((type *)0)->field) value_;                                                                     \
		if (sd_cfg.has_rdonly_cast)                                                                            \
			value_ = ((type *)bpf_rdonly_cast(pointer_, bpf_core_type_id_kernel(type)))->field;            \
		else                                                                                                   \
			bpf_core_read(&value_, sizeof(value_), &((type *)pointer_)->field);                            \
		value_;                                                                                                \
	})

/* The same by helper, for rare paths: untyped values keep the verifier's states of a loop few. */
#define FIELD_COPY(type, pointer, field)                                                                               \
	({                                                                                                             \
		typeof(((type *)0)->field) value_ = 0;                                                                 \
		bpf_core_read(&value_, sizeof(value_), &((type *)(pointer))->field);                                   \
		value_;                                                                                                \
	})

/* A pointer as a number, to hash it: the verifier only lets pointers be subtracted. */
static __always_inline __u64 number_of_address(const void *address)
{
	return sd_cfg.has_rdonly_cast ? (__u64)address - (__u64)&sd_shared : (__u64)address;
}
