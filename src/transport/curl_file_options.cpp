// SPDX-License-Identifier: Apache-2.0
#include "transport/curl_file_options.hpp"

#include <algorithm>

namespace cpefleet::transport {
namespace {

constexpr long kUploadBufferSize = 16384;  // the least libcurl takes
// A server that does not know `Expect: 100-continue` costs an upload so much; libcurl would wait a second.
constexpr long kExpectMilliseconds = 250;
// libcurl counts the second request after a challenge as a redirect, and has no bound for them of its own.
constexpr long kChallenges = 3;

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  // Fails only for an option this libcurl does not have or for want of memory.
  (void)curl_easy_setopt(easy, option, value);
}

}  // namespace

void set_up_file(CURL* easy, const TlsOptions& tls, const CurlFileCallbacks& callbacks, char* error, long buffer) {
  set_up_http_client(easy);
  set_up_tls(easy, tls);
  set_up_callbacks(easy, callbacks.common, error);
  set(easy, CURLOPT_READFUNCTION, callbacks.read);
  set(easy, CURLOPT_READDATA, callbacks.common.user);
  // After a challenge a body is sent again from the beginning.
  set(easy, CURLOPT_SEEKFUNCTION, callbacks.seek);
  set(easy, CURLOPT_SEEKDATA, callbacks.common.user);
  set(easy, CURLOPT_BUFFERSIZE, buffer);
  set(easy, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferSize);
  set(easy, CURLOPT_EXPECT_100_TIMEOUT_MS, kExpectMilliseconds);
  set(easy, CURLOPT_MAXREDIRS, kChallenges);
  set(easy, CURLOPT_PATH_AS_IS, 1L);
}

long file_buffer(std::uint64_t speed) {
  constexpr std::uint64_t kLeast = 1024;  // libcurl's
  constexpr std::uint64_t kMost = 16384;
  return static_cast<long>(speed == 0 ? kMost : std::clamp(speed / 4, kLeast, kMost));
}

void set_file_url(CURL* easy, const Url& url) { set(easy, CURLOPT_URL, url.text().c_str()); }

void set_file_user_agent(CURL* easy, const std::string& text) {
  set(easy, CURLOPT_USERAGENT, text.empty() ? nullptr : text.c_str());
}

void set_file_credentials(CURL* easy, const std::string& username, const std::string& password) {
  const bool none = username.empty() && password.empty();
  set(easy, CURLOPT_USERNAME, none ? nullptr : username.c_str());
  set(easy, CURLOPT_PASSWORD, none ? nullptr : password.c_str());
  // Both: with one alone libcurl picks it at once, and for Digest sends an empty PUT first to be challenged.
  set(easy, CURLOPT_HTTPAUTH,
      none ? static_cast<long>(CURLAUTH_NONE) : static_cast<long>(CURLAUTH_BASIC | CURLAUTH_DIGEST));
}

void set_get(CURL* easy) {
  set(easy, CURLOPT_UPLOAD, 0L);
  set(easy, CURLOPT_HTTPGET, 1L);
}

void set_put(CURL* easy, std::uint64_t length) {
  set(easy, CURLOPT_UPLOAD, 1L);
  set(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(length));
}

void set_file_headers(CURL* easy, curl_slist* headers) { set(easy, CURLOPT_HTTPHEADER, headers); }

void resume_file(CURL* easy) { (void)curl_easy_pause(easy, CURLPAUSE_CONT); }

Duration tls_time(CURL* easy) {
  curl_off_t tcp = 0;
  curl_off_t tls = 0;
  curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &tcp);
  curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &tls);
  return std::chrono::microseconds{std::max<curl_off_t>(tls - tcp, 0)};
}

}  // namespace cpefleet::transport
