// SPDX-License-Identifier: Apache-2.0
#include "loader.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "libbpf_log.h"

namespace {
constexpr int kDetailLines = 12;

bpf_map *map_of(bpf_object *object, const char *name) {
  bpf_map *map = bpf_object__find_map_by_name(object, name);
  if (!map) throw LoadError("OBJECT", std::string("no map ") + name);
  return map;
}

/** Where a global stands in its section: from the object's own BTF, never typed again. */
size_t offset_of(bpf_object *object, const char *section, const char *variable) {
  const btf *types = bpf_object__btf(object);
  int id = btf__find_by_name_kind(types, section, BTF_KIND_DATASEC);
  if (id > 0) {
    const btf_type *data = btf__type_by_id(types, id);
    const btf_var_secinfo *entry = btf_var_secinfos(data);
    for (int i = 0; i < btf_vlen(data); i++, entry++) {
      const btf_type *type = btf__type_by_id(types, entry->type);
      if (strcmp(btf__name_by_offset(types, type->name_off), variable) == 0) return entry->offset;
    }
  }
  throw LoadError("OBJECT", std::string("no ") + variable + " in " + section);
}

/** libbpf names the program that the kernel refused in its messages, and only there. */
std::string refused_program(const std::string &log) {
  const std::string mark = "prog '";
  std::string found;
  for (size_t at = log.find(mark); at != std::string::npos; at = log.find(mark, at + 1)) {
    size_t start = at + mark.size();
    size_t end = log.find('\'', start);
    if (end != std::string::npos) found = log.substr(start, end - start);
  }
  return found;
}

/** The verifier's own words end before libbpf's summary: prefer them. */
std::string refusal_detail(const std::string &log) {
  size_t end = log.find("-- END PROG LOAD LOG --");
  std::string detail = last_lines(end == std::string::npos ? log : log.substr(0, end), kDetailLines);
  return detail;
}
}  // namespace

LoadedObject::LoadedObject(const LoadRequest &request)
    : config_(request.config), cpu_count_(libbpf_num_possible_cpus()) {
  LogCapture log;
  KernelBtf kernel;
  if (!kernel.is_present())
    throw LoadError(errno == EPERM || errno == EACCES ? "PERMISSION" : "NO_BTF", last_lines(log.text(), 3));
  if (cpu_count_ <= 0) throw LoadError("OBJECT", "cannot read the possible CPUs");
  config_.has_rdonly_cast = kernel.has_function("bpf_rdonly_cast");
  for (const ProgramRequest &program : request.programs) {
    ProgramResult result{program.name, "", 0, ""};
    if (!program.is_wanted) {
      result.error = "unwanted";
    } else if (!kernel.has_tracepoint(program.tracepoint, program.first_parameter)) {
      result.error = "absent";
      result.detail = "tracepoint " + program.tracepoint;
    }
    programs_.push_back(result);
  }
  // Each failed attempt takes one program out, so this ends.
  while (!try_load(request)) {
  }
}

LoadedObject::~LoadedObject() {
  for (bpf_link *link : links_) bpf_link__destroy(link);
  bpf_object__close(object_);
}

/** False: one program was refused and is switched off now. Throws when nothing can be switched off. */
bool LoadedObject::try_load(const LoadRequest &request) {
  LogCapture log;
  object_ = bpf_object__open_file(request.object_path.c_str(), nullptr);
  if (!object_) throw LoadError("OBJECT", request.object_path + ": " + strerror(errno));
  bpf_program *program;
  bpf_object__for_each_program(program, object_) {
    auto result = std::find_if(programs_.begin(), programs_.end(),
                               [&](const ProgramResult &p) { return p.name == bpf_program__name(program); });
    bpf_program__set_autoload(program, result != programs_.end() && result->error.empty());
  }
  size_maps(request);
  size_t size_bytes;
  char *rodata =
      static_cast<char *>(const_cast<void *>(bpf_map__initial_value(map_of(object_, ".rodata"), &size_bytes)));
  memcpy(rodata + offset_of(object_, ".rodata", "sd_cfg"), &config_, sizeof(config_));
  int error = bpf_object__load(object_);
  if (!error) return true;
  bpf_object__close(object_);
  object_ = nullptr;
  std::string name = refused_program(log.text());
  auto result = std::find_if(programs_.begin(), programs_.end(),
                             [&](const ProgramResult &p) { return p.name == name && p.error.empty(); });
  // A map that may not be created, or EPERM for all: no program is at fault.
  if (result == programs_.end()) throw LoadError(error == -EPERM ? "PERMISSION" : "LOAD", refusal_detail(log.text()));
  result->error = "load";
  result->error_number = -error;
  result->detail = refusal_detail(log.text());
  return false;
}

/**
 * Slots by what the memory limit allows: cells are per possible CPU, everything else per slot or fixed.
 * docs/decisions/0010-kernel-memory.md explains the formula.
 */
void LoadedObject::size_maps(const LoadRequest &request) {
  bool counts = std::any_of(programs_.begin(), programs_.end(), [](const ProgramResult &p) {
    return (p.name == "sd_tp_sys_exit" || p.name == "sd_tp_sys_timed") && p.error.empty();
  });
  __u64 hot_count = counts ? request.hot_limit : 1;
  __u64 start_count = config_.is_latency ? SD_START_COUNT : 1;
  // Hash entry: element header, key and value, bucket.
  __u64 owner_bytes = SD_ENTRY_LIMIT * (48 + sizeof(__u64) + sizeof(sd_owner) + 16);
  __u64 fixed_bytes = request.ring_bytes + sizeof(sd_shared) + SD_BUCKET_COUNT * SD_BUCKET_WAYS * sizeof(sd_entry) +
                      owner_bytes + hot_count * sizeof(sd_hot_bucket) + start_count * sizeof(sd_start) +
                      cpu_count_ * 2 * SD_PATH_BYTES;
  __u64 slot_bytes = (counts ? cpu_count_ * sizeof(sd_cell) : 0) + sizeof(sd_slot) +
                     (config_.is_latency ? SD_DURATION_SHARDS * sizeof(sd_durations) : 0);
  __u64 room = request.memory_limit_bytes > fixed_bytes ? (request.memory_limit_bytes - fixed_bytes) / slot_bytes : 0;
  config_.slot_count = std::clamp<__u64>(room, 2, request.slot_limit);
  memory_bytes_ = fixed_bytes + config_.slot_count * slot_bytes;
  config_.ring_wake_bytes = request.ring_bytes / 4;
  config_.cpu_count = cpu_count_;

  bpf_map__set_max_entries(map_of(object_, "sd_cell_by_cpu"), counts ? cpu_count_ * config_.slot_count : 1);
  bpf_map__set_max_entries(map_of(object_, "sd_slot_by_id"), config_.slot_count);
  bpf_map__set_max_entries(map_of(object_, "sd_dur_by_shard"),
                           config_.is_latency ? SD_DURATION_SHARDS * config_.slot_count : 1);
  bpf_map__set_max_entries(map_of(object_, "sd_start_by_tid"), start_count);
  bpf_map__set_max_entries(map_of(object_, "sd_hot_by_file"), hot_count);
  bpf_map__set_max_entries(map_of(object_, "sd_ring"), request.ring_bytes);
}

void LoadedObject::attach(const LoadRequest &request) {
  for (size_t i = 0; i < programs_.size(); i++) {
    ProgramResult &result = programs_[i];
    if (!result.error.empty()) continue;
    LogCapture log;
    bpf_program *program = bpf_object__find_program_by_name(object_, result.name.c_str());
    if (!program) {
      result.error = "attach";
      result.detail = "not in " + request.object_path;
      continue;
    }
    bpf_link *link = bpf_program__attach(program);
    if (link) {
      links_.push_back(link);
      continue;
    }
    result.error = "attach";
    result.error_number = errno;
    result.detail = last_lines(log.text(), 3);
  }
}

size_t LoadedObject::offset_of_global(const char *name) const { return offset_of(object_, ".bss", name); }
