// SPDX-License-Identifier: Apache-2.0
#include "metrics/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <vector>

#include "base/rng.hpp"

using namespace cpefleet;
using cpefleet::metrics::Histogram;
using namespace std::chrono_literals;

namespace {

// Spread over nine orders of magnitude.
Duration sample(std::uint64_t i) {
  const double exponent = unit(draw(1, Stream::device_value, i)) * 10.8;
  return std::chrono::microseconds{static_cast<std::int64_t>(std::pow(10.0, exponent))};
}

}  // namespace

TEST_CASE("an empty histogram says 0 to everything") {
  const Histogram h;
  CHECK(h.count() == 0);
  CHECK(h.min() == 0s);
  CHECK(h.max() == 0s);
  CHECK(h.mean() == 0s);
  CHECK(h.quantile(0.99) == 0s);
  CHECK(h.buckets().empty());
}

TEST_CASE("quantiles are within one percent above the exact ones") {
  Histogram h;
  std::vector<Duration> values;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    values.push_back(sample(i));
    h.add(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double q : {0.0001, 0.01, 0.07, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999}) {
    const auto rank = static_cast<std::size_t>(std::ceil(q * 20'000 - 1e-6));
    const auto exact = values[rank - 1];
    CHECK(h.quantile(q) >= exact);
    CHECK(h.quantile(q) <= exact + exact / 100);
  }
  CHECK(h.quantile(1) == values.back());
  CHECK(h.max() == values.back());
  CHECK(h.min() == values.front());
  CHECK(h.count() == values.size());
}

TEST_CASE("quantiles of few values are those values") {
  Histogram h;
  h.add(10ms);
  CHECK(h.quantile(0) == 10ms);
  CHECK(h.quantile(0.5) == 10ms);
  CHECK(h.quantile(1) == 10ms);
  for (int i = 1; i <= 100; ++i) h.add(i * 1us);
  Histogram hundred;
  for (int i = 1; i <= 100; ++i) hundred.add(i * 1us);
  CHECK(hundred.quantile(0.07) == 7us);
  CHECK(hundred.quantile(0.5) == 50us);
  CHECK(hundred.quantile(0.99) == 99us);
  CHECK(hundred.mean() == 50'500ns);
}

TEST_CASE("merging equals recording both, in any order") {
  Histogram all;
  Histogram parts[3];
  for (std::uint64_t i = 0; i < 5000; ++i) {
    all.add(sample(i));
    parts[below(mix64(i), 3)].add(sample(i));
  }
  Histogram forward = parts[0];
  forward.merge(parts[1]);
  forward.merge(parts[2]);
  Histogram backward;
  backward.merge(parts[2]);
  backward.merge(parts[1]);
  backward.merge(parts[0]);
  backward.merge(Histogram{});
  CHECK(forward == all);
  CHECK(backward == all);
}

TEST_CASE("what lies outside of the range is kept at its edges") {
  Histogram h;
  h.add(-5s);
  CHECK(h.min() == 0s);
  CHECK(h.quantile(1) == 0s);
  h.add(1000h);
  CHECK(h.max() == 1000h);
  CHECK(h.quantile(1) == 1000h);
  h.add(1s, 0);
  CHECK(h.count() == 2);
  h.add(1s, 10);
  CHECK(h.count() == 12);
}

TEST_CASE("a histogram is restored from its buckets") {
  Histogram h;
  for (std::uint64_t i = 0; i < 1000; ++i) h.add(sample(i));
  CHECK(Histogram::restore(h.buckets(), h.min(), h.max(), h.sum_micros()).value() == h);
  CHECK(Histogram::restore({}, 0s, 0s, 0).value() == Histogram{});
  for (const auto& bucket : h.buckets()) {
    Histogram one;
    one.add(Histogram::upper_edge(bucket.index));
    CHECK(one.buckets().front().index == bucket.index);
    CHECK(Histogram::bucket_index(Histogram::upper_edge(bucket.index)) == bucket.index);
    CHECK(Histogram::bucket_index(Histogram::upper_edge(bucket.index) + 1us) == bucket.index + 1);
  }
}

TEST_CASE("buckets that cannot be are refused") {
  const auto restore = [](std::vector<Histogram::Bucket> buckets, Duration min, Duration max) {
    return Histogram::restore(buckets, min, max, 0).has_value();
  };
  CHECK(restore({{5, 1}}, 5us, 5us));
  CHECK(!restore({{5, 1}}, 4us, 5us));
  CHECK(!restore({{5, 1}}, 5us, 6us));
  CHECK(!restore({{5, 1}, {6, 1}}, 6us, 5us));
  CHECK(!restore({{4'000'000, 1}}, 0us, 1us));
  CHECK(!restore({{5, UINT64_MAX}, {5, 1}}, 5us, 5us));
}
