// SPDX-License-Identifier: Apache-2.0
// `new NetReader(handler, {queueBytes, dumpBytes, receiveBufferBytes})`: JS face of the netlink thread.
// handler(kind, namespace, value, bytes | undefined) runs on the JS thread, once a report, in order.
// Everything here runs on the JS thread but the two lines of `wake_js`.
#include <napi.h>

#include <atomic>
#include <memory>

#include "net_thread.h"
#include "register.h"

namespace {
uint32_t number_at(const Napi::CallbackInfo &info, size_t index) {
  if (index >= info.Length() || !info[index].IsNumber())
    throw Napi::TypeError::New(info.Env(), "argument " + std::to_string(index) + " must be a number");
  return info[index].As<Napi::Number>().Uint32Value();
}

uint32_t option(const Napi::Object &options, const char *name) {
  Napi::Value value = options.Get(name);
  if (!value.IsNumber()) throw Napi::TypeError::New(options.Env(), std::string(name) + " must be a number");
  return value.As<Napi::Number>().Uint32Value();
}

class NetReader;

/** Outlives the reader: a call that waits for JS may run after it. */
struct Link {
  NetThread *thread = nullptr;
  NetReader *reader = nullptr;
};

class NetReader : public Napi::ObjectWrap<NetReader> {
 public:
  explicit NetReader(const Napi::CallbackInfo &info) : Napi::ObjectWrap<NetReader>(info) {
    if (info.Length() < 2 || !info[0].IsFunction() || !info[1].IsObject())
      throw Napi::TypeError::New(info.Env(), "NetReader(handler, options)");
    auto options = info[1].As<Napi::Object>();
    receive_buffer_bytes_ = static_cast<int>(option(options, "receiveBufferBytes"));
    NetLimits limits = {option(options, "queueBytes"), option(options, "dumpBytes")};
    to_js_ = Napi::ThreadSafeFunction::New(info.Env(), info[0].As<Napi::Function>(), "sonde net", 0, 1);
    thread_ = std::make_unique<NetThread>(limits, [this] {
      to_js_.NonBlockingCall([link = link_](Napi::Env env, Napi::Function handler) { hand_over(env, handler, *link); });
    });
    link_->thread = thread_.get();
    // An environment that ends does not call the destructor before it waits for the function above.
    link_->reader = this;
    napi_add_env_cleanup_hook(info.Env(), on_env_end, link_.get());
    env_ = info.Env();
  }

  ~NetReader() override { stop(); }

  static void define(Napi::Env env, Napi::Object exports) {
    exports["NetReader"] =
        DefineClass(env, "NetReader",
                    {InstanceMethod("open", &NetReader::open), InstanceMethod("close", &NetReader::close),
                     InstanceMethod("resync", &NetReader::resync), InstanceMethod("numbers", &NetReader::numbers),
                     InstanceMethod("stop", &NetReader::stop_now)});
  }

 private:
  /** Reports are taken all at once; JS may stop the reader in the middle of them. */
  static void hand_over(Napi::Env env, Napi::Function handler, Link &link) {
    if (!link.thread) return;
    for (Report &report : link.thread->take()) {
      if (!link.thread) return;
      Napi::HandleScope scope(env);
      Napi::Value bytes = env.Undefined();
      if (!report.bytes.empty()) {
        auto *owned = new std::vector<uint8_t>(std::move(report.bytes));
        auto release = [](Napi::Env, void *, std::vector<uint8_t> *data) { delete data; };
        auto buffer = Napi::ArrayBuffer::New(env, owned->data(), owned->size(), release, owned);
        bytes = Napi::Uint8Array::New(env, buffer.ByteLength(), buffer, 0);
      }
      handler.Call({Napi::Number::New(env, static_cast<uint32_t>(report.kind)), Napi::Number::New(env, report.id),
                    Napi::Number::New(env, report.value), bytes});
    }
  }

  /** open(number, path, holder pid or 0, wants NAT) */
  void open(const Napi::CallbackInfo &info) {
    if (info.Length() < 4 || !info[1].IsString() || !info[3].IsBoolean())
      throw Napi::TypeError::New(info.Env(), "open(number, path, holderPid, wantsNat)");
    post({Command::kOpen,
          number_at(info, 0),
          info[1].As<Napi::String>(),
          static_cast<int>(number_at(info, 2)),
          {info[3].As<Napi::Boolean>(), receive_buffer_bytes_},
          {}});
  }

  void close(const Napi::CallbackInfo &info) { post({Command::kClose, number_at(info, 0), "", 0, {}, {}}); }
  void resync(const Napi::CallbackInfo &info) { post({Command::kResync, number_at(info, 0), "", 0, {}, {}}); }

  /** numbers(number, [other numbers]) */
  void numbers(const Napi::CallbackInfo &info) {
    if (info.Length() < 2 || !info[1].IsArray()) throw Napi::TypeError::New(info.Env(), "numbers(number, others)");
    auto array = info[1].As<Napi::Array>();
    std::vector<uint32_t> others;
    for (uint32_t i = 0; i < array.Length(); i++) others.push_back(array.Get(i).ToNumber().Uint32Value());
    post({Command::kNumbers, number_at(info, 0), "", 0, {}, std::move(others)});
  }

  void stop_now(const Napi::CallbackInfo &) { stop(); }

  void post(Command command) {
    if (thread_) thread_->post(std::move(command));
  }

  static void on_env_end(void *link) {
    NetReader *reader = static_cast<Link *>(link)->reader;
    reader->is_env_ending_ = true;
    reader->stop();
  }

  void stop() {
    if (!thread_) return;
    if (!is_env_ending_) napi_remove_env_cleanup_hook(env_, on_env_end, link_.get());
    link_->thread = nullptr;
    thread_.reset();
    to_js_.Release();
  }

  napi_env env_ = nullptr;
  bool is_env_ending_ = false;
  int receive_buffer_bytes_ = 0;
  std::shared_ptr<Link> link_ = std::make_shared<Link>();
  Napi::ThreadSafeFunction to_js_;
  std::unique_ptr<NetThread> thread_;
};
}  // namespace

void RegisterNet(Napi::Env env, Napi::Object exports) { NetReader::define(env, exports); }
