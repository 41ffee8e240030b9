// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <curl/curl.h>
#include <memory>
#include <optional>
#include <string>

#include "base/lru_map.hpp"
#include "journal/journal.hpp"
#include "transport/openssl_ptr.hpp"
#include "transport/tls_options.hpp"

namespace cpefleet::transport {

// TLS sessions that can be resumed, by device and server: a device never meets the session of another one, whichever
// easy handle it is lent. Owned by CurlCore.
using TlsSessions = LruMap<std::string, SslSessionPtr>;

// What a slot does about TLS beyond libcurl's options, for the device it is lent to: which certificate is offered, which
// TLS session is resumed. libcurl makes an SSL_CTX for every connection, and context_callback() has the last word on it.
class SlotTls {
 public:
  // `sessions`: null when none are resumed. Both outlive this.
  SlotTls(const TlsOptions& options, TlsSessions* sessions) : options_(options), sessions_(sessions) {}

  // The slot's connection is closed by then.
  void lend(const std::optional<journal::DeviceRef>& device);
  // Before an exchange with an https URL; `origin` is its server. The error is for people.
  [[nodiscard]] Result<void> prepare(const std::string& origin);
  // Why context_callback() refused; "" when it did not.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }

  // CURLOPT_SSL_CTX_FUNCTION, `user` is a SlotTls.
  static CURLcode context_callback(CURL* easy, void* context, void* user);

 private:
  [[nodiscard]] Result<void> set_up(SSL_CTX* context);
  static int keep_session(SSL* tls, SSL_SESSION* session);
  static void offer_session(const SSL* tls, int where, int value);

  const TlsOptions& options_;
  TlsSessions* sessions_;
  std::optional<journal::DeviceRef> device_;
  bool identity_known_ = false;
  std::shared_ptr<const ClientIdentity> identity_;
  std::string session_key_;
  std::string refusal_;
};

}  // namespace cpefleet::transport
