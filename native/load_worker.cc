// SPDX-License-Identifier: Apache-2.0
#include "load_worker.h"

#include <memory>

#include "arguments.h"
#include "session.h"

namespace {
__u32 number_member(const Napi::Object &object, const char *name) {
  Napi::Value value = object.Get(name);
  if (!value.IsNumber()) throw Napi::TypeError::New(object.Env(), std::string(name) + " must be a number");
  return value.As<Napi::Number>().Uint32Value();
}

std::string string_member(const Napi::Object &object, const char *name) {
  Napi::Value value = object.Get(name);
  if (!value.IsString()) throw Napi::TypeError::New(object.Env(), std::string(name) + " must be a string");
  return value.As<Napi::String>();
}

ParameterKind parameter_kind(const std::string &name) {
  if (name == "pointer") return ParameterKind::kPointer;
  return name == "integer" ? ParameterKind::kInteger : ParameterKind::kAny;
}

LoadRequest read_request(const Napi::Object &source) {
  LoadRequest request;
  request.object_path = string_member(source, "objectPath");
  request.cgroup_path = string_member(source, "cgroupPath");
  auto programs = source.Get("programs").As<Napi::Array>();
  for (uint32_t i = 0; i < programs.Length(); i++) {
    auto program = programs.Get(i).As<Napi::Object>();
    request.programs.push_back({string_member(program, "name"), string_member(program, "tracepoint"),
                                parameter_kind(string_member(program, "firstParameter")),
                                program.Get("isWanted").ToBoolean(), string_member(program, "substituteFor")});
  }
  request.config.mode = number_member(source, "mode");
  request.config.v1_controller = number_member(source, "v1Controller");
  request.config.v1_hierarchy_id = number_member(source, "v1HierarchyId");
  request.config.host_mntns_inode = number_member(source, "hostMntnsInode");
  request.config.is_host_scope = source.Get("isHostScope").ToBoolean();
  request.config.is_latency = source.Get("isLatency").ToBoolean();
  request.slot_limit = std::min<__u32>(number_member(source, "slotLimit"), SD_SLOT_LIMIT);
  request.ring_bytes = number_member(source, "ringBytes");
  request.memory_limit_bytes = number_member(source, "memoryLimitBytes");
  auto roots = source.Get("roots").As<Napi::Array>();
  for (uint32_t i = 0; i < 2; i++) {
    auto root = roots.Get(i).As<Napi::Object>();
    request.roots[i] = {std::stoull(string_member(root, "key")), number_member(root, "level")};
  }
  return request;
}

class LoadWorker : public Napi::AsyncWorker {
 public:
  LoadWorker(Napi::Env env, LoadRequest request)
      : Napi::AsyncWorker(env, "sonde load"),
        deferred_(Napi::Promise::Deferred::New(env)),
        request_(std::move(request)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    try {
      loaded_ = std::make_unique<Loaded>(request_);
    } catch (const LoadError &error) {
      code_ = error.code;
      SetError(error.what());
    } catch (const std::exception &error) {
      code_ = "LOAD";
      SetError(error.what());
    }
  }

  void OnOK() override {
    auto *constructor = Env().GetInstanceData<Napi::FunctionReference>();
    auto external = Napi::External<Loaded>::New(Env(), loaded_.release());
    deferred_.Resolve(constructor->New({external}));
  }

  void OnError(const Napi::Error &error) override {
    error.Value()["code"] = Napi::String::New(Env(), code_);
    deferred_.Reject(error.Value());
  }

 private:
  Napi::Promise::Deferred deferred_;
  LoadRequest request_;
  std::unique_ptr<Loaded> loaded_;
  std::string code_;
};
}  // namespace

Napi::Value load(const Napi::CallbackInfo &info) {
  if (info.Length() != 1 || !info[0].IsObject()) throw Napi::TypeError::New(info.Env(), "load needs a request");
  auto *worker = new LoadWorker(info.Env(), read_request(info[0].As<Napi::Object>()));
  worker->Queue();
  return worker->promise();
}
