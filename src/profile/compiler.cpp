// SPDX-License-Identifier: Apache-2.0
#include "profile/compiler.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/template.hpp"
#include "base/text.hpp"
#include "profile/versions.hpp"

namespace cpefleet::profile {
namespace {

constexpr std::size_t kMaxChain = 8;

bool is_oui(std::string_view text) {
  return text.size() == 6 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); });
}

}  // namespace

std::shared_ptr<const Profile> Compiler::compile(const std::string& file) {
  const auto mistakes = diagnostics_.size();
  if (!read_chain(file)) return nullptr;
  profile_.file = file;
  for (std::size_t i = 0; i < chain_.size(); ++i) apply(*chain_[i], i + 1 == chain_.size());
  for (const auto& [document, map] : datamodels_) read_datamodel(*map, *document);
  for (const auto* map : pvalues_) read_pvalues(*map);
  for (const auto* map : configs_) read_config(*map);
  compile_firmware();
  if (diagnostics_.size() != mistakes) return nullptr;
  return std::make_shared<const Profile>(std::move(profile_));
}

bool Compiler::read_chain(const std::string& file) {
  const auto is_known = [&](const std::string& other) {
    return std::any_of(chain_.begin(), chain_.end(), [&](const auto& d) { return d->file == other; });
  };
  std::string next = file;
  Location asked{file, 0, 0};
  while (!next.empty()) {
    if (is_known(next) || chain_.size() == kMaxChain) {
      diagnostics_.add(asked,
                       is_known(next) ? "a profile cannot extend itself" : "profiles extend one another too deeply");
      return false;
    }
    const auto text = read_file(next);
    if (!text) {
      diagnostics_.add(asked, fmt::format("cannot read {}", next));
      return false;
    }
    auto root = yaml::parse(*text, next, diagnostics_);
    if (!root) return false;
    chain_.insert(chain_.begin(), std::make_unique<Document>(Document{next, std::move(*root)}));
    const auto* extends = chain_.front()->root.find("extends");
    if (!extends || !extends->is_scalar()) return true;  // what is wrong with it is said later
    const auto base = search_.profile_file(extends->text(), next);
    asked = extends->where();
    if (!base) {
      diagnostics_.add(asked, fmt::format("`extends`: there is no profile \"{}\"", extends->text()));
      return false;
    }
    next = *base;
  }
  return true;
}

void Compiler::apply(const Document& document, bool last) {
  yaml::MapReader reader(document.root, "a profile", diagnostics_);
  if (!reader.is_map()) return;
  if (const auto version = reader.required_string("version"); !version.empty() && version != "1")
    reader.wrong("version", "this program reads version 1");
  const auto name = reader.required_string("profile");
  if (!name.empty() && name != stem(document.file))
    reader.wrong("profile", fmt::format("the file is called {}", stem(document.file)));
  if (last) profile_.name = name;
  (void)reader.optional_string("extends");
  (void)reader.optional_string("description");
  if (const auto* map = reader.optional("identity")) read_identity(*map);
  if (const auto* map = reader.optional("datamodel")) datamodels_.emplace_back(&document, map);
  if (const auto* map = reader.optional("pvalues")) pvalues_.push_back(map);
  if (const auto* map = reader.optional("config")) configs_.push_back(map);
  if (const auto* list = reader.optional("quirks")) read_quirks(*list, document);
  if (const auto* map = reader.optional("firmware")) firmware_ = map;
  if (const auto* text = reader.optional("default_firmware")) default_firmware_ = text;
  profile_.boot_time = reader.optional_duration("boot_time").value_or(profile_.boot_time);
  profile_.user_agent = reader.optional_string("user_agent").value_or(profile_.user_agent);
  if (const auto* map = reader.optional("cwmp")) read_cwmp(*map);
  if (const auto* map = reader.optional("voice")) read_voice(*map);
  if (const auto* map = reader.optional("diagnostics")) read_diagnostics(*map);
  if (const auto* map = reader.optional("methods")) read_methods(*map);
  if (const auto* map = reader.optional("transfers")) read_transfers(*map);
  if (const auto* map = reader.optional("provisioning")) read_provisioning(*map);
  reader.finish();
}

std::string Compiler::read_template(yaml::MapReader& reader, std::string_view key, std::string before) {
  auto text = reader.optional_string(key);
  if (!text) return before;
  if (const auto compiled = Template::compile(*text); !compiled) reader.wrong(key, compiled.error().message());
  return std::move(*text);
}

void Compiler::read_identity(const yaml::Node& map) {
  yaml::MapReader reader(map, "`identity`", diagnostics_);
  auto& id = profile_.identity;
  id.manufacturer = read_template(reader, "manufacturer", std::move(id.manufacturer));
  id.oui = read_template(reader, "oui", std::move(id.oui));
  if (!id.oui.empty() && id.oui.find('{') == std::string::npos && !is_oui(id.oui))
    reader.wrong("oui", "six upper-case hexadecimal digits (I-1), in quotes where they look like a number");
  id.product_class = read_template(reader, "product_class", std::move(id.product_class));
  id.serial = read_template(reader, "serial", std::move(id.serial));
  id.model_name = read_template(reader, "model_name", std::move(id.model_name));
  id.hardware_version = read_template(reader, "hardware_version", std::move(id.hardware_version));
  reader.finish();
}

void Compiler::read_cwmp(const yaml::Node& map) {
  static constexpr std::array<std::string_view, 2> kVersions{"1.0", "1.1"};
  yaml::MapReader reader(map, "`cwmp`", diagnostics_);
  if (const auto version = reader.optional_choice("version", kVersions)) profile_.cwmp_1_1 = *version == 1;
  if (const auto port = reader.optional_uint("connection_request_port", 1, UINT16_MAX))
    profile_.connection_request_port = static_cast<std::uint16_t>(*port);
  profile_.connection_request_path =
      reader.optional_string("connection_request_path").value_or(profile_.connection_request_path);
  profile_.connection_request_realm =
      reader.optional_string("connection_request_realm").value_or(profile_.connection_request_realm);
  profile_.connection_request_opaque =
      reader.optional_bool("connection_request_opaque").value_or(profile_.connection_request_opaque);
  profile_.connection_request_close =
      reader.optional_bool("connection_request_close").value_or(profile_.connection_request_close);
  reader.finish();
}

// `voice: { registering: 2s, failing: 5% }`
void Compiler::read_voice(const yaml::Node& map) {
  yaml::MapReader reader(map, "`voice`", diagnostics_);
  profile_.voice.registering = reader.optional_duration("registering").value_or(profile_.voice.registering);
  profile_.voice.failing = reader.optional_share("failing").value_or(profile_.voice.failing);
  reader.finish();
}

void Compiler::edit(ModelEditor& editor, yaml::MapReader& reader) {
  if (const auto* list = reader.optional("remove")) editor.remove(*list);
  if (const auto* map = reader.optional("rename")) editor.rename(*map);
  if (const auto* map = reader.optional("add")) editor.add(*map);
  if (const auto* map = reader.optional("rows")) editor.rows(*map);
  if (const auto* map = reader.optional("set")) editor.set(*map);
}

void Compiler::compile_firmware() {
  if (!firmware_)
    return diagnostics_.add({profile_.file, 0, 0}, "a profile names at least one version under `firmware`");
  if (!firmware_->is_map() || firmware_->size() == 0)
    return diagnostics_.add(firmware_->where(), "`firmware` must be a map of versions, at least one");
  const auto mistakes = diagnostics_.size();
  for (const auto& [key, value] : firmware_->entries()) {
    // One model's mistakes are the next one's too: said once.
    if (diagnostics_.size() == mistakes) compile_one_firmware(key, value);
  }
  if (diagnostics_.size() == mistakes) choose_default_firmware();
}

void Compiler::compile_one_firmware(const yaml::Node& key, const yaml::Node& value) {
  Firmware made;
  made.version = key.text();
  if (made.version.empty() || made.version.size() > 64)
    diagnostics_.add(key.where(), "a version of 1 to 64 characters");
  ModelEditor editor = editor_;  // as the whole profile left it
  if (!value.is_null()) {
    yaml::MapReader reader(value, fmt::format("firmware {}", made.version), diagnostics_);
    made.origin = reader.optional_string("from").value_or("assumed");
    made.user_agent = reader.optional_string("user_agent").value_or("");
    edit(editor, reader);
    reader.finish();
  }
  made.schema = editor.build(key.where());
  if (made.schema) made.voice = VoiceNodes(*made.schema);
  if (made.schema) made.diagnostics = DiagnosticNodes(*made.schema);
  if (made.schema) profile_.firmware.push_back(std::move(made));
}

void Compiler::choose_default_firmware() {
  const auto& all = profile_.firmware;
  if (default_firmware_) {
    const auto* chosen = profile_.find_firmware(default_firmware_->text());
    if (!chosen) {
      std::vector<std::string_view> known;
      known.reserve(all.size());
      for (const auto& firmware : all) known.push_back(firmware.version);
      return diagnostics_.add(default_firmware_->where(),
                              fmt::format("`default_firmware`: there is no \"{}\"{}", default_firmware_->text(),
                                          did_you_mean(default_firmware_->text(), known)));
    }
    profile_.default_firmware = static_cast<std::size_t>(chosen - all.data());
    return;
  }
  const auto newest = std::max_element(
      all.begin(), all.end(), [](const Firmware& a, const Firmware& b) { return older(a.version, b.version); });
  profile_.default_firmware = static_cast<std::size_t>(newest - all.begin());
}

}  // namespace cpefleet::profile
