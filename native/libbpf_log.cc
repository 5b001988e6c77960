// SPDX-License-Identifier: Apache-2.0
#include "libbpf_log.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>
#include <vector>

namespace {
thread_local LogCapture *current = nullptr;

int print(enum libbpf_print_level level, const char *format, va_list arguments) {
  if (level == LIBBPF_DEBUG || !current) return 0;
  // The verifier's log arrives as one message: size it first.
  va_list copy;
  va_copy(copy, arguments);
  int length = vsnprintf(nullptr, 0, format, copy);
  va_end(copy);
  if (length <= 0) return 0;
  std::vector<char> text(length + 1);
  vsnprintf(text.data(), text.size(), format, arguments);
  current->append(text.data());
  return length;
}
}  // namespace

LogCapture::LogCapture() : outer_(current) {
  current = this;
  // Idempotent: every capture installs the same callback.
  libbpf_set_print(print);
}

LogCapture::~LogCapture() { current = outer_; }

std::string last_lines(const std::string &text, int count) {
  size_t end = text.find_last_not_of("\n ");
  if (end == std::string::npos) return "";
  size_t start = end + 1;
  for (int i = 0; i < count && start != std::string::npos && start > 0; i++) start = text.rfind('\n', start - 1);
  size_t from = start == std::string::npos || start == 0 ? 0 : start + 1;
  return text.substr(from, end + 1 - from);
}
