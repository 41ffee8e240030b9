// SPDX-License-Identifier: Apache-2.0
#include "transport/curl_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <unistd.h>
#include <utility>

#include "base/text.hpp"
#include "transport/curl_file_core.hpp"

namespace cpefleet::transport {
namespace {

constexpr std::size_t kMaxHeaderLines = 256;
constexpr std::uint64_t kMaxHeaderBytes = 64 * 1024;
constexpr std::uint64_t kMaxOtherBody = 64 * 1024;  // of a reply whose body is no file
constexpr std::uint64_t kExpectFrom = 16 * 1024;    // less fits the sockets' buffers anyway
constexpr std::string_view kFiller = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-\n";

// libcurl only reads them, whatever its types say.
char no_expect[] = "Expect:";
char with_expect[] = "Expect: 100-continue";

}  // namespace

CurlFile::CurlFile(CurlFileCore& owner, const TlsOptions& tls_options)
    : core(owner), tls(tls_options, nullptr), progress(*this), total(*this) {}

CurlFile::~CurlFile() {
  static_cast<void>(let_go());
  destroy();
}

bool CurlFile::create(long buffer) {
  easy = curl_easy_init();
  if (easy != nullptr) cache = give_connection_cache(easy);
  if (cache == nullptr) return false;
  tls.lend(request.device);
  const CurlCallbacks common{&header_callback,
                             &body_callback,
                             &open_callback,
                             &close_callback,
                             &before_request_callback,
                             this,
                             &SlotTls::context_callback,
                             &tls};
  set_up_file(easy, core.options(), {common, &read_callback, &seek_callback}, error.data(), buffer);
  set_file_user_agent(easy, request.user_agent);
  return true;
}

bool CurlFile::close_connection() {
  if (cache != nullptr) take_connection_cache(easy, cache);
  cache = give_connection_cache(easy);
  return cache != nullptr;
}

void CurlFile::destroy() {
  if (cache != nullptr) take_connection_cache(easy, cache);
  if (easy != nullptr) curl_easy_cleanup(easy);
  cache = nullptr;
  easy = nullptr;
}

void CurlFile::prepare(std::string names) {
  const bool trusted = url.origin() == request.url.origin();
  const bool credentials = trusted && !(request.username.empty() && request.password.empty());
  set_file_url(easy, url);
  set_file_credentials(easy, credentials ? request.username : "", credentials ? request.password : "");
  if (put()) {
    // A body that may be sent for nothing is announced; without credentials it will not be.
    expect_node_ = {credentials && put_length() > kExpectFrom ? with_expect : no_expect, nullptr};
    set_put(easy, put_length());
    set_file_headers(easy, &expect_node_);
  } else {
    set_get(easy);
  }
  names_ = std::move(names);
  names_node_ = {names_.data(), nullptr};
  set_names(easy, names_.empty() ? nullptr : &names_node_);
  error[0] = '\0';
  stop = Stop::none;
  connecting = true;
  begin_request();
}

void CurlFile::begin_request() {
  in_headers = true;
  head_complete = false;
  chunked = false;
  status = 0;
  location.clear();
  header_lines = 0;
  head_bytes = 0;
  body_bytes = 0;
  moved = 0;
  static_cast<void>(let_go());
  times.request_sent.reset();
  times.first_byte.reset();
  times.last_byte.reset();
  closed_.reset();
}

FileTraffic CurlFile::traffic() const {
  FileTraffic out;
  if (!times.first_byte) return out;
  const TcpCounters now = counters();
  if (put()) {
    out.http_bytes = moved;
    out.interface_bytes = now.sent - before_.sent + (now.segments_out - before_.segments_out) * now.header_bytes;
  } else {
    const std::uint64_t received = now.received - before_.received;
    out.http_bytes = head_bytes + body_bytes;
    if (chunked && !url.tls()) out.http_bytes = std::max(out.http_bytes, received);
    out.interface_bytes = received + (now.segments_in - before_.segments_in) * now.header_bytes;
  }
  out.interface_bytes = std::max(out.interface_bytes, out.http_bytes);
  return out;
}

TcpCounters CurlFile::counters() const {
  if (closed_) return *closed_;
  return sockets_.empty() ? before_ : tcp_counters(sockets_.front().fd);
}

// --- called by libcurl --------------------------------------------------------------------

bool CurlFile::on_status_line(std::string_view line) {
  if (!line.starts_with("HTTP/1.")) {  // libcurl takes "HTTP/2 200" over plain text for a reply that never ends
    stop = Stop::not_http1;
    return false;
  }
  in_headers = true;
  chunked = false;
  location.clear();
  const auto space = line.find(' ');
  const auto number = parse_uint(space == std::string_view::npos ? std::string_view{} : line.substr(space + 1, 3));
  status = number ? static_cast<int>(*number) : 0;
  return true;
}

bool CurlFile::on_header(std::string_view line) {
  if (!times.first_byte && !put()) times.first_byte = core.clock().now();
  core.byte_moved(*this);
  head_bytes += line.size();
  if (++header_lines > kMaxHeaderLines || head_bytes > kMaxHeaderBytes) {
    stop = Stop::too_many_headers;
    return false;
  }
  if (line.starts_with("HTTP/") && (!in_headers || header_lines == 1)) return on_status_line(line);
  if (!in_headers) return true;  // a trailer
  if (trim(line).empty()) {
    in_headers = false;
    on_head_end();
    return true;
  }
  return on_field(line);
}

void CurlFile::on_head_end() {
  if (status < 200) return;
  head_complete = true;
  times.last_byte = core.clock().now();
  if (put() && !times.first_byte) times.first_byte = times.last_byte;
}

bool CurlFile::on_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  const std::string_view name = trim(line.substr(0, colon));
  const std::string_view value = trim(line.substr(colon + 1));
  if (equal_ignoring_case(name, "Location")) location = value;
  if (equal_ignoring_case(name, "Transfer-Encoding")) chunked = true;
  if (!put() && status >= 200 && status < 300 && equal_ignoring_case(name, "Content-Length")) {
    const auto length = parse_uint(value);
    if (length && *length > request.max_bytes) {
      stop = Stop::too_big;
      return false;
    }
  }
  return true;
}

bool CurlFile::must_rest() {
  if (pace.speed() == 0 || core.clock().now() >= pace.ready()) return false;
  core.rest(*this);
  return true;
}

std::string CurlFile::let_go() {
  core.let_go(kept.size());
  return std::exchange(kept, {});
}

bool CurlFile::on_body(std::string_view bytes) {
  core.byte_moved(*this);
  body_bytes += bytes.size();
  if (judged_by_status()) {
    if (body_bytes <= kMaxOtherBody) return true;
    stop = Stop::enough;
    return false;
  }
  times.last_byte = core.clock().now();
  if (bytes.size() > request.max_bytes - moved) {
    stop = Stop::too_big;
    return false;
  }
  moved += bytes.size();
  pace.moved(*times.last_byte, bytes.size());
  core.count(bytes.size());
  if (kept.size() < request.keep_bytes) {
    const auto more = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), request.keep_bytes - kept.size()));
    if (!core.keep(more.size())) {
      stop = Stop::no_memory;
      return false;
    }
    kept.append(more);
  }
  return true;
}

std::size_t CurlFile::fill(char* to, std::size_t room) {
  auto size = static_cast<std::size_t>(std::min<std::uint64_t>(room, put_length() - moved));
  if (size == 0) return 0;
  if (must_rest()) return CURL_READFUNC_PAUSE;
  if (pace.speed() != 0) size = std::min(size, static_cast<std::size_t>(file_buffer(pace.speed())));
  if (!times.first_byte) {
    times.first_byte = core.clock().now();
    before_ = counters();
  }
  if (!request.body.empty()) {
    std::memcpy(to, request.body.data() + moved, size);
  } else {
    for (std::size_t i = 0; i < size; ++i) to[i] = kFiller[(moved + i) % kFiller.size()];
  }
  moved += size;
  pace.moved(core.clock().now(), size);
  core.count(size);
  core.byte_moved(*this);
  return size;
}

curl_socket_t CurlFile::open_socket(const curl_sockaddr& address) {
  peer = ip_of(&address.addr);
  if (!permits(core.options().allowed, &address.addr, url.host)) {
    stop = Stop::not_allowed;
    return CURL_SOCKET_BAD;
  }
  const curl_socket_t fd = source->open(address);
  if (fd == CURL_SOCKET_BAD) {
    stop = Stop::no_socket;
    stop_errno = errno;
    return CURL_SOCKET_BAD;
  }
  if (!connecting) {
    connecting = true;
    core.connection_begins(*this);
  }
  new_connection_ = true;
  core.forget_socket(fd);  // as in CurlSlot
  std::erase_if(sockets_, [fd](const Socket& socket) { return socket.fd == fd; });
  sockets_.push_back({fd, core.clock().now()});
  return fd;
}

void CurlFile::close_socket(curl_socket_t fd) {
  if (!sockets_.empty() && sockets_.front().fd == fd && !connecting) closed_ = tcp_counters(fd);
  std::erase_if(sockets_, [fd](const Socket& socket) { return socket.fd == fd; });
  core.forget_socket(fd);
}

std::size_t CurlFile::header_callback(char* data, std::size_t size, std::size_t count, void* user) {
  return static_cast<CurlFile*>(user)->on_header({data, size * count}) ? size * count : 0;
}

std::size_t CurlFile::body_callback(char* data, std::size_t size, std::size_t count, void* user) {
  CurlFile& file = *static_cast<CurlFile*>(user);
  const std::size_t length = size * count;
  if (!file.judged_by_status() && file.must_rest()) return CURL_WRITEFUNC_PAUSE;
  if (file.on_body({data, length})) return length;
  return length == 0 ? 1 : 0;
}

std::size_t CurlFile::read_callback(char* to, std::size_t size, std::size_t count, void* user) {
  return static_cast<CurlFile*>(user)->fill(to, size * count);
}

int CurlFile::seek_callback(void* user, curl_off_t offset, int origin) {
  CurlFile& file = *static_cast<CurlFile*>(user);
  if (origin != SEEK_SET || offset < 0 || static_cast<std::uint64_t>(offset) > file.put_length()) {
    return CURL_SEEKFUNC_FAIL;
  }
  file.moved = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

curl_socket_t CurlFile::open_callback(void* user, curlsocktype, curl_sockaddr* address) {
  return static_cast<CurlFile*>(user)->open_socket(*address);
}

int CurlFile::close_callback(void* user, curl_socket_t socket) {
  static_cast<CurlFile*>(user)->close_socket(socket);
  return close(socket);
}

int CurlFile::before_request_callback(void* user, char*, char*, int, int) {
  CurlFile& file = *static_cast<CurlFile*>(user);
  file.begin_request();
  file.stop = Stop::none;  // another address of the host may have been refused
  file.connecting = false;
  if (file.sockets_.size() > 1) {
    const curl_socket_t fd = active_socket(file.easy);
    std::erase_if(file.sockets_, [fd](const Socket& socket) { return socket.fd != fd; });
  }
  const TimePoint now = file.core.clock().now();
  if (file.new_connection_ && !file.sockets_.empty()) {
    const TimePoint opened = file.sockets_.front().opened;
    file.times.tcp_open_request = opened;
    file.times.tcp_open_response = std::max(opened, file.url.tls() ? now - tls_time(file.easy) : now);
    file.new_connection_ = false;
  }
  file.times.request_sent = now;
  file.before_ = file.counters();
  file.core.byte_moved(file);
  return CURL_PREREQFUNC_OK;
}

}  // namespace cpefleet::transport
