// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <fmt/format.h>

#include "base/text.hpp"
#include "base/url.hpp"
#include "profile/versions.hpp"
#include "scenario/loading.hpp"

// What a group's devices do with files: `transfers` and `provisioning`.
namespace cpefleet::scenario {
namespace {

using Failure = fleet::FileRules::Failure;

Failure read_failure(const yaml::Node& node, Loading& loading) {
  static constexpr std::array<std::string_view, 4> kOf = {"any", "firmware", "configuration", "upload"};
  yaml::MapReader reader(node, "a failure", loading.diagnostics, keys_of("failure"));
  Failure out;
  out.of = static_cast<Failure::Of>(reader.optional_choice("of", kOf).value_or(0));
  out.share = reader.optional_share("share").value_or(1);
  out.at = reader.optional_share("at");
  out.fault = static_cast<int>(reader.optional_uint("fault", 9000, 9899).value_or(0));
  out.text = reader.optional_string("text").value_or("as the scenario says");
  if (out.text.size() > 256) reader.wrong("text", "a FaultString has 256 characters at most");
  reader.finish();
  return out;
}

}  // namespace

Result<std::uint64_t> parse_bandwidth(std::string_view text) {
  const bool per_second = text.size() > 2 && text.substr(text.size() - 2) == "/s";
  Result<std::uint64_t> bytes = per_second ? parse_bytes(text.substr(0, text.size() - 2)) : Result<std::uint64_t>(0);
  if (!bytes || *bytes == 0) return failure("expected a bandwidth such as 10MB/s, found \"" + std::string(text) + "\"");
  return bytes;
}

// `transfers: { speed: 200KB/s, flash_time: 90s, firmware: 1.0.11.106, failures: [{ share: 10%, fault: 9017 }] }`
void read_transfers(const yaml::Node& node, fleet::FileRules& rules, Loading& loading) {
  yaml::MapReader reader(node, "`transfers`", loading.diagnostics, keys_of("transfers"));
  rules.speed = reader.optional_as("speed", parse_bandwidth).value_or(0);
  rules.flash_time = reader.optional_duration("flash_time");
  if (const auto version = reader.optional_string("firmware")) {
    if (profile::find_version(*version) != *version) reader.wrong("firmware", "a version such as 1.0.11.106");
    rules.firmware = *version;
  }
  if (const yaml::Node* failures = reader.optional("failures")) {
    if (!failures->is_sequence()) reader.wrong("failures", "must be a list");
    for (const auto& item : failures->is_sequence() ? failures->items() : std::span<const yaml::Node>{})
      rules.failures.push_back(read_failure(item, loading));
  }
  reader.finish();
}

// `provisioning: { server: http://10.0.0.1:8080/gs/, files: ["cfg{mac:lower}.xml"] }`
void read_provisioning(const yaml::Node& node, const profile::Profile* profile, fleet::FileRules& rules,
                       Loading& loading) {
  yaml::MapReader reader(node, "`provisioning`", loading.diagnostics, keys_of("provisioning"));
  rules.provisioning_server = reader.required_string("server");
  if (!rules.provisioning_server.empty()) {
    if (const auto url = parse_url(rules.provisioning_server); !url) reader.wrong("server", url.error().message());
    if (rules.provisioning_server.back() != '/') rules.provisioning_server += '/';
  }
  for (const auto* name : reader.optional_texts("files")) {
    if (const auto compiled = Template::compile(name->text()); !compiled)
      loading.wrong(name->where(), compiled.error().message());
    rules.provisioning_files.push_back(name->text());
  }
  if (profile != nullptr && profile->provisioning.files.empty() && rules.provisioning_files.empty())
    loading.wrong(node.where(),
                  fmt::format("{} does not say which files it asks for: name them under `files`", profile->name));
  reader.finish();
}

}  // namespace cpefleet::scenario
