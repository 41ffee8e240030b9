// SPDX-License-Identifier: Apache-2.0
// A UDP Connection Request that anybody may have sent. The first line of the input is the user name, the rest the
// datagram.
#include <algorithm>
#include <string>
#include <string_view>

#include "property.hpp"
#include "tr111/udp_request.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cpefleet::tr111;
  using cpefleet::fuzz::holds;
  using Kind = UdpVerdict::Kind;
  const std::string_view input = cpefleet::fuzz::input(data, size);
  const std::string_view username = input.substr(0, input.find('\n'));
  const std::string_view datagram = input.substr(std::min(username.size() + 1, input.size()));
  const UdpCredentials credentials{username, "secret"};

  const auto parsed = parse_udp_request(datagram);
  UdpRequestGuard guard;
  const UdpVerdict first = guard.check(datagram, credentials);
  const UdpVerdict second = guard.check(datagram, credentials);
  holds(first.kind != Kind::duplicate, "a duplicate of nothing");
  holds((first.kind == Kind::ignored) == !first.reason.empty(), "ignored without a reason, or the other way round");
  holds(first.reason.find("secret") == std::string_view::npos, "a password in a reason");
  holds(first.kind != Kind::accepted || second.kind == Kind::duplicate, "accepted twice");
  holds(first.kind != Kind::ignored || second.kind == Kind::ignored, "ignored once, not twice");
  if (!parsed) {
    holds(first.kind == Kind::ignored && !parsed.error().empty(), "not understood, and not ignored");
    return 0;
  }
  holds(parsed->signature.size() == 40 && !parsed->authority.empty(), "half a request");

  if (parsed->nonce.size() > 512 || username.size() > 512 || parsed->authority.size() > 512) return 0;
  if (parsed->time == 0) return 0;
  const std::string made =
      make_udp_request({parsed->authority, parsed->time, parsed->number, parsed->nonce}, credentials);
  UdpRequestGuard another;
  holds(another.check(made, credentials).kind == Kind::accepted, "what was made is not accepted");
  return 0;
}
