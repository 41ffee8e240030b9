// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <variant>

#include "cwmp/soap_decode.hpp"
#include "cwmp/soap_encode.hpp"
#include "property.hpp"
#include "xml/document.hpp"

namespace {

using namespace cpefleet::cwmp;
using cpefleet::fuzz::holds;

// Whatever an ACS's ID and words are, the answer that repeats them is well-formed.
void check_answer(const AcsMessage& message, const AcsRequest& request) {
  std::string out;
  encode_response(out, Version::v1_0, message.id, make_fault(9003, method_name(request)));
  const auto answer = cpefleet::xml::Document::parse(out);
  holds(answer.has_value(), "the answer does not parse");
  holds(!answer->ill_formed_utf8(), "the answer is not UTF-8");
  if (message.must_understand) {
    encode_must_understand_fault(out, Version::v1_1, message.id, *message.must_understand);
    holds(cpefleet::xml::Document::parse(out).has_value(), "the must-understand fault does not parse");
  }
}

void check_request(const AcsRequest& request) {
  if (const auto* bad = std::get_if<BadArguments>(&request)) {
    holds(!bad->method.empty() && !bad->why.empty(), "bad arguments without a reason");
  } else if (const auto* reboot = std::get_if<Reboot>(&request)) {
    holds(reboot->command_key.size() <= 32 * 4, "a command key beyond its length");
  } else if (const auto* values = std::get_if<GetParameterValues>(&request)) {
    holds(!values->names.empty(), "no names");
  } else if (const auto* download = std::get_if<Download>(&request)) {
    holds(download->url.size() <= 256 * 4 && download->password.size() <= 256 * 4, "a text beyond its length");
    holds(download->file_type.size() <= 64 * 4, "a file type beyond its length");
  } else if (const auto* scheduled = std::get_if<ScheduleDownload>(&request)) {
    holds(scheduled->windows.size() == 1 || scheduled->windows.size() == 2, "a number of windows");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = decode_acs_message(std::string(cpefleet::fuzz::input(data, size)));
  if (!message) {
    holds(!message.error().detail.empty(), "an error without words");
    holds(message.error().cause == cpefleet::Cause::bad_xml || message.error().cause == cpefleet::Cause::not_soap,
          "an error of another cause");
    return 0;
  }
  holds(message->findings.size() <= 32, "unbounded findings");
  if (const auto* request = std::get_if<AcsRequest>(&message->body)) {
    check_request(*request);
    check_answer(*message, *request);
  }
  return 0;
}
