// SPDX-License-Identifier: Apache-2.0
// Adds `NetReader` to the addon's exports.
#pragma once
#include <napi.h>

void RegisterNet(Napi::Env env, Napi::Object exports);
