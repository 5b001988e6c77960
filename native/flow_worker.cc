// SPDX-License-Identifier: Apache-2.0
#include "flow_worker.h"

#include "session.h"

namespace {
class FlowWorker : public Napi::AsyncWorker {
 public:
  FlowWorker(Napi::Env env, std::shared_ptr<Loaded> loaded)
      : Napi::AsyncWorker(env, "sonde flows"),
        loaded_(std::move(loaded)),
        deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void OnOK() override { deferred_.Resolve(Env().Undefined()); }
  void OnError(const Napi::Error &error) override { deferred_.Reject(error.Value()); }

  std::shared_ptr<Loaded> loaded_;
  Napi::Promise::Deferred deferred_;
};

class PassWorker : public FlowWorker {
 public:
  PassWorker(Napi::Env env, std::shared_ptr<Loaded> loaded, bool is_full)
      : FlowWorker(env, std::move(loaded)), is_full_(is_full) {}

 protected:
  void Execute() override {
    try {
      records_ = std::make_unique<std::vector<uint8_t>>(loaded_->flows.pass(is_full_));
    } catch (const std::exception &error) {
      SetError(error.what());
    }
  }

  void OnOK() override {
    // An external buffer of no bytes would be a detached one.
    if (records_->empty()) return deferred_.Resolve(Napi::Uint8Array::New(Env(), 0));
    std::vector<uint8_t> *owned = records_.release();
    auto release = [](Napi::Env, void *, std::vector<uint8_t> *data) { delete data; };
    auto buffer = Napi::ArrayBuffer::New(Env(), owned->data(), owned->size(), release, owned);
    deferred_.Resolve(Napi::Uint8Array::New(Env(), buffer.ByteLength(), buffer, 0));
  }

 private:
  bool is_full_;
  std::unique_ptr<std::vector<uint8_t>> records_;
};

class AdoptWorker : public FlowWorker {
 public:
  AdoptWorker(Napi::Env env, std::shared_ptr<Loaded> loaded, std::vector<__u32> pids)
      : FlowWorker(env, std::move(loaded)), pids_(std::move(pids)) {}

 protected:
  void Execute() override {
    try {
      loaded_->flows.adopt(pids_);
    } catch (const std::exception &error) {
      SetError(error.what());
    }
  }

 private:
  std::vector<__u32> pids_;
};

template <typename Worker>
Napi::Value queue(Worker *worker) {
  Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}
}  // namespace

Napi::Value read_flows(Napi::Env env, std::shared_ptr<Loaded> loaded, bool is_full) {
  return queue(new PassWorker(env, std::move(loaded), is_full));
}

Napi::Value adopt_sockets(Napi::Env env, std::shared_ptr<Loaded> loaded, std::vector<__u32> pids) {
  return queue(new AdoptWorker(env, std::move(loaded), std::move(pids)));
}
