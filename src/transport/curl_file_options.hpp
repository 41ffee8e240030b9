// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <curl/curl.h>
#include <string>

#include "base/url.hpp"
#include "transport/curl_options.hpp"
#include "transport/tls_options.hpp"

// What curl_options is for sessions: the one place that names the options libcurl is given for files.
namespace cpefleet::transport {

struct CurlFileCallbacks {
  CurlCallbacks common;
  std::size_t (*read)(char* to, std::size_t size, std::size_t count, void* user);
  int (*seek)(void* user, curl_off_t offset, int origin);
};

// Once in an easy handle's life. `error` has CURL_ERROR_SIZE bytes. `buffer`: how much is read at once.
void set_up_file(CURL* easy, const TlsOptions& tls, const CurlFileCallbacks& callbacks, char* error, long buffer);
// What suits `buffer` at a speed limit, 0 for none: a piece each quarter of a second, if it can be.
[[nodiscard]] long file_buffer(std::uint64_t speed);

// All of these are copied. Empty credentials: none are offered.
void set_file_url(CURL* easy, const Url& url);
void set_file_user_agent(CURL* easy, const std::string& text);
void set_file_credentials(CURL* easy, const std::string& username, const std::string& password);
void set_get(CURL* easy);
void set_put(CURL* easy, std::uint64_t length);
// Kept by the caller until the transfer is over.
void set_file_headers(CURL* easy, curl_slist* headers);
// After a callback that said it would pause. It may call them before it returns; what they refuse then goes unnoticed.
void resume_file(CURL* easy);

// Of the last connection: how long TLS took after TCP was there.
[[nodiscard]] Duration tls_time(CURL* easy);

}  // namespace cpefleet::transport
