// SPDX-License-Identifier: Apache-2.0
#include "report/rules.hpp"

#include <array>

namespace cpefleet::report {
namespace {

struct Rule {
  std::string_view name;
  std::string_view text;
};

// At most 42 characters each: that is the room a line of the summary has.
constexpr std::array<Rule, 15> kRules{{
    {"E-1", "a plain SOAP 1.1 envelope of CWMP"},
    {"E-2", "elements inside a message have no prefix"},
    {"E-3", "arrays carry their arrayType, type[n]"},
    {"E-4", "every argument once, in its order"},
    {"E-5", "each Value carries xsi:type"},
    {"E-6", "one envelope with one message a reply"},
    {"E-7", "answers repeat the ID of the request"},
    {"E-8", "HoldRequests is a boolean"},
    {"E-12", "UTF-8, well-formed"},
    {"E-13", "a fault is a SOAP fault with a cwmp:Fault"},
    {"E-15", "no elements the message does not know"},
    {"H-3", "envelopes come as text/xml"},
    {"H-6", "content comes with 200, nothing with 204"},
    {"H-15", "redirects are 302 or 307"},
    {"S-3", "a request is answered in the next reply"},
}};

}  // namespace

std::string_view rule_text(std::string_view rule) {
  for (const auto& known : kRules) {
    if (known.name == rule) return known.text;
  }
  return {};
}

}  // namespace cpefleet::report
