// SPDX-License-Identifier: Apache-2.0
#include "metrics/collector.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <variant>
#include <vector>

#include "base/rng.hpp"

namespace cpefleet::metrics {
namespace {

constexpr std::size_t kTagKinds = static_cast<std::size_t>(Tag::rule) + 1;
constexpr std::size_t kLongestTag = 64;
constexpr std::uint32_t kNoCell = 0xffffffff;

// Tags of one kind, numbered as they come. A search through a few short texts beats hashing them.
class Tags {
 public:
  std::uint32_t number(std::string_view tag) {
    tag = tag.substr(0, kLongestTag);
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == tag) return static_cast<std::uint32_t>(i);
    }
    if (names_.size() == Collector::kTagsPerKind) {
      names_.emplace_back("other");
    }
    if (names_.size() > Collector::kTagsPerKind) return static_cast<std::uint32_t>(Collector::kTagsPerKind);
    names_.emplace_back(tag);
    return static_cast<std::uint32_t>(names_.size() - 1);
  }
  [[nodiscard]] const std::string& name(std::uint32_t number) const { return names_[number]; }

 private:
  std::vector<std::string> names_;
};

// Where a cell is: metric, tag, phase and group in one word.
std::uint64_t pack(Id id, std::uint32_t tag, std::uint32_t phase, std::uint32_t group) {
  return static_cast<std::uint64_t>(id) << 56 | static_cast<std::uint64_t>(tag & 0xffU) << 48 |
         static_cast<std::uint64_t>(phase & 0xffffffU) << 24 | (group & 0xffffffU);
}
static_assert(Collector::kTagsPerKind < 0x100);

// Open addressing over packed keys; nothing is ever removed.
class CellIndex {
 public:
  CellIndex() : slots_(256) {}

  // The cell of `key`; a new one gets the number `next`.
  std::uint32_t find_or_add(std::uint64_t key, std::uint32_t next) {
    auto& slot = slot_of(key);
    if (slot.cell != kNoCell) return slot.cell;
    slot = {key, next};
    if (++used_ * 2 > slots_.size()) grow();
    return next;
  }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t cell = kNoCell;
  };
  Slot& slot_of(std::uint64_t key) {
    auto at = mix64(key) & (slots_.size() - 1);
    while (slots_[at].cell != kNoCell && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const auto& slot : old) {
      if (slot.cell != kNoCell) slot_of(slot.key) = slot;
    }
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

template <class Value>
struct Cell {
  std::uint64_t key = 0;
  Value value{};
};

}  // namespace

struct Collector::Impl {
  std::array<Tags, kTagKinds> tags;
  CellIndex counter_index;
  CellIndex histogram_index;
  std::vector<Cell<std::uint64_t>> counters;
  std::vector<Cell<Histogram>> histograms;

  std::uint64_t key(Id id, std::uint32_t phase, std::uint32_t group, std::string_view tag) {
    return pack(id, tags[static_cast<std::size_t>(info(id).tag)].number(tag), phase, group);
  }

  template <class Value>
  Value& cell(CellIndex& index, std::vector<Cell<Value>>& cells, std::uint64_t packed) {
    const auto at = index.find_or_add(packed, static_cast<std::uint32_t>(cells.size()));
    if (at == cells.size()) cells.push_back({packed, Value{}});
    return cells[at].value;
  }

  [[nodiscard]] Snapshot::CellKey unpack(std::uint64_t packed) const {
    constexpr std::uint32_t kNone = 0xffffff;
    const auto id = static_cast<Id>(packed >> 56);
    const auto phase = static_cast<std::uint32_t>(packed >> 24) & kNone;
    const auto& names = tags[static_cast<std::size_t>(info(id).tag)];
    return {id, phase == kNone ? kOutsidePhases : phase, static_cast<std::uint32_t>(packed) & kNone,
            names.name(static_cast<std::uint32_t>(packed >> 48) & 0xffU)};
  }
};

namespace {

// Counts what one entry says. Starts are the engine's: see the header.
struct EntryCounter {
  Collector& to;
  const journal::Context& context;

  void count(Id id, std::string_view tag = {}, std::uint64_t n = 1) const {
    to.count(id, context.phase, context.device.group, tag, n);
  }
  void duration(Id id, Duration d, std::string_view tag = {}) const {
    to.duration(id, context.phase, context.device.group, d, tag);
  }

  void count_fault(Id id, int fault) const {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), fault).ptr;
    count(id, {digits.data(), static_cast<std::size_t>(end - digits.data())});
  }

  void operator()(const journal::SessionStarted&) const {}
  void operator()(const journal::Connected& e) const {
    count(Id::connections);
    if (e.reopened) count(Id::connections_reopened);
    if (e.took > Duration{}) duration(Id::connect_time, e.took);
  }
  void operator()(const journal::Sent& e) const {
    count(Id::posts);
    count(Id::bytes_sent, {}, e.body.size());
  }
  void operator()(const journal::Received& e) const {
    count(Id::bytes_received, {}, e.body.size());
    duration(Id::reply_time, e.waited, e.message.empty() ? "empty" : e.message);
  }
  void operator()(const journal::Rpc& e) const {
    const bool from_acs = e.direction == journal::Direction::from_acs;
    count(from_acs ? Id::rpcs : Id::cpe_rpcs, e.method);
    if (e.fault != 0) {
      count_fault(from_acs ? Id::faults_sent : Id::faults_received, e.fault);
    } else if (!from_acs && e.method == "Inform") {
      duration(Id::inform_time, e.took);
    }
  }
  void operator()(const journal::TransferTold& e) const {
    count(Id::transfers);
    if (e.fault != 0) count_fault(Id::transfers_failed, e.fault);
  }
  void operator()(const journal::InformAccepted& e) const {
    for (const auto event : e.events) {
      count(Id::events_delivered, event);
      if (event == "6 CONNECTION REQUEST") duration(Id::connection_request, context.at - context.planned);
    }
  }
  void operator()(const journal::Challenged&) const { count(Id::http_challenges); }
  void operator()(const journal::Redirected&) const { count(Id::http_redirects); }
  void operator()(const journal::Finding& e) const { count(Id::findings, e.rule); }
  void operator()(const journal::CapHit& e) const { count(Id::caps_hit, e.cap); }
  void operator()(const journal::Paced&) const {}
  void operator()(const journal::Ended& e) const {
    if (e.cause != Cause::none) {
      count(Id::sessions_failed, to_string(e.cause));
      duration(Id::failed_session_duration, context.at - e.planned);
      return;
    }
    count(Id::sessions_done);
    duration(Id::session_duration, context.at - e.planned - e.paced);
    duration(Id::session_duration_uncorrected, context.at - e.started - e.paced);
  }
};

}  // namespace

Collector::Collector(std::uint32_t phases, std::uint32_t groups) : impl_(std::make_unique<Impl>()) {
  // Room for the usual cells, so that they do not move while the first sessions run.
  const auto places = std::min<std::size_t>((std::size_t{phases} + 1) * groups, 256);
  impl_->counters.reserve(places * 32);
  impl_->histograms.reserve(places * 16);
}

Collector::~Collector() = default;

void Collector::on_entry(const journal::Context& context, const journal::Entry& entry) {
  std::visit(EntryCounter{*this, context}, entry);
}

void Collector::count(Id id, std::uint32_t phase, std::uint32_t group, std::string_view tag, std::uint64_t n) {
  impl_->cell(impl_->counter_index, impl_->counters, impl_->key(id, phase, group, tag)) += n;
}

void Collector::duration(Id id, std::uint32_t phase, std::uint32_t group, Duration d, std::string_view tag) {
  impl_->cell(impl_->histogram_index, impl_->histograms, impl_->key(id, phase, group, tag)).add(d);
}

Snapshot Collector::snapshot() const {
  Snapshot out;
  for (const auto& cell : impl_->counters) out.add(impl_->unpack(cell.key), cell.value);
  for (const auto& cell : impl_->histograms) out.add(impl_->unpack(cell.key), cell.value);
  return out;
}

}  // namespace cpefleet::metrics
