// SPDX-License-Identifier: Apache-2.0
#include "datamodel/check.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/crypto.hpp"
#include "base/text.hpp"

namespace cpefleet::datamodel {
namespace {

constexpr int kWrongType = 9006;
constexpr int kWrongValue = 9007;
constexpr int kReadOnly = 9008;

using Verdict = Model::Verdict;

std::string_view type_name(Type type) {
  switch (type) {
    case Type::string: return "string";
    case Type::integer: return "int";
    case Type::unsigned_integer: return "unsignedInt";
    case Type::boolean: return "boolean";
    case Type::date_time: return "dateTime";
    case Type::base64: return "base64";
  }
  return {};
}

// P-25: xsi:type against the model's type.
bool type_agrees(Type type, std::string_view declared) {
  if (declared.empty() || declared == "anySimpleType") return true;
  const bool loose = declared == "string" || declared == "int" || declared == "unsignedInt";
  switch (type) {
    case Type::string:
    case Type::integer:
    case Type::unsigned_integer: return loose;
    case Type::boolean: return declared == "boolean";
    case Type::date_time: return declared == "dateTime";
    case Type::base64: return declared == "base64" || declared == "base64Binary";
  }
  return false;
}

bool is_ip_address(const std::string& text) {
  unsigned char address[16];
  if (text.find('\0') != std::string::npos) return false;  // inet_pton would not see what follows
  return text.empty() || inet_pton(AF_INET, text.c_str(), address) == 1 ||
         inet_pton(AF_INET6, text.c_str(), address) == 1;
}

Verdict check_length(const Node& node, std::size_t length) {
  if (node.max_length != 0 && length > node.max_length)
    return {kWrongValue, fmt::format("longer than {}", node.max_length)};
  if (length < node.min_length) return {kWrongValue, fmt::format("shorter than {}", node.min_length)};
  return {};
}

// P-3: a number that the type cannot hold is no text of the type; one outside the model's ranges is a wrong value.
Verdict check_number(const Node& node, std::string_view text, std::string& canonical) {
  const auto number = parse_int(text);
  const bool is_signed = node.type == Type::integer;
  const std::int64_t min = is_signed ? INT32_MIN : 0;
  const std::int64_t max = is_signed ? INT32_MAX : static_cast<std::int64_t>(UINT32_MAX);
  if (!number || *number < min || *number > max) return {kWrongType, fmt::format("no {}", type_name(node.type))};
  canonical = std::to_string(*number);
  const bool inside = node.ranges.empty() ||
                      std::any_of(node.ranges.begin(), node.ranges.end(),
                                  [&](const Range& range) { return *number >= range.min && *number <= range.max; });
  return inside ? Verdict{} : Verdict{kWrongValue, "out of range"};
}

Verdict check_item(const Schema& schema, NodeId id, const std::string& item) {
  const Node& node = schema.node(id);
  if (!node.enums.empty() && std::find(node.enums.begin(), node.enums.end(), item) == node.enums.end())
    return {kWrongValue, "none of the values allowed"};
  if (!schema.fits_pattern(id, item) || (node.ip_address && !is_ip_address(item)))
    return {kWrongValue, "not of the form required"};
  return {};
}

Verdict check_string(const Schema& schema, NodeId id, std::string_view value) {
  const Node& node = schema.node(id);
  if (auto verdict = check_length(node, count_characters(value)); verdict.fault != 0) return verdict;  // E-12
  if (!node.list) return check_item(schema, id, std::string(value));
  if (trim(value).empty()) return {};
  for (const auto item : split(value, ',')) {
    if (trim(item).empty()) return {kWrongValue, "an empty item in the list"};  // M-6
    if (auto verdict = check_item(schema, id, std::string(trim(item))); verdict.fault != 0) return verdict;
  }
  return {};
}

}  // namespace

Model::Verdict check_text(const Schema& schema, NodeId parameter, std::string_view value, std::string& canonical) {
  const Node& node = schema.node(parameter);
  if (node.type == Type::string) {
    canonical = value;
    return check_string(schema, parameter, value);
  }
  // White space around a value of any other type means nothing (XML Schema part 2, whiteSpace collapse).
  const auto text = trim(value);
  switch (node.type) {
    case Type::integer:
    case Type::unsigned_integer: return check_number(node, text, canonical);
    case Type::boolean:  // P-2
      if (text != "0" && text != "1" && text != "false" && text != "true") return {kWrongType, "no boolean"};
      canonical = text == "1" || text == "true" ? "1" : "0";
      return {};
    case Type::date_time:  // M-4: the unknown time and times since boot are of the same form
      if (!parse_date_time(text)) return {kWrongType, "no dateTime"};
      canonical = text;
      return {};
    case Type::base64: {
      std::string bytes;
      if (!base64_decode(text, bytes)) return {kWrongType, "no base64"};
      canonical = text;
      return check_length(node, bytes.size());  // M-17
    }
    case Type::string: break;
  }
  return {};
}

Verdict Model::check(const Key& parameter, std::string_view value, std::string_view declared_type,
                     std::string& canonical) const {
  const Node& node = schema_.node(parameter.node);
  if (!node.writable) return {kReadOnly, {}};
  if (!type_agrees(node.type, declared_type))
    return {kWrongType, fmt::format("{}, not {}", type_name(node.type), declared_type.substr(0, 32))};
  return check_text(schema_, parameter.node, value, canonical);
}

}  // namespace cpefleet::datamodel
