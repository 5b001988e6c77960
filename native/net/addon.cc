// SPDX-License-Identifier: Apache-2.0
#include "register.h"

namespace {
Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  RegisterNet(env, exports);
  return exports;
}
}  // namespace

NODE_API_MODULE(sonde_net, initialise)
