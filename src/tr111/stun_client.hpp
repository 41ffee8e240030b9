// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "tr111/endpoint.hpp"
#include "tr111/stun_message.hpp"

namespace cpefleet::tr111 {

// Which of a device's two UDP ports: the one that receives UDP Connection Requests, and the one that asks how long a
// binding of the first lives.
enum class StunPort : std::uint8_t { primary, secondary };

// What the device's data model says. It is handed to every call and not kept; when any of it changes, call start().
struct StunSettings {
  Endpoint server;            // STUNServerAddress or the ACS's host, resolved; while it is not known nothing is sent
  Endpoint local;             // the primary port, with the address others see when there is no NAT: never 0.0.0.0
  std::string_view username;  // STUNUsername
  std::string_view password;  // STUNPassword
  std::chrono::seconds minimum_period{};    // STUNMinimumKeepAlivePeriod; 0: the machine's own
  std::chrono::seconds maximum_period{-1};  // STUNMaximumKeepAlivePeriod; 0 or less: no maximum
};

// What one call wants done. The caller keeps one and hands it to call after call, so that its memory is used again.
struct StunStep {
  std::vector<std::byte> datagram;  // to be sent to the server, unless empty
  StunPort from = StunPort::primary;
  bool binding_changed = false;  // nat_detected() or mapped() is not what it was
  enum class Attempt : std::uint8_t { none, answered, refused, timed_out } attempt = Attempt::none;
  std::uint16_t error = 0;  // the ERROR-CODE of a refused attempt
};

// The STUN client of one CPE (TR-069 Annex G.2.1 / TR-111 part 2) without sockets or a clock. It exists only while
// STUNEnable is true, and lives on its device's shard. Whoever owns it sends what a step holds, and calls on_timer()
// when next_due() has come; calls that come late or for nothing do no harm.
//
//            answer, or the attempt has failed            the period is over
//   asking ------------------------------------> resting --------------------> asking
//     ^  \----> quiet, while the lifetime is searched for --> probing --answer or none--> asking
//     |                       (nothing is sent)            (from the secondary port)
//   start()
//
// - asking: Binding Requests from the primary port, nine at most (RFC 3489, 9.3). A mapping that is not the one known
//   is asked about once more at once, with BINDING-CHANGE. The first mapping is compared with the local address.
// - quiet, probing: after a time of silence the server is asked from the secondary port to answer to the mapped
//   address. If that comes, a binding lives at least as long. A server that answers to the secondary port, or with an
//   error, cannot be used for this; the minimum stays.
class StunClient {
 public:
  // Transaction ids are drawn from `seed`, which is the device's own. `route` is in each id (route_of), so that the
  // owner of a shared socket finds the device an answer is for.
  explicit StunClient(std::uint64_t seed, std::uint32_t route = 0) : seed_(seed), route_(route) {}

  // Begins anew: STUN was turned on, or a setting, the server or the local address changed. A public mapping that is
  // known stays until an answer says otherwise; the local address taken up first is no change.
  void start(TimePoint now, const StunSettings& settings, StunStep& step);
  // STUN was turned off: no NAT is detected, the address is the local one.
  void stop(const StunSettings& settings, StunStep& step);
  // Whatever else comes than the answer waited for is ignored.
  void on_datagram(TimePoint now, StunPort at, Bytes datagram, const StunSettings& settings, StunStep& step);
  void on_timer(TimePoint now, const StunSettings& settings, StunStep& step);
  [[nodiscard]] TimePoint next_due() const { return due_; }  // kNever while there is nothing to do

  [[nodiscard]] bool nat_detected() const { return nat_; }               // NATDetected
  [[nodiscard]] const Endpoint& mapped() const { return mapped_; }       // UDPConnectionRequestAddress; local at first
  [[nodiscard]] std::chrono::seconds period(const StunSettings&) const;  // between keep-alives, as far as known
  [[nodiscard]] bool searching(const StunSettings&) const;               // for the binding's lifetime

 private:
  enum class Phase : std::uint8_t { off, asking, resting, quiet, probing };

  void ask(TimePoint now, const StunSettings& settings, StunStep& step);
  void probe(TimePoint now, const StunSettings& settings, StunStep& step);
  void send(TimePoint now, const StunSettings& settings, StunStep& step);
  void rest(const StunSettings& settings, bool may_search);
  void on_answer(TimePoint now, const Endpoint& mapped, const StunSettings& settings, StunStep& step);
  void on_probe_answer(TimePoint now, StunPort at, const StunSettings& settings, StunStep& step);
  void on_error(TimePoint now, std::uint16_t error, const StunSettings& settings, StunStep& step);
  void search_anew(const StunSettings& settings);
  [[nodiscard]] std::uint32_t next_trial(const StunSettings& settings) const;
  [[nodiscard]] TransactionId transaction() const;

  std::uint64_t seed_;
  TimePoint due_ = kNever;
  TimePoint sent_{};  // the last request from the primary port
  Endpoint mapped_;
  std::uint32_t route_;
  std::uint32_t exchange_ = 0;  // counts transaction ids
  // Of a binding, in seconds: it lives at least this long, less than this, and what the current probe is about.
  std::uint32_t alive_ = 0;
  std::uint32_t dead_ = 0;
  std::uint32_t trial_ = 0;
  Phase phase_ = Phase::off;
  std::uint8_t sends_ = 0;
  bool nat_ : 1 = false;
  bool change_pending_ : 1 = false;  // the server has not yet answered a BINDING-CHANGE
  bool with_change_ : 1 = false;     // this exchange's requests carry it
  bool with_integrity_ : 1 = false;
  bool probe_lost_ : 1 = false;  // what that means shows when the server answers a request from the primary port
  bool no_search_ : 1 = false;   // the server does not answer elsewhere
};
static_assert(sizeof(StunClient) <= 72, "a fleet holds a million of them");

// The `route` in a STUN message's transaction id: nothing when it is no STUN message.
[[nodiscard]] std::optional<std::uint32_t> route_of(Bytes datagram);

}  // namespace cpefleet::tr111
