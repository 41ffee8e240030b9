// SPDX-License-Identifier: Apache-2.0
#include "transport/curl_reactor.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <stdexcept>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>

#include "transport/curl_options.hpp"

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

}  // namespace

CurlReactor::CurlReactor(boost::asio::any_io_executor executor, const Clock& clock)
    : executor_(std::move(executor)), clock_(clock) {
  start_curl_once();
  multi_ = curl_multi_init();
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (multi_ == nullptr || epoll_ < 0) throw std::runtime_error("no resources for a transport");
  set_up_multi(multi_, {&socket_callback, &timer_callback, this});
  inner_.emplace(executor_, epoll_);
  timer_.emplace(executor_);
}

CurlReactor::~CurlReactor() { close(); }

void CurlReactor::close() {
  if (multi_ == nullptr) return;
  curl_multi_cleanup(multi_);
  multi_ = nullptr;
  timer_.reset();
  inner_.reset();
  epoll_ = -1;
}

void CurlReactor::add(CURL* easy) {
  curl_multi_add_handle(multi_, easy);  // calls timer_callback with 0
  turn_soon();
}

void CurlReactor::remove(CURL* easy) { curl_multi_remove_handle(multi_, easy); }

void CurlReactor::watch() {
  if (watching_) return;
  watching_ = true;
  inner_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [reactor = weak_from_this()](const boost::system::error_code& error) {
                       const auto self = reactor.lock();
                       if (!self || self->multi_ == nullptr) return;
                       self->watching_ = false;
                       if (!error) self->on_ready();
                       if (self->multi_ != nullptr && self->busy()) self->watch();
                     });
}

// Without anything to do nothing keeps the io_context running.
void CurlReactor::stop_watching() {
  if (watching_) inner_->cancel();
  timer_->cancel();
  timer_armed_ = kNever;
}

void CurlReactor::on_ready() {
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

void CurlReactor::turn() {
  if (in_turn_ || multi_ == nullptr) return;
  const auto keep = shared_from_this();  // a resumed coroutine may end the transport
  {
    const TurnGuard guard(in_turn_);
    read_finished();
    if (kick_due_) kick();
    read_finished();  // what failed at once
    expire();
  }
  if (multi_ == nullptr) return;
  if (kick_due_) turn_soon();
  arm_timer();
}

void CurlReactor::turn_soon() {
  if (in_turn_ || turn_posted_) return;
  turn_posted_ = true;
  boost::asio::post(executor_, [reactor = weak_from_this()] {
    const auto self = reactor.lock();
    if (!self) return;
    self->turn_posted_ = false;
    self->turn();
  });
}

void CurlReactor::kick() {
  if (multi_ == nullptr) return;
  kick_due_ = false;
  int running = 0;
  curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
}

void CurlReactor::read_finished() {
  int left = 0;
  while (multi_ != nullptr) {
    const CURLMsg* message = curl_multi_info_read(multi_, &left);
    if (message == nullptr) return;
    // Removing the handle invalidates the message.
    if (message->msg == CURLMSG_DONE) finished(message->easy_handle, message->data.result);
  }
}

// Armed early rather than exactly: most deadlines never come, and moving an Asio timer is dear.
void CurlReactor::arm_timer() {
  const TimePoint due = std::min(curl_due_, next_deadline());
  if (due >= timer_armed_ || !busy()) return;
  timer_armed_ = due;
  timer_->expires_after(std::max(due - clock_.now(), Duration{}));
  timer_->async_wait([reactor = weak_from_this()](const boost::system::error_code& error) {
    const auto self = reactor.lock();
    if (error || !self || self->multi_ == nullptr) return;
    self->timer_armed_ = kNever;
    if (self->curl_due_ <= self->clock_.now()) {
      self->curl_due_ = kNever;
      self->kick_due_ = true;
    }
    self->turn();
  });
}

// libcurl's "remove" after each exchange is not passed on (see socket_callback): an idle connection stays registered for
// reading until it is closed, which saves two or three system calls a session.
void CurlReactor::watch_socket(int fd, SocketState& state) {
  if (state.wanted == state.registered) return;
  epoll_event event{};
  event.events = state.wanted;
  event.data.fd = fd;
  const int action = state.registered == 0 ? EPOLL_CTL_ADD : state.wanted == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
  if (epoll_ctl(epoll_, action, fd, &event) == 0) state.registered = state.wanted;
}

void CurlReactor::forget_socket(int fd) {
  // Closing the descriptor takes it out of the epoll set.
  if (static_cast<std::size_t>(fd) < sockets_.size()) sockets_[static_cast<std::size_t>(fd)] = {};
}

int CurlReactor::socket_callback(CURL*, curl_socket_t socket, int what, void* user, void*) {
  CurlReactor& reactor = *static_cast<CurlReactor*>(user);
  const auto index = static_cast<std::size_t>(socket);
  if (index >= reactor.sockets_.size()) reactor.sockets_.resize(index + 64);
  SocketState& state = reactor.sockets_[index];
  state.wanted = what == CURL_POLL_IN      ? std::uint32_t{EPOLLIN}
                 : what == CURL_POLL_OUT   ? std::uint32_t{EPOLLOUT}
                 : what == CURL_POLL_INOUT ? std::uint32_t{EPOLLIN | EPOLLOUT}
                                           : 0U;
  if (state.wanted != 0) reactor.watch_socket(socket, state);  // removal: when the next event shows that it matters
  return 0;
}

int CurlReactor::timer_callback(CURLM*, long milliseconds, void* user) {
  CurlReactor& reactor = *static_cast<CurlReactor*>(user);
  if (milliseconds == 0) {
    reactor.kick_due_ = true;
  } else {
    reactor.curl_due_ = milliseconds < 0 ? kNever : reactor.clock_.now() + std::chrono::milliseconds(milliseconds);
  }
  return 0;
}

}  // namespace cpefleet::transport
