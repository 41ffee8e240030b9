// SPDX-License-Identifier: Apache-2.0
#include "transport/curl_core.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <utility>

namespace cpefleet::transport {

CurlCore::CurlCore(boost::asio::any_io_executor executor, const Clock& clock, CurlTransportOptions options)
    : CurlReactor(std::move(executor), clock), options_(std::move(options)) {
  if (options_.resume_tls > 0) tls_sessions_ = std::make_unique<TlsSessions>(options_.resume_tls);
}

CurlCore::~CurlCore() { shut_down(); }

void CurlCore::shut_down() {
  if (!open()) return;
  for (const auto& slot : slots_) {
    if (slot->active) abort(*slot);
  }
  slots_.clear();  // closes what is left of their connections
  free_.clear();
  close();
}

void CurlCore::pin(std::string host, std::vector<std::string> addresses) {
  pins_.pin(std::move(host), std::move(addresses));
}

bool CurlCore::allows(const sockaddr* address, std::string_view host) const {
  return permits(options_.allowed, address, host);
}

// --- channels and exchanges ---------------------------------------------------------------------

CurlSlot* CurlCore::acquire(ChannelOptions options) {
  if (!can_lend()) return nullptr;
  if (free_.empty()) {
    auto slot = std::make_unique<CurlSlot>(*this, options_, tls_sessions_.get());
    if (slot->easy == nullptr || slot->parsed_url == nullptr) return nullptr;
    free_.push_back(slot.get());
    slots_.push_back(std::move(slot));
  }
  CurlSlot* slot = free_.back();  // the one used last: it is in the processor's caches
  free_.pop_back();
  ++lent_;
  slot->lend(std::move(options));
  watch();
  return slot;
}

void CurlCore::release(CurlSlot& slot) {
  if (!open()) return;  // the slot went with the transport
  if (slot.active) abort(slot);
  slot.close_connection();
  free_.push_back(&slot);
  if (--lent_ == 0) stop_watching();
}

void CurlCore::cancel(CurlSlot& slot) {
  if (open() && slot.active) abort(slot);
}

void CurlCore::start(CurlSlot& slot, const Request& request, OutcomeHandler waiter) {
  if (!open()) return complete_later(std::move(waiter), Failed{Cause::aborted, "the run ended"});
  if (slot.active) {
    return complete_later(std::move(waiter), Failed{Cause::internal, "two exchanges at once on one channel"});
  }
  if (auto failed = begin(slot, request)) return complete_later(std::move(waiter), std::move(*failed));
  slot.waiter = std::move(waiter);
  slot.waiter.on_cancellation([this, alive = weak_from_this(), &slot, number = ++slot.exchange_number] {
    const auto self = alive.lock();
    if (self && open() && slot.active && slot.exchange_number == number) abort(slot);
  });
  slot.active = true;
  deadlines_.set(slot.deadline, clock_.now(), slot.options.connect_timeout);
  add(slot.easy);
}

std::optional<Failed> CurlCore::begin(CurlSlot& slot, const Request& request) {
  slot.peer.reset();
  if (!slot.source) {
    return Failed{Cause::connect_failed, fmt::format("{} is not a local address", slot.options.source_address)};
  }
  if (!parse_ip(request.url->host) && !tell_names(*request.url, slot)) {
    return Failed{Cause::resolve_failed,
                  fmt::format("the name {} was not resolved when the run began", request.url->host)};
  }
  switch (slot.idle_state()) {
    case CurlSlot::Idle::none:
    case CurlSlot::Idle::usable: break;
    case CurlSlot::Idle::closed: slot.close_connection(); break;
    case CurlSlot::Idle::reset:
      return Failed{Cause::reset, fmt::format("{} reset the connection between two exchanges", slot.url.origin())};
    case CurlSlot::Idle::unasked_data:
      return Failed{Cause::bad_http,
                    fmt::format("{} sent something nobody asked for after its last reply", slot.url.origin())};
  }
  if (!slot.prepare(request)) {
    return Failed{Cause::internal,
                  fmt::format("a POST to {} cannot be sent: bad URL or header", request.url->origin())};
  }
  // Not before the connection to another origin is closed: it may still be given TLS sessions meanwhile.
  if (request.url->tls()) {
    const auto ready = slot.tls.prepare(request.url->origin());
    if (!ready) return Failed{Cause::tls_failed, ready.error().message()};
  }
  return std::nullopt;
}

// False for a name without a pin. Every exchange carries what the name means until one has used it: in which order
// libcurl starts those of one turn is its own affair.
bool CurlCore::tell_names(const Url& url, CurlSlot& slot) {
  if (pins_.told(url)) return true;
  auto line = pins_.line(url);
  if (!line) return false;
  slot.tell_names(std::move(*line));
  return true;
}

void CurlCore::detach(CurlSlot& slot) {
  deadlines_.clear(slot.deadline);
  slot.active = false;
  slot.used = true;
  remove(slot.easy);  // in the middle of an exchange this closes the connection
  slot.exchange_over();
}

void CurlCore::abort(CurlSlot& slot) {
  detach(slot);
  complete_later(std::move(slot.waiter), Failed{Cause::aborted, "the exchange was given up"});
}

// Never inside the caller: it may be the coroutine itself, or something that is being destroyed.
void CurlCore::complete_later(OutcomeHandler waiter, Outcome outcome) {
  boost::asio::post(executor_, [waiter = std::move(waiter), outcome = std::move(outcome)]() mutable {
    waiter.complete(std::move(outcome));
  });
}

void CurlCore::handed_over(CurlSlot& slot) {
  deadlines_.set(slot.deadline, clock_.now(), slot.options.response_timeout);
}

// The coroutine may give the slot back, or start the next exchange on it, before this returns.
void CurlCore::resume(CurlSlot& slot, Outcome outcome) {
  OutcomeHandler waiter = std::move(slot.waiter);
  waiter.complete(std::move(outcome));
}

// --- events -------------------------------------------------------------------------------------

void CurlCore::finished(CURL* easy, CURLcode result) {
  CurlSlot& slot = *static_cast<CurlSlot*>(user_of(easy));
  Outcome outcome = outcome_of(slot, result);
  detach(slot);
  resume(slot, std::move(outcome));
}

void CurlCore::expire() {
  if (deadlines_.next() == kNever) return;
  const TimePoint now = clock_.now();
  while (open()) {
    CurlSlot* slot = deadlines_.due(now);
    if (slot == nullptr) return;
    Outcome outcome = timed_out(*slot);
    detach(*slot);
    resume(*slot, std::move(outcome));
  }
}

}  // namespace cpefleet::transport
