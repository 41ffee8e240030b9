// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cwmp/messages.hpp"
#include "xml/document.hpp"

// Reading the insides of a message: leniently, but every leniency leaves a finding. Private to the codec.
namespace cpefleet::cwmp {

// Text for a finding or a name kept: as received, but never a whole hostile message.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t limit = 64);

// Collects what was wrong in one message. An argument that cannot be read is a failure, of which the first is kept;
// reading goes on with an empty value, so that callers need no error path of their own.
class ArgumentReader {
 public:
  explicit ArgumentReader(std::vector<MessageFinding>& findings) : findings_(findings) {}

  // Each finding once, and a bounded number of them, however long the message.
  void finding(std::string_view rule, std::string_view what);
  void fail(std::string why);
  [[nodiscard]] bool failed() const { return !why_.empty(); }
  [[nodiscard]] const std::string& why() const { return why_; }

  // Each takes the element of an argument, null when it is absent, and the argument's name.
  static constexpr std::size_t kAnyLength = std::numeric_limits<std::size_t>::max();
  [[nodiscard]] std::string text(xml::Element element, std::string_view name, std::size_t longest = kAnyLength);
  // ParameterKey, CommandKey: many servers leave them out when they are empty. At most 32 characters.
  [[nodiscard]] std::string key(xml::Element element, std::string_view name);
  [[nodiscard]] bool boolean(xml::Element element, std::string_view name);
  [[nodiscard]] std::int64_t integer(xml::Element element, std::string_view name, std::int64_t least,
                                     std::int64_t greatest);
  // The members of an array, whatever they are called, for SOAP gives no meaning to that (SOAP 1.1 5.4.2).
  [[nodiscard]] std::vector<xml::Element> members(xml::Element array, std::string_view name, std::string_view member);
  [[nodiscard]] std::vector<std::string> strings(xml::Element array, std::string_view name,
                                                 std::size_t longest = kAnyLength);

 private:
  bool present(xml::Element element, std::string_view name);
  void check_array_type(xml::Element array, std::string_view name, std::string_view type, std::size_t count);

  std::vector<MessageFinding>& findings_;
  std::string why_;
};

// The children of a structure by their place in the standard's order. Null where one is absent.
class Fields {
 public:
  Fields(xml::Element parent, std::initializer_list<std::string_view> names, ArgumentReader& reader);
  [[nodiscard]] xml::Element operator[](std::size_t i) const { return found_[i]; }

 private:
  static constexpr std::size_t kMost = 10;  // Download
  std::array<xml::Element, kMost> found_{};
};

// Values by their lexical form; empty when the text has another one. White space around them is allowed.
[[nodiscard]] std::optional<bool> read_boolean(std::string_view text);  // P-2
[[nodiscard]] std::optional<std::int64_t> read_integer(std::string_view text);

}  // namespace cpefleet::cwmp
