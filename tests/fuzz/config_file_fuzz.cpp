// SPDX-License-Identifier: Apache-2.0
// A configuration file from a server. Whatever could be read is applied to a small device, which then writes its own.
#include <array>
#include <memory>
#include <string>

#include "datamodel/model.hpp"
#include "datamodel/schema_builder.hpp"
#include "property.hpp"
#include "provision/apply.hpp"
#include "provision/write.hpp"

namespace {

using cpefleet::fuzz::holds;
using namespace cpefleet::datamodel;
using namespace cpefleet::provision;
using cpefleet::profile::ConfigForm;
using cpefleet::profile::PValue;

constexpr auto kMac = "000B8200002A";

class NoSurroundings final : public Surroundings {
 public:
  void expand(std::string_view identity_template, std::string& out) const override { out += identity_template; }
  [[nodiscard]] std::uint64_t up_time_seconds() const override { return 0; }
  void append_local_time(std::string& /*out*/) const override {}
  [[nodiscard]] GeneratorInput generator_input(const Key& /*parameter*/) const override { return {}; }
};

Node parameter(Type type, std::string text, bool hidden = false) {
  Node made;
  made.kind = NodeKind::parameter;
  made.type = type;
  made.default_value = std::move(text);
  made.hidden = hidden;
  return made;
}

std::shared_ptr<const Schema> make_schema() {
  SchemaBuilder builder;
  const auto add = [&](std::string_view path, Node made) {
    holds(builder.add(path, std::move(made)).has_value(), "the schema is not right");
  };
  Node choice = parameter(Type::string, "Off");
  choice.enums = {"Off", "On", "Other"};
  Node row;
  row.kind = NodeKind::table;
  row.factory_rows = {{{}, {1, 2}}};
  add("D.Text", parameter(Type::string, "a"));
  add("D.Number", parameter(Type::unsigned_integer, "300"));
  add("D.Switch", parameter(Type::boolean, "0"));
  add("D.Time", parameter(Type::date_time, "0001-01-01T00:00:00Z"));
  add("D.Secret", parameter(Type::string, "", true));
  add("D.Host", parameter(Type::string, ""));
  add("D.Port", parameter(Type::unsigned_integer, "5060"));
  add("D.Row.{i}.", row);
  add("D.Row.{i}.Choice", choice);
  auto built = builder.build();
  holds(built.has_value(), "the schema is not right");
  return *built;
}

cpefleet::profile::Profile make_profile() {
  cpefleet::profile::Profile made;
  const auto add = [&](const char* key, const char* name, std::vector<std::string> parameters, bool host_port = false) {
    PValue value{std::move(parameters), host_port, {}, {}, {}};
    made.pvalues[key] = value;
    made.config.names[name] = value;
  };
  add("P1", "text", {"D.Text"});
  add("P2", "number", {"D.Number"});
  add("P3", "switch", {"D.Switch"});
  add("P4", "time", {"D.Time"});
  add("P5", "secret", {"D.Secret"});
  add("P6", "server", {"D.Host", "D.Port"}, true);
  add("P7", "choice", {"D.Row.{1..2}.Choice", "D.Row.9.Choice"});
  add("P8", "nothing", {});
  made.config.values["D.Row.{i}.Choice"] = {{"0", "Off"}, {"1", "On"}};
  return made;
}

void holds_for(const ConfigFile& file) {
  holds(file.entries.size() <= kMaxEntries, "more settings than there may be");
  holds(file.mac.empty() || (file.mac.size() == 12 && plain_mac(file.mac) == file.mac), "no MAC address");
  for (const auto& entry : file.entries) {
    holds(!entry.key.empty() && entry.key.size() <= kMaxKeyBytes, "no key");
    holds(can_carry(entry.value), "a value no file can carry");
    holds((entry.line == 0) == (file.form != ConfigForm::text), "a line, or none, in the wrong form");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto schema = make_schema();
  static const auto device_profile = make_profile();
  const auto file = parse(cpefleet::fuzz::input(data, size));
  if (!file) {
    holds(!file.error().message().empty() && file.error().message().size() < 500, "no message, or an endless one");
    return 0;
  }
  holds_for(*file);
  Delta delta;
  const NoSurroundings around;
  Model model(*schema, delta, around);
  const auto done = apply(*file, device_profile, model, kMac);
  if (!done) {
    holds(!file->mac.empty() && file->mac != plain_mac(kMac), "refused, and not for another device");
    return 0;
  }
  holds(done->unknown_keys.size() <= kMaxListed && done->refused_why.size() <= kMaxListed, "an endless list");
  holds(done->elsewhere.size() <= 2 && done->changed.size() <= 9, "more than the device has");
  holds(apply(*file, device_profile, model, kMac)->changed.empty(), "the same file changes something twice");

  for (const auto form : std::array{ConfigForm::xml1, ConfigForm::xml2, ConfigForm::text}) {
    const auto text = write(form, device_profile, model, kMac);
    const auto again = parse(text);
    holds(again && again->form == form && again->entries.size() <= 7, "what was written cannot be read");
    const auto same = apply(*again, device_profile, model, kMac);
    holds(same && same->changed.empty() && same->unknown == 0 && same->refused == 0,
          "what was written changes something");
    holds(same->unchanged == again->entries.size(), "what was written is not all known");
  }
  return 0;
}
