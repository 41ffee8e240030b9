// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

// The UDP Connection Request (TR-069 Annex G.2.2): one datagram that is an HTTP GET whose query is signed. Nothing is
// ever answered to one. Thread: any.
namespace cpefleet::tr111 {

// STUN messages and UDP Connection Requests come to one port; the first byte tells them apart.
enum class DatagramKind : std::uint8_t { stun, udp_request, other };
[[nodiscard]] DatagramKind kind_of(std::span<const std::byte> datagram);

constexpr std::size_t kMaxUdpRequest = 4096;  // bytes; what is longer is ignored

// Views into the datagram, as they stand there.
struct UdpRequest {
  std::string_view authority;  // host:port
  std::string_view ts;
  std::string_view id;
  std::string_view username;
  std::string_view nonce;      // cn
  std::string_view signature;  // 40 hexadecimal digits
  std::uint64_t time = 0;      // ts as a number: seconds since 1970
  std::uint64_t number = 0;    // id as a number
};

// A reason is one of a few fixed texts, because anybody may flood a port.
[[nodiscard]] tl::expected<UdpRequest, std::string_view> parse_udp_request(std::string_view datagram);

// ConnectionRequestUsername and ConnectionRequestPassword.
struct UdpCredentials {
  std::string_view username;
  std::string_view password;
};

struct UdpVerdict {
  enum class Kind : std::uint8_t {
    accepted,   // start a session, or one after that which runs
    duplicate,  // a copy of the last one accepted: starts nothing
    ignored,
  };
  Kind kind = Kind::ignored;
  std::string_view reason;  // why it is ignored: a fixed text, nothing of the datagram or the password in it
  bool authentic = false;   // user name and signature are right, whatever became of it
};

// The value of `un`: one whose escapes are undone. It may also have been meant as it stands there.
[[nodiscard]] std::string username_of(const UdpRequest& request);

// What one device remembers of UDP Connection Requests. Survives a restart (B-1).
class UdpRequestGuard {
 public:
  UdpRequestGuard() = default;
  // Takes up what an earlier one remembered: the id of its last request is not known any more.
  explicit UdpRequestGuard(std::uint64_t last_time) : last_time_(last_time) {}
  // Only an accepted one is remembered: a forged one cannot shut out the real.
  [[nodiscard]] UdpVerdict check(std::string_view datagram, const UdpCredentials& credentials);
  [[nodiscard]] std::uint64_t last_time() const { return last_time_; }  // ts of the last accepted; 0: none was

 private:
  static constexpr std::uint64_t kNoNumber = UINT64_MAX;
  std::uint64_t last_time_ = 0;  // 0: none was accepted
  std::uint64_t last_number_ = kNoNumber;
};
static_assert(sizeof(UdpRequestGuard) == 16, "a fleet holds a million of them");

// What an ACS sends.
struct NewUdpRequest {
  std::string_view authority;  // UDPConnectionRequestAddress
  std::uint64_t time = 0;
  std::uint64_t number = 0;
  std::string_view nonce;
};
[[nodiscard]] std::string make_udp_request(const NewUdpRequest& request, const UdpCredentials& credentials);

}  // namespace cpefleet::tr111
