// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "transport/client_identity.hpp"

namespace cpefleet::transport {

// The oldest version of TLS that will do. `system`: what OpenSSL is set up for on this machine, 1.2 on Debian 12. 1.0 and
// 1.1 lower OpenSSL's security level to 0, or they could not be spoken.
enum class TlsVersion : std::uint8_t { system, v1_0, v1_1, v1_2, v1_3 };

// How devices speak TLS, to an ACS and to a file server.
struct TlsOptions {
  bool verify = true;   // certificate chain and name (H-23)
  std::string ca_file;  // PEM; "" for the system's
  TlsVersion min_tls = TlsVersion::system;
  std::shared_ptr<ClientIdentities> identities;  // client certificates of the devices; null for none
};

}  // namespace cpefleet::transport
