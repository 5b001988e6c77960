// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <napi.h>

/** load(request): Promise<Session>. Rejects with an Error whose `code` is LoadError's. */
Napi::Value load(const Napi::CallbackInfo &info);
