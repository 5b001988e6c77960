// SPDX-License-Identifier: Apache-2.0
// JS arguments, checked: a wrong one throws, nothing is coerced.
#pragma once
#include <napi.h>

#include <string>

#include "abi.h"

inline __u32 number_argument(const Napi::CallbackInfo &info, size_t index) {
  if (index >= info.Length() || !info[index].IsNumber())
    throw Napi::TypeError::New(info.Env(), "argument " + std::to_string(index) + " must be a number");
  return info[index].As<Napi::Number>().Uint32Value();
}

/** (hierarchy number, cgroup id as a decimal string) from `index` on. */
inline __u64 key_argument(const Napi::CallbackInfo &info, size_t index) {
  __u64 hierarchy_id = number_argument(info, index);
  if (index + 1 >= info.Length() || !info[index + 1].IsString())
    throw Napi::TypeError::New(info.Env(), "a cgroup id must be a decimal string");
  std::string text = info[index + 1].As<Napi::String>();
  size_t used = 0;
  __u64 id = 0;
  try {
    id = std::stoull(text, &used);
  } catch (const std::exception &) {
    used = 0;
  }
  if (used == 0 || used != text.size() || id >> SD_KEY_HIERARCHY_SHIFT)
    throw Napi::TypeError::New(info.Env(), "not a cgroup id: " + text);
  return id | hierarchy_id << SD_KEY_HIERARCHY_SHIFT;
}
