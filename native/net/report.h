// SPDX-License-Identifier: Apache-2.0
// What the netlink thread tells JS. The numbers are the same as in src/probe/net/native.ts, whose tests
// see every one of them.
#pragma once
#include <cstdint>
#include <vector>

enum class ReportKind : uint32_t {
  kOpened = 1,      // value: inode of the namespace
  kOpenFailed = 2,  // value: errno
  kRouteDumpBegin = 3,
  kRouteBytes = 4,    // whole rtnetlink messages of a dump
  kRouteDumpEnd = 5,  // value: errno, 0 when complete
  kRouteEvent = 6,    // whole rtnetlink messages of multicast groups
  kNatDumpBegin = 7,
  kNatBytes = 8,
  kNatDumpEnd = 9,  // value: errno, 0 when complete
  kNatEvent = 10,
  kOverrun = 11,       // value: see Overrun; a new dump of what was overrun follows
  kNamespaceIds = 12,  // bytes: pairs of int32 (number of the other namespace, its nsid here or -1)
  kHolderExited = 13,
};

enum class Overrun : uint32_t {
  kRouteSocket = 0,
  kNatSocket = 1,
  kQueue = 2,  // JS did not take reports in time
};

struct Report {
  ReportKind kind;
  uint32_t id;
  double value;
  std::vector<uint8_t> bytes;
};
