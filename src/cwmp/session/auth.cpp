// SPDX-License-Identifier: Apache-2.0
#include "cwmp/session/auth.hpp"

#include <initializer_list>
#include <utility>

#include "base/crypto.hpp"
#include "base/hex.hpp"
#include "base/rng.hpp"

namespace cpefleet::cwmp {
namespace {

std::string join(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const auto* part = parts.begin(); part != parts.end(); ++part) {
    if (part != parts.begin()) out.push_back(':');
    out.append(*part);
  }
  return out;
}

// A quoted-string. Control characters are left out: nothing that a server or a profile says may break the header line.
void add_quoted(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append("=\"");
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) continue;
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

}  // namespace

std::string digest_response(const DigestInput& in) {
  std::string ha1 = md5_hex(join({in.username, in.realm, in.password}));
  if (in.md5_sess) ha1 = md5_hex(join({ha1, in.nonce, in.cnonce}));
  const std::string ha2 = md5_hex(join({in.method, in.uri}));
  if (!in.qop_auth) return md5_hex(join({ha1, in.nonce, ha2}));  // RFC 2069
  return md5_hex(join({ha1, in.nonce, to_hex(in.nonce_count, 8), in.cnonce, "auth", ha2}));
}

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
  return "Basic " + base64_encode(join({credentials_.username, credentials_.password}));
}

std::string Authenticator::digest(std::string_view method, std::string_view uri) {
  const Challenge& c = *challenge_;
  // MD5-sess keys with the client nonce of "the first request": a new connection begins anew, which a server that
  // keeps the old key answers with another challenge.
  const std::string cnonce = to_hex(draw(random_, Stream::client_nonce, connection_), 16);
  ++nonce_count_;
  const std::string response = digest_response({credentials_.username, credentials_.password, c.realm, c.nonce, cnonce,
                                                method, uri, nonce_count_, c.qop_auth, c.md5_sess});
  std::string out = "Digest ";
  add_quoted(out, "username", credentials_.username);
  add_quoted(out.append(", "), "realm", c.realm);
  add_quoted(out.append(", "), "nonce", c.nonce);
  add_quoted(out.append(", "), "uri", uri);
  add_quoted(out.append(", "), "response", response);
  if (!c.algorithm.empty()) out.append(", algorithm=").append(c.md5_sess ? "MD5-sess" : "MD5");
  if (c.qop_auth || c.md5_sess) add_quoted(out.append(", "), "cnonce", cnonce);
  if (c.qop_auth) out.append(", qop=auth, nc=").append(to_hex(nonce_count_, 8));
  if (c.has_opaque) add_quoted(out.append(", "), "opaque", c.opaque);
  return out;
}

}  // namespace cpefleet::cwmp
