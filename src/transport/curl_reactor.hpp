// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <curl/curl.h>
#include <memory>
#include <optional>
#include <vector>

#include "base/time.hpp"

namespace cpefleet::transport {

// A libcurl multi handle inside Asio: its descriptors stand in an inner epoll set that Asio sees as a single one, and
// there is one timer. What is moved, and by which rules, is the derived class's affair. Owned by shared_ptr, because a
// coroutine that is unwound late may hold it longer than its owner lives; after close() nothing in here touches Asio or
// libcurl any more.
//
// One turn: events of the inner epoll set → libcurl, finished transfers → finished() (which may start others at once),
// then one kick for everything that was started meanwhile. Thread: the one that runs the executor.
class CurlReactor : public std::enable_shared_from_this<CurlReactor> {
 public:
  CurlReactor(const CurlReactor&) = delete;
  CurlReactor& operator=(const CurlReactor&) = delete;
  virtual ~CurlReactor();

  // Before a socket of the multi handle is closed.
  void forget_socket(int fd);

 protected:
  CurlReactor(boost::asio::any_io_executor executor, const Clock& clock);
  // The derived class has removed its easy handles by then.
  void close();

  // --- what the derived class knows
  // A transfer of the multi handle is over. Its handle is removed in here.
  virtual void finished(CURL* easy, CURLcode result) = 0;
  // Ends what next_deadline() was about, if that time has come.
  virtual void expire() = 0;
  [[nodiscard]] virtual TimePoint next_deadline() const = 0;
  // Whether anything is, or may be, under way: else nothing keeps the io_context running.
  [[nodiscard]] virtual bool busy() const = 0;

  // --- what it calls
  [[nodiscard]] bool open() const { return multi_ != nullptr; }
  void watch();          // when it becomes busy
  void stop_watching();  // when it is busy no more
  // Adding calls libcurl's timer, hence turn_soon() afterwards.
  void add(CURL* easy);
  void remove(CURL* easy);
  void turn_soon();

  boost::asio::any_io_executor executor_;
  const Clock& clock_;

 private:
  struct SocketState {
    std::uint32_t wanted = 0;      // by libcurl
    std::uint32_t registered = 0;  // with the inner epoll set
  };

  void on_ready();
  void turn();
  void kick();
  void read_finished();
  void arm_timer();
  void watch_socket(int fd, SocketState& state);

  static int socket_callback(CURL* easy, curl_socket_t socket, int what, void* user, void* socket_user);
  static int timer_callback(CURLM* multi, long milliseconds, void* user);

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
};

}  // namespace cpefleet::transport
