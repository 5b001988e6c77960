// SPDX-License-Identifier: Apache-2.0
#include "session.h"

#include <bpf/libbpf.h>

#include "arguments.h"

namespace {
bpf_map *map_of(bpf_object *object, const char *name) {
  bpf_map *map = bpf_object__find_map_by_name(object, name);
  if (!map) throw LoadError("OBJECT", std::string("no map ") + name);
  return map;
}

struct CellArray {
  const char *name;
  size_t length;
  double *CellTargets::*target;
};

constexpr CellArray kCellArrays[] = {
    {"calls", SD_CLASS_COUNT, &CellTargets::calls},
    {"errors", SD_CLASS_COUNT, &CellTargets::errors},
    {"fileBytes", kFileBytesCount, &CellTargets::file_bytes},
    {"fileOperations", kOperationsCount, &CellTargets::operations},
    {"totals", kTotalCount, &CellTargets::totals},
    {"errnos", SD_ERRNO_COUNT * 2, &CellTargets::errnos},
    {"durations", SD_TIMED_COUNT * (1 + SD_DURATION_BUCKETS), &CellTargets::durations},
};
}  // namespace

Loaded::Loaded(const LoadRequest &request)
    : object(request),
      cells(map_of(object.object(), "sd_cell_by_cpu")),
      slots(map_of(object.object(), "sd_slot_by_id")),
      durations(map_of(object.object(), "sd_dur_by_shard")),
      hot_files(map_of(object.object(), "sd_hot_by_file")),
      bss(map_of(object.object(), ".bss")),
      shared(global<sd_shared>("sd_shared")),
      joining_count(global<__u32>("sd_joining_count")),
      slot_table(object.object(), shared, global<SlotTable::Bucket>("sd_entries"), &slots, object.cpu_count()),
      hot_table(&hot_files, shared),
      cell_reader(&cells, &slots, &durations, object.config(), object.cpu_count()) {
  slot_table.fill_queue();
  for (int i = 0; i < 2; i++) {
    shared->root_level[i] = request.roots[i].level;
    __atomic_store_n(&shared->root_key[i], request.roots[i].key, __ATOMIC_RELEASE);
  }
  object.attach(request);
}

Napi::Function Session::define(Napi::Env env) {
  return DefineClass(env, "Session",
                     {
                         InstanceMethod("programs", &Session::programs),
                         InstanceMethod("limits", &Session::limits),
                         InstanceMethod("onRecords", &Session::on_records),
                         InstanceMethod("bindCells", &Session::bind_cells),
                         InstanceMethod("readCells", &Session::read_cells),
                         InstanceMethod("hotFiles", &Session::hot_files),
                         InstanceMethod("claimSlot", &Session::claim_slot),
                         InstanceMethod("bindChild", &Session::bind_child),
                         InstanceMethod("ignoreSlot", &Session::ignore_slot),
                         InstanceMethod("releaseSlot", &Session::release_slot),
                         InstanceMethod("drops", &Session::drops),
                         InstanceMethod("fill", &Session::fill),
                         InstanceMethod("close", &Session::close),
                     });
}

Session::Session(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Session>(info), env_(info.Env()) {
  if (info.Length() != 1 || !info[0].IsExternal()) throw Napi::TypeError::New(info.Env(), "use load()");
  loaded_.reset(info[0].As<Napi::External<Loaded>>().Data());
}

Session::~Session() { end(); }

void Session::end() {
  if (reader_) {
    napi_remove_env_cleanup_hook(env_, end_of_environment, this);
    Unref();
  }
  reader_.reset();
  loaded_.reset();
}

/** A worker that is terminated while the thread reads: end the thread before the environment is gone. */
void Session::end_of_environment(void *session) {
  auto *own = static_cast<Session *>(session);
  own->reader_.reset();
  own->loaded_.reset();
}

Loaded &Session::loaded(const Napi::CallbackInfo &info) {
  if (!loaded_) throw Napi::Error::New(info.Env(), "the kernel session is closed");
  return *loaded_;
}

__u32 Session::slot_argument(const Napi::CallbackInfo &info, size_t index) {
  __u32 slot = number_argument(info, index);
  if (slot >= loaded(info).slots.entries())
    throw Napi::RangeError::New(info.Env(), "no such slot: " + std::to_string(slot));
  return slot;
}

Napi::Value Session::programs(const Napi::CallbackInfo &info) {
  const auto &programs = loaded(info).object.programs();
  auto result = Napi::Array::New(info.Env(), programs.size());
  for (size_t i = 0; i < programs.size(); i++) {
    auto program = Napi::Object::New(info.Env());
    program["name"] = programs[i].name;
    program["error"] = programs[i].error;
    program["errorNumber"] = programs[i].error_number;
    program["detail"] = programs[i].detail;
    result[i] = program;
  }
  return result;
}

Napi::Value Session::limits(const Napi::CallbackInfo &info) {
  Loaded &own = loaded(info);
  auto result = Napi::Object::New(info.Env());
  result["slots"] = own.object.config().slot_count;
  result["cpus"] = own.object.cpu_count();
  result["memoryBytes"] = static_cast<double>(own.object.memory_bytes());
  return result;
}

void Session::on_records(const Napi::CallbackInfo &info) {
  Loaded &own = loaded(info);
  if (info.Length() != 1 || !info[0].IsFunction()) throw Napi::TypeError::New(info.Env(), "a function is needed");
  if (reader_) throw Napi::Error::New(info.Env(), "records have a handler already");
  try {
    reader_ = std::make_unique<RingReader>(info.Env(), bpf_map__fd(map_of(own.object.object(), "sd_ring")), own.shared,
                                           &own.slots, info[0].As<Napi::Function>());
  } catch (const std::runtime_error &error) {
    throw Napi::Error::New(info.Env(), error.what());
  }
  napi_add_env_cleanup_hook(env_, end_of_environment, this);
  // Who has a handler is in use, also when nobody holds the object: only close() or the end stops it.
  Ref();
}

/** The arrays stay referenced, so their memory stays where it is. */
void Session::bind_cells(const Napi::CallbackInfo &info) {
  auto object = info[0].As<Napi::Object>();
  cell_arrays_.clear();
  for (const CellArray &expected : kCellArrays) {
    Napi::Value value = object.Get(expected.name);
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array ||
        value.As<Napi::Float64Array>().ElementLength() != expected.length)
      throw Napi::TypeError::New(
          info.Env(), std::string(expected.name) + " must be a Float64Array of " + std::to_string(expected.length));
    auto array = value.As<Napi::Float64Array>();
    targets_.*expected.target = array.Data();
    cell_arrays_.push_back(Napi::Persistent(array));
  }
}

Napi::Value Session::read_cells(const Napi::CallbackInfo &info) {
  __u32 slot = slot_argument(info, 0);
  if (cell_arrays_.empty()) throw Napi::Error::New(info.Env(), "bindCells first");
  return Napi::Number::New(info.Env(), loaded(info).cell_reader.read(slot, targets_));
}

/** Entries whole, as in the kernel, one after the other. */
Napi::Value Session::hot_files(const Napi::CallbackInfo &info) {
  std::vector<uint8_t> bytes;
  loaded(info).hot_table.copy_ready(bytes);
  auto result = Napi::Uint8Array::New(info.Env(), bytes.size());
  if (!bytes.empty()) memcpy(result.Data(), bytes.data(), bytes.size());
  return result;
}

Napi::Value Session::claim_slot(const Napi::CallbackInfo &info) {
  Loaded &own = loaded(info);
  __u32 slot = own.slot_table.claim(key_argument(info, 0), number_argument(info, 2), number_argument(info, 3),
                                    number_argument(info, 4), number_argument(info, 5));
  return Napi::Number::New(info.Env(), slot < SD_SLOT_LIMIT ? slot : SD_SLOT_OVERFLOW);
}

void Session::bind_child(const Napi::CallbackInfo &info) {
  loaded(info).slot_table.bind_child(key_argument(info, 0), slot_argument(info, 2));
}

void Session::ignore_slot(const Napi::CallbackInfo &info) {
  __u32 slot = slot_argument(info, 0);
  if (slot != SD_SLOT_OVERFLOW) loaded(info).slot_table.ignore(slot);
}

void Session::release_slot(const Napi::CallbackInfo &info) {
  __u32 slot = slot_argument(info, 0);
  Loaded &own = loaded(info);
  if (!own.slot_table.begin_release(slot)) return;
  own.hot_table.forget(slot);
  own.cell_reader.clear(slot);
  own.slot_table.give_back(slot);
}

Napi::Value Session::drops(const Napi::CallbackInfo &info) {
  const sd_shared *shared = loaded(info).shared;
  auto result = Napi::Float64Array::New(info.Env(), SD_DROP_COUNT);
  for (int i = 0; i < SD_DROP_COUNT; i++) result[i] = __atomic_load_n(&shared->drops[i], __ATOMIC_RELAXED);
  return result;
}

/** The ring's figure is its highest fill since the last call. */
Napi::Value Session::fill(const Napi::CallbackInfo &info) {
  Loaded &own = loaded(info);
  double ring_bytes = bpf_map__max_entries(map_of(own.object.object(), "sd_ring"));
  auto result = Napi::Object::New(info.Env());
  result["slots"] = static_cast<double>(own.slot_table.used_slots()) / (own.slots.entries() - 1);
  result["cgroups"] = static_cast<double>(own.slot_table.used_entries()) / SD_ENTRY_LIMIT;
  result["ring"] = __atomic_exchange_n(&own.shared->ring_high_bytes, 0, __ATOMIC_RELAXED) / ring_bytes;
  result["hot_files"] = own.hot_table.fill_ratio();
  result["joining"] = static_cast<double>(*own.joining_count) / SD_JOINING_COUNT;
  return result;
}

void Session::close(const Napi::CallbackInfo &) { end(); }
