// SPDX-License-Identifier: Apache-2.0
#include "transport/curl_options.hpp"

#include <stdexcept>

namespace cpefleet::transport {
namespace {

constexpr long kBufferSize = 4096;         // bytes read at once; larger costs memory and gains nothing
constexpr long kUploadBufferSize = 16384;  // the least libcurl takes; only for bodies over 64 KB
constexpr long kOneYear = 365L * 24 * 3600;

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  // Fails only for an option this libcurl does not have or for want of memory.
  (void)curl_easy_setopt(easy, option, value);
}

void set_up_post(CURL* easy) {
  set(easy, CURLOPT_POST, 1L);
  set(easy, CURLOPT_BUFFERSIZE, kBufferSize);
  set(easy, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferSize);
  // A connection that was idle for two minutes would be replaced unasked, and a device may think for longer (H-9).
  set(easy, CURLOPT_MAXAGE_CONN, kOneYear);
}

}  // namespace

void set_up_http_client(CURL* easy) {
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  // Without these libcurl reads the environment, or acts on replies that are the session machine's to judge.
  set(easy, CURLOPT_PROXY, "");
  set(easy, CURLOPT_NOPROXY, "*");
  set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NONE));
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_NOPROGRESS, 1L);
  set(easy, CURLOPT_TCP_NODELAY, 1L);
}

namespace {

long minimum(TlsVersion version) {
  switch (version) {
    case TlsVersion::v1_0: return CURL_SSLVERSION_TLSv1_0;
    case TlsVersion::v1_1: return CURL_SSLVERSION_TLSv1_1;
    case TlsVersion::v1_2: return CURL_SSLVERSION_TLSv1_2;
    case TlsVersion::v1_3: return CURL_SSLVERSION_TLSv1_3;
    case TlsVersion::system: break;
  }
  return CURL_SSLVERSION_DEFAULT;
}

}  // namespace

void set_up_tls(CURL* easy, const TlsOptions& options) {
  set(easy, CURLOPT_SSL_VERIFYPEER, options.verify ? 1L : 0L);
  set(easy, CURLOPT_SSL_VERIFYHOST, options.verify ? 2L : 0L);
  if (!options.ca_file.empty()) {
    set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  set(easy, CURLOPT_SSLVERSION, minimum(options.min_tls));
  // Handles are pooled: a TLS session that libcurl keeps would be resumed by another device. SlotTls keeps them apart.
  set(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  set(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
}

void set_up_easy(CURL* easy, const CurlTransportOptions& options, const CurlCallbacks& callbacks, char* error) {
  set_up_http_client(easy);
  set_up_post(easy);
  set_up_tls(easy, options);
  set_close_after(easy, options.connection_per_request);
  set_up_callbacks(easy, callbacks, error);
}

void set_up_callbacks(CURL* easy, const CurlCallbacks& callbacks, char* error) {
  set(easy, CURLOPT_ERRORBUFFER, error);
  set(easy, CURLOPT_PRIVATE, callbacks.user);
  set(easy, CURLOPT_HEADERFUNCTION, callbacks.header);
  set(easy, CURLOPT_HEADERDATA, callbacks.user);
  set(easy, CURLOPT_WRITEFUNCTION, callbacks.body);
  set(easy, CURLOPT_WRITEDATA, callbacks.user);
  set(easy, CURLOPT_OPENSOCKETFUNCTION, callbacks.open_socket);
  set(easy, CURLOPT_OPENSOCKETDATA, callbacks.user);
  set(easy, CURLOPT_CLOSESOCKETFUNCTION, callbacks.close_socket);
  set(easy, CURLOPT_CLOSESOCKETDATA, callbacks.user);
  set(easy, CURLOPT_SSL_CTX_FUNCTION, callbacks.tls_context);
  set(easy, CURLOPT_SSL_CTX_DATA, callbacks.tls_user);
  set(easy, CURLOPT_PREREQFUNCTION, callbacks.before_request);
  set(easy, CURLOPT_PREREQDATA, callbacks.user);
}

CURLSH* give_connection_cache(CURL* easy) {
  CURLSH* cache = curl_share_init();
  if (cache == nullptr) return nullptr;
  curl_share_setopt(cache, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
  set(easy, CURLOPT_SHARE, cache);
  return cache;
}

void take_connection_cache(CURL* easy, CURLSH* cache) {
  set(easy, CURLOPT_SHARE, static_cast<CURLSH*>(nullptr));
  curl_share_cleanup(cache);
}

curl_socket_t active_socket(CURL* easy) {
  curl_socket_t fd = CURL_SOCKET_BAD;
  if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK) return CURL_SOCKET_BAD;
  return fd;
}

void set_close_after(CURL* easy, bool close) { set(easy, CURLOPT_FORBID_REUSE, close ? 1L : 0L); }

bool set_url(CURL* easy, CURLU* parsed, const Url& url) {
  if (curl_url_set(parsed, CURLUPART_URL, url.text().c_str(), CURLU_PATH_AS_IS) != CURLUE_OK) return false;
  set(easy, CURLOPT_CURLU, parsed);
  return true;
}

void set_post(CURL* easy, std::string_view body, curl_slist* headers) {
  set(easy, CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
  set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  set(easy, CURLOPT_HTTPHEADER, headers);
}

void set_names(CURL* easy, curl_slist* names) { set(easy, CURLOPT_RESOLVE, names); }

void start_curl_once() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
}

void set_up_multi(CURLM* multi, const CurlMultiCallbacks& callbacks) {
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callbacks.socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, callbacks.user);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callbacks.timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, callbacks.user);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

int os_error(CURL* easy) {
  long number = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
  return static_cast<int>(number);
}

int reply_status(CURL* easy) {
  long number = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &number);
  return static_cast<int>(number);
}

Duration connect_time(CURL* easy) {
  curl_off_t micros = 0;
  curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &micros);
  return std::chrono::microseconds{micros};
}

void* user_of(CURL* easy) {
  void* user = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &user);
  return user;
}

}  // namespace cpefleet::transport
