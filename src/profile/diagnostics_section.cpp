// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>

#include "base/text.hpp"
#include "profile/compiler.hpp"

// The section `diagnostics` of a profile file: what pings and trace routes find.
namespace cpefleet::profile {
namespace {

// `rtt: 20ms`, or `rtt: { median: 20ms, p99: 80ms }`.
void read_round_trip(yaml::MapReader& of, NetworkPath& path) {
  if (!of.has("rtt")) return;
  const auto* value = of.optional("rtt");
  if (value == nullptr) return;
  if (value->is_scalar()) {
    if (const auto constant = of.optional_duration("rtt")) path.median = path.p99 = *constant;
    return;
  }
  yaml::MapReader reader(*value, "`rtt`", of.diagnostics());
  if (!reader.is_map()) return;
  if (reader.required("median") != nullptr) path.median = reader.optional_duration("median").value_or(path.median);
  path.p99 = reader.optional_duration("p99").value_or(path.median);
  if (path.p99 < path.median) reader.wrong("p99", "must not be less than the median");
  reader.finish();
}

void read_path(yaml::MapReader& reader, NetworkPath& path) {
  path.loss = reader.optional_share("loss").value_or(path.loss);
  read_round_trip(reader, path);
  if (const auto hops = reader.optional_uint("hops", 1, 255)) path.hops = static_cast<std::uint32_t>(*hops);
}

}  // namespace

// `diagnostics: { loss: 2%, rtt: 20ms, hops: 8, unresolvable: [nowhere.example], hosts: { 10.0.0.1: { loss: 100% } } }`
void Compiler::read_diagnostics(const yaml::Node& map) {
  yaml::MapReader reader(map, "`diagnostics`", diagnostics_);
  if (!reader.is_map()) return;
  auto& how = profile_.diagnostics;
  how.origin = read_origin(reader);
  read_path(reader, how.path);
  for (const auto* name : reader.optional_texts("unresolvable")) how.unresolvable.insert(to_lower(name->text()));
  if (const auto* hosts = reader.optional("hosts")) {
    if (!hosts->is_map()) reader.wrong("hosts", "must be a map of hosts");
    for (const auto& [key, value] : hosts->is_map() ? hosts->entries() : std::vector<yaml::Node::Entry>{}) {
      yaml::MapReader host(value, fmt::format("`{}`", key.text()), diagnostics_);
      if (!host.is_map()) continue;
      auto& path = how.hosts.try_emplace(to_lower(key.text()), how.path).first->second;
      read_path(host, path);
      host.finish();
    }
  }
  reader.finish();
}

}  // namespace cpefleet::profile
