/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Losses are rare by design, so one atomic counter a reason is exact and cheap enough. */
static __always_inline void drop(enum sd_drop reason)
{
	__sync_fetch_and_add(&sd_shared.drops[reason], 1);
}
