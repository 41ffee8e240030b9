// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <curl/curl.h>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "base/url.hpp"
#include "transport/curl_transport.hpp"

// The one place that names libcurl's options: everything else speaks of what it wants.
namespace cpefleet::transport {

struct CurlCallbacks {
  std::size_t (*header)(char* data, std::size_t size, std::size_t count, void* user);
  std::size_t (*body)(char* data, std::size_t size, std::size_t count, void* user);
  curl_socket_t (*open_socket)(void* user, curlsocktype purpose, curl_sockaddr* address);
  int (*close_socket)(void* user, curl_socket_t socket);
  int (*before_request)(void* user, char* remote_ip, char* local_ip, int remote_port, int local_port);
  void* user;
  CURLcode (*tls_context)(CURL* easy, void* context, void* user);
  void* tls_user;
};

// Parts of set_up_easy() that files need too: no environment, no redirects, no cookies, HTTP/1.1 only, and so on.
void set_up_http_client(CURL* easy);
void set_up_tls(CURL* easy, const TlsOptions& options);
void set_up_callbacks(CURL* easy, const CurlCallbacks& callbacks, char* error);

// Once in an easy handle's life. `error` has CURL_ERROR_SIZE bytes.
void set_up_easy(CURL* easy, const CurlTransportOptions& options, const CurlCallbacks& callbacks, char* error);

// The easy handle's own connection cache. Taking it away closes the connection in it.
[[nodiscard]] CURLSH* give_connection_cache(CURL* easy);
void take_connection_cache(CURL* easy, CURLSH* cache);

// Whether the connection is closed after the exchange; may be changed while the headers of the reply arrive.
// The socket of the connection in use; CURL_SOCKET_BAD where libcurl does not say.
[[nodiscard]] curl_socket_t active_socket(CURL* easy);
void set_close_after(CURL* easy, bool close);
// False for a URL that libcurl cannot take.
[[nodiscard]] bool set_url(CURL* easy, CURLU* parsed, const Url& url);
// Neither is copied: both must stay until the exchange is over.
void set_post(CURL* easy, std::string_view body, curl_slist* headers);
// Lines `host:port:address,address`, loaded into the multi handle's name cache by the next exchange; null for none.
void set_names(CURL* easy, curl_slist* names);

// libcurl's process-wide set-up, before the first handle and kept until the end. Throws when it fails.
void start_curl_once();

// What callers are told of a multi handle's sockets and of its next timeout.
struct CurlMultiCallbacks {
  int (*socket)(CURL* easy, curl_socket_t socket, int what, void* user, void* socket_user);
  int (*timer)(CURLM* multi, long milliseconds, void* user);
  void* user;
};
void set_up_multi(CURLM* multi, const CurlMultiCallbacks& callbacks);

// errno of the last failed connect, send or receive.
[[nodiscard]] int os_error(CURL* easy);
[[nodiscard]] int reply_status(CURL* easy);
// How long the connection of the last transfer took to come up, TLS included.
[[nodiscard]] Duration connect_time(CURL* easy);
// What set_up_easy() was told.
[[nodiscard]] void* user_of(CURL* easy);

}  // namespace cpefleet::transport
