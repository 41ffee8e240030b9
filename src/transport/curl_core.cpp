// SPDX-License-Identifier: Apache-2.0
#include "transport/curl_core.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>

namespace cpefleet::transport {
namespace {

constexpr int kEventsAtOnce = 512;

// Also when a coroutine's completion handler throws, which ends the run.
class TurnGuard {
 public:
  explicit TurnGuard(bool& flag) : flag_(flag) { flag_ = true; }
  TurnGuard(const TurnGuard&) = delete;
  TurnGuard& operator=(const TurnGuard&) = delete;
  ~TurnGuard() { flag_ = false; }

 private:
  bool& flag_;
};

// libcurl's process-wide set-up, before the first transport and kept until the end.
void start_curl_once() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
}

}  // namespace

CurlCore::CurlCore(boost::asio::any_io_executor executor, const Clock& clock, CurlTransportOptions options)
    : executor_(std::move(executor)), clock_(clock), options_(std::move(options)) {
  start_curl_once();
  multi_ = curl_multi_init();
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (multi_ == nullptr || epoll_ < 0) throw std::runtime_error("no resources for a transport");
  set_up_multi(multi_, {&socket_callback, &timer_callback, this});
  if (options_.resume_tls > 0) tls_sessions_ = std::make_unique<TlsSessions>(options_.resume_tls);
  inner_.emplace(executor_, epoll_);
  timer_.emplace(executor_);
}

CurlCore::~CurlCore() { shut_down(); }

void CurlCore::shut_down() {
  if (multi_ == nullptr) return;
  for (const auto& slot : slots_) {
    if (slot->active) abort(*slot);
  }
  slots_.clear();  // closes what is left of their connections
  free_.clear();
  curl_multi_cleanup(multi_);
  multi_ = nullptr;
  timer_.reset();
  inner_.reset();
  epoll_ = -1;
}

void CurlCore::pin(std::string host, std::vector<std::string> addresses) {
  pins_[std::move(host)] = Pin{std::move(addresses), {}};
}

bool CurlCore::allows(const sockaddr* address, std::string_view host) const {
  if (options_.allowed) return options_.allowed(address, host);
  const auto ip = ip_of(address);
  return ip && is_private(*ip);
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
  if (multi_ == nullptr) return;  // the slot went with the transport
  if (slot.active) abort(slot);
  slot.close_connection();
  free_.push_back(&slot);
  if (--lent_ == 0) stop_watching();
}

void CurlCore::cancel(CurlSlot& slot) {
  if (multi_ != nullptr && slot.active) abort(slot);
}

void CurlCore::start(CurlSlot& slot, const Request& request, OutcomeHandler waiter) {
  if (multi_ == nullptr) return complete_later(std::move(waiter), Failed{Cause::aborted, "the run ended"});
  if (slot.active) {
    return complete_later(std::move(waiter), Failed{Cause::internal, "two exchanges at once on one channel"});
  }
  if (auto failed = begin(slot, request)) return complete_later(std::move(waiter), std::move(*failed));
  slot.waiter = std::move(waiter);
  slot.waiter.on_cancellation([core = weak_from_this(), &slot, number = ++slot.exchange_number] {
    const auto self = core.lock();
    if (self && self->multi_ != nullptr && slot.active && slot.exchange_number == number) self->abort(slot);
  });
  slot.active = true;
  deadlines_.set(slot.deadline, clock_.now(), slot.options.connect_timeout);
  curl_multi_add_handle(multi_, slot.easy);  // calls timer_callback with 0
  turn_soon();
}

std::optional<Failed> CurlCore::begin(CurlSlot& slot, const Request& request) {
  slot.peer.reset();
  if (!slot.source_valid) {
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
  const auto found = pins_.find(url.host);
  if (found == pins_.end() || found->second.addresses.empty()) return false;
  const Pin& pin = found->second;
  if (std::find(pin.told.begin(), pin.told.end(), url.port) != pin.told.end()) return true;
  std::string line = fmt::format("{}:{}:", url.host, url.port);
  for (std::size_t i = 0; i < pin.addresses.size(); ++i) {
    if (i > 0) line += ',';
    const std::string& address = pin.addresses[i];
    line += address.find(':') == std::string::npos ? address : fmt::format("[{}]", address);
  }
  slot.tell_names(std::move(line));
  return true;
}

void CurlCore::names_used(const Url& url) {
  const auto found = pins_.find(url.host);
  if (found == pins_.end()) return;
  auto& told = found->second.told;
  if (std::find(told.begin(), told.end(), url.port) == told.end()) told.push_back(url.port);
}

void CurlCore::detach(CurlSlot& slot) {
  deadlines_.clear(slot.deadline);
  slot.active = false;
  slot.used = true;
  curl_multi_remove_handle(multi_, slot.easy);  // in the middle of an exchange this closes the connection
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

void CurlCore::watch() {
  if (watching_) return;
  watching_ = true;
  inner_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [core = weak_from_this()](const boost::system::error_code& error) {
                       const auto self = core.lock();
                       if (!self || self->multi_ == nullptr) return;
                       self->watching_ = false;
                       if (!error) self->on_ready();
                       if (self->multi_ != nullptr && self->lent_ > 0) self->watch();
                     });
}

// Without open channels nothing keeps the io_context running.
void CurlCore::stop_watching() {
  if (watching_) inner_->cancel();
  timer_->cancel();
  timer_armed_ = kNever;
}

void CurlCore::on_ready() {
  std::array<epoll_event, kEventsAtOnce> events{};
  const int count = epoll_wait(epoll_, events.data(), kEventsAtOnce, 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    const int fd = event.data.fd;
    SocketState& state = sockets_[static_cast<std::size_t>(fd)];
    if (state.wanted == 0) {
      // An idle connection was closed by the peer. Nobody asks now, and the set would report it for ever.
      watch_socket(fd, state);
      continue;
    }
    int what = 0;
    if ((event.events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
    if ((event.events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
    if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) what |= CURL_CSELECT_ERR;
    int running = 0;
    curl_multi_socket_action(multi_, fd, what, &running);
  }
  turn();
}

void CurlCore::turn() {
  if (in_turn_ || multi_ == nullptr) return;
  const auto keep = shared_from_this();  // a resumed coroutine may end the transport
  {
    const TurnGuard guard(in_turn_);
    resume_finished();
    if (kick_due_) kick();
    resume_finished();  // what failed at once
    expire();
  }
  if (multi_ == nullptr) return;
  if (kick_due_) turn_soon();
  arm_timer();
}

void CurlCore::turn_soon() {
  if (in_turn_ || turn_posted_) return;
  turn_posted_ = true;
  boost::asio::post(executor_, [core = weak_from_this()] {
    const auto self = core.lock();
    if (!self) return;
    self->turn_posted_ = false;
    self->turn();
  });
}

void CurlCore::kick() {
  if (multi_ == nullptr) return;
  kick_due_ = false;
  int running = 0;
  curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
}

void CurlCore::resume_finished() {
  int left = 0;
  while (multi_ != nullptr) {
    const CURLMsg* message = curl_multi_info_read(multi_, &left);
    if (message == nullptr) return;
    if (message->msg != CURLMSG_DONE) continue;
    CurlSlot& slot = *static_cast<CurlSlot*>(user_of(message->easy_handle));
    const CURLcode result = message->data.result;
    Outcome outcome = outcome_of(slot, result);
    detach(slot);  // invalidates the message
    resume(slot, std::move(outcome));
  }
}

void CurlCore::expire() {
  if (deadlines_.next() == kNever) return;
  const TimePoint now = clock_.now();
  while (multi_ != nullptr) {
    CurlSlot* slot = deadlines_.due(now);
    if (slot == nullptr) return;
    Outcome outcome = timed_out(*slot);
    detach(*slot);
    resume(*slot, std::move(outcome));
  }
}

// Armed early rather than exactly: most deadlines never come, and moving an Asio timer is dear.
void CurlCore::arm_timer() {
  const TimePoint due = std::min(curl_due_, deadlines_.next());
  if (due >= timer_armed_ || lent_ == 0) return;
  timer_armed_ = due;
  timer_->expires_after(std::max(due - clock_.now(), Duration{}));
  timer_->async_wait([core = weak_from_this()](const boost::system::error_code& error) {
    const auto self = core.lock();
    if (error || !self || self->multi_ == nullptr) return;
    self->timer_armed_ = kNever;
    if (self->curl_due_ <= self->clock_.now()) {
      self->curl_due_ = kNever;
      self->kick_due_ = true;
    }
    self->turn();
  });
}

// --- what libcurl wants ---------------------------------------------------------------------------

// libcurl's "remove" after each exchange is not passed on (see socket_callback): an idle connection stays registered for
// reading until it is closed, which saves two or three system calls a session.
void CurlCore::watch_socket(int fd, SocketState& state) {
  if (state.wanted == state.registered) return;
  epoll_event event{};
  event.events = state.wanted;
  event.data.fd = fd;
  const int action = state.registered == 0 ? EPOLL_CTL_ADD : state.wanted == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
  if (epoll_ctl(epoll_, action, fd, &event) == 0) state.registered = state.wanted;
}

void CurlCore::forget_socket(int fd) {
  // Closing the descriptor takes it out of the epoll set.
  if (static_cast<std::size_t>(fd) < sockets_.size()) sockets_[static_cast<std::size_t>(fd)] = {};
}

int CurlCore::socket_callback(CURL*, curl_socket_t socket, int what, void* user, void*) {
  CurlCore& core = *static_cast<CurlCore*>(user);
  const auto index = static_cast<std::size_t>(socket);
  if (index >= core.sockets_.size()) core.sockets_.resize(index + 64);
  SocketState& state = core.sockets_[index];
  state.wanted = what == CURL_POLL_IN      ? std::uint32_t{EPOLLIN}
                 : what == CURL_POLL_OUT   ? std::uint32_t{EPOLLOUT}
                 : what == CURL_POLL_INOUT ? std::uint32_t{EPOLLIN | EPOLLOUT}
                                           : 0U;
  if (state.wanted != 0) core.watch_socket(socket, state);  // removal: when the next event shows that it matters
  return 0;
}

int CurlCore::timer_callback(CURLM*, long milliseconds, void* user) {
  CurlCore& core = *static_cast<CurlCore*>(user);
  if (milliseconds == 0) {
    core.kick_due_ = true;
  } else {
    core.curl_due_ = milliseconds < 0 ? kNever : core.clock_.now() + std::chrono::milliseconds(milliseconds);
  }
  return 0;
}

}  // namespace cpefleet::transport
