// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <utility>

#include "transport/client_identity_parts.hpp"

namespace cpefleet::transport {
namespace {

using Parts = ClientIdentity::Parts;

constexpr long kDay = 24L * 3600;
constexpr std::size_t kSerialBytes = 16;

X509Ptr share(const X509Ptr& certificate) {
  X509_up_ref(certificate.get());
  return X509Ptr(certificate.get());
}

bool self_signed(const X509Ptr& certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate.get()), X509_get_issuer_name(certificate.get())) == 0;
}

bool add_name(X509_NAME* name, int field, const std::string& text) {
  return text.empty() ||
         X509_NAME_add_entry_by_NID(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

bool add_extension(X509* certificate, X509* issuer, int which, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, OpenSslFree<X509_EXTENSION_free>> made(
      X509V3_EXT_conf_nid(nullptr, &context, which, value));
  return made && X509_add_ext(certificate, made.get(), -1) == 1;
}

bool set_serial(X509* certificate) {
  std::array<unsigned char, kSerialBytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7fU) | 0x40U);  // positive, and never short
  const std::unique_ptr<BIGNUM, OpenSslFree<BN_free>> number(
      BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool fill_in(X509* made, X509* issuer, EVP_PKEY* key) {
  return X509_set_version(made, X509_VERSION_3) == 1 && set_serial(made) &&
         X509_set_issuer_name(made, X509_get_subject_name(issuer)) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(made), -kDay) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(made), 365 * kDay) != nullptr && X509_set_pubkey(made, key) == 1 &&
         add_extension(made, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(made, issuer, NID_key_usage, "critical,digitalSignature") &&
         add_extension(made, issuer, NID_ext_key_usage, "clientAuth");
}

}  // namespace

TestAuthority::TestAuthority(std::unique_ptr<const Parts> authority, std::unique_ptr<const Parts> shared_key)
    : authority_(std::move(authority)), shared_key_(std::move(shared_key)) {}
TestAuthority::~TestAuthority() = default;

Result<std::shared_ptr<const TestAuthority>> TestAuthority::open(Pem certificate, Pem key) {
  auto authority = parse_pair(certificate, key);
  if (!authority) return tl::unexpected(authority.error());
  if (X509_check_ca((*authority)->certificate.get()) == 0) {
    return failure(fmt::format("the certificate in {} is not an authority's (no CA:TRUE)", certificate.name));
  }
  auto shared_key = std::make_unique<Parts>();
  shared_key->key.reset(EVP_EC_gen("P-256"));
  if (!shared_key->key) return failure("no key can be made for client certificates: " + openssl_error());
  return std::make_shared<const TestAuthority>(std::move(*authority), std::move(shared_key));
}

Result<std::shared_ptr<const ClientIdentity>> TestAuthority::issue(const Subject& subject) const {
  if (subject.common_name.empty()) return failure("a client certificate needs a subject, and the device's is empty");
  ERR_clear_error();
  auto parts = std::make_unique<Parts>();
  parts->certificate.reset(X509_new());
  X509* made = parts->certificate.get();
  X509* issuer = authority_->certificate.get();
  if (made == nullptr) return failure("no memory for a client certificate");
  X509_NAME* name = X509_get_subject_name(made);
  if (!add_name(name, NID_organizationName, subject.organization) ||
      !add_name(name, NID_commonName, subject.common_name)) {
    return failure(fmt::format("no client certificate for O={}, CN={}: {}", subject.organization, subject.common_name,
                               openssl_error()));
  }
  // An Ed25519 key signs with its own digest.
  const bool own_digest =
      EVP_PKEY_is_a(authority_->key.get(), "ED25519") == 1 || EVP_PKEY_is_a(authority_->key.get(), "ED448") == 1;
  if (!fill_in(made, issuer, shared_key_->key.get()) ||
      X509_sign(made, authority_->key.get(), own_digest ? nullptr : EVP_sha256()) == 0) {
    return failure("a client certificate cannot be made: " + openssl_error());
  }
  if (!self_signed(authority_->certificate)) parts->chain.push_back(share(authority_->certificate));
  for (const X509Ptr& more : authority_->chain) {
    if (!self_signed(more)) parts->chain.push_back(share(more));
  }
  EVP_PKEY_up_ref(shared_key_->key.get());
  parts->key.reset(shared_key_->key.get());
  return std::make_shared<const ClientIdentity>(std::move(parts));
}

}  // namespace cpefleet::transport
