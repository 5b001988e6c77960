// SPDX-License-Identifier: Apache-2.0
#include "ring_reader.h"

#include <bpf/libbpf.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>

namespace {
__u64 boot_ns() {
  timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

template <typename Record>
Record empty_record(sd_event event, size_t slot) {
  Record record = {};
  record.header = {static_cast<__u16>(event), sizeof(Record), static_cast<__u16>(slot), 0, boot_ns()};
  return record;
}

template <typename Record>
void append(std::vector<uint8_t> &batch, const Record &record) {
  const auto *bytes = reinterpret_cast<const uint8_t *>(&record);
  batch.insert(batch.end(), bytes, bytes + sizeof(record));
}

constexpr int kDrainMs = 50;      // tail below a quarter of the ring is read this late at most
constexpr int kGapMs = 10;        // between two drains: a busy host costs 100 calls a second, not one a record
constexpr int kPendingLimit = 4;  // batches JS has not taken yet
constexpr size_t kBatchBytes = 256 * 1024;
constexpr int kBatchIsFull = -ENOSPC;

int wait_for(int fd, int timeout_ms) {
  pollfd entry = {fd, POLLIN, 0};
  return poll(&entry, 1, timeout_ms);
}
}  // namespace

RingReader::RingReader(Napi::Env env, int ring_fd, int payload_fd, sd_shared *shared, const MappedMap *slots,
                       Napi::Function handler)
    : shared_(shared), slots_(slots) {
  // A drain takes them in this order: who looks up a name and connects at once is known by the name.
  ring_ = ring_buffer__new(payload_fd, on_record, this, nullptr);
  if (!ring_ || ring_buffer__add(ring_, ring_fd, on_record, this))
    throw std::runtime_error(std::string("ring buffer: ") + strerror(errno));
  stop_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
  epoll_event ring_event = {EPOLLIN, {}};
  epoll_event stop_event = {EPOLLIN, {}};
  if (stop_fd_ < 0 || epoll_fd_ < 0 || epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, ring_buffer__epoll_fd(ring_), &ring_event) ||
      epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, stop_fd_, &stop_event))
    throw std::runtime_error(std::string("ring wait: ") + strerror(errno));
  to_js_ = Napi::ThreadSafeFunction::New(env, handler, "sonde ring", 0, 1);
  // The probe alone must not keep a process alive.
  to_js_.Unref(env);
  thread_ = std::thread(&RingReader::run, this);
}

RingReader::~RingReader() {
  stop();
  ring_buffer__free(ring_);
  if (epoll_fd_ >= 0) close(epoll_fd_);
  if (stop_fd_ >= 0) close(stop_fd_);
}

void RingReader::stop() {
  if (!thread_.joinable()) return;
  state_->is_stopping = true;
  eventfd_write(stop_fd_, 1);
  thread_.join();
  to_js_.Release();
}

int RingReader::on_record(void *context, void *data, size_t size_bytes) {
  auto *reader = static_cast<RingReader *>(context);
  const auto *bytes = static_cast<const uint8_t *>(data);
  reader->batch_.insert(reader->batch_.end(), bytes, bytes + size_bytes);
  // libbpf has consumed this record already when it sees the error, so nothing is read twice.
  return reader->batch_.size() >= kBatchBytes ? kBatchIsFull : 0;
}

void RingReader::run() {
  pthread_setname_np(pthread_self(), "sonde-ring");
  while (!state_->is_stopping) {
    epoll_event event;
    epoll_wait(epoll_fd_, &event, 1, kDrainMs);
    if (state_->is_stopping) break;
    drain();
    wait_for(stop_fd_, kGapMs);
  }
}

void RingReader::drain() {
  bool is_full = true;
  while (is_full && state_->pending < kPendingLimit && !state_->is_stopping) {
    batch_.reserve(kBatchBytes / 16);
    is_full = ring_buffer__consume(ring_) == kBatchIsFull;
    add_lost_slot_records();
    hand_over();
  }
}

/** The kernel leaves a mark where the ring had no room for a slot's opening or end: nothing may leak. */
void RingReader::add_lost_slot_records() {
  uint64_t lost = __atomic_load_n(&shared_->lost_slot_records, __ATOMIC_ACQUIRE);
  if (lost == lost_seen_) return;
  lost_seen_ = lost;
  for (size_t slot = 1; slot < slots_->entries(); slot++) {
    auto *info = slots_->at<sd_slot>(slot);
    if (__atomic_exchange_n(&info->is_open_lost, 0, __ATOMIC_ACQ_REL)) {
      auto record = empty_record<sd_ev_slot_opened>(SD_EVENT_SLOT_OPENED, slot);
      record.cgroup_id = info->key & ((1ULL << SD_KEY_HIERARCHY_SHIFT) - 1);
      record.hierarchy_id = info->key >> SD_KEY_HIERARCHY_SHIFT;
      record.pid = info->pid;
      record.netns_inode = info->netns_inode;
      append(batch_, record);
    }
    if (__atomic_exchange_n(&info->is_close_lost, 0, __ATOMIC_ACQ_REL))
      append(batch_, empty_record<sd_ev_slot_closed>(SD_EVENT_SLOT_CLOSED, slot));
  }
}

void RingReader::hand_over() {
  if (batch_.empty()) return;
  auto *records = new std::vector<uint8_t>(std::move(batch_));
  batch_ = {};
  state_->pending++;
  auto call = [state = state_](Napi::Env env, Napi::Function handler, std::vector<uint8_t> *data) {
    state->pending--;
    if (state->is_stopping) {
      delete data;
      return;
    }
    // In plain N-API: an exception of the handler becomes an uncaught one, and when a worker is being
    // terminated every call fails, which is no error of ours.
    auto release = [](napi_env, void *, void *owned) { delete static_cast<std::vector<uint8_t> *>(owned); };
    napi_value buffer, bytes, receiver;
    if (napi_create_external_arraybuffer(env, data->data(), data->size(), release, data, &buffer) != napi_ok) {
      delete data;
      return;
    }
    if (napi_create_typedarray(env, napi_uint8_array, data->size(), buffer, 0, &bytes) != napi_ok ||
        napi_get_undefined(env, &receiver) != napi_ok)
      return;
    napi_value error;
    if (napi_call_function(env, receiver, handler, 1, &bytes, nullptr) == napi_pending_exception &&
        napi_get_and_clear_last_exception(env, &error) == napi_ok)
      napi_fatal_exception(env, error);
  };
  if (to_js_.NonBlockingCall(records, call) != napi_ok) delete records;
}
