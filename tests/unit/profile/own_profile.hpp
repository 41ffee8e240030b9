// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "support.hpp"

// A small profile of one's own, own.yaml, to be written wrongly and rightly.
namespace cpefleet::profile::test {

inline constexpr std::string_view kMinimal = R"(version: 1
profile: own
identity: { product_class: OWN }
datamodel:
  standard: [tr-106-1.2, tr-104-1.0]
firmware: { 1.0: , 1.9: , 1.10: }
)";

// Loads `text` as own.yaml, with the shipped directory behind it.
struct Loaded {
  TempDirectory directory;
  Diagnostics diagnostics;
  std::shared_ptr<const Profile> profile;

  explicit Loaded(std::string_view text, const std::function<void(const TempDirectory&)>& more = {}) {
    directory.write("own.yaml", text);
    if (more) more(directory);
    Loader loader({directory.path(), shipped_directory()});
    profile = loader.load("own", diagnostics);
  }
  // The messages without the directory.
  [[nodiscard]] std::string messages() const {
    auto text = diagnostics.text();
    for (auto at = text.find(directory.path()); at != std::string::npos; at = text.find(directory.path()))
      text.erase(at, directory.path().size() + 1);
    return text;
  }
};

inline std::string with(std::string_view section, std::string_view text) {
  std::string out(kMinimal);
  const auto at = out.find(section);
  REQUIRE(at != std::string::npos);
  return out.insert(at + section.size() + 1, text);
}

inline std::string in_datamodel(std::string_view text) { return with("  standard: [tr-106-1.2, tr-104-1.0]", text); }

// The text of `set` as a whole profile.
inline Loaded with_set(std::string_view lines) { return Loaded(in_datamodel("  set:\n" + std::string(lines))); }

}  // namespace cpefleet::profile::test
