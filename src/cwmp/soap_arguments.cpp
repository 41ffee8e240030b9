// SPDX-License-Identifier: Apache-2.0
#include "cwmp/soap_arguments.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/text.hpp"

namespace cpefleet::cwmp {
namespace {

constexpr std::size_t kMostFindings = 32;
constexpr std::size_t kLongestKey = 32;  // ParameterKeyType, CommandKeyType

std::string_view behind_colon(std::string_view name) { return name.substr(name.rfind(':') + 1); }

}  // namespace

std::string shortened(std::string_view text, std::size_t limit) {
  return text.size() <= limit ? std::string(text) : fmt::format("{}...", text.substr(0, limit));
}

std::optional<bool> read_boolean(std::string_view text) {
  text = trim(text);
  if (text == "1" || text == "true") return true;
  if (text == "0" || text == "false") return false;
  return std::nullopt;
}

std::optional<std::int64_t> read_integer(std::string_view text) {
  text = trim(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);  // legal in XML Schema
  return parse_int(text);
}

// --- ArgumentReader -----------------------------------------------------------------------------------------

void ArgumentReader::finding(std::string_view rule, std::string_view what) {
  if (findings_.size() >= kMostFindings) return;
  const auto same = [&](const MessageFinding& known) { return known.rule == rule && known.what == what; };
  if (std::ranges::none_of(findings_, same)) findings_.push_back({rule, std::string(what)});
}

void ArgumentReader::fail(std::string why) {
  if (why_.empty()) why_ = std::move(why);
}

bool ArgumentReader::present(xml::Element element, std::string_view name) {
  if (!element) fail(fmt::format("{} is missing", name));
  return static_cast<bool>(element);
}

std::string ArgumentReader::text(xml::Element element, std::string_view name, std::size_t longest) {
  if (!present(element, name)) return {};
  const std::string_view text = element.text();
  if (text.size() > longest && count_characters(text) > longest) {
    fail(fmt::format("{} is longer than {} characters", name, longest));
    return {};
  }
  return std::string(text);
}

std::string ArgumentReader::key(xml::Element element, std::string_view name) {
  if (element) return text(element, name, kLongestKey);
  finding("E-4", fmt::format("{} is missing; taken as empty", name));
  return {};
}

bool ArgumentReader::boolean(xml::Element element, std::string_view name) {
  if (!present(element, name)) return false;
  const std::optional<bool> value = read_boolean(element.text());
  if (!value) fail(fmt::format("{} is not a boolean: \"{}\"", name, shortened(element.text())));
  return value.value_or(false);
}

std::int64_t ArgumentReader::integer(xml::Element element, std::string_view name, std::int64_t least,
                                     std::int64_t greatest) {
  if (!present(element, name)) return 0;
  const std::optional<std::int64_t> value = read_integer(element.text());
  if (value && *value >= least && *value <= greatest) return *value;
  fail(fmt::format("{} is no number from {} to {}: \"{}\"", name, least, greatest, shortened(element.text())));
  return 0;
}

std::vector<xml::Element> ArgumentReader::members(xml::Element array, std::string_view name, std::string_view member) {
  std::vector<xml::Element> list;
  if (!present(array, name)) return list;
  for (xml::Element item = array.first_child(); item; item = item.next_sibling()) {
    if (item.name() != member) {
      finding("E-3", fmt::format("<{}> as a member of {}; {} expected", shortened(item.name()), name, member));
    }
    list.push_back(item);
  }
  check_array_type(array, name, member, list.size());
  return list;
}

std::vector<std::string> ArgumentReader::strings(xml::Element array, std::string_view name, std::size_t longest) {
  std::vector<std::string> texts;
  for (const xml::Element item : members(array, name, "string")) texts.push_back(text(item, name, longest));
  return texts;
}

void ArgumentReader::check_array_type(xml::Element array, std::string_view name, std::string_view type,
                                      std::size_t count) {
  bool found = false;
  const std::string_view written = array.attribute("arrayType", &found);
  if (!found) return finding("E-3", fmt::format("{} has no arrayType", name));
  const std::size_t bracket = written.find('[');
  const std::string_view written_type = behind_colon(written.substr(0, bracket));
  if (bracket == std::string_view::npos || written.back() != ']' || written_type != type) {
    return finding("E-3", fmt::format("arrayType of {} is \"{}\"", name, shortened(written)));
  }
  const std::string_view written_count = written.substr(bracket + 1, written.size() - bracket - 2);
  if (parse_uint(written_count) != count) {
    finding("E-3", fmt::format("arrayType of {} is \"{}\" with {} members", name, shortened(written), count));
  }
}

// --- Fields -------------------------------------------------------------------------------------------------

Fields::Fields(xml::Element parent, std::initializer_list<std::string_view> names, ArgumentReader& reader) {
  std::size_t next = 0;  // place expected
  for (xml::Element child = parent.first_child(); child; child = child.next_sibling()) {
    const std::string_view local = child.local_name();
    if (local.size() != child.name().size()) {
      reader.finding("E-2", fmt::format("<{}> has a prefix", shortened(child.name())));
    }
    const auto place = static_cast<std::size_t>(std::ranges::find(names, local) - names.begin());
    if (place == names.size()) {
      reader.finding("E-15", fmt::format("unknown element <{}>", shortened(child.name())));
    } else if (found_[place]) {
      reader.finding("E-4", fmt::format("{} occurs more than once", local));
    } else {
      if (place < next) reader.finding("E-4", fmt::format("{} is not in its place", local));
      found_[place] = child;
      next = place + 1;
    }
  }
}

}  // namespace cpefleet::cwmp
