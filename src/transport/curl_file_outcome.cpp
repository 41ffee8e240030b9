// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <fmt/format.h>
#include <string_view>
#include <system_error>

#include "base/units.hpp"
#include "transport/curl_file.hpp"
#include "transport/curl_file_core.hpp"

namespace cpefleet::transport {
namespace {

using Stop = CurlFile::Stop;

std::string words_of(int number) { return std::generic_category().message(number); }

std::string words_of(const CurlFile& file, CURLcode code) {
  return file.error[0] != '\0' ? file.error.data() : curl_easy_strerror(code);
}

// `GET http://files.example:8080/cfg.xml (10.0.0.1)`. The query stays out: it may be somebody's secret.
std::string target(const CurlFile& file) {
  const std::string name = fmt::format("{} {}{}", file.put() ? "PUT" : "GET", file.url.origin(), file.url.path());
  const std::string peer = file.peer ? to_string(*file.peer) : std::string{};
  return peer.empty() || file.url.host == peer ? name : fmt::format("{} ({})", name, peer);
}

FileEnd end_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
    case 407: return FileEnd::unauthorized;
    case 404:
    case 410: return FileEnd::not_found;
    default: return status >= 300 ? FileEnd::refused : FileEnd::ok;
  }
}

FileResult by_status(CurlFile& file) {
  const FileEnd end = end_of_status(file.status);
  FileResult result = ended(file, end, fmt::format("status {}", file.status));
  if (end == FileEnd::ok) result.detail.clear();
  return result;
}

FileResult no_socket(CurlFile& file, int number) {
  const FileEnd end = number == EMFILE || number == ENFILE ? FileEnd::no_descriptor : FileEnd::connect_failed;
  if (end == FileEnd::connect_failed && file.source->chosen()) {
    return ended(file, end, fmt::format("no connection from {}: {}", file.request.source_address, words_of(number)));
  }
  return ended(file, end, fmt::format("no connection: {}", words_of(number)));
}

FileResult stopped(CurlFile& file) {
  switch (file.stop) {
    case Stop::not_allowed:
      return ended(file, FileEnd::not_allowed,
                   file.peer ? TargetPolicy::refusal(file.url.host, *file.peer) : "its address is not allowed");
    case Stop::no_socket: return no_socket(file, file.stop_errno);
    case Stop::too_big:
      return ended(file, FileEnd::too_big, fmt::format("more than {} bytes", format_count(file.request.max_bytes)));
    case Stop::no_memory: return ended(file, FileEnd::no_memory, "the files under way keep too much already");
    case Stop::too_many_headers:
      return ended(file, FileEnd::bad_http,
                   fmt::format("too many headers: {} lines, {} bytes", file.header_lines, file.head_bytes));
    case Stop::not_http1: return ended(file, FileEnd::bad_http, "the reply is of another version of HTTP than 1.x");
    case Stop::enough:
    case Stop::none: break;
  }
  return by_status(file);
}

}  // namespace

FileResult ended(CurlFile& file, FileEnd end, std::string_view why) {
  FileResult result;
  result.end = end;
  result.status = file.status;
  result.detail = fmt::format("{}: {}", target(file), why);
  result.bytes = file.moved;
  result.kept = file.let_go();
  result.times = file.times;
  result.traffic = file.traffic();
  return result;
}

FileResult no_progress(CurlFile& file) {
  if (file.connecting) {
    return ended(file, FileEnd::connect_failed,
                 fmt::format("no connection within {}", format_duration(file.request.connect_timeout)));
  }
  if (file.judged_by_status()) return by_status(file);
  return ended(file, FileEnd::stalled, fmt::format("not a byte for {}", format_duration(file.request.stall_timeout)));
}

FileResult result_of(CurlFile& file, CURLcode code) {
  if (file.stop != Stop::none) return stopped(file);
  if (!file.tls.refusal().empty()) return ended(file, FileEnd::tls_failed, file.tls.refusal());
  if (file.judged_by_status()) return by_status(file);
  if (code == CURLE_OK) {
    // To libcurl a connection closed in the middle of the headers is the end of a reply without a body.
    if (!file.head_complete) return ended(file, FileEnd::cut, "the connection was closed within the headers");
    return by_status(file);
  }
  const std::string words = words_of(file, code);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: return ended(file, FileEnd::resolve_failed, words);
    case CURLE_COULDNT_CONNECT: return no_socket(file, os_error(file.easy));
    case CURLE_OPERATION_TIMEDOUT: return no_progress(file);
    case CURLE_GOT_NOTHING: return ended(file, FileEnd::cut, "the connection was closed before any reply");
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: {
      // With TLS 1.3 a server judges the device's certificate when the device holds the handshake for done.
      const bool alert = file.url.tls() && file.header_lines == 0 && words.find("alert") != std::string::npos;
      if (alert) return ended(file, FileEnd::tls_failed, words);
      // What libcurl says of chunks it cannot read, too.
      const bool socket = code == CURLE_SEND_ERROR || words.starts_with("Recv failure") || file.url.tls();
      return ended(file, socket ? FileEnd::cut : FileEnd::bad_http, words);
    }
    case CURLE_PARTIAL_FILE: return ended(file, FileEnd::cut, words);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_INVALIDCERTSTATUS: return ended(file, FileEnd::tls_failed, words);
    case CURLE_URL_MALFORMAT: return ended(file, FileEnd::bad_request, words);
    default: return ended(file, file.connecting ? FileEnd::connect_failed : FileEnd::bad_http, words);
  }
}

}  // namespace cpefleet::transport
