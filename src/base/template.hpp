// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cpefleet {

// A text with places to fill in: "http://{lan_ip}:{port}/", "000B82{i:06x}", "{mac:lower}". Compiled once, expanded per
// device. `{{` and `}}` are braces.
class Template {
 public:
  Template() = default;
  [[nodiscard]] static Result<Template> compile(std::string_view text);

  // Appends the value of a place ("i", "mac", "pool.office", "csv.COLUMN"); false when it is unknown.
  using Lookup = std::function<bool(std::string_view name, std::string& out)>;
  // Expands into `out`. An unknown place is left as it is written; check names() beforehand.
  void expand(const Lookup& lookup, std::string& out) const;
  // The places that occur, without their formats.
  [[nodiscard]] std::vector<std::string_view> names() const;
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  // {name:format}: format is "06x", "04d", "lower", "upper", "colons" (aa:bb:..), or "".
  struct Part {
    std::string literal;
    std::string name;
    std::string format;
  };
  std::string text_;
  std::vector<Part> parts_;
};

}  // namespace cpefleet
