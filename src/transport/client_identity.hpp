// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "journal/journal.hpp"

struct ssl_ctx_st;

namespace cpefleet::transport {

// The text of a PEM file and the name people know it by. Messages have the name, never the text.
struct Pem {
  std::string_view text;
  std::string_view name;
};

// Who a device is to a server that asks for a certificate: the certificate, those of the authorities between it and one
// the server trusts, and the private key. Parsed once, immutable, shared by sessions and threads.
class ClientIdentity {
 public:
  struct Parts;  // OpenSSL's objects

  // The first certificate is the device's own, further ones are sent with it. `key` may be the same text. Fails, with
  // the file's name, on what is no PEM, on a key that asks for a passphrase, and on one that is not the certificate's.
  [[nodiscard]] static Result<std::shared_ptr<const ClientIdentity>> parse(Pem certificate, Pem key);

  explicit ClientIdentity(std::unique_ptr<const Parts> parts);
  ClientIdentity(const ClientIdentity&) = delete;
  ClientIdentity& operator=(const ClientIdentity&) = delete;
  ~ClientIdentity();

  // Makes connections of this context offer it. Fails with OpenSSL's reason (a key too small for its security level).
  [[nodiscard]] Result<void> offer(ssl_ctx_st* context) const;
  [[nodiscard]] std::string subject() const;  // as in RFC 2253: "O=Grandstream,CN=000b82000001"

 private:
  std::unique_ptr<const Parts> parts_;
};

// A certificate authority that signs device certificates on demand; one for tests, its key is at hand. All certificates
// are for one EC P-256 key pair, made when it is opened, so that another device costs one signature. Immutable after
// that: issue() may be called from several threads at a time.
class TestAuthority {
 public:
  // Fails, with the file's name, as ClientIdentity::parse() does, and on a certificate that is not an authority's.
  [[nodiscard]] static Result<std::shared_ptr<const TestAuthority>> open(Pem certificate, Pem key);

  explicit TestAuthority(std::unique_ptr<const ClientIdentity::Parts> authority,
                         std::unique_ptr<const ClientIdentity::Parts> shared_key);
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;
  ~TestAuthority();

  // At most 64 characters each (RFC 5280 A.1), the common name not empty, the organisation left out when it is.
  struct Subject {
    std::string common_name;
    std::string organization;
  };
  // For TLS clients, valid from a day ago for a year; sent together with the authority's own certificates unless these
  // are self-signed, which a server has already.
  [[nodiscard]] Result<std::shared_ptr<const ClientIdentity>> issue(const Subject& subject) const;

 private:
  std::unique_ptr<const ClientIdentity::Parts> authority_;
  std::unique_ptr<const ClientIdentity::Parts> shared_key_;
};

// Which certificate each device has. Thread: the transport's that asks.
class ClientIdentities {
 public:
  virtual ~ClientIdentities() = default;
  // Asked when a device begins a TLS connection. The error is what the session fails with, as `tls_failed`.
  [[nodiscard]] virtual Result<std::shared_ptr<const ClientIdentity>> of(const journal::DeviceRef& device) = 0;
};

// Whether there are certificates in a file of trusted ones.
[[nodiscard]] Result<void> check_trusted(Pem certificates);

}  // namespace cpefleet::transport
