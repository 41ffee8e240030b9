// SPDX-License-Identifier: Apache-2.0
#include "cwmp/session/auth.hpp"

#include <utility>

#include "base/crypto.hpp"
#include "base/hex.hpp"
#include "base/http_auth.hpp"
#include "base/rng.hpp"

namespace cpefleet::cwmp {

void Authenticator::accept(Challenge challenge, SessionHost::Credentials credentials) {
  if (!challenge_ || challenge_->nonce != challenge.nonce) nonce_count_ = 0;
  challenge_ = std::move(challenge);
  credentials_ = std::move(credentials);
}

void Authenticator::forget() {
  challenge_.reset();
  credentials_ = {};
  nonce_count_ = 0;
}

std::string Authenticator::authorization(std::string_view method, std::string_view uri) {
  if (!challenge_) return {};
  if (challenge_->scheme == Challenge::Scheme::digest) return digest(method, uri);
  return "Basic " + base64_encode(credentials_.username + ":" + credentials_.password);
}

std::string Authenticator::digest(std::string_view method, std::string_view uri) {
  const Challenge& c = *challenge_;
  // MD5-sess keys with the client nonce of "the first request": a new connection begins anew, which a server that
  // keeps the old key answers with another challenge.
  const std::string cnonce = to_hex(draw(random_, Stream::client_nonce, connection_), 16);
  const std::string nc = to_hex(++nonce_count_, 8);
  const std::string response = digest_response({credentials_.username, credentials_.password, c.realm, c.nonce, cnonce,
                                                method, uri, nc, c.qop_auth, c.md5_sess});
  std::string out = "Digest ";
  append_quoted(out, "username", credentials_.username);
  append_quoted(out.append(", "), "realm", c.realm);
  append_quoted(out.append(", "), "nonce", c.nonce);
  append_quoted(out.append(", "), "uri", uri);
  append_quoted(out.append(", "), "response", response);
  if (!c.algorithm.empty()) out.append(", algorithm=").append(c.md5_sess ? "MD5-sess" : "MD5");
  if (c.qop_auth || c.md5_sess) append_quoted(out.append(", "), "cnonce", cnonce);
  if (c.qop_auth) out.append(", qop=auth, nc=").append(nc);
  if (c.has_opaque) append_quoted(out.append(", "), "opaque", c.opaque);
  return out;
}

}  // namespace cpefleet::cwmp
