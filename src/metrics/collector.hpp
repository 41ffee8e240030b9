// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "journal/journal.hpp"
#include "metrics/catalogue.hpp"
#include "metrics/snapshot.hpp"

namespace cpefleet::metrics {

// Turns the journal of one shard, and what its engine says of starts, into numbers. No locks, no allocation per session
// once a cell exists. Owned by the shard. Thread: the shard; a reader on another thread posts a request for snapshot().
// The engine says through count() and duration() what the journal cannot know: sessions_planned to sessions_dropped,
// attempts, retries, own_sessions and both latenesses. Everything else comes from the journal's entries.
// Tags that a peer chooses (RPC names, fault codes) stay bounded: after kTagsPerKind different ones, "other".
class Collector final : public journal::Sink {
 public:
  static constexpr std::size_t kTagsPerKind = 128;

  Collector(std::uint32_t phases, std::uint32_t groups);
  ~Collector() override;

  void on_entry(const journal::Context& context, const journal::Entry& entry) override;

  // Counts `n` of a counter under (phase, group, tag). `phase` journal::kNoPhase = outside phases.
  void count(Id id, std::uint32_t phase, std::uint32_t group, std::string_view tag = {}, std::uint64_t n = 1);
  void duration(Id id, std::uint32_t phase, std::uint32_t group, Duration d, std::string_view tag = {});

  [[nodiscard]] Snapshot snapshot() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cpefleet::metrics
