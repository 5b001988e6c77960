// SPDX-License-Identifier: Apache-2.0
// Drains the ring on a thread of its own: whole records in one batch, one call into JS per drain.
//
// Ownership: the thread owns the libbpf ring and the batch it fills; a batch passes to JS with the call.
// At most kPendingLimit calls wait for JS; beyond, records stay in the ring, whose drops are counted.
// `stop` may be called twice, from the environment's cleanup or from close(), always on the JS thread.
#pragma once
#include <napi.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "abi.h"
#include "mapped_map.h"

struct ring_buffer;

class RingReader {
 public:
  /** Throws std::runtime_error when the ring cannot be opened. */
  RingReader(Napi::Env env, int ring_fd, int payload_fd, sd_shared *shared, const MappedMap *slots,
             Napi::Function handler);
  ~RingReader();
  RingReader(const RingReader &) = delete;
  RingReader &operator=(const RingReader &) = delete;

  void stop();

 private:
  static int on_record(void *context, void *data, size_t size_bytes);
  void run();
  void drain();
  void add_lost_slot_records();
  void hand_over();

  ring_buffer *ring_ = nullptr;
  int epoll_fd_ = -1;
  int stop_fd_ = -1;
  sd_shared *shared_;
  const MappedMap *slots_;
  uint64_t lost_seen_ = 0;
  std::vector<uint8_t> batch_;
  /** Outlives the reader: a queued call may run after it. */
  struct Shared {
    std::atomic<int> pending{0};
    std::atomic<bool> is_stopping{false};
  };
  std::shared_ptr<Shared> state_ = std::make_shared<Shared>();
  Napi::ThreadSafeFunction to_js_;
  std::thread thread_;
};
