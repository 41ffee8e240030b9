// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <string>

#include "base/units.hpp"
#include "cli/commands.hpp"
#include "datamodel/schema.hpp"
#include "loading.hpp"
#include "report/exit_code.hpp"

namespace cpefleet::sim {
namespace {

constexpr int kBad = static_cast<int>(report::ExitCode::bad_configuration);

int list(const Environment& environment) {
  PlanLoader loader(environment);
  Diagnostics diagnostics;
  for (const auto& name : loader.profiles().names()) {
    const auto profile = loader.profiles().load(name, diagnostics);
    if (!profile) continue;
    const auto& firmware = profile->firmware[profile->default_firmware];
    fmt::print(environment.out, "{:<12} {:<10} firmware {} ({} known)\n", name, profile->identity.product_class,
               firmware.version, profile->firmware.size());
  }
  fmt::print(environment.err, "{}", diagnostics.text());
  return diagnostics.empty() ? 0 : kBad;
}

std::string_view kind_of(const datamodel::Node& node) {
  if (node.kind == datamodel::NodeKind::table) return "table";
  return node.kind == datamodel::NodeKind::object ? "object" : "";
}

std::string_view type_of(const datamodel::Node& node) {
  using datamodel::Type;
  switch (node.type) {
    case Type::string: return "string";
    case Type::integer: return "int";
    case Type::unsigned_integer: return "unsignedInt";
    case Type::boolean: return "boolean";
    case Type::date_time: return "dateTime";
    case Type::base64: return "base64";
  }
  return "";
}

std::string path_text(const profile::NetworkPath& path) {
  return fmt::format("loss {:g}%, rtt {} (p99 {}), {} hops", path.loss * 100, format_duration(path.median),
                     format_duration(path.p99), path.hops);
}

// What pings and trace routes find.
void explain_diagnostics(const Environment& environment, const profile::DiagnosticsBehaviour& how) {
  fmt::print(environment.out, "diagnostics\t\t\t{}\t{}\n", path_text(how.path), how.origin);
  for (const auto& [host, path] : how.hosts)
    fmt::print(environment.out, "diagnostics to {}\t\t\t{}\t{}\n", host, path_text(path), how.origin);
  for (const auto& host : how.unresolvable) {
    if (!how.hosts.contains(host))
      fmt::print(environment.out, "diagnostics to {}\t\t\tunresolvable\t{}\n", host, how.origin);
  }
}

// Every node with what a new device answers and where the definition comes from.
int explain(const Environment& environment, const std::string& name, const std::string& firmware) {
  PlanLoader loader(environment);
  Diagnostics diagnostics;
  const auto profile = loader.profiles().load(name, diagnostics);
  if (!profile) {
    fmt::print(environment.err, "{}", diagnostics.text());
    return kBad;
  }
  const auto* chosen =
      firmware.empty() ? &profile->firmware[profile->default_firmware] : profile->find_firmware(firmware);
  if (chosen == nullptr) {
    fmt::print(environment.err, "cpefleet: profile {} has no firmware {}\n", name, firmware);
    return kBad;
  }
  const auto& schema = *chosen->schema;
  for (std::size_t i = 1; i < schema.size(); ++i) {
    const auto id = static_cast<datamodel::NodeId>(i);
    const auto& node = schema.node(id);
    const bool parameter = node.kind == datamodel::NodeKind::parameter;
    fmt::print(environment.out, "{}\t{}\t{}\t{}\t{}\n", schema.path(id), parameter ? type_of(node) : kind_of(node),
               node.writable ? "W" : "R", node.hidden ? "(hidden)" : node.default_value, node.origin);
  }
  explain_diagnostics(environment, profile->diagnostics);
  return 0;
}

}  // namespace

void add_profiles(CLI::App& app, Environment& environment, Action& action) {
  auto* command =
      app.add_subcommand("profiles", "the models there are; `explain NAME` prints where every value comes from");
  command->callback([&environment, &action] {
    if (!action) action = [&environment] { return list(environment); };
  });
  auto* explained = command->add_subcommand("explain", "every parameter with type, access, default and origin");
  auto name = std::make_shared<std::string>();
  auto firmware = std::make_shared<std::string>();
  explained->add_option("name", *name, "a profile, by name or file")->required()->type_name("NAME");
  explained->add_option("--firmware", *firmware, "default: the profile's")->type_name("VERSION");
  explained->callback([&environment, &action, name, firmware] {
    action = [&environment, name, firmware] { return explain(environment, *name, *firmware); };
  });
}

}  // namespace cpefleet::sim
