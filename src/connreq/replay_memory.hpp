// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cpefleet::connreq {

// Remembers how far each nonce was used, so that no request is accepted twice. Of fixed size: where there is no room the
// oldest nonce is forgotten, and one that is older than all that stand there is not taken any more. So what is forgotten
// costs its client another challenge, and a replay is never taken for new.
// Thread: one.
class ReplayMemory {
 public:
  // Twelve bytes for each of the nonces, all allocated here; at least eight.
  explicit ReplayMemory(std::size_t nonces);
  // `issued`: unique per nonce and growing with time. True when `count` is greater than all that were accepted for it;
  // remembers it then. A request without a count (RFC 2069) has 0: once.
  [[nodiscard]] bool accept(std::uint64_t issued, std::uint32_t count);

 private:
  static constexpr std::size_t kWays = 8;
  struct Bucket {
    std::array<std::uint64_t, kWays> issued{};
    std::array<std::uint32_t, kWays> next{};  // the least count that is new; 0: the entry is free
  };
  std::vector<Bucket> buckets_;
};

}  // namespace cpefleet::connreq
