// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/text.hpp"
#include "base/url.hpp"
#include "datamodel/check.hpp"
#include "profile/set_path.hpp"
#include "scenario/loading.hpp"

// `do:` what a device does of itself.
namespace cpefleet::scenario {
namespace {

using What = Doing::What;

// "X <OUI> <event>", TR-069 Amd 6 table 7; or a change of a value. The other standard events have words of their own or
// are nothing a device sends because somebody wants it.
[[nodiscard]] bool is_sendable(std::string_view event) {
  if (event == "4 VALUE CHANGE") return true;
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); };
  return event.size() > 9 && event.size() <= 64 && event.substr(0, 2) == "X " && event[8] == ' ' &&
         std::all_of(event.begin() + 2, event.begin() + 8, hex);
}

void read_event(yaml::MapReader& reader, Doing& doing) {
  doing.what = What::event;
  doing.event = reader.required_string("event");
  if (!doing.event.empty() && !is_sendable(doing.event)) {
    reader.wrong("event", "must be a vendor's event such as \"X 000B82 Registered\", or \"4 VALUE CHANGE\"");
  }
}

// The value as a device stores it; every model in the selection must have the parameter.
[[nodiscard]] std::string check_value(const std::string& path, const yaml::Node& value,
                                      const std::vector<std::uint32_t>& groups, const Location& where,
                                      Loading& loading) {
  std::string canonical = value.text();
  const auto parsed = profile::SetPath::parse(path);
  if (!parsed) {
    loading.wrong(where, parsed.error().message());
    return canonical;
  }
  for (const auto& draft : loading.groups) {
    if (!std::binary_search(groups.begin(), groups.end(), draft.group->number)) continue;
    for (const auto& share : draft.group->firmware) {
      const auto& schema = *share.firmware->schema;
      const auto id = schema.find(parsed->schema_path);
      if (id == datamodel::kNoNode || schema.node(id).kind != datamodel::NodeKind::parameter) {
        std::vector<std::string> paths;
        for (datamodel::NodeId n = 1; n < schema.size(); ++n) {
          if (schema.node(n).kind == datamodel::NodeKind::parameter) paths.push_back(schema.path(n));
        }
        const std::vector<std::string_view> words(paths.begin(), paths.end());
        loading.wrong(where, fmt::format("{} {} has no parameter \"{}\"{}", draft.group->profile->name,
                                         share.firmware->version, path, did_you_mean(parsed->schema_path, words)));
        return canonical;
      }
      const auto verdict = datamodel::check_text(schema, id, value.text(), canonical);
      if (verdict.fault == 0) continue;
      loading.wrong(value.where(), fmt::format("\"{}\" is no value of {}: {}", value.text(), path, verdict.reason));
      return canonical;
    }
  }
  return canonical;
}

// `set: { Device.DeviceInfo.ProvisioningCode: "2" }`: one parameter, by a path with row numbers.
void read_set(const yaml::Node& node, const std::vector<std::uint32_t>& groups, Doing& doing, Loading& loading) {
  doing.what = What::set;
  if (!node.is_map() || node.size() != 1) {
    return loading.wrong(node.where(), "`set` must be a map of one parameter and its value");
  }
  const auto& [key, value] = node.entry(0);
  const auto* text = yaml::scalar_text(value, "the value", loading.diagnostics);
  if (text == nullptr) return;
  if (key.text().find('{') != std::string::npos) {
    return loading.wrong(key.where(), "name the row: a device has \"VoiceProfile.1.\", not \"VoiceProfile.{i}.\"");
  }
  doing.path = key.text();
  doing.value = check_value(doing.path, value, groups, key.where(), loading);
}

// `call: start` with `incoming`, `line`, `ringing`, `length`, `answered`; `call: end`.
void read_call(yaml::MapReader& reader, Doing& doing) {
  static constexpr std::array<std::string_view, 2> kWords = {"start", "end"};
  const auto word = reader.optional_choice("call", kWords);
  doing.what = word == 1u ? What::hang_up : What::call;
  auto& call = doing.call;
  call.incoming = reader.optional_bool("incoming").value_or(call.incoming);
  call.answered = reader.optional_bool("answered").value_or(call.answered);
  call.line = static_cast<std::uint32_t>(reader.optional_uint("line", 1, 64).value_or(call.line));
  call.ringing = reader.optional_duration("ringing").value_or(call.ringing);
  call.length = reader.optional_duration("length").value_or(call.length);
  if (doing.what != What::hang_up) return;
  for (const auto key : {"incoming", "answered", "line", "ringing", "length"}) {
    if (reader.has(key)) reader.wrong(key, "belongs to `call: start`");
  }
}

// `download: URL` with `type`, of its own accord; `request_download: TYPE`.
void read_file(yaml::MapReader& reader, Doing& doing) {
  if (reader.has("download")) {
    doing.what = What::download;
    doing.url = reader.required_string("download");
    if (const auto url = parse_url(doing.url); !url && !doing.url.empty())
      reader.wrong("download", url.error().message());
    doing.file_type = reader.optional_string("type").value_or("3 Vendor Configuration File");
  } else {
    doing.what = What::request_download;
    doing.file_type = reader.required_string("request_download");
    if (reader.has("type")) reader.wrong("type", "belongs to `download`");
  }
  if (doing.file_type.size() > 64) reader.wrong("type", "a FileType has 64 characters at most");
}

}  // namespace

Doing read_doing(const yaml::Node& node, const std::vector<std::uint32_t>& groups, Loading& loading) {
  Doing doing;
  yaml::MapReader reader(node, "`do`", loading.diagnostics, keys_of("do"));
  if (!reader.is_map()) return doing;
  const int given = int{reader.has("event")} + int{reader.has("set")} + int{reader.has("call")} +
                    int{reader.has("download")} + int{reader.has("request_download")};
  const auto known = keys_of("do");
  const auto entries = node.entries();
  const bool misspelt = std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
    return std::find(known.begin(), known.end(), entry.key.text()) == known.end();
  });
  if (given != 1 && !misspelt) {
    loading.wrong(node.where(),
                  "`do` is a word (boot, periodic, offline), or a map with one of `event`, `set`, `call`, `download`, "
                  "`request_download`");
  } else if (reader.has("event")) {
    read_event(reader, doing);
  } else if (const yaml::Node* set = reader.optional("set")) {
    read_set(*set, groups, doing, loading);
  } else if (reader.has("call")) {
    read_call(reader, doing);
  } else if (reader.has("download") || reader.has("request_download")) {
    read_file(reader, doing);
  }
  reader.finish();
  return doing;
}

}  // namespace cpefleet::scenario
