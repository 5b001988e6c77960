// SPDX-License-Identifier: Apache-2.0
#include "net_thread.h"

#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <stdexcept>

namespace {
enum Role : uint32_t { kWake, kRoutes, kNat, kHolder };

constexpr int kGapMs = 10;              // events of a busy host are read in batches
constexpr uint64_t kResyncGapMs = 200;  // a storm that overran the buffer would overrun the next dump too
constexpr int kIdleMs = 60'000;
constexpr size_t kBatchBytes = 256 * 1024;
constexpr size_t kReadBytes = 32 * 1024;
constexpr size_t kReportBytes = 64;  // of its own, besides what it carries

uint64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count() + 1;
}
}  // namespace

NetThread::NetThread(NetLimits limits, std::function<void()> wake_js)
    : limits_(limits),
      wake_js_(std::move(wake_js)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!epoll_ || !wake_) throw std::runtime_error("no descriptor for the netlink thread");
  watch(wake_.get(), 0, kWake);
  thread_ = std::thread(&NetThread::run, this);
}

NetThread::~NetThread() { stop(); }

void NetThread::stop() {
  if (!thread_.joinable()) return;
  is_stopping_ = true;
  eventfd_write(wake_.get(), 1);
  thread_.join();
}

void NetThread::post(Command command) {
  std::lock_guard lock(mutex_);
  commands_.push_back(std::move(command));
  eventfd_write(wake_.get(), 1);
}

std::vector<Report> NetThread::take() {
  std::lock_guard lock(mutex_);
  report_bytes_ = 0;
  return std::exchange(reports_, {});
}

void NetThread::run() {
  pthread_setname_np(pthread_self(), "sonde-net");
  epoll_event events[64];
  while (!is_stopping_) {
    int count = epoll_wait(epoll_.get(), events, 64, wait_limit_ms());
    bool has_events = false;
    for (int i = 0; i < count && !is_stopping_; i++) {
      if (static_cast<uint32_t>(events[i].data.u64) == kWake) {
        eventfd_t ignored;
        eventfd_read(wake_.get(), &ignored);
      } else {
        handle(events[i].data.u64);
        has_events = true;
      }
    }
    obey();
    resync_due();
    pollfd only_commands = {wake_.get(), POLLIN, 0};
    if (has_events && !is_stopping_) poll(&only_commands, 1, kGapMs);
  }
  namespaces_.clear();
}

int NetThread::wait_limit_ms() const {
  uint64_t next = UINT64_MAX;
  for (const auto &[id, ns] : namespaces_)
    for (uint64_t at : {ns->resync_routes_at_ms, ns->resync_nat_at_ms})
      if (at) next = std::min(next, at);
  if (next == UINT64_MAX) return kIdleMs;
  uint64_t now = now_ms();
  // While JS is behind there is nothing to do but to look again.
  return std::clamp<int>(next > now ? static_cast<int>(next - now) : 0, has_room() ? 0 : static_cast<int>(kResyncGapMs),
                         kIdleMs);
}

void NetThread::obey() {
  std::vector<Command> commands;
  {
    std::lock_guard lock(mutex_);
    commands.swap(commands_);
  }
  for (const Command &command : commands)
    if (!is_stopping_) obey(command);
}

void NetThread::obey(const Command &command) {
  auto found = namespaces_.find(command.id);
  if (command.kind == Command::kOpen) return open(command);
  if (found == namespaces_.end()) return;
  Namespace &ns = *found->second;
  switch (command.kind) {
    case Command::kClose:
      close(command.id);
      break;
    case Command::kResync:
      sync_routes(ns);
      sync_nat(ns);
      break;
    case Command::kNumbers: {
      std::vector<int32_t> pairs;
      for (uint32_t other : command.others) {
        auto peer = namespaces_.find(other);
        if (peer == namespaces_.end()) continue;
        pairs.push_back(static_cast<int32_t>(other));
        pairs.push_back(ns.number_of(peer->second->fd()));
      }
      auto *bytes = reinterpret_cast<const uint8_t *>(pairs.data());
      send({ReportKind::kNamespaceIds, command.id, 0, {bytes, bytes + pairs.size() * sizeof(int32_t)}});
      break;
    }
    default:
      break;
  }
}

void NetThread::open(const Command &command) {
  auto ns = std::make_unique<Namespace>(command.id, command.options);
  if (int error = ns->open(command.path, command.holder_pid)) {
    send({ReportKind::kOpenFailed, command.id, static_cast<double>(error), {}});
    return;
  }
  send({ReportKind::kOpened, command.id, static_cast<double>(ns->inode()), {}});
  // Events from before the dump repeat what it says: harmless. The other way round they would be missed.
  watch(ns->route_fd(), command.id, kRoutes);
  if (ns->nat_fd() >= 0) watch(ns->nat_fd(), command.id, kNat);
  if (ns->holder_fd() >= 0) watch(ns->holder_fd(), command.id, kHolder);
  sync_routes(*ns);
  sync_nat(*ns);
  namespaces_[command.id] = std::move(ns);
}

void NetThread::close(uint32_t id) { namespaces_.erase(id); }  // closing a descriptor takes it out of epoll

void NetThread::watch(int fd, uint32_t id, uint32_t role) {
  epoll_event event = {EPOLLIN, {}};
  event.data.u64 = static_cast<uint64_t>(id) << 32 | role;
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

void NetThread::handle(uint64_t token) {
  auto found = namespaces_.find(static_cast<uint32_t>(token >> 32));
  if (found == namespaces_.end()) return;
  Namespace &ns = *found->second;
  switch (static_cast<uint32_t>(token)) {
    case kRoutes:
      read_events(ns, ns.route_fd(), ReportKind::kRouteEvent, Overrun::kRouteSocket);
      break;
    case kNat:
      read_events(ns, ns.nat_fd(), ReportKind::kNatEvent, Overrun::kNatSocket);
      break;
    default:
      ns.forget_holder();
      send({ReportKind::kHolderExited, ns.id(), 0, {}});
      break;
  }
}

void NetThread::read_events(Namespace &ns, int fd, ReportKind kind, Overrun overrun) {
  bool is_lost = false;
  std::vector<uint8_t> batch;
  uint8_t buffer[kReadBytes];
  while (batch.size() < kBatchBytes) {
    ssize_t received = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && errno == ENOBUFS) {
      is_lost = true;
      continue;  // what is still queued is good
    }
    if (received <= 0) break;
    batch.insert(batch.end(), buffer, buffer + received);
    batch.resize(NLMSG_ALIGN(batch.size()));
  }
  if (!batch.empty() && !send({kind, ns.id(), 0, std::move(batch)})) {
    is_lost = true;
    overrun = Overrun::kQueue;
  }
  if (!is_lost) return;
  send({ReportKind::kOverrun, ns.id(), static_cast<double>(overrun), {}});
  (kind == ReportKind::kRouteEvent ? ns.resync_routes_at_ms : ns.resync_nat_at_ms) = now_ms() + kResyncGapMs;
}

void NetThread::resync_due() {
  for (auto &[id, ns] : namespaces_) {
    if (is_stopping_ || !has_room()) return;
    if (ns->resync_routes_at_ms && ns->resync_routes_at_ms <= now_ms()) sync_routes(*ns);
    if (ns->resync_nat_at_ms && ns->resync_nat_at_ms <= now_ms()) sync_nat(*ns);
  }
}

void NetThread::sync_routes(Namespace &ns) {
  ns.resync_routes_at_ms = 0;
  sync(ns, ReportKind::kRouteDumpBegin, ReportKind::kRouteBytes, ReportKind::kRouteDumpEnd,
       [&ns](const OnBytes &on_bytes) { return ns.dump_routes(on_bytes); });
}

void NetThread::sync_nat(Namespace &ns) {
  ns.resync_nat_at_ms = 0;
  sync(ns, ReportKind::kNatDumpBegin, ReportKind::kNatBytes, ReportKind::kNatDumpEnd,
       [&ns](const OnBytes &on_bytes) { return ns.dump_nat(on_bytes); });
}

void NetThread::sync(Namespace &ns, ReportKind begin, ReportKind part, ReportKind end,
                     const std::function<int(const OnBytes &)> &dump) {
  std::vector<uint8_t> batch;
  size_t total_bytes = 0;
  bool is_refused = !send({begin, ns.id(), 0, {}});
  auto hand_over = [&] {
    if (!batch.empty() && !send({part, ns.id(), 0, std::exchange(batch, {})})) is_refused = true;
  };
  int error = dump([&](const uint8_t *bytes, size_t size_bytes) {
    total_bytes += size_bytes;
    if (total_bytes > limits_.dump_bytes || is_stopping_ || is_refused) return false;
    batch.insert(batch.end(), bytes, bytes + size_bytes);
    if (batch.size() >= kBatchBytes) hand_over();
    return true;
  });
  hand_over();
  if (!is_refused) is_refused = !send({end, ns.id(), static_cast<double>(error), {}});
  if (!is_refused) return;
  send({ReportKind::kOverrun, ns.id(), static_cast<double>(Overrun::kQueue), {}});
  (begin == ReportKind::kRouteDumpBegin ? ns.resync_routes_at_ms : ns.resync_nat_at_ms) = now_ms() + kResyncGapMs;
}

bool NetThread::has_room() const {
  std::lock_guard lock(mutex_);
  return report_bytes_ < limits_.queue_bytes / 2;
}

/** False when the queue is full and the report was dropped. A report without bytes always passes: it is the notice. */
bool NetThread::send(Report report) {
  bool is_first;
  {
    std::lock_guard lock(mutex_);
    size_t size_bytes = report.bytes.size() + kReportBytes;
    if (!report.bytes.empty() && report_bytes_ + size_bytes > limits_.queue_bytes) return false;
    report_bytes_ += size_bytes;
    is_first = reports_.empty();
    reports_.push_back(std::move(report));
  }
  if (is_first) wake_js_();
  return true;
}
