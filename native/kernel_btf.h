// SPDX-License-Identifier: Apache-2.0
// What this kernel's own types say: programs are gated on them, never on a version.
#pragma once
#include <string>

struct btf;

enum class ParameterKind { kAny, kPointer, kInteger };

class KernelBtf {
 public:
  KernelBtf();
  ~KernelBtf();
  KernelBtf(const KernelBtf &) = delete;
  KernelBtf &operator=(const KernelBtf &) = delete;

  bool is_present() const { return btf_ != nullptr; }
  /** Does the tracepoint exist, and is its first own parameter of that kind? */
  bool has_tracepoint(const std::string &name, ParameterKind first) const;
  bool has_function(const std::string &name) const;

 private:
  btf *btf_;
};
