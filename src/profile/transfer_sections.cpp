// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/template.hpp"
#include "base/text.hpp"
#include "profile/compiler.hpp"

// The sections of a profile file about files that a device fetches and sends.
namespace cpefleet::profile {

// `transfers: { flash_time: 60s, images: [gxp2170fw.bin], methods: [GetQueuedTransfers] }`
void Compiler::read_transfers(const yaml::Node& map) {
  static constexpr std::array<std::string_view, 4> kMethods{"GetQueuedTransfers", "GetAllQueuedTransfers",
                                                            "ScheduleDownload", "CancelTransfer"};
  yaml::MapReader reader(map, "`transfers`", diagnostics_);
  auto& transfers = profile_.transfers;
  transfers.flash_time = reader.optional_duration("flash_time").value_or(transfers.flash_time);
  if (reader.has("images")) transfers.images.clear();
  for (const auto* name : reader.optional_texts("images")) transfers.images.push_back(name->text());
  if (reader.has("methods")) transfers.methods.clear();
  for (const auto* name : reader.optional_texts("methods")) {
    if (std::find(kMethods.begin(), kMethods.end(), name->text()) == kMethods.end())
      diagnostics_.add(name->where(), fmt::format("no method of file transfers: \"{}\"{}", name->text(),
                                                  did_you_mean(name->text(), kMethods)));
    transfers.methods.push_back(name->text());
  }
  reader.finish();
}

// `provisioning: { files: ["cfg{mac:lower}.xml"], user_agent: "Grandstream Model HW ..." }`
void Compiler::read_provisioning(const yaml::Node& map) {
  yaml::MapReader reader(map, "`provisioning`", diagnostics_);
  auto& provisioning = profile_.provisioning;
  if (reader.has("files")) provisioning.files.clear();
  for (const auto* name : reader.optional_texts("files")) {
    if (const auto compiled = Template::compile(name->text()); !compiled)
      diagnostics_.add(name->where(), compiled.error().message());
    provisioning.files.push_back(name->text());
  }
  provisioning.user_agent = read_template(reader, "user_agent", std::move(provisioning.user_agent));
  reader.finish();
}

}  // namespace cpefleet::profile
