// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <doctest/doctest.h>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "cwmp/soap_decode.hpp"

// Writing an ACS's messages by hand and reading what became of them.
namespace cpefleet::cwmp::test {

constexpr std::string_view kIdHeader = "<cwmp:ID soap:mustUnderstand=\"1\">1</cwmp:ID>";

inline std::string envelope(std::string_view body, std::string_view header = kIdHeader) {
  std::string text =
      "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\""
      " xmlns:enc=\"http://schemas.xmlsoap.org/soap/encoding/\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\""
      " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:cwmp=\"urn:dslforum-org:cwmp-1-0\"><soap:Header>";
  text += header;
  text += "</soap:Header><soap:Body>";
  text += body;
  text += "</soap:Body></soap:Envelope>";
  return text;
}

inline AcsMessage decoded(std::string text) {
  auto message = decode_acs_message(std::move(text));
  REQUIRE_MESSAGE(message.has_value(), message.error().detail);
  return std::move(*message);
}

template <class Request>
Request request_in(const AcsMessage& message) {
  const auto* request = std::get_if<AcsRequest>(&message.body);
  REQUIRE(request != nullptr);
  const auto* bad = std::get_if<BadArguments>(request);
  REQUIRE_MESSAGE(std::holds_alternative<Request>(*request), (bad != nullptr ? bad->why : "another request"));
  return std::get<Request>(*request);
}

// Of a message without findings, with the given content of the Body.
template <class Request>
Request clean_request(std::string_view body) {
  const AcsMessage message = decoded(envelope(body));
  for (const MessageFinding& finding : message.findings) FAIL_CHECK(finding.rule << ": " << finding.what);
  return request_in<Request>(message);
}

inline std::string why_bad(std::string_view body) { return request_in<BadArguments>(decoded(envelope(body))).why; }

inline bool has_finding(const AcsMessage& message, std::string_view rule, std::string_view part = {}) {
  return std::ranges::any_of(message.findings, [&](const MessageFinding& finding) {
    return finding.rule == rule && finding.what.find(part) != std::string::npos;
  });
}

inline std::string corpus(std::string_view name) {
  const std::string path = CPEFLEET_SOURCE_DIR "/tests/fuzz/corpus/soap/" + std::string(name);
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace cpefleet::cwmp::test
