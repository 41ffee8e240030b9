// SPDX-License-Identifier: Apache-2.0
#include "report/exit_code.hpp"

#include <algorithm>
#include <array>

namespace cpefleet::report {
namespace {

struct Meaning {
  ExitCode code;
  std::string_view text;
};

// In the order of precedence.
constexpr std::array<Meaning, 10> kMeanings{{
    {ExitCode::internal_error, "internal error"},
    {ExitCode::bad_configuration, "bad scenario, profile or configuration"},
    {ExitCode::interrupted, "interrupted"},
    {ExitCode::generator_bottleneck, "the generator itself was the bottleneck, the result is void"},
    {ExitCode::aborted, "aborted by a threshold or time limit"},
    {ExitCode::incomplete, "results incomplete"},
    {ExitCode::threshold_failed, "a threshold failed"},
    {ExitCode::expectation_failed, "an expectation failed"},
    {ExitCode::usage, "wrong usage"},
    {ExitCode::passed, "passed"},
}};

}  // namespace

std::string_view meaning(ExitCode code) {
  for (const auto& known : kMeanings) {
    if (known.code == code) return known.text;
  }
  return "unknown";
}

ExitCode foremost(std::span<const ExitCode> codes) {
  const auto sorted = in_order(codes);
  return sorted.empty() ? ExitCode::passed : sorted.front();
}

std::vector<ExitCode> in_order(std::span<const ExitCode> codes) {
  std::vector<ExitCode> out;
  for (const auto& known : kMeanings) {
    if (std::find(codes.begin(), codes.end(), known.code) != codes.end()) out.push_back(known.code);
  }
  return out;
}

}  // namespace cpefleet::report
