// SPDX-License-Identifier: Apache-2.0
// capset works on one thread only, and Node has a dozen. Each thread gets a real-time signal whose
// handler calls capset on itself; then /proc/self/task is read until every thread shows the new sets
// (a thread made meanwhile inherits its maker's, so the loop ends). glibc does the same for setuid, but
// offers it for nothing else. Only async-signal-safe system calls run in the handler.
#include "capabilities.h"

#include <dirent.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

namespace {
constexpr int kRounds = 100;
constexpr useconds_t kRoundUs = 1000;
constexpr int kCapabilityCount = 64;

std::mutex only_one;
uint64_t wanted;

/** Bounding set first (it needs CAP_SETPCAP), then permitted, effective and inheritable at once. */
void limit_this_thread(int) {
  int saved_errno = errno;
  for (int i = 0; i < kCapabilityCount; i++)
    if (!(wanted >> i & 1)) syscall(SYS_prctl, PR_CAPBSET_DROP, i, 0, 0, 0);
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) == 0) {
    for (int i = 0; i < 2; i++) {
      uint32_t mask = wanted >> (32 * i);
      data[i].permitted &= mask;
      data[i].effective &= mask;
      data[i].inheritable &= mask;
    }
    syscall(SYS_capset, &header, data);
  }
  errno = saved_errno;
}

/** True when no capability outside `wanted` is left in any set of that thread, or it is gone. */
bool is_limited(int tid) {
  std::ifstream status("/proc/self/task/" + std::to_string(tid) + "/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.rfind("CapPrm:", 0) != 0 && line.rfind("CapEff:", 0) != 0 && line.rfind("CapInh:", 0) != 0) continue;
    if (std::strtoull(line.c_str() + 7, nullptr, 16) & ~wanted) return false;
  }
  return true;
}

std::vector<int> threads() {
  std::vector<int> found;
  DIR *directory = opendir("/proc/self/task");
  if (!directory) return found;
  while (dirent *entry = readdir(directory)) {
    int tid = atoi(entry->d_name);
    if (tid > 0) found.push_back(tid);
  }
  closedir(directory);
  return found;
}

/** The kernel's own form of a handler, with what libc adds to return from it. Size of the mask: 8 bytes. */
struct KernelAction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  uint64_t mask;
};

/**
 * Installs the handler and returns its signal. Node's thread for the inspector blocks every signal but the
 * two that libc keeps to itself, so one of these it must be: 32, which glibc handles only once
 * pthread_cancel was called (it then installs its own). It stays: a thread may still have one pending,
 * whose default action would end the process, and a second run only repeats what is done.
 */
int install_handler() {
  constexpr int kLibcSignal = 32;
  int number = SIGRTMAX;
  for (; number > SIGRTMIN; number--) {
    struct sigaction previous = {};
    if (sigaction(number, nullptr, &previous) == 0 && previous.sa_handler == SIG_DFL) break;
  }
  struct sigaction action = {};
  action.sa_handler = limit_this_thread;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  sigaction(number, &action, nullptr);
  // libc refuses to touch signal 32: give the kernel what libc made for the other.
  KernelAction made = {}, present = {};
  if (syscall(SYS_rt_sigaction, kLibcSignal, nullptr, &present, sizeof(present.mask)) == 0 && !present.handler &&
      syscall(SYS_rt_sigaction, number, nullptr, &made, sizeof(made.mask)) == 0 &&
      syscall(SYS_rt_sigaction, kLibcSignal, &made, nullptr, sizeof(made.mask)) == 0)
    return kLibcSignal;
  return number;
}

uint64_t own_permitted() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  syscall(SYS_capget, &header, data);
  return data[0].permitted | static_cast<uint64_t>(data[1].permitted) << 32;
}
}  // namespace

Napi::Value limit_capabilities(const Napi::CallbackInfo &info) {
  std::lock_guard<std::mutex> lock(only_one);
  auto keep = info[0].As<Napi::Array>();
  wanted = 0;
  for (uint32_t i = 0; i < keep.Length(); i++) wanted |= 1ULL << (keep.Get(i).As<Napi::Number>().Uint32Value() & 63);

  static const int number = install_handler();
  std::vector<int> left;
  for (int round = 0; round < kRounds; round++) {
    left.clear();
    for (int tid : threads())
      if (!is_limited(tid)) left.push_back(tid);
    if (left.empty()) break;
    for (int tid : left) syscall(SYS_tgkill, getpid(), tid, number);
    usleep(kRoundUs);
  }
  if (!left.empty()) {
    std::string text = "threads that keep their capabilities:";
    for (int tid : left) text += " " + std::to_string(tid);
    throw Napi::Error::New(info.Env(), text);
  }
  uint64_t permitted = own_permitted();
  auto result = Napi::Array::New(info.Env());
  for (int i = 0; i < kCapabilityCount; i++)
    if (permitted >> i & 1) result[result.Length()] = Napi::Number::New(info.Env(), i);
  return result;
}
