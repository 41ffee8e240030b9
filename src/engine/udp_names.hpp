// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cpefleet::engine {

// Which devices of a shard have a user name of connection requests: hashes of names, and places of devices. A device has
// the last name it was given. Thread: the shard.
class UdpNames {
 public:
  void set(std::uint32_t place, std::uint32_t hash) {
    hash = std::max(hash, 1U);
    if (last_.size() <= place) last_.resize(place + std::size_t{1});
    if (last_[place] == hash) return;
    if (last_[place] != kNone) ++stale_;
    last_[place] = hash;
    names_.push_back({hash, place});
    if (stale_ > kMostLoose && stale_ > names_.size() / 2) tidy();
  }

  // Puts up to `most` places in all into `out`, each once, in order: those with this name for which `live` says yes. The others are forgotten
  // when there are many of them, until they are set again.
  template <class Live>
  void find(std::uint32_t hash, std::size_t most, std::vector<std::uint32_t>& out, const Live& live) {
    hash = std::max(hash, 1U);
    // New ones in between do not have all of them sorted anew for each request.
    if (names_.size() - sorted_ > kMostLoose) tidy();
    std::size_t dead = 0;
    const auto look_at = [&](const Name& name) {
      if (last_[name.place] != hash) return;
      if (live(name.place)) return out.push_back(name.place);
      ++dead;
    };
    const auto middle = names_.begin() + static_cast<std::ptrdiff_t>(sorted_);
    auto at = std::lower_bound(names_.begin(), middle, Name{hash, 0});
    for (; at != middle && at->hash == hash && out.size() < most; ++at) look_at(*at);
    for (at = middle; at != names_.end() && out.size() < most; ++at) {
      if (at->hash == hash) look_at(*at);
    }
    std::sort(out.begin(), out.end());  // a name may have come back
    out.erase(std::unique(out.begin(), out.end()), out.end());
    if (dead <= kMostLoose) return;
    for (const auto& name : names_) {
      if (name.hash == hash && last_[name.place] == hash && !live(name.place)) last_[name.place] = kNone;
    }
    tidy();
  }

  [[nodiscard]] std::size_t size() const { return names_.size(); }

  static constexpr std::size_t kMostLoose = 256;  // not sorted, or not valid any more

 private:
  struct Name {
    std::uint32_t hash = 0;
    std::uint32_t place = 0;
    friend auto operator<=>(const Name&, const Name&) = default;
  };
  static constexpr std::uint32_t kNone = 0;

  void tidy() {
    const auto middle = names_.begin() + static_cast<std::ptrdiff_t>(sorted_);
    std::sort(middle, names_.end());
    std::inplace_merge(names_.begin(), middle, names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
    std::erase_if(names_, [this](const Name& name) { return last_[name.place] != name.hash; });
    sorted_ = names_.size();
    stale_ = 0;
  }

  std::vector<Name> names_;          // sorted up to sorted_
  std::vector<std::uint32_t> last_;  // by place: the name it has
  std::size_t sorted_ = 0;
  std::size_t stale_ = 0;  // at most so many of names_ are of another name than the device's last
};

}  // namespace cpefleet::engine
