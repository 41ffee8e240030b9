// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/url.hpp"

namespace cpefleet::transport {

// Where names lead: what was resolved before the run (resolve_host), in the form libcurl takes it. One for each multi
// handle, whose name cache it feeds. Thread: the shard's.
class NamePins {
 public:
  void pin(std::string host, std::vector<std::string> addresses);
  // `host:port:address,address` for CURLOPT_RESOLVE. Empty without a pin.
  [[nodiscard]] std::optional<std::string> line(const Url& url) const;
  // Whether a transfer has used the line of this host and port since it was pinned: libcurl's name cache has it then.
  [[nodiscard]] bool told(const Url& url) const;
  void mark_told(const Url& url);

 private:
  struct Pin {
    std::vector<std::string> addresses;
    std::vector<std::uint16_t> told;  // ports
  };
  std::map<std::string, Pin, std::less<>> pins_;
};

}  // namespace cpefleet::transport
