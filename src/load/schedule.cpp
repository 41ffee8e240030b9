// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "load/arrivals.hpp"

// Every kind of arrivals is a cumulative count N(t) and its inverse: start k is where N reaches k. Both are computed from
// k or t alone, so nothing drifts. The inverse, rounded to nanoseconds, is what counts: numbers of starts are estimated by
// N and then set right against the inverse, so that at() and before() cannot disagree.
namespace cpefleet::load {
namespace {

// 64 bits of mantissa hold every nanosecond of a Duration.
using Real = long double;

constexpr std::uint64_t kEndless = std::numeric_limits<std::uint64_t>::max();
constexpr Real kPi = std::numbers::pi_v<Real>;
constexpr Real kTimeConstants = 3;  // Spike::Shape::front

Real seconds(Duration d) { return static_cast<Real>(d.count()) / 1e9L; }

// Empty beyond what a Duration holds.
std::optional<Duration> to_duration(Real seconds) {
  const Real ns = std::round(seconds * 1e9L);
  if (!(ns < 9.2e18L)) return std::nullopt;
  return Duration{static_cast<std::int64_t>(std::max(ns, Real{0}))};
}

Real rate_of(Rate rate) { return rate.per_second > 0 ? static_cast<Real>(rate.per_second) : Real{0}; }

// --- constant rates (Once, Constant) ------------------------------------------------------
std::optional<Duration> start_at_rate(Rate rate, std::uint64_t k) {
  const Real r = rate_of(rate);
  return r > 0 ? to_duration(static_cast<Real>(k) / r) : std::nullopt;
}

// --- ramps ----------------------------------------------------------------------------------
Duration ramp_length(const Ramp& ramp) {
  Duration sum{};
  for (const auto& leg : ramp.legs) sum += leg.over;
  return sum;
}

// Starts up to `time` seconds into a leg.
Real ramp_count(Real from, Real to, Real over, Real time) {
  return over > 0 ? from * time + (to - from) / over * time * time / 2 : 0;
}

std::optional<Duration> ramp_start(const Ramp& ramp, std::uint64_t k) {
  Real left = static_cast<Real>(k);
  Real from = rate_of(ramp.from);
  Real begin = 0;
  for (const auto& leg : ramp.legs) {
    const Real to = rate_of(leg.to);
    const Real over = seconds(leg.over);
    const Real count = ramp_count(from, to, over, over);
    // "<", not "<=": the start that falls on a pause (rate 0) comes at its end. A leg of no length counts 0: a jump.
    if (left < count) {
      const Real slope = (to - from) / over;
      const Real root = std::sqrt(std::max(from * from + 2 * slope * left, Real{0}));
      const Real time = left > 0 ? 2 * left / (from + root) : 0;
      return to_duration(begin + std::min(time, over));
    }
    left -= count;
    begin += over;
    from = to;
  }
  return std::nullopt;
}

Real ramp_before(const Ramp& ramp, Real time) {
  Real sum = 0;
  Real from = rate_of(ramp.from);
  for (const auto& leg : ramp.legs) {
    const Real to = rate_of(leg.to);
    const Real over = seconds(leg.over);
    sum += ramp_count(from, to, over, std::clamp(time, Real{0}, over));
    time -= over;
    from = to;
  }
  return sum;
}

// --- spikes: distribution functions over [0, 1] -------------------------------------------------
Real spike_share(Spike::Shape shape, Real x) {
  switch (shape) {
    case Spike::Shape::flat: return x;
    case Spike::Shape::bell: return x - std::sin(2 * kPi * x) / (2 * kPi);
    case Spike::Shape::front: return std::expm1(-kTimeConstants * x) / std::expm1(-kTimeConstants);
  }
  return x;
}

// The bell's has no closed form. Bisection is monotonic in `share` whatever rounding does. Only the first half is
// searched, so that the bell is symmetric; in doubles, because a sine in Real takes twenty times as long.
Real bell_inverse(Real share) {
  if (share > 0.5L) return 1 - bell_inverse(1 - share);
  constexpr double kTwoPi = 2 * std::numbers::pi;
  const auto wanted = static_cast<double>(share);
  double low = 0;
  double high = 0.5;
  for (int i = 0; i < 52; ++i) {
    const double middle = (low + high) / 2;
    (middle - std::sin(kTwoPi * middle) / kTwoPi < wanted ? low : high) = middle;
  }
  return static_cast<Real>(low);
}

std::optional<Duration> spike_start(const Spike& spike, std::uint64_t devices, std::uint64_t k) {
  const Real n = static_cast<Real>(devices);
  const Real share = static_cast<Real>(k) / n;
  const Real over = seconds(spike.over);
  switch (spike.shape) {
    case Spike::Shape::flat: return to_duration(over * share);
    // In the middle of its slice, so that the bell is symmetric.
    case Spike::Shape::bell: return to_duration(over * bell_inverse(share + Real{0.5} / n));
    case Spike::Shape::front:
      return to_duration(over * -std::log1p(share * std::expm1(-kTimeConstants)) / kTimeConstants);
  }
  return std::nullopt;
}

Real spike_before(const Spike& spike, std::uint64_t devices, Real time) {
  const Real over = seconds(spike.over);
  return static_cast<Real>(devices) *
         (over > 0 ? spike_share(spike.shape, std::clamp(time / over, Real{0}, Real{1})) : 1);
}

// --- all of them ----------------------------------------------------------------------------
// Start k, whether or not the schedule's length cuts it off.
std::optional<Duration> start(const Arrivals& arrivals, std::uint64_t devices, std::uint64_t k) {
  if (const auto* once = std::get_if<Once>(&arrivals)) return k < devices ? start_at_rate(once->rate, k) : std::nullopt;
  if (const auto* constant = std::get_if<Constant>(&arrivals)) return start_at_rate(constant->rate, k);
  if (const auto* ramp = std::get_if<Ramp>(&arrivals)) return ramp_start(*ramp, k);
  const auto& spike = std::get<Spike>(arrivals);
  return k < devices ? spike_start(spike, devices, k) : std::nullopt;
}

// About how many starts there are before `time`.
Real estimate(const Arrivals& arrivals, std::uint64_t devices, Real time) {
  if (const auto* once = std::get_if<Once>(&arrivals)) return rate_of(once->rate) * time;
  if (const auto* constant = std::get_if<Constant>(&arrivals)) return rate_of(constant->rate) * time;
  if (const auto* ramp = std::get_if<Ramp>(&arrivals)) return ramp_before(*ramp, time);
  return spike_before(std::get<Spike>(arrivals), devices, time);
}

std::uint64_t starts_before(const Arrivals& arrivals, std::uint64_t devices, Duration elapsed, std::uint64_t at_most) {
  if (elapsed <= Duration{}) return 0;
  const auto is_before = [&](std::uint64_t k) {
    const auto at = start(arrivals, devices, k);
    return at && *at < elapsed;
  };
  const Real guess = std::ceil(estimate(arrivals, devices, seconds(elapsed)));
  std::uint64_t count = guess < static_cast<Real>(at_most) ? static_cast<std::uint64_t>(guess) : at_most;
  while (count > 0 && !is_before(count - 1)) --count;
  while (count < at_most && is_before(count)) ++count;
  return count;
}

}  // namespace

Schedule::Schedule(Arrivals arrivals, std::uint64_t devices, std::optional<Duration> length)
    : arrivals_(std::move(arrivals)), devices_(devices), length_(length) {
  if (devices_ == 0) return;
  if (const auto* ramp = std::get_if<Ramp>(&arrivals_)) {
    const auto end = ramp_length(*ramp);
    length_ = std::min(length_.value_or(end), end);
  }
  const bool visits_once = std::holds_alternative<Once>(arrivals_) || std::holds_alternative<Spike>(arrivals_);
  const std::uint64_t at_most = visits_once ? devices_ : kEndless;
  if (!start(arrivals_, devices_, 0)) return;  // a rate of 0
  total_ = length_ ? starts_before(arrivals_, devices_, *length_, at_most) : at_most;
}

std::optional<Duration> Schedule::at(std::uint64_t k) const {
  return k < total_ ? start(arrivals_, devices_, k) : std::nullopt;
}

std::uint64_t Schedule::total() const { return total_; }

Duration Schedule::length() const {
  const bool visits_once = std::holds_alternative<Once>(arrivals_) || std::holds_alternative<Spike>(arrivals_);
  if (!visits_once) return length_.value_or(Duration::max());
  return total_ == 0 ? Duration{} : at(total_ - 1).value_or(Duration::max());
}

std::uint64_t Schedule::before(Duration elapsed) const { return starts_before(arrivals_, devices_, elapsed, total_); }

}  // namespace cpefleet::load
