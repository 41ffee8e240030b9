// SPDX-License-Identifier: Apache-2.0
#include "transport/curl_slot.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "base/text.hpp"
#include "transport/curl_core.hpp"

namespace cpefleet::transport {
namespace {

constexpr std::size_t kMaxHeaderLines = 256;
constexpr std::size_t kMaxHeaderBytes = 64 * 1024;
constexpr std::size_t kReserveAtMost = 256 * 1024;  // of an announced body; what is announced need not come

// The parts of the header list that never change. libcurl only reads them, whatever its types say. A name with nothing
// behind the colon keeps libcurl from adding that header; a semicolon instead of the colon sends it empty.
constexpr std::string_view kContentType = "Content-Type: text/xml; charset=utf-8";  // H-3
constexpr std::string_view kSoapAction = "SOAPAction;";                             // H-4
constexpr std::string_view kNoContentType = "Content-Type:";                        // H-5
constexpr std::string_view kNoAccept = "Accept:";
constexpr std::string_view kNoExpect = "Expect:";
constexpr std::size_t kExpectFrom = 512 * 1024;  // libcurl asks first from 1 MiB on; every line more costs each request

bool unsafe(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

std::string_view line_value(std::string_view line) {
  const auto colon = line.find(':');
  return colon == std::string_view::npos ? std::string_view{} : trim(line.substr(colon + 1));
}

}  // namespace

CurlSlot::CurlSlot(CurlCore& owner, const CurlTransportOptions& transport_options, TlsSessions* tls_sessions)
    : core(owner),
      easy(curl_easy_init()),
      parsed_url(curl_url()),
      tls(transport_options, tls_sessions),
      deadline(*this),
      connection_per_request_(transport_options.connection_per_request) {
  if (easy == nullptr || parsed_url == nullptr) return;
  const CurlCallbacks callbacks{&header_callback,
                                &body_callback,
                                &open_callback,
                                &close_callback,
                                &before_request_callback,
                                this,
                                &SlotTls::context_callback,
                                &tls};
  set_up_easy(easy, transport_options, callbacks, error.data());
}

CurlSlot::~CurlSlot() {
  if (cache != nullptr) take_connection_cache(easy, cache);
  if (easy != nullptr) curl_easy_cleanup(easy);
  curl_url_cleanup(parsed_url);
}

void CurlSlot::lend(ChannelOptions channel_options) {
  options = std::move(channel_options);
  tls.lend(options.device);
  source = SourceAddress::parse(options.source_address);
  used = false;
}

void CurlSlot::close_connection() {
  if (cache == nullptr || sockets.empty()) return;
  take_connection_cache(easy, cache);
  cache = nullptr;
}

// An exchange that ends before it is connected leaves no connection behind.
void CurlSlot::exchange_over() {
  if (opened && !handed_over) sockets.clear();
}

void CurlSlot::tell_names(std::string line) {
  names_ = std::move(line);
  names_node_ = {names_.data(), nullptr};
  set_names(easy, &names_node_);
}

void CurlSlot::add_line(std::string_view line) {
  if (line_count_ == lines_.size()) lines_.push_back(std::make_unique<std::string>());
  lines_[line_count_++]->assign(line);
}

void CurlSlot::chain_headers(const Request& request) {
  line_count_ = 0;
  const auto add_field = [this](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    add_line(name);
    lines_[line_count_ - 1]->append(value);
  };
  add_field("User-Agent: ", request.user_agent);
  add_field("Authorization: ", request.authorization);
  add_field("Cookie: ", request.cookie);
  if (request.envelope) add_line(kContentType);
  if (request.envelope) add_line(kSoapAction);
  if (!request.envelope) add_line(kNoContentType);
  if (request.extra_headers != nullptr) {
    for (const std::string& line : *request.extra_headers) {
      add_line(line);
      std::string& added = *lines_[line_count_ - 1];
      if (line.find(':') == line.size() - 1) added.back() = ';';
    }
  }
  add_line(kNoAccept);
  if (request.body.size() > kExpectFrom) add_line(kNoExpect);
  nodes_.resize(line_count_);
  for (std::size_t i = 0; i < line_count_; ++i) {
    nodes_[i] = {lines_[i]->data(), i + 1 < line_count_ ? &nodes_[i + 1] : nullptr};
  }
}

bool CurlSlot::prepare(const Request& request) {
  handed_over = false;
  opened = false;
  in_headers = true;
  ends_session = request.ends_session_if_empty;
  status_ok = false;
  stop = Stop::none;
  stop_errno = 0;
  header_lines = 0;
  header_bytes = 0;
  last_header_kept = false;
  headers.clear();
  body.clear();
  error[0] = '\0';
  if (unsafe(request.user_agent) || unsafe(request.authorization) || unsafe(request.cookie)) return false;
  if (request.extra_headers != nullptr &&
      std::any_of(request.extra_headers->begin(), request.extra_headers->end(),
                  [](const std::string& line) { return line.empty() || unsafe(line); })) {
    return false;
  }
  if (!(url == *request.url)) {
    // One connection per session: a redirect elsewhere closes the old one first (H-9, H-16).
    if (url.origin() != request.url->origin()) close_connection();
    if (!set_url(easy, parsed_url, *request.url)) return false;
    url = *request.url;
  }
  if (closing_early_) set_close_after(easy, connection_per_request_);
  closing_early_ = false;
  if (cache == nullptr) cache = give_connection_cache(easy);
  if (cache == nullptr) return false;
  chain_headers(request);
  set_post(easy, request.body, nodes_.data());
  return true;
}

CurlSlot::Idle CurlSlot::idle_state() const {
  if (sockets.empty()) return Idle::none;
  pollfd state{sockets.front(), POLLIN | POLLRDHUP, 0};
  if (poll(&state, 1, 0) <= 0) return Idle::usable;
  if ((state.revents & POLLERR) != 0) {
    int number = 0;
    socklen_t length = sizeof number;
    getsockopt(sockets.front(), SOL_SOCKET, SO_ERROR, &number, &length);
    return number == EPIPE ? Idle::closed : Idle::reset;  // EPIPE: the reset came after a clean close
  }
  if ((state.revents & (POLLRDHUP | POLLHUP)) != 0) return Idle::closed;
  // On a TLS connection this may be a session ticket or a close notification: libcurl looks into it itself.
  return url.tls() ? Idle::usable : Idle::unasked_data;
}

// --- called by libcurl --------------------------------------------------------------------

// An empty POST with an empty answer is a session's last exchange. Closing the connection with it, rather than when the
// channel goes, saves making a new connection cache, a twelfth of what a minimal session costs.
void CurlSlot::close_early() {
  if (!ends_session || closing_early_) return;
  closing_early_ = true;
  set_close_after(easy, true);
}

bool CurlSlot::on_status_line(std::string_view line) {
  if (!line.starts_with("HTTP/1.")) {
    stop = Stop::not_http1;
    return false;
  }
  if (!in_headers) headers.clear();  // what came before was 100 Continue or another 1xx
  last_header_kept = false;
  in_headers = true;
  const auto space = line.find(' ');
  const std::string_view status = space == std::string_view::npos ? std::string_view{} : line.substr(space + 1, 3);
  status_ok = status == "200";
  if (status == "204") close_early();
  return true;
}

bool CurlSlot::on_header(std::string_view line) {
  if (++header_lines > kMaxHeaderLines || (header_bytes += line.size()) > kMaxHeaderBytes) {
    stop = Stop::too_many_headers;
    return false;
  }
  if (line.starts_with("HTTP/") && (!in_headers || header_lines == 1)) {
    return on_status_line(line);
  }
  if (!in_headers) return true;  // a trailer
  const bool folded = line.starts_with(' ') || line.starts_with('\t');
  line = trim(line);
  if (line.empty()) {
    in_headers = false;
    return true;
  }
  if (folded) {
    if (last_header_kept && !headers.empty()) headers.back().value.append(" ").append(line);
    return true;
  }
  last_header_kept = false;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  const std::string_view name = trim(line.substr(0, colon));
  if (equal_ignoring_case(name, "Content-Length")) {
    const auto length = parse_uint(line_value(line));
    if (length && *length > options.message_size) {
      stop = Stop::too_big;
      return false;
    }
    if (status_ok && length == 0U) close_early();
    if (length) body.reserve(std::min<std::size_t>(*length, kReserveAtMost));
  }
  if (options.wants_header == nullptr || options.wants_header(name)) {
    headers.push_back({std::string(name), std::string(line_value(line))});
    last_header_kept = true;
  }
  return true;
}

curl_socket_t CurlSlot::open_socket(const curl_sockaddr& address) {
  if (handed_over) {
    stop = Stop::second_send;
    return CURL_SOCKET_BAD;
  }
  if (!names_.empty()) {
    core.names_used(url);
    names_.clear();
    set_names(easy, nullptr);
  }
  peer = ip_of(&address.addr);
  if (!core.allows(&address.addr, url.host)) {
    stop = Stop::not_allowed;
    return CURL_SOCKET_BAD;
  }
  const curl_socket_t fd = source->open(address);
  if (fd == CURL_SOCKET_BAD) {
    stop = Stop::no_socket;
    stop_errno = errno;
    return CURL_SOCKET_BAD;
  }
  opened = true;
  core.forget_socket(fd);  // one of that number may have been closed without a word
  std::erase(sockets, fd);
  sockets.push_back(fd);
  return fd;
}

std::size_t CurlSlot::header_callback(char* data, std::size_t size, std::size_t count, void* user) {
  return static_cast<CurlSlot*>(user)->on_header({data, size * count}) ? size * count : 0;
}

std::size_t CurlSlot::body_callback(char* data, std::size_t size, std::size_t count, void* user) {
  CurlSlot& slot = *static_cast<CurlSlot*>(user);
  const std::size_t length = size * count;
  if (length > slot.options.message_size - slot.body.size()) {
    slot.stop = Stop::too_big;
    return length == 0 ? 1 : 0;
  }
  slot.body.append(data, length);
  return length;
}

curl_socket_t CurlSlot::open_callback(void* user, curlsocktype, curl_sockaddr* address) {
  return static_cast<CurlSlot*>(user)->open_socket(*address);
}

int CurlSlot::close_callback(void* user, curl_socket_t socket) {
  CurlSlot& slot = *static_cast<CurlSlot*>(user);
  std::erase(slot.sockets, socket);
  slot.core.forget_socket(socket);
  return close(socket);
}

int CurlSlot::before_request_callback(void* user, char*, char*, int, int) {
  CurlSlot& slot = *static_cast<CurlSlot*>(user);
  slot.handed_over = true;
  if (slot.sockets.size() > 1) slot.sockets = {active_socket(slot.easy)};
  slot.stop = Stop::none;  // another address of the host may have been refused
  slot.core.handed_over(slot);
  return CURL_PREREQFUNC_OK;
}

}  // namespace cpefleet::transport
