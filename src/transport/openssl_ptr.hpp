// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string>

// Owners of OpenSSL's objects. Only for sources of this directory: the public headers name no type of OpenSSL's.
namespace cpefleet::transport {

template <auto Free>
struct OpenSslFree {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using X509Ptr = std::unique_ptr<X509, OpenSslFree<X509_free>>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, OpenSslFree<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, OpenSslFree<BIO_free>>;
using SslSessionPtr = std::unique_ptr<SSL_SESSION, OpenSslFree<SSL_SESSION_free>>;

// OpenSSL's words for its last error, without file and line; empties the queue of errors.
[[nodiscard]] std::string openssl_error();

}  // namespace cpefleet::transport
