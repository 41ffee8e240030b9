// SPDX-License-Identifier: Apache-2.0
#include "metrics/snapshot.hpp"

#include <algorithm>
#include <cstddef>

namespace cpefleet::metrics {
namespace {

// The cells of one metric stand together: keys are ordered by it first.
template <class Cells, class Visit>
void visit_metric(const Cells& cells, Id id, Visit visit) {
  for (auto at = cells.lower_bound({id, 0, 0, {}}); at != cells.end() && at->first.id == id; ++at)
    visit(at->first, at->second);
}

}  // namespace

void Snapshot::add(const CellKey& key, std::uint64_t n) { counters_[key] += n; }

void Snapshot::add(const CellKey& key, const Histogram& h) { histograms_[key].merge(h); }

void Snapshot::set_gauge(const CellKey& key, std::uint64_t n) { counters_[key] = n; }

void Snapshot::merge(const Snapshot& other) {
  for (const auto& [key, n] : other.counters_) add(key, n);
  for (const auto& [key, h] : other.histograms_) add(key, h);
  if (unmeasured_.size() < other.unmeasured_.size()) unmeasured_.resize(other.unmeasured_.size());
  for (std::size_t i = 0; i < other.unmeasured_.size(); ++i) {
    if (other.unmeasured_[i]) unmeasured_[i] = true;
  }
}

bool Snapshot::fits(const CellKey& key, Id id, const Filter& filter) const {
  if (key.id != id) return false;
  if (filter.phase != kAny && key.phase != filter.phase) return false;
  if (filter.group != kAny && key.group != filter.group) return false;
  if (!filter.any_tag && key.tag != filter.tag) return false;
  return !(filter.measured_only && key.phase < unmeasured_.size() && unmeasured_[key.phase]);
}

std::uint64_t Snapshot::count(Id id, const Filter& filter) const {
  std::uint64_t sum = 0;
  visit_metric(counters_, id, [&](const CellKey& key, std::uint64_t n) { sum += fits(key, id, filter) ? n : 0; });
  visit_metric(histograms_, id,
               [&](const CellKey& key, const Histogram& h) { sum += fits(key, id, filter) ? h.count() : 0; });
  return sum;
}

Histogram Snapshot::durations(Id id, const Filter& filter) const {
  Histogram out;
  visit_metric(histograms_, id, [&](const CellKey& key, const Histogram& h) {
    if (fits(key, id, filter)) out.merge(h);
  });
  return out;
}

std::vector<std::pair<std::string, std::uint64_t>> Snapshot::by_tag(Id id, const Filter& filter) const {
  std::map<std::string, std::uint64_t> sums;
  visit_metric(counters_, id, [&](const CellKey& key, std::uint64_t n) {
    if (fits(key, id, filter)) sums[key.tag] += n;
  });
  visit_metric(histograms_, id, [&](const CellKey& key, const Histogram& h) {
    if (fits(key, id, filter)) sums[key.tag] += h.count();
  });
  std::vector<std::pair<std::string, std::uint64_t>> out(sums.begin(), sums.end());
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return out;
}

}  // namespace cpefleet::metrics
