// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <curl/curl.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transport/curl_options.hpp"
#include "transport/deadlines.hpp"
#include "transport/outcome_handler.hpp"
#include "transport/slot_tls.hpp"
#include "transport/source_address.hpp"

namespace cpefleet::transport {

class CurlCore;

// Why one of the callbacks stopped an exchange. What libcurl says then is only that a callback did.
enum class Stop : std::uint8_t {
  none,
  second_send,  // a new connection after the POST was handed over: libcurl would send it twice
  not_allowed,  // the target's address
  no_socket,    // socket() or bind()
  too_big,
  too_many_headers,
  not_http1,  // libcurl takes "HTTP/2 200" over plain text for a reply that never ends
};

// One pooled easy handle with its own connection cache, and what the exchange under way has come to. Everything that
// can be set once is. Owned by CurlCore for its whole life, lent to one channel after the other.
struct CurlSlot {
  CurlSlot(CurlCore& owner, const CurlTransportOptions& options, TlsSessions* tls_sessions);
  CurlSlot(const CurlSlot&) = delete;
  CurlSlot& operator=(const CurlSlot&) = delete;
  ~CurlSlot();

  // The channel's part.
  void lend(ChannelOptions options);
  void close_connection();
  void exchange_over();
  // Forgets the last exchange and sets up the next. False for a URL or a header that cannot be sent.
  [[nodiscard]] bool prepare(const Request& request);
  // A line for set_names(), for the next exchange.
  void tell_names(std::string line);
  // What became of the connection while it was idle.
  enum class Idle : std::uint8_t { none, usable, closed, reset, unasked_data };
  [[nodiscard]] Idle idle_state() const;

  CurlCore& core;
  CURL* easy;
  CURLSH* cache = nullptr;
  CURLU* parsed_url;
  std::array<char, CURL_ERROR_SIZE> error{};

  // Of the channel
  ChannelOptions options;
  SlotTls tls;
  std::optional<SourceAddress> source;  // empty for what is no address
  bool used = false;                    // there was an exchange before
  // Open ones; more than one only while libcurl tries several addresses. It does not tell of those it closes before they
  // are connected (libcurl 7.88).
  std::vector<int> sockets;
  Url url;  // what parsed_url holds

  // Of the exchange under way
  OutcomeHandler waiter;
  Deadlines<CurlSlot>::Node deadline;
  std::uint64_t exchange_number = 0;
  bool active = false;
  bool handed_over = false;  // the POST may have reached the ACS
  bool opened = false;       // a connection
  bool in_headers = true;    // of the (next) reply, 1xx included
  bool ends_session = false;
  bool status_ok = false;  // the status line says 200
  Stop stop = Stop::none;
  int stop_errno = 0;
  std::size_t header_lines = 0;
  std::size_t header_bytes = 0;
  bool last_header_kept = false;
  std::vector<Header> headers;
  std::string body;
  std::optional<IpAddress> peer;  // the last address tried

 private:
  void chain_headers(const Request& request);
  void add_line(std::string_view line);
  [[nodiscard]] bool on_header(std::string_view line);
  [[nodiscard]] bool on_status_line(std::string_view line);
  void close_early();
  [[nodiscard]] curl_socket_t open_socket(const curl_sockaddr& address);

  static std::size_t header_callback(char* data, std::size_t size, std::size_t count, void* user);
  static std::size_t body_callback(char* data, std::size_t size, std::size_t count, void* user);
  static curl_socket_t open_callback(void* user, curlsocktype purpose, curl_sockaddr* address);
  static int close_callback(void* user, curl_socket_t socket);
  static int before_request_callback(void* user, char* remote_ip, char* local_ip, int remote_port, int local_port);

  const bool connection_per_request_;
  bool closing_early_ = false;
  // The header list of this exchange: nodes and texts are kept from exchange to exchange, so that nothing is allocated.
  std::vector<std::unique_ptr<std::string>> lines_;
  std::vector<curl_slist> nodes_;
  std::size_t line_count_ = 0;
  std::string names_;
  curl_slist names_node_{};
};

// curl_outcome.cpp: what libcurl's result, together with what the callbacks noted, means.
[[nodiscard]] Outcome outcome_of(CurlSlot& slot, CURLcode result);
[[nodiscard]] Failed timed_out(const CurlSlot& slot);

}  // namespace cpefleet::transport
