// SPDX-License-Identifier: Apache-2.0
// Netlink sockets of the namespace the calling thread is in.
#pragma once
#include <linux/netlink.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "descriptor.h"

/** Called with whole messages; false ends the dump with E2BIG. */
using OnBytes = std::function<bool(const uint8_t *bytes, size_t size_bytes)>;
/** True for a message that is to be kept. */
using Keep = bool (*)(const nlmsghdr *message);

/** Blocking with a time limit, for dumps. -1 with errno when there is none. */
Descriptor dump_socket(int protocol);
/** Non-blocking, joined to `groups`; a group the kernel does not know fails with errno. */
Descriptor event_socket(int protocol, const std::vector<int> &groups, int receive_buffer_bytes);
/** Lets only translated connections pass, in the kernel. */
int attach_translated_filter(int fd);

/** Asks `request` (with NLM_F_DUMP set) and reads to the end of the answer; 0 or an errno. */
int dump(int fd, nlmsghdr *request, Keep keep, const OnBytes &on_bytes);
