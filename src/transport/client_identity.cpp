// SPDX-License-Identifier: Apache-2.0
#include "transport/client_identity.hpp"

#include <fmt/format.h>
#include <limits>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <utility>

#include "transport/client_identity_parts.hpp"

namespace cpefleet::transport {
namespace {

// No message has a file's name before a colon: `x.key: text` is what redaction takes for a secret and its value.

// Without a callback OpenSSL asks for a passphrase on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

BioPtr reader_of(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Result<std::vector<X509Ptr>> read_certificates(Pem pem) {
  const BioPtr from = reader_of(pem.text);
  std::vector<X509Ptr> all;
  bool asked = false;
  ERR_clear_error();
  while (from) {
    X509Ptr next(PEM_read_bio_X509(from.get(), nullptr, &no_passphrase, &asked));
    if (!next) break;
    all.push_back(std::move(next));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string words = openssl_error();
  if (!all.empty() && at_end) return all;
  if (at_end) return failure(fmt::format("there is no certificate in PEM form in {}", pem.name));
  return failure(fmt::format("certificate {} in {} cannot be read: {}", all.size() + 1, pem.name, words));
}

Result<PkeyPtr> read_key(Pem pem) {
  // OpenSSL 3 calls a text without a key "unsupported".
  if (pem.text.find("PRIVATE KEY-----") == std::string_view::npos) {
    return failure(fmt::format("there is no private key in PEM form in {}", pem.name));
  }
  const BioPtr from = reader_of(pem.text);
  bool asked = false;
  ERR_clear_error();
  PkeyPtr key(from ? PEM_read_bio_PrivateKey(from.get(), nullptr, &no_passphrase, &asked) : nullptr);
  const std::string words = openssl_error();
  if (key) return key;
  if (asked) return failure(fmt::format("the private key in {} has a passphrase; store it without one", pem.name));
  return failure(fmt::format("the private key in {} cannot be read: {}", pem.name, words));
}

}  // namespace

std::string openssl_error() {
  const auto code = ERR_peek_last_error();
  const char* words = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return words == nullptr ? "no reason given" : words;
}

Result<std::unique_ptr<ClientIdentity::Parts>> parse_pair(Pem certificate, Pem key) {
  auto certificates = read_certificates(certificate);
  if (!certificates) return tl::unexpected(certificates.error());
  auto private_key = read_key(key);
  if (!private_key) return tl::unexpected(private_key.error());
  auto parts = std::make_unique<ClientIdentity::Parts>();
  parts->certificate = std::move(certificates->front());
  certificates->erase(certificates->begin());
  parts->chain = std::move(*certificates);
  parts->key = std::move(*private_key);
  if (X509_check_private_key(parts->certificate.get(), parts->key.get()) == 1) return parts;
  ERR_clear_error();
  return failure(fmt::format("the private key in {} does not fit the certificate in {}", key.name, certificate.name));
}

ClientIdentity::ClientIdentity(std::unique_ptr<const Parts> parts) : parts_(std::move(parts)) {}
ClientIdentity::~ClientIdentity() = default;

Result<std::shared_ptr<const ClientIdentity>> ClientIdentity::parse(Pem certificate, Pem key) {
  auto parts = parse_pair(certificate, key);
  if (!parts) return tl::unexpected(parts.error());
  return std::make_shared<const ClientIdentity>(std::move(*parts));
}

Result<void> ClientIdentity::offer(ssl_ctx_st* context) const {
  ERR_clear_error();
  bool taken = SSL_CTX_use_certificate(context, parts_->certificate.get()) == 1;
  for (const X509Ptr& more : parts_->chain) taken = taken && SSL_CTX_add1_chain_cert(context, more.get()) == 1;
  taken = taken && SSL_CTX_use_PrivateKey(context, parts_->key.get()) == 1;
  if (!taken) return failure(openssl_error());
  return {};
}

std::string ClientIdentity::subject() const {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || X509_NAME_print_ex(out.get(), X509_get_subject_name(parts_->certificate.get()), 0,
                                 XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) {
    return {};
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

Result<void> check_trusted(Pem certificates) {
  const auto read = read_certificates(certificates);
  if (!read) return tl::unexpected(read.error());
  return {};
}

}  // namespace cpefleet::transport
