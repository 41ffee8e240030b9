// SPDX-License-Identifier: Apache-2.0
#include "transport/name_pins.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace cpefleet::transport {

void NamePins::pin(std::string host, std::vector<std::string> addresses) {
  pins_[std::move(host)] = Pin{std::move(addresses), {}};
}

std::optional<std::string> NamePins::line(const Url& url) const {
  const auto found = pins_.find(url.host);
  if (found == pins_.end() || found->second.addresses.empty()) return std::nullopt;
  std::string line = fmt::format("{}:{}:", url.host, url.port);
  bool first = true;
  for (const std::string& address : found->second.addresses) {
    if (!first) line += ',';
    first = false;
    line += address.find(':') == std::string::npos ? address : fmt::format("[{}]", address);
  }
  return line;
}

bool NamePins::told(const Url& url) const {
  const auto found = pins_.find(url.host);
  if (found == pins_.end()) return false;
  const auto& told = found->second.told;
  return std::find(told.begin(), told.end(), url.port) != told.end();
}

void NamePins::mark_told(const Url& url) {
  if (told(url)) return;
  const auto found = pins_.find(url.host);
  if (found != pins_.end()) found->second.told.push_back(url.port);
}

}  // namespace cpefleet::transport
