// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "metrics/catalogue.hpp"
#include "metrics/histogram.hpp"

namespace cpefleet::metrics {

// Which values are meant: all of them unless a member says otherwise.
constexpr std::uint32_t kAny = 0xffffffff;
struct Filter {
  std::uint32_t phase = kAny;  // index into the plan's phases; kOutsidePhases for sessions of no phase
  std::uint32_t group = kAny;
  bool any_tag = true;
  std::string tag{};           // when !any_tag
  bool measured_only = false;  // leaves out phases with `measured: false`
};
constexpr std::uint32_t kOutsidePhases = 0xfffffffe;

// Everything measured up to some instant: a value that can be copied, merged and asked. Merging two shards' snapshots
// gives what one shard would have measured.
class Snapshot {
 public:
  // A cell per (metric, phase, group, tag).
  struct CellKey {
    Id id{};
    std::uint32_t phase = kOutsidePhases;
    std::uint32_t group = 0;
    std::string tag;
    friend auto operator<=>(const CellKey&, const CellKey&) = default;
  };

  void add(const CellKey& key, std::uint64_t n);
  void add(const CellKey& key, const Histogram& h);
  void set_gauge(const CellKey& key, std::uint64_t n);
  void set_unmeasured(std::vector<bool> unmeasured_phases) { unmeasured_ = std::move(unmeasured_phases); }
  [[nodiscard]] const std::vector<bool>& unmeasured() const { return unmeasured_; }
  void merge(const Snapshot& other);

  [[nodiscard]] std::uint64_t count(Id id,
                                    const Filter& filter = {}) const;  // counters and gauges; durations: how many
  [[nodiscard]] Histogram durations(Id id, const Filter& filter = {}) const;
  // Per tag, largest first.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> by_tag(Id id, const Filter& filter = {}) const;
  [[nodiscard]] const std::map<CellKey, std::uint64_t>& counters() const { return counters_; }
  [[nodiscard]] const std::map<CellKey, Histogram>& histograms() const { return histograms_; }

 private:
  [[nodiscard]] bool fits(const CellKey& key, Id id, const Filter& filter) const;
  std::map<CellKey, std::uint64_t> counters_;
  std::map<CellKey, Histogram> histograms_;
  std::vector<bool> unmeasured_;
};

}  // namespace cpefleet::metrics
