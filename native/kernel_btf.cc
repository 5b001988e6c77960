// SPDX-License-Identifier: Apache-2.0
#include "kernel_btf.h"

#include <bpf/btf.h>

KernelBtf::KernelBtf() : btf_(btf__load_vmlinux_btf()) {}

KernelBtf::~KernelBtf() { btf__free(btf_); }

bool KernelBtf::has_tracepoint(const std::string &name, ParameterKind first) const {
  // Cgroup hooks are older than what else is needed; a kernel built without them refuses the load.
  if (name.starts_with("cgroup/")) return true;
  const std::string iterator = "iter/";
  if (name.starts_with(iterator))
    return btf__find_by_name_kind(btf_, ("bpf_iter_" + name.substr(iterator.size())).c_str(), BTF_KIND_FUNC) > 0;
  int id = btf__find_by_name_kind(btf_, ("btf_trace_" + name).c_str(), BTF_KIND_TYPEDEF);
  if (id < 0) return false;
  if (first == ParameterKind::kAny) return true;
  // typedef -> pointer -> prototype; parameter 0 is the tracepoint's private data.
  const btf_type *type = btf__type_by_id(btf_, btf__type_by_id(btf_, id)->type);
  const btf_type *prototype = btf__type_by_id(btf_, type->type);
  if (!btf_is_func_proto(prototype) || btf_vlen(prototype) < 2) return false;
  int parameter_id = btf__resolve_type(btf_, btf_params(prototype)[1].type);
  const btf_type *parameter = parameter_id < 0 ? nullptr : btf__type_by_id(btf_, parameter_id);
  if (!parameter) return false;
  return btf_is_ptr(parameter) == (first == ParameterKind::kPointer);
}

bool KernelBtf::has_function(const std::string &name) const {
  return btf__find_by_name_kind(btf_, name.c_str(), BTF_KIND_FUNC) > 0;
}
