/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every record the ring can carry: SD_EVENT(number, NAME, name). The record is
 * `struct sd_ev_<name>` in events/<name>/record.h. Numbers are append-only and never reused.
 */
SD_EVENT(1, SLOT_OPENED, slot_opened)
SD_EVENT(2, SLOT_CLOSED, slot_closed)
SD_EVENT(3, CGROUP_MADE, cgroup_made)
SD_EVENT(4, PROCESS_STARTED, process_started)
SD_EVENT(5, PROCESS_EXECED, process_execed)
SD_EVENT(6, PROCESS_EXITED, process_exited)
SD_EVENT(7, OOM_KILLED, oom_killed)
SD_EVENT(8, FLOW_OPENED, flow_opened)
SD_EVENT(9, FLOW_CLOSED, flow_closed)
SD_EVENT(10, FLOW_FAILED, flow_failed)
SD_EVENT(11, FLOW_COUNTED, flow_counted)
SD_EVENT(12, FLOW_ALIVE, flow_alive)
SD_EVENT(13, DNS_RECEIVED, dns_received)
