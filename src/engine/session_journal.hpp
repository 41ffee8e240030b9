// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/time.hpp"
#include "cwmp/session/machine.hpp"
#include "journal/journal.hpp"

namespace cpefleet::engine {

// Everyone who reads the journal of a shard.
class SinkList {
 public:
  void add(journal::Sink& sink) { sinks_.push_back(&sink); }
  void deliver(const journal::Context& context, const journal::Entry& entry) const {
    for (auto* sink : sinks_) sink->on_entry(context, entry);
  }

 private:
  std::vector<journal::Sink*> sinks_;
};

// The journal of one session: adds who and when to what the machine and the driver say. Lives in the session.
class SessionJournal final : public cwmp::JournalWriter {
 public:
  SessionJournal(const SinkList& sinks, const Clock& clock, journal::Context context)
      : sinks_(sinks), clock_(clock), context_(context) {}

  void write(const journal::Entry& entry) override;
  // How long the last exchange took: the machine, which knows no time, leaves Rpc::took of our own requests to this.
  void last_exchange(Duration waited) { waited_ = waited; }

 private:
  const SinkList& sinks_;
  const Clock& clock_;
  journal::Context context_;
  Duration waited_{};
};

}  // namespace cpefleet::engine
