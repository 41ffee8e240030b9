// SPDX-License-Identifier: Apache-2.0
#include "engine/session_journal.hpp"

#include "engine/failure_samples.hpp"

namespace cpefleet::engine {

void SessionJournal::write(const journal::Entry& entry) {
  context_.at = clock_.now();
  if (const auto* rpc = std::get_if<journal::Rpc>(&entry);
      rpc != nullptr && rpc->direction == journal::Direction::to_acs && rpc->took == Duration{}) {
    auto timed = *rpc;
    timed.took = waited_;
    sinks_.deliver(context_, timed);
    return;
  }
  sinks_.deliver(context_, entry);
}

void FailureSamples::on_entry(const journal::Context& context, const journal::Entry& entry) {
  const auto* ended = std::get_if<journal::Ended>(&entry);
  if (ended == nullptr || ended->cause == Cause::none) return;
  auto& list = samples_[ended->cause];
  if (list.size() < kPerCause) list.push_back({context.device, std::string(ended->detail), context.at});
}

}  // namespace cpefleet::engine
