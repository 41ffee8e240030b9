// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "transport/client_identity.hpp"
#include "transport/openssl_ptr.hpp"

namespace cpefleet::transport {

struct ClientIdentity::Parts {
  X509Ptr certificate;
  std::vector<X509Ptr> chain;  // sent with it
  PkeyPtr key;
};

// Both parts of a PEM pair, or why not. Shared by identities and authorities.
[[nodiscard]] Result<std::unique_ptr<ClientIdentity::Parts>> parse_pair(Pem certificate, Pem key);

}  // namespace cpefleet::transport
