// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace cpefleet::metrics {

// Durations from 1 µs to about 20 hours in log-linear buckets: relative error below 1 %, memory fixed once anything was
// recorded (none before), merging exact: merge(a, b) equals recording both. Counts whole microseconds. Thread: one;
// merge copies.
class Histogram {
 public:
  // What is written to results and read back: the buckets that are not empty, ascending.
  struct Bucket {
    std::uint32_t index = 0;
    std::uint64_t count = 0;
    friend bool operator==(const Bucket&, const Bucket&) = default;
  };

  void add(Duration value, std::uint64_t times = 1);  // negative counts as 0
  void merge(const Histogram& other);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] Duration min() const;
  [[nodiscard]] Duration max() const;
  [[nodiscard]] Duration mean() const;
  // q in [0, 1]; the upper edge of the bucket that holds the q-th value, never above max(). 0 when empty.
  [[nodiscard]] Duration quantile(double q) const;
  [[nodiscard]] std::vector<Bucket> buckets() const;
  [[nodiscard]] std::uint64_t sum_micros() const { return sum_; }
  // The largest duration that bucket `index` holds, and the bucket that holds a duration.
  [[nodiscard]] static Duration upper_edge(std::uint32_t index);
  [[nodiscard]] static std::uint32_t bucket_index(Duration value);
  // The inverse of buckets(), min(), max() and sum_micros(); an error when they do not fit together.
  [[nodiscard]] static Result<Histogram> restore(std::span<const Bucket> buckets, Duration min, Duration max,
                                                 std::uint64_t sum_micros);
  friend bool operator==(const Histogram&, const Histogram&) = default;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::int64_t min_ = 0;  // µs, all of them
  std::int64_t max_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace cpefleet::metrics
