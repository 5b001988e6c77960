// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <napi.h>

/**
 * limitCapabilities(keep: number[]): number[] — reduces every thread of the process to `keep` and
 * returns what is left. Throws with the threads that could not be reached.
 */
Napi::Value limit_capabilities(const Napi::CallbackInfo &info);
