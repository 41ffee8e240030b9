// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "datamodel/model.hpp"
#include "device/diagnostic_order.hpp"
#include "profile/diagnostics.hpp"

namespace cpefleet::device {

// The diagnostics of one device (TR-106 IPPing and TraceRoute, TR-143): which are asked for, which run. Exists only while
// one does; the data model keeps state and results. Holds no model, is given one for each call. Thread: the shard.
//
//     written ─▶ waiting ─ the session is over ─▶ running ─────────────────▶ Complete, Error_*: gone
//                   ▲                             (TR-143: offered, moving ─▶ Completed, Error_*)
//                   └──── written again (D-5); another parameter written: gone, state None (D-4)
class DiagnosticTests {
 public:
  using Kind = profile::DiagnosticKind;
  using Nodes = profile::DiagnosticNodes;
  struct Time {
    TimePoint now;
    bool in_session = false;
    std::uint64_t random = 0;   // for what is drawn of a test that begins now
    std::uint64_t route = 0;    // the device's own, always the same
    std::uint64_t session = 0;  // how many there were: no test begins twice without one in between
  };
  struct Done {
    bool complete = false;          // one is over: 8 DIAGNOSTICS COMPLETE (D-3)
    std::uint8_t notification = 0;  // highest among what changed
  };

  explicit DiagnosticTests(const Nodes& nodes) : nodes_(&nodes) {}

  // An ACS asked for it, anew perhaps (D-5). Begins at `now` or with the end of the session (D-2).
  void request(Kind kind, TimePoint now);
  // Its parameters are others now: it ends without a word (D-4).
  void drop(Kind kind);
  // The link went down: whatever is on its way fails; a TR-143 test is for who moves its bytes to end.
  Done cut(datamodel::Model& model, TimePoint now);

  [[nodiscard]] TimePoint next_due(bool in_session) const;
  Done on_timer(datamodel::Model& model, const profile::DiagnosticsBehaviour& how, const Time& time);
  [[nodiscard]] bool idle() const;

  // A TR-143 test that on_timer() found to be due. Offers that nobody took are made again by offer_again().
  [[nodiscard]] std::optional<DiagnosticOrder> take_order(const datamodel::Model& model);
  [[nodiscard]] bool offers() const;
  void offer_again(TimePoint now);
  [[nodiscard]] bool wants(std::uint64_t run) const;  // it was taken and neither ended nor dropped
  Done ended(datamodel::Model& model, const DiagnosticResult& result);

  // A restart: no state and no result outlives it (D-6).
  static void forget(datamodel::Model& model, const Nodes& nodes);

 private:
  enum class Phase : std::uint8_t { none, waiting, running, offered, moving };
  struct Test {
    Phase phase = Phase::none;
    TimePoint due;          // of the beginning, then of the end
    std::uint64_t run = 0;  // since it began
    std::uint64_t random = 0;
  };
  Test& of(Kind kind) { return tests_[static_cast<std::size_t>(kind)]; }
  void begin(datamodel::Model& model, Kind kind, const profile::DiagnosticsBehaviour& how, const Time& time);
  std::uint8_t finish(datamodel::Model& model, Kind kind, const profile::DiagnosticsBehaviour& how, const Time& time);

  const Nodes* nodes_;  // the firmware's
  std::array<Test, profile::kDiagnosticKinds.size()> tests_;
};

}  // namespace cpefleet::device
