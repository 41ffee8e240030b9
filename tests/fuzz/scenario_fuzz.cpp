// SPDX-License-Identifier: Apache-2.0
// A scenario that anybody wrote, and the CSV it names: the scenario up to the first line `%%`, the CSV behind it.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "property.hpp"
#include "scenario/load_text.hpp"
#include "scenario/starts.hpp"

namespace {

using namespace cpefleet;
using cpefleet::fuzz::holds;

constexpr std::uint64_t kFew = 2000;

std::shared_ptr<const profile::Profile> make_profile() {
  auto made = std::make_shared<profile::Profile>();
  made->name = "p";
  made->identity.product_class = "P";
  made->firmware.emplace_back().version = "1.0";
  made->firmware.emplace_back().version = "1.1";
  return made;
}

// Counts of devices make the work, not the bytes: a fuzzer that finds `16M` would learn nothing but patience.
bool is_small(std::string_view text) {
  std::size_t digits = 0;
  for (const char c : text) {
    const bool suffix = c == 'k' || c == 'K' || c == 'M' || c == 'G';
    if (suffix && digits > 0) return false;
    digits = c >= '0' && c <= '9' ? digits + 1 : c == '.' ? digits : 0;
    if (digits > 6) return false;
  }
  return true;
}

void look_at(const scenario::Plan& plan) {
  holds(!plan.fleet.empty() && !plan.phases.empty(), "a plan without fleet or phases");
  (void)scenario::timeline(plan);
  for (std::size_t i = 0; i < plan.phases.size(); ++i) {
    const scenario::PhaseStarts starts(plan, i);
    const std::uint64_t total = starts.total();
    for (std::uint64_t k = 0; k < std::min(total, kFew); ++k) {
      const auto start = starts.at(k);
      holds(start.has_value(), "a start is missing");
      holds(start->group < plan.fleet.size(), "a group that is none");
      holds(start->index < plan.fleet[start->group].group->count, "a device that is none");
    }
    holds(total == UINT64_MAX || !starts.at(total), "a start too many");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::input(data, size);
  if (size > 10'000 || !is_small(text)) return 0;
  static const auto profile = make_profile();
  const std::size_t split = text.find("%%\n");
  const std::string csv(split == std::string_view::npos ? "" : text.substr(split + 3));

  scenario::World world;
  world.read_file = [&](const std::string&) { return std::optional(csv); };
  world.environment = [](const std::string& name) {
    return name == "SET" ? std::optional<std::string>("{serial}") : std::nullopt;
  };
  world.find_profile = [](std::string_view, Diagnostics&) { return profile; };
  Diagnostics diagnostics;
  const auto plan = scenario::load_text(text.substr(0, split), "f.yaml", world, {}, diagnostics);
  holds((plan == nullptr) == !diagnostics.empty(), "a plan with mistakes, or none without");
  for (const Diagnostic& d : diagnostics.list()) holds(!d.message.empty(), "a mistake without words");
  if (plan) look_at(*plan);
  return 0;
}
