// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <curl/curl.h>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transport/curl_slot.hpp"
#include "transport/curl_transport.hpp"

namespace cpefleet::transport {

// The machinery behind CurlTransport: the multi handle, the inner epoll set, one timer, the slots. Shared by the
// transport and its channels, because a coroutine that is unwound late may hold a channel longer than the transport
// lives; after shut_down() nothing in here touches Asio or libcurl any more.
//
// One turn: events of the inner epoll set → libcurl, finished exchanges → their coroutines (which start the next
// exchange at once), then one kick for everything that was started meanwhile.
class CurlCore : public std::enable_shared_from_this<CurlCore> {
 public:
  CurlCore(boost::asio::any_io_executor executor, const Clock& clock, CurlTransportOptions options);
  CurlCore(const CurlCore&) = delete;
  CurlCore& operator=(const CurlCore&) = delete;
  ~CurlCore();
  void shut_down();

  void pin(std::string host, std::vector<std::string> addresses);

  [[nodiscard]] bool can_lend() const { return multi_ != nullptr && lent_ < options_.max_channels; }
  // Null at the limit, or without memory.
  [[nodiscard]] CurlSlot* acquire(ChannelOptions options);
  void release(CurlSlot& slot);
  [[nodiscard]] std::size_t lent() const { return lent_; }

  void start(CurlSlot& slot, const Request& request, OutcomeHandler waiter);
  void cancel(CurlSlot& slot);

  // For the slots
  [[nodiscard]] bool allows(const sockaddr* address, std::string_view host) const;
  void handed_over(CurlSlot& slot);
  void names_used(const Url& url);
  void forget_socket(int fd);

 private:
  // Where a name leads, and for which ports libcurl was told.
  struct Pin {
    std::vector<std::string> addresses;
    std::vector<std::uint16_t> told;
  };
  struct SocketState {
    std::uint32_t wanted = 0;      // by libcurl
    std::uint32_t registered = 0;  // with the inner epoll set
  };

  [[nodiscard]] std::optional<Failed> begin(CurlSlot& slot, const Request& request);
  [[nodiscard]] bool tell_names(const Url& url, CurlSlot& slot);
  void abort(CurlSlot& slot);
  void detach(CurlSlot& slot);
  static void resume(CurlSlot& slot, Outcome outcome);
  void complete_later(OutcomeHandler waiter, Outcome outcome);

  void watch();
  void stop_watching();
  void on_ready();
  void turn();
  void turn_soon();
  void kick();
  void resume_finished();
  void expire();
  void arm_timer();
  void watch_socket(int fd, SocketState& state);

  static int socket_callback(CURL* easy, curl_socket_t socket, int what, void* user, void* socket_user);
  static int timer_callback(CURLM* multi, long milliseconds, void* user);

  boost::asio::any_io_executor executor_;
  const Clock& clock_;
  CurlTransportOptions options_;
  CURLM* multi_ = nullptr;
  int epoll_ = -1;
  std::optional<boost::asio::posix::stream_descriptor> inner_;  // owns epoll_
  std::optional<boost::asio::steady_timer> timer_;
  TimePoint timer_armed_ = kNever;
  TimePoint curl_due_ = kNever;
  bool watching_ = false;
  bool in_turn_ = false;
  bool turn_posted_ = false;
  bool kick_due_ = false;
  std::vector<SocketState> sockets_;  // by descriptor
  Deadlines<CurlSlot> deadlines_;
  std::map<std::string, Pin, std::less<>> pins_;
  std::unique_ptr<TlsSessions> tls_sessions_;  // null when none are resumed
  std::vector<std::unique_ptr<CurlSlot>> slots_;
  std::vector<CurlSlot*> free_;
  std::size_t lent_ = 0;
};

}  // namespace cpefleet::transport
