// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/resource.h>

#include "base/units.hpp"
#include "cli/commands.hpp"
#include "compose.hpp"
#include "loading.hpp"
#include "report/exit_code.hpp"
#include "scenario/starts.hpp"

namespace cpefleet::sim {
namespace {

// One line a planned start: when it is due, in which phase, which device. The same for any number of threads.
int print_starts(const Environment& environment, const scenario::Plan& plan) {
  const auto begins = scenario::timeline(plan);
  for (std::uint32_t p = 0; p < plan.phases.size(); ++p) {
    const auto& phase = plan.phases[p];
    if (!phase.arrivals) continue;
    const scenario::PhaseStarts starts(plan, p);
    for (std::uint64_t k = 0;; ++k) {
      const auto start = starts.at(k);
      if (!start) break;
      const auto& group = *plan.fleet[start->group].group;
      const auto identity = group.identity_of(start->index);
      const auto offset = std::chrono::duration<double>(start->offset).count();
      if (begins[p])
        fmt::print(environment.out, "{:.6f}", std::chrono::duration<double>(*begins[p]).count() + offset);
      else
        fmt::print(environment.out, "{}+{:.6f}", phase.name, offset);
      fmt::print(environment.out, " {} {}/{} {}-{}-{}\n", phase.name, group.name, start->index, identity.oui,
                 identity.product_class, identity.serial);
    }
  }
  return 0;
}

int print_plan(const Environment& environment, const scenario::Plan& plan) {
  auto* out = environment.out;
  fmt::print(out, "{}: {} device{}, seed {}\n", plan.name, format_count(plan.devices()), plan.devices() == 1 ? "" : "s",
             plan.seed);
  for (const auto& group : plan.fleet)
    fmt::print(out, "  group  {:<14} {:>10}  {}\n", group.group->name, format_count(group.group->count),
               group.group->profile->name);
  const auto begins = scenario::timeline(plan);
  for (std::uint32_t p = 0; p < plan.phases.size(); ++p) {
    const auto& phase = plan.phases[p];
    std::string starts = "-";
    std::string length =
        phase.until ? "until " + phase.until->condition.text : format_duration(phase.length.value_or(Duration{}));
    if (phase.arrivals) {
      const load::Schedule schedule(*phase.arrivals, phase.devices(plan.fleet), phase.length);
      starts = format_count(schedule.total());
      length = format_duration(schedule.length());
    }
    fmt::print(out, "  phase  {:<14} {:>10} starts  at {:<8} for {}\n", phase.name, starts,
               begins[p] ? format_duration(*begins[p]) : "?", length);
  }
  const auto needs = estimate(plan);
  fmt::print(out, "  memory      about {} for the devices, {} for {} session{} at a time\n",
             format_bytes(needs.device_bytes), format_bytes(needs.session_bytes), format_count(needs.in_flight),
             needs.in_flight == 1 ? "" : "s");
  fmt::print(out, "  descriptors {} of {}\n", format_count(needs.descriptors), format_count(needs.descriptor_limit));
  for (const auto& note : needs.missing) fmt::print(out, "  missing     {}\n", note);
  for (const auto& warning : plan.warnings) fmt::print(out, "  note        {}\n", warning);
  return 0;
}

}  // namespace

void add_plan(CLI::App& app, Environment& environment, Action& action) {
  auto* command = app.add_subcommand("plan", "what a run will do and take, without doing it");
  auto source = std::make_shared<PlanSource>();
  auto starts = std::make_shared<bool>(false);
  add_plan_flags(*command, *source);
  command->add_flag("--starts", *starts, "print every planned start: time, phase, device");
  command->footer("Example: cpefleet plan builtin:quickstart --starts");
  command->callback([&environment, &action, source, starts] {
    check_plan_flags(*source);
    action = [&environment, source, starts] {
      raise_descriptor_limit();
      PlanLoader loader(environment);
      Diagnostics diagnostics;
      const auto plan = loader.load(*source, diagnostics);
      if (!plan) {
        fmt::print(environment.err, "{}", diagnostics.text());
        return static_cast<int>(report::ExitCode::bad_configuration);
      }
      return *starts ? print_starts(environment, *plan) : print_plan(environment, *plan);
    };
  });
}

}  // namespace cpefleet::sim
