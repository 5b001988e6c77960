// SPDX-License-Identifier: Apache-2.0
// Face of the addon: load(request) -> Promise<Session>, capabilities, and the reader of network tables. Context-aware: each
// environment (main thread, workers) has its own constructor, and its sessions end with it.
#include <napi.h>

#include "capabilities.h"
#include "load_worker.h"
#include "net/register.h"
#include "session.h"

namespace {
Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  auto *constructor = new Napi::FunctionReference(Napi::Persistent(Session::define(env)));
  env.SetInstanceData<Napi::FunctionReference>(constructor);
  exports["load"] = Napi::Function::New(env, load);
  exports["limitCapabilities"] = Napi::Function::New(env, limit_capabilities);
  RegisterNet(env, exports);
  return exports;
}
}  // namespace

NODE_API_MODULE(sonde_native, initialise)
