// SPDX-License-Identifier: Apache-2.0
#include "provision/write.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "provision/config_file.hpp"
#include "provision/setting.hpp"
#include "xml/writer.hpp"

namespace cpefleet::provision {
namespace {

using profile::ConfigForm;
using Pairs = std::vector<std::pair<std::string_view, std::string>>;

std::optional<std::string> value_of(const profile::Profile& profile, const profile::PValue& definition,
                                    const datamodel::Model& model, ConfigForm form) {
  if (definition.parameters.empty())
    return definition.default_value.empty() ? std::nullopt : std::optional(definition.default_value);
  const Setting setting(profile, definition, model);
  if (!setting.has_place() || setting.hidden()) return std::nullopt;
  auto text = setting.text(form);
  return can_carry(text) ? std::optional(std::move(text)) : std::nullopt;
}

Pairs pairs_of(const profile::Profile& profile, const datamodel::Model& model, ConfigForm form) {
  Pairs out;
  for (const auto& [key, definition] : form == ConfigForm::xml2 ? profile.config.names : profile.pvalues) {
    if (auto value = value_of(profile, definition, model, form)) out.emplace_back(key, std::move(*value));
  }
  if (form == ConfigForm::xml2) return out;
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return parse_uint(a.first.substr(1)) < parse_uint(b.first.substr(1));
  });
  return out;
}

void append_escaped(std::string& out, std::string_view value) {
  for (const char c : value) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
    if (plain) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
}

std::string joined(const Pairs& pairs) {
  std::string out;
  for (const auto& [key, value] : pairs) {
    out += key;
    out += '=';
    append_escaped(out, value);
    out += '&';
  }
  return out + "gnkey=0b82";
}

std::string xml_file(const Pairs& pairs, std::string_view mac, bool names) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gs_provision version=\"1\">\n";
  if (const auto plain = plain_mac(mac); !plain.empty()) out += "<mac>" + plain + "</mac>\n";
  out += names ? "<config version=\"2\">\n" : "<config version=\"1\">\n";
  for (const auto& [key, value] : pairs) {
    if (names) {
      out += "<item name=\"";
      xml::append_escaped(out, key);
      out += "\">";
    } else {
      out.append("<").append(key).append(">");
    }
    xml::append_escaped(out, value);
    if (names) {
      out += "</item>\n";
    } else {
      out.append("</").append(key).append(">\n");
    }
  }
  return out + "</config>\n</gs_provision>\n";
}

}  // namespace

std::string write(ConfigForm form, const profile::Profile& profile, const datamodel::Model& model,
                  std::string_view mac) {
  const auto pairs = pairs_of(profile, model, form);
  return form == ConfigForm::text ? joined(pairs) : xml_file(pairs, mac, form == ConfigForm::xml2);
}

}  // namespace cpefleet::provision
