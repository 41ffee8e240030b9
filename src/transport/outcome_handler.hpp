// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "transport/transport.hpp"

namespace cpefleet::transport {

// The coroutine that waits for what comes of something: an exchange, a file. (Asio's any_completion_handler of Boost 1.81
// recurses without end when it is passed on.)
template <class T>
class ResultHandler {
 public:
  ResultHandler() = default;
  template <class Handler>
  [[nodiscard]] static ResultHandler of(Handler handler) {
    ResultHandler self;
    self.held_ = std::make_unique<Holder<Handler>>(std::move(handler));
    return self;
  }

  // Resumes the coroutine inside the call; at most once.
  void complete(T outcome) {
    if (const auto held = std::move(held_)) held->complete(std::move(outcome));
  }
  // Runs `stop` when the waiting coroutine is cancelled before it is completed.
  template <class Stop>
  void on_cancellation(Stop stop) {
    auto slot = held_->cancellation_slot();
    if (!slot.is_connected()) return;
    slot.assign([stop = std::move(stop)](boost::asio::cancellation_type type) {
      if (type != boost::asio::cancellation_type::none) stop();
    });
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void complete(T outcome) = 0;
    [[nodiscard]] virtual boost::asio::cancellation_slot cancellation_slot() const = 0;
  };
  template <class Handler>
  struct Holder final : Base {
    explicit Holder(Handler h) : handler(std::move(h)) {}
    void complete(T outcome) override {
      auto slot = cancellation_slot();
      if (slot.is_connected()) slot.clear();
      auto once = std::move(handler);
      std::move(once)(std::move(outcome));
    }
    boost::asio::cancellation_slot cancellation_slot() const override {
      return boost::asio::get_associated_cancellation_slot(handler);
    }
    Handler handler;
  };
  std::unique_ptr<Base> held_;
};

using OutcomeHandler = ResultHandler<Outcome>;

// Suspends the awaiting coroutine and hands its handler to `start(ResultHandler<T>)`. A plain function on purpose: the
// lambda would be a temporary of the awaiting expression otherwise, which GCC 12 destroys twice.
template <class T, class Start>
[[nodiscard]] boost::asio::awaitable<T> wait_for_result(Start start) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(T)>(
      [](auto handler, Start begin) { begin(ResultHandler<T>::of(std::move(handler))); }, boost::asio::use_awaitable,
      std::move(start));
}

template <class Start>
[[nodiscard]] boost::asio::awaitable<Outcome> wait_for_outcome(Start start) {
  return wait_for_result<Outcome>(std::move(start));
}

}  // namespace cpefleet::transport
