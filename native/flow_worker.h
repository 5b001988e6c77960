// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <napi.h>

#include <memory>
#include <vector>

#include "abi.h"

struct Loaded;

/** Promise<Uint8Array> of whole records, read on a worker thread. */
Napi::Value read_flows(Napi::Env env, std::shared_ptr<Loaded> loaded, bool is_full);
/** Promise<void>: sockets open in these processes (none = in all) are flows from now on. */
Napi::Value adopt_sockets(Napi::Env env, std::shared_ptr<Loaded> loaded, std::vector<__u32> pids);
