/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one BPF object. It only lists its parts; each hook is a file, each record a folder. */
#include "kernel.h"
#include "kernel_sock.h"
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>
#include "abi.h"

#include "maps/maps.h"
#include "maps/flow.h"
#include "lib/drop.h"
#include "lib/ring.h"
#include "lib/text.h"
#include "lib/cgroup.h"
#include "lib/slot.h"
#include "lib/joining.h"
#include "lib/open.h"
#include "lib/syscalls.h"
#include "lib/errno.h"
#include "lib/duration.h"
#include "lib/field.h"
#include "lib/path.h"
#include "lib/area.h"
#include "lib/hot.h"
#include "lib/file.h"
#include "lib/flow.h"
#include "lib/flow_tcp.h"
#include "lib/flow_record.h"
#include "lib/dns.h"
#include "lib/flow_udp.h"

#include "hooks/exec.h"
#include "hooks/fork.h"
#include "hooks/exit.h"
#include "hooks/cgroup.h"
#include "hooks/oom.h"
#include "hooks/sys_enter.h"
#include "hooks/sys_exit.h"
#include "hooks/flow_state.h"
#include "hooks/flow_data.h"
#include "hooks/flow_iter.h"
#include "hooks/flow_udp.h"

/* Types that only user space needs whole: BTF keeps what a global mentions. */
union sd_records {
#define SD_EVENT(number, NAME, name) struct sd_ev_##name name;
#include "events/list.h"
#undef SD_EVENT
	enum sd_class class;
	enum sd_timed timed;
	enum sd_area area;
	enum sd_direction direction;
	enum sd_operation operation;
	enum sd_drop drop_reason;
	enum sd_event event;
	enum sd_mode mode;
	enum sd_controller controller;
	enum sd_hot_state hot_state;
	enum sd_role role;
	enum sd_flow_flag flow_flag;
};
const volatile union sd_records sd_records = {};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
