// SPDX-License-Identifier: Apache-2.0
// libbpf prints through one process-wide callback. While a LogCapture lives, what libbpf says on this
// thread goes into it; nothing ever reaches stderr.
#pragma once
#include <string>

class LogCapture {
 public:
  LogCapture();
  ~LogCapture();
  LogCapture(const LogCapture &) = delete;
  LogCapture &operator=(const LogCapture &) = delete;

  const std::string &text() const { return text_; }
  void append(const char *line) { text_ += line; }

 private:
  std::string text_;
  LogCapture *outer_;
};

/** The last `count` lines that are not empty. */
std::string last_lines(const std::string &text, int count);
