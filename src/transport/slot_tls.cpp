// SPDX-License-Identifier: Apache-2.0
#include "transport/slot_tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <utility>

namespace cpefleet::transport {
namespace {

// Where a context keeps its SlotTls. -1 when OpenSSL has no place left.
int owner_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

SlotTls& owner_of(const SSL* tls) {
  return *static_cast<SlotTls*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(tls), owner_index()));
}

}  // namespace

void SlotTls::lend(const std::optional<journal::DeviceRef>& device) {
  device_ = device;
  identity_known_ = false;
  identity_.reset();
  session_key_.clear();
}

Result<void> SlotTls::prepare(const std::string& origin) {
  refusal_.clear();
  if (!device_) return {};
  if (sessions_ != nullptr) session_key_ = fmt::format("{}.{} {}", device_->group, device_->index, origin);
  if (identity_known_ || !options_.identities) return {};
  auto found = options_.identities->of(*device_);
  if (!found) return tl::unexpected(found.error());
  identity_ = std::move(*found);
  identity_known_ = true;
  return {};
}

Result<void> SlotTls::set_up(SSL_CTX* context) {
  // OpenSSL 3 counts what TLS 1.0 and 1.1 sign with (MD5 with SHA-1) to level 0.
  const bool old = options_.min_tls == TlsVersion::v1_0 || options_.min_tls == TlsVersion::v1_1;
  if (old) SSL_CTX_set_security_level(context, 0);
  if (identity_) {
    if (auto offered = identity_->offer(context); !offered) {
      return failure(
          fmt::format("the client certificate {} cannot be used: {}", identity_->subject(), offered.error().message()));
    }
  }
  if (session_key_.empty()) return {};
  if (SSL_CTX_set_ex_data(context, owner_index(), this) != 1) return failure("TLS sessions: " + openssl_error());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &keep_session);
  SSL_CTX_set_info_callback(context, &offer_session);
  return {};
}

CURLcode SlotTls::context_callback(CURL* /*easy*/, void* context, void* user) {
  SlotTls& self = *static_cast<SlotTls*>(user);
  const auto done = self.set_up(static_cast<SSL_CTX*>(context));
  if (done) return CURLE_OK;
  self.refusal_ = done.error().message();
  return CURLE_SSL_CERTPROBLEM;
}

// Called whenever the server gives out a session: with TLS 1.3 once for each ticket, while the first reply is read.
int SlotTls::keep_session(SSL* tls, SSL_SESSION* session) {
  SlotTls& self = owner_of(tls);
  self.sessions_->put(self.session_key_, SslSessionPtr(session));
  return 1;  // its reference is ours now
}

// libcurl shows the application the context but not the connection, and a session belongs to the connection. This is
// called when the handshake begins, before the first message is made.
void SlotTls::offer_session(const SSL* tls, int where, int /*value*/) {
  if (where != SSL_CB_HANDSHAKE_START || SSL_get_session(tls) != nullptr) return;
  SlotTls& self = owner_of(tls);
  const SslSessionPtr* kept = self.sessions_->find(self.session_key_);
  if (kept == nullptr) return;
  // The callback's type has a const that the connection does not have. A session that does not suit is ignored.
  if (SSL_SESSION_is_resumable(kept->get()) != 1 || SSL_set_session(const_cast<SSL*>(tls), kept->get()) != 1) {
    self.sessions_->erase(self.session_key_);
    ERR_clear_error();
  }
}

}  // namespace cpefleet::transport
