// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transport/curl_reactor.hpp"
#include "transport/curl_slot.hpp"
#include "transport/curl_transport.hpp"
#include "transport/name_pins.hpp"

namespace cpefleet::transport {

// The machinery behind CurlTransport: the pool of slots and what happens to them. Shared by the transport and its
// channels, because a coroutine that is unwound late may hold a channel longer than the transport lives; after
// shut_down() nothing in here touches Asio or libcurl any more.
class CurlCore final : public CurlReactor {
 public:
  CurlCore(boost::asio::any_io_executor executor, const Clock& clock, CurlTransportOptions options);
  ~CurlCore() override;
  void shut_down();

  void pin(std::string host, std::vector<std::string> addresses);

  [[nodiscard]] bool can_lend() const { return open() && lent_ < options_.max_channels; }
  // Null at the limit, or without memory.
  [[nodiscard]] CurlSlot* acquire(ChannelOptions options);
  void release(CurlSlot& slot);
  [[nodiscard]] std::size_t lent() const { return lent_; }

  void start(CurlSlot& slot, const Request& request, OutcomeHandler waiter);
  void cancel(CurlSlot& slot);

  // For the slots
  [[nodiscard]] bool allows(const sockaddr* address, std::string_view host) const;
  void handed_over(CurlSlot& slot);
  void names_used(const Url& url) { pins_.mark_told(url); }

 private:
  [[nodiscard]] std::optional<Failed> begin(CurlSlot& slot, const Request& request);
  [[nodiscard]] bool tell_names(const Url& url, CurlSlot& slot);
  void abort(CurlSlot& slot);
  void detach(CurlSlot& slot);
  static void resume(CurlSlot& slot, Outcome outcome);
  void complete_later(OutcomeHandler waiter, Outcome outcome);

  void finished(CURL* easy, CURLcode result) override;
  void expire() override;
  [[nodiscard]] TimePoint next_deadline() const override { return deadlines_.next(); }
  [[nodiscard]] bool busy() const override { return lent_ > 0; }

  CurlTransportOptions options_;
  Deadlines<CurlSlot> deadlines_;
  NamePins pins_;
  std::unique_ptr<TlsSessions> tls_sessions_;  // null when none are resumed
  std::vector<std::unique_ptr<CurlSlot>> slots_;
  std::vector<CurlSlot*> free_;
  std::size_t lent_ = 0;
};

}  // namespace cpefleet::transport
