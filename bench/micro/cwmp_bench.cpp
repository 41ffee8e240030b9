// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>
#include <cstddef>
#include <cstdint>
#include <string>

#include "cwmp/soap_decode.hpp"
#include "cwmp/soap_encode.hpp"

namespace {

using namespace cpefleet::cwmp;

ParameterValue value(std::size_t i) {
  const std::string number = std::to_string(i);
  return {"Device.Services.VoiceService.1.VoiceProfile.1.Line.1.X_GRANDSTREAM_Setting" + number, "value " + number,
          ValueType::string};
}

Inform inform() {
  Inform message;
  message.device = {"Grandstream", "000B82", "GXP2170", "000b82123456"};
  message.events = {{"2 PERIODIC", ""}, {"4 VALUE CHANGE", ""}};
  message.current_time = "2026-01-01T00:00:00Z";
  for (std::size_t i = 0; i < 8; ++i) message.parameters.push_back(value(i));
  return message;
}

constexpr std::string_view kOpening =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<soap-env:Envelope xmlns:soap-enc=\"http://schemas.xmlsoap.org/soap/encoding/\""
    " xmlns:soap-env=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\""
    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:cwmp=\"urn:dslforum-org:cwmp-1-0\">"
    "<soap-env:Header><cwmp:ID soap-env:mustUnderstand=\"1\">1a205600e510000</cwmp:ID></soap-env:Header><soap-env:Body>";
constexpr std::string_view kClosing = "</soap-env:Body></soap-env:Envelope>";

std::string envelope(std::string_view body) {
  std::string text(kOpening);
  text.append(body).append(kClosing);
  return text;
}

std::string set_parameter_values(std::size_t count) {
  std::string body = "<cwmp:SetParameterValues><ParameterList soap-enc:arrayType=\"cwmp:ParameterValueStruct[" +
                     std::to_string(count) + "]\">";
  for (std::size_t i = 0; i < count; ++i) {
    const ParameterValue set = value(i);
    body.append("<ParameterValueStruct><Name>").append(set.name);
    body.append("</Name><Value xsi:type=\"xsd:string\">").append(set.value);
    body.append("</Value></ParameterValueStruct>");
  }
  return envelope(body + "</ParameterList><ParameterKey></ParameterKey></cwmp:SetParameterValues>");
}

void set_bytes(benchmark::State& state, std::size_t message) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message));
}

void encode_inform_8(benchmark::State& state) {
  const Inform message = inform();
  std::string out;
  for (auto _ : state) {
    encode_inform(out, Version::v1_0, "1", message);
    benchmark::DoNotOptimize(out.data());
  }
  set_bytes(state, out.size());
}
BENCHMARK(encode_inform_8);

void encode_values(benchmark::State& state) {
  GetParameterValuesResponse response;
  for (std::size_t i = 0; i < static_cast<std::size_t>(state.range(0)); ++i) response.values.push_back(value(i));
  const CpeResponse message = response;
  std::string out;
  for (auto _ : state) {
    encode_response(out, Version::v1_0, "1a205600e510000", message);
    benchmark::DoNotOptimize(out.data());
  }
  set_bytes(state, out.size());
}
BENCHMARK(encode_values)->Arg(20)->Arg(660);

// The copy of the body that decoding consumes is part of the time: the transport makes one too.
void decode(benchmark::State& state, const std::string& text) {
  for (auto _ : state) {
    auto message = decode_acs_message(text);
    if (!message) state.SkipWithError("not decoded");
    benchmark::DoNotOptimize(message);
  }
  set_bytes(state, text.size());
}

void decode_inform_response(benchmark::State& state) {
  decode(state, envelope("<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>"));
}
BENCHMARK(decode_inform_response);

void decode_set_values(benchmark::State& state) {
  decode(state, set_parameter_values(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(decode_set_values)->Arg(10)->Arg(100);

}  // namespace
