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

#include "transport/curl_file_mover.hpp"
#include "transport/curl_file_options.hpp"
#include "transport/deadlines.hpp"
#include "transport/outcome_handler.hpp"
#include "transport/pace.hpp"
#include "transport/slot_tls.hpp"
#include "transport/source_address.hpp"
#include "transport/tcp_counters.hpp"

namespace cpefleet::transport {

class CurlFileCore;

using FileHandler = ResultHandler<FileResult>;

// One transfer: its easy handle with its own connection cache, the callbacks libcurl makes while it works on it, and what
// they saw. Owned by its FileTransfer, and by a run() that has not begun; CurlFileCore knows it while it is active. A
// redirect begins a new request on the same handle.
struct CurlFile : std::enable_shared_from_this<CurlFile> {
  CurlFile(CurlFileCore& owner, const TlsOptions& tls_options);
  CurlFile(const CurlFile&) = delete;
  CurlFile& operator=(const CurlFile&) = delete;
  ~CurlFile();

  // Makes the handle; false without memory. `buffer`: bytes read at once.
  [[nodiscard]] bool create(long buffer);
  // Sets the handle up for the next request. `names`: for set_names(), "" for none.
  void prepare(std::string names);
  // False without memory.
  [[nodiscard]] bool close_connection();
  // Closes the connection, too. The handle must not be with a multi handle.
  void destroy();

  [[nodiscard]] bool put() const { return request.method == FileRequest::Method::put; }
  [[nodiscard]] std::uint64_t put_length() const {
    return request.body.empty() ? request.filler_bytes : request.body.size();
  }
  // Whether the last reply says all there is to say, whatever became of its body.
  [[nodiscard]] bool judged_by_status() const { return head_complete && (put() || status >= 300); }
  // For first_byte to last_byte, once the transfer is over.
  [[nodiscard]] FileTraffic traffic() const;

  // What was kept, which no longer counts.
  [[nodiscard]] std::string let_go();

  CurlFileCore& core;
  CURL* easy = nullptr;
  CURLSH* cache = nullptr;
  std::array<char, CURL_ERROR_SIZE> error{};

  FileRequest request;
  std::optional<SourceAddress> source;
  SlotTls tls;
  FileHandler waiter;
  Deadlines<CurlFile>::Node progress;  // connect_timeout or stall_timeout
  Deadlines<CurlFile>::Node total;
  bool used = false;
  bool gone = false;  // its FileTransfer is
  bool active = false;
  Url url;  // of the request under way
  int redirects = 0;
  Pace pace;
  bool resting = false;  // paused, until pace.ready()

  // Why one of the callbacks stopped it. What libcurl says then is only that a callback did.
  enum class Stop : std::uint8_t {
    none,
    not_allowed,
    no_socket,
    too_big,
    no_memory,
    too_many_headers,
    not_http1,
    enough
  };
  Stop stop = Stop::none;
  int stop_errno = 0;
  std::optional<IpAddress> peer;  // the last address tried

  // Of the request under way, which the callbacks begin anew after a challenge
  bool connecting = true;
  bool in_headers = true;      // of the (next) reply, 1xx included
  bool head_complete = false;  // of a final reply
  bool chunked = false;
  int status = 0;
  std::string location;
  std::size_t header_lines = 0;
  std::uint64_t head_bytes = 0;
  std::uint64_t body_bytes = 0;  // of the reply
  std::uint64_t moved = 0;       // of the file
  std::string kept;              // counted by the core: let_go()
  FileTimes times;

 private:
  struct Socket {
    int fd = -1;
    TimePoint opened{};
  };

  void begin_request();
  [[nodiscard]] bool on_header(std::string_view line);
  [[nodiscard]] bool on_status_line(std::string_view line);
  [[nodiscard]] bool on_field(std::string_view line);
  void on_head_end();
  [[nodiscard]] bool on_body(std::string_view bytes);
  [[nodiscard]] bool must_rest();
  [[nodiscard]] std::size_t fill(char* to, std::size_t room);
  [[nodiscard]] curl_socket_t open_socket(const curl_sockaddr& address);
  void close_socket(curl_socket_t fd);
  [[nodiscard]] TcpCounters counters() const;

  static std::size_t header_callback(char* data, std::size_t size, std::size_t count, void* user);
  static std::size_t body_callback(char* data, std::size_t size, std::size_t count, void* user);
  static std::size_t read_callback(char* to, std::size_t size, std::size_t count, void* user);
  static int seek_callback(void* user, curl_off_t offset, int origin);
  static curl_socket_t open_callback(void* user, curlsocktype purpose, curl_sockaddr* address);
  static int close_callback(void* user, curl_socket_t socket);
  static int before_request_callback(void* user, char* remote_ip, char* local_ip, int remote_port, int local_port);

  std::vector<Socket> sockets_;        // more than one only while libcurl tries several addresses
  bool new_connection_ = false;        // opened since the last request
  TcpCounters before_;                 // at the request, or at the first byte that went out
  std::optional<TcpCounters> closed_;  // of the request's connection, when it is closed already
  std::string names_;
  curl_slist names_node_{};
  curl_slist expect_node_{};
};

// curl_file_outcome.cpp: what libcurl's result, together with what the callbacks noted, means.
[[nodiscard]] FileResult result_of(CurlFile& file, CURLcode code);
// connect_timeout or stall_timeout passed.
[[nodiscard]] FileResult no_progress(CurlFile& file);
// For ends that libcurl has nothing to say about; `why` follows the name of the file.
[[nodiscard]] FileResult ended(CurlFile& file, FileEnd end, std::string_view why);

}  // namespace cpefleet::transport
