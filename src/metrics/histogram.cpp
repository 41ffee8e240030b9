// SPDX-License-Identifier: Apache-2.0
#include "metrics/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

namespace cpefleet::metrics {
namespace {

// Values below 2 * kSubBuckets have a bucket each; from there on every octave has kSubBuckets of them, so that a bucket
// is never wider than 1/128 of its values.
constexpr unsigned kSubBits = 7;
constexpr std::uint64_t kSubBuckets = 1U << kSubBits;
constexpr unsigned kOctaves = 29;  // the last value is 2^37 - 1 µs, 38 hours
constexpr std::size_t kBuckets = 2 * kSubBuckets + kOctaves * kSubBuckets;

std::size_t bucket_of(std::uint64_t micros) {
  if (micros < 2 * kSubBuckets) return micros;
  const auto octave = static_cast<unsigned>(std::bit_width(micros)) - kSubBits - 1;
  const auto index = 2 * kSubBuckets + (octave - 1) * kSubBuckets + ((micros >> octave) - kSubBuckets);
  return std::min<std::size_t>(index, kBuckets - 1);
}

std::uint64_t last_value_of(std::size_t index) {
  if (index < 2 * kSubBuckets) return index;
  const auto octave = (index - 2 * kSubBuckets) / kSubBuckets + 1;
  const auto sub = (index - 2 * kSubBuckets) % kSubBuckets + kSubBuckets;
  return ((sub + 1) << octave) - 1;
}

std::int64_t to_micros(Duration d) {
  return std::max<std::int64_t>(0, std::chrono::round<std::chrono::microseconds>(d).count());
}

Duration from_micros(std::int64_t micros) { return std::chrono::microseconds{micros}; }

}  // namespace

void Histogram::add(Duration value, std::uint64_t times) {
  if (times == 0) return;
  if (buckets_.empty()) buckets_.resize(kBuckets);
  const auto micros = to_micros(value);
  buckets_[bucket_of(static_cast<std::uint64_t>(micros))] += times;
  min_ = count_ == 0 ? micros : std::min(min_, micros);
  max_ = std::max(max_, micros);
  sum_ += static_cast<std::uint64_t>(micros) * times;
  count_ += times;
}

void Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) return;
  if (buckets_.empty()) buckets_.resize(kBuckets);
  for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
  count_ += other.count_;
}

Duration Histogram::min() const { return from_micros(min_); }
Duration Histogram::max() const { return from_micros(max_); }

Duration Histogram::mean() const {
  if (count_ == 0) return Duration{};
  return Duration{std::llround(static_cast<double>(sum_) * 1000 / static_cast<double>(count_))};
}

Duration Histogram::quantile(double q) const {
  if (count_ == 0) return Duration{};
  // Without the little that is taken off, 0.07 of 100 would be 7.000000000000001 and so the 8th value.
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_) * (1 - 1e-12));
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank && i + 1 < kBuckets)  // the last bucket has no edge
      return from_micros(std::min(static_cast<std::int64_t>(last_value_of(i)), max_));
  }
  return from_micros(max_);
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> out;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    if (buckets_[i] > 0) out.push_back({static_cast<std::uint32_t>(i), buckets_[i]});
  }
  return out;
}

Duration Histogram::upper_edge(std::uint32_t index) {
  return from_micros(static_cast<std::int64_t>(last_value_of(std::min<std::size_t>(index, kBuckets - 1))));
}

std::uint32_t Histogram::bucket_index(Duration value) {
  return static_cast<std::uint32_t>(bucket_of(static_cast<std::uint64_t>(to_micros(value))));
}

Result<Histogram> Histogram::restore(std::span<const Bucket> buckets, Duration min, Duration max,
                                     std::uint64_t sum_micros) {
  Histogram out;
  if (buckets.empty()) return out;
  out.buckets_.resize(kBuckets);
  for (const auto& bucket : buckets) {
    if (bucket.index >= kBuckets) return failure("a histogram has a bucket beyond the last one");
    if (out.count_ + bucket.count < out.count_) return failure("a histogram counts more than there can be");
    out.buckets_[bucket.index] += bucket.count;
    out.count_ += bucket.count;
  }
  out.min_ = to_micros(min);
  out.max_ = to_micros(max);
  out.sum_ = sum_micros;
  const auto used = [&](std::int64_t micros) {
    return out.buckets_[bucket_of(static_cast<std::uint64_t>(micros))] > 0;
  };
  if (out.min_ > out.max_ || !used(out.min_) || !used(out.max_))
    return failure("a histogram's least and greatest value do not fit its buckets");
  return out;
}

}  // namespace cpefleet::metrics
