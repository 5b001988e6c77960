// SPDX-License-Identifier: Apache-2.0
// The one thread that reads netlink, for all namespaces: commands in, reports out, both bounded.
//
// Ownership: `namespaces_` is the thread's alone. `commands_` and `reports_` pass under `mutex_`. The
// thread never calls JS: it calls `wake_js`, and JS takes all reports at once. When JS is behind by more
// than the limit, reports are dropped and the namespaces concerned are dumped again later.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "namespace.h"
#include "report.h"

struct NetLimits {
  size_t queue_bytes;
  /** Of one dump. */
  size_t dump_bytes;
};

struct Command {
  enum Kind { kOpen, kClose, kResync, kNumbers } kind;
  uint32_t id;
  std::string path;
  int holder_pid;
  NamespaceOptions options;
  std::vector<uint32_t> others;
};

class NetThread {
 public:
  NetThread(NetLimits limits, std::function<void()> wake_js);
  ~NetThread();
  void post(Command command);
  std::vector<Report> take();
  /** May be called twice. After it no more `wake_js`. */
  void stop();

 private:
  void run();
  int wait_limit_ms() const;
  void obey();
  void obey(const Command &command);
  void open(const Command &command);
  void close(uint32_t id);
  void handle(uint64_t token);
  void read_events(Namespace &ns, int fd, ReportKind kind, Overrun overrun);
  void resync_due();
  void sync_routes(Namespace &ns);
  void sync_nat(Namespace &ns);
  void sync(Namespace &ns, ReportKind begin, ReportKind part, ReportKind end,
            const std::function<int(const OnBytes &)> &dump);
  void watch(int fd, uint32_t id, uint32_t role);
  bool send(Report report);
  bool has_room() const;

  NetLimits limits_;
  std::function<void()> wake_js_;
  Descriptor epoll_;
  Descriptor wake_;
  std::atomic<bool> is_stopping_{false};
  std::map<uint32_t, std::unique_ptr<Namespace>> namespaces_;
  mutable std::mutex mutex_;
  std::vector<Command> commands_;
  std::vector<Report> reports_;
  size_t report_bytes_ = 0;
  std::thread thread_;
};
