// SPDX-License-Identifier: Apache-2.0
// One loaded BPF object as a JS object. Everything here runs on the JS thread of its environment;
// only RingReader has a thread of its own. close() and the environment's cleanup both end it.
#pragma once
#include <napi.h>

#include <memory>

#include "cell_reader.h"
#include "hot_table.h"
#include "loader.h"
#include "mapped_map.h"
#include "ring_reader.h"
#include "slot_table.h"

/** What a load made, before it belongs to a JS object. Members are destroyed in reverse order. */
struct Loaded {
  explicit Loaded(const LoadRequest &request);

  template <typename T>
  T *global(const char *name) {
    return reinterpret_cast<T *>(bss.at<char>(0) + object.offset_of_global(name));
  }

  LoadedObject object;
  MappedMap cells;
  MappedMap slots;
  MappedMap durations;
  MappedMap hot_files;
  MappedMap bss;
  sd_shared *shared;
  const __u32 *joining_count;
  SlotTable slot_table;
  HotTable hot_table;
  CellReader cell_reader;
};

class Session : public Napi::ObjectWrap<Session> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit Session(const Napi::CallbackInfo &info);
  ~Session() override;

 private:
  Napi::Value programs(const Napi::CallbackInfo &info);
  Napi::Value limits(const Napi::CallbackInfo &info);
  void on_records(const Napi::CallbackInfo &info);
  void bind_cells(const Napi::CallbackInfo &info);
  Napi::Value read_cells(const Napi::CallbackInfo &info);
  Napi::Value hot_files(const Napi::CallbackInfo &info);
  Napi::Value claim_slot(const Napi::CallbackInfo &info);
  void bind_child(const Napi::CallbackInfo &info);
  void ignore_slot(const Napi::CallbackInfo &info);
  void release_slot(const Napi::CallbackInfo &info);
  Napi::Value drops(const Napi::CallbackInfo &info);
  Napi::Value fill(const Napi::CallbackInfo &info);
  void close(const Napi::CallbackInfo &info);

  Loaded &loaded(const Napi::CallbackInfo &info);
  __u32 slot_argument(const Napi::CallbackInfo &info, size_t index);
  void end();
  static void end_of_environment(void *session);

  napi_env env_;
  std::unique_ptr<Loaded> loaded_;
  std::unique_ptr<RingReader> reader_;
  std::vector<Napi::Reference<Napi::Float64Array>> cell_arrays_;
  CellTargets targets_ = {};
};
