// SPDX-License-Identifier: Apache-2.0
#include "connreq/replay_memory.hpp"

#include <algorithm>
#include <limits>

#include "base/rng.hpp"

namespace cpefleet::connreq {

ReplayMemory::ReplayMemory(std::size_t nonces) : buckets_(std::max<std::size_t>(1, (nonces + kWays - 1) / kWays)) {}

bool ReplayMemory::accept(std::uint64_t issued, std::uint32_t count) {
  if (count == std::numeric_limits<std::uint32_t>::max()) return false;  // nothing could follow it
  Bucket& bucket = buckets_[below(mix64(issued), buckets_.size())];
  std::size_t oldest = 0;
  for (std::size_t i = 0; i < bucket.issued.size(); ++i) {
    if (bucket.next[i] != 0 && bucket.issued[i] == issued) {
      if (count < bucket.next[i]) return false;
      bucket.next[i] = count + 1;
      return true;
    }
    // A free entry is older than any.
    if (bucket.next[i] == 0 || (bucket.next[oldest] != 0 && bucket.issued[i] < bucket.issued[oldest])) oldest = i;
  }
  // No room and older than all that stand here: it may be one of those that were forgotten.
  if (bucket.next[oldest] != 0 && issued < bucket.issued[oldest]) return false;
  bucket.issued[oldest] = issued;
  bucket.next[oldest] = count + 1;
  return true;
}

}  // namespace cpefleet::connreq
