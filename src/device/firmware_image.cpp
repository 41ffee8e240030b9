// SPDX-License-Identifier: Apache-2.0
#include "device/firmware_image.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "base/text.hpp"
#include "profile/versions.hpp"

namespace cpefleet::device {
namespace {

constexpr std::string_view kMagic = "cpefleet firmware image";
constexpr int kFailed = 9010;
constexpr int kCorrupt = 9018;
constexpr std::size_t kLongestVersion = 64;  // of SoftwareVersion

using Refused = tl::unexpected<cwmp::FaultStruct>;

Refused refuse(int code, std::string text) { return Refused(cwmp::FaultStruct{code, std::move(text)}); }

// The value behind "key: " in one of the first lines.
std::string_view line_of(std::string_view head, std::string_view key) {
  for (int lines = 0; lines < 8 && !head.empty(); ++lines) {
    const auto end = std::min(head.find('\n'), head.size());
    const auto line = trim(head.substr(0, end));
    if (line.starts_with(key) && line.substr(key.size()).starts_with(':')) return trim(line.substr(key.size() + 1));
    head.remove_prefix(std::min(head.size(), end + 1));
  }
  return {};
}

std::string newest(const profile::Profile& profile) {
  const auto& all = profile.firmware;
  return std::max_element(all.begin(), all.end(),
                          [](const auto& a, const auto& b) { return profile::older(a.version, b.version); })
      ->version;
}

bool is_visible(char c) { return c > ' ' && c <= '~'; }

// What a portal or a server's error page looks like.
bool is_markup(std::string_view head) {
  const auto start = to_lower(trim(head.substr(0, 64)));
  return start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<?xml");
}

}  // namespace

tl::expected<std::string, cwmp::FaultStruct> judge(const FirmwareImage& image, const profile::Profile& profile) {
  if (image.bytes == 0) return refuse(kCorrupt, "the image is empty");
  if (image.announced != 0 && image.announced != image.bytes)
    return refuse(kCorrupt, fmt::format("the image has {} bytes, FileSize says {}", image.bytes, image.announced));
  if (is_markup(image.head)) return refuse(kCorrupt, "the file is a text with markup, no firmware image");

  std::string version{image.scenario};
  if (image.head.starts_with(kMagic)) {
    const auto model = line_of(image.head, "model");
    if (!model.empty() && !equal_ignoring_case(model, profile.identity.product_class))
      return refuse(kCorrupt, fmt::format("the image is for model {}", printable(model)));
    const auto says = line_of(image.head, "version");
    if (says.empty() || says.size() > kLongestVersion || !std::all_of(says.begin(), says.end(), is_visible))
      return refuse(kCorrupt, "the image names no version");
    if (version.empty()) version = says;
  }
  const auto& images = profile.transfers.images;
  const bool is_model = std::any_of(images.begin(), images.end(),
                                    [&](const std::string& own) { return equal_ignoring_case(own, image.name); });
  if (version.empty() && is_model) version = newest(profile);
  if (version.empty() && !images.empty() && to_lower(image.name).ends_with("fw.bin"))
    return refuse(kCorrupt, fmt::format("{} is the firmware of another model", printable(image.name)));
  if (version.empty()) version = profile::find_version(image.name);
  if (version.empty())
    return refuse(kCorrupt, fmt::format("neither the image nor its name ({}) says a version", printable(image.name)));
  if (version == image.present) return refuse(kFailed, "Same Version");  // GQ081
  return version;
}

}  // namespace cpefleet::device
