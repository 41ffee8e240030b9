// SPDX-License-Identifier: Apache-2.0
#include "device/surroundings.hpp"

#include <algorithm>
#include <fmt/compile.h>
#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/rng.hpp"
#include "base/template.hpp"
#include "base/text.hpp"
#include "connreq/request_path.hpp"

namespace cpefleet::device {

const fleet::Identity& DeviceSurroundings::identity() const {
  if (!identity_) identity_ = context_.group.identity_of(index_);
  return *identity_;
}

void DeviceSurroundings::expand(std::string_view identity_template, std::string& out) const {
  // Nearly all are one place alone; those need no compiled template.
  if (identity_template.size() > 2 && identity_template.front() == '{' && identity_template.back() == '}') {
    const auto name = identity_template.substr(1, identity_template.size() - 2);
    const bool alone = std::none_of(name.begin(), name.end(), [](char c) { return c == ':' || c == '{' || c == '}'; });
    if (alone && append_place(name, out)) return;
  }
  const auto compiled = Template::compile(identity_template);
  if (!compiled) {
    out += identity_template;
    return;
  }
  compiled->expand([this](std::string_view name, std::string& to) { return append_place(name, to); }, out);
}

// A whole model names these a dozen times, and each would be expanded anew.
const std::string* DeviceSurroundings::identity_part(std::string_view name) const {
  if (name == "mac") return &identity().mac;
  if (name == "serial") return &identity().serial;
  if (name == "oui") return &identity().oui;
  if (name == "product_class") return &identity().product_class;
  if (name == "manufacturer") return &identity().manufacturer;
  return nullptr;
}

bool DeviceSurroundings::append_place(std::string_view name, std::string& out) const {
  if (const auto* part = identity_part(name)) {
    out += *part;
    return true;
  }
  if (name == "software_version" && device_ != nullptr) {
    out += device_->software_version(context_);
    return true;
  }
  if (name == "cr_url") {
    append_connection_request_url(out);
    return true;
  }
  if (name == "udp_address" || name == "nat_detected") {
    const auto mapped = device_ != nullptr ? device_->public_address() : tr111::Endpoint{};
    const bool detection = name == "nat_detected";
    if (detection) out += mapped.known() ? '1' : '0';
    if (!detection) out += to_string(mapped.known() ? mapped : local_udp_address(context_.group, index_));
    return true;
  }
  return context_.group.append_place(name, index_, out);
}

// Host, port and a path: the model's own where the device has an address or a port to itself, else one that names the
// device and that nobody can guess (C-1).
void DeviceSurroundings::append_connection_request_url(std::string& out) const {
  using How = fleet::Reachable::How;
  const auto& reachable = context_.group.reachable;
  const auto& profile = *context_.group.profile;
  std::string host = reachable.host;
  if (reachable.how == How::nowhere || reachable.how == How::by_address)
    context_.group.append_place("lan_ip", index_, host = {});
  std::uint32_t port = reachable.how == How::nowhere ? profile.connection_request_port : reachable.port;
  if (reachable.how == How::by_port) port += static_cast<std::uint32_t>(reachable.first + index_);
  std::string path = "/" + profile.connection_request_path;
  if (reachable.how == How::by_path || (profile.connection_request_path.empty() && reachable.how != How::nowhere)) {
    path = connreq::request_path(reachable.secret, reachable.first + index_);
  } else if (profile.connection_request_path.empty()) {
    path += to_hex(draw(context_.group.seed ^ mix64(context_.group.number), Stream::device_value, index_));
  }
  const bool v6 = host.find(':') != std::string::npos;
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("http://{}{}{}:{}{}"), v6 ? "[" : "", host, v6 ? "]" : "", port,
                 path);
}

tr111::Endpoint local_udp_address(const fleet::Group& group, std::uint32_t index) {
  constexpr std::uint16_t kModelsPort = 54320;
  std::string address;
  group.append_place("lan_ip", index, address);
  const auto port = group.reachable.udp_port != 0 ? group.reachable.udp_port : kModelsPort;
  return tr111::parse_endpoint(address, port).value_or(tr111::Endpoint{});
}

std::uint64_t DeviceSurroundings::up_time_seconds() const {
  const auto up = context_.clock.now() - booted_at_;
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(up).count()));
}

void DeviceSurroundings::append_local_time(std::string& out) const {
  out += format_utc(context_.clock.wall(context_.clock.now()));
}

datamodel::GeneratorInput DeviceSurroundings::generator_input(const datamodel::Key& parameter) const {
  std::uint64_t which = parameter.node;
  for (const auto row : parameter.at) which = which << 9 ^ row;
  const auto now = context_.clock.now();
  return {draw(context_.group.seed ^ mix64(context_.group.number), Stream::generator, index_, which), now - booted_at_,
          now.time_since_epoch()};
}

}  // namespace cpefleet::device
