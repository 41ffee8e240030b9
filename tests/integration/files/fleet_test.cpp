// SPDX-License-Identifier: Apache-2.0
// Devices of a real run fetch, send and measure against a real Apache, as an ACS asks them to.
#include <algorithm>
#include <chrono>
#include <deque>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <set>

#include "base/text.hpp"
#include "engine/run.hpp"
#include "integration/files/file_server.hpp"
#include "integration/tls/apache.hpp"
#include "integration/tls/certificates.hpp"
#include "profile/files.hpp"
#include "scenario/load_text.hpp"
#include "transport/curl_file_mover.hpp"
#include "transport/curl_transport.hpp"

namespace cpefleet::test {
namespace {

class RealClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return TimePoint{std::chrono::steady_clock::now() - start_}; }
  [[nodiscard]] WallTime wall_start() const override { return WallTime{std::chrono::hours{24 * 365 * 56}}; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::string between(std::string_view text, std::string_view from, std::string_view to) {
  const auto begin = text.find(from);
  if (begin == std::string_view::npos) return {};
  const auto start = begin + from.size();
  return std::string(text.substr(start, text.find(to, start) - start));
}

// Asks a device, and keeps what it is told.
class Acs {
 public:
  using Asks = std::vector<std::string>;  // bodies of requests
  // What a session with this event in its Inform is asked; the first time for each device.
  std::map<std::string, Asks> asks;
  // Called when so many of these messages of devices came.
  std::string awaited;
  int awaits = 0;
  engine::Run* run = nullptr;

  transport::ServerReply answer(const Seen& seen) {
    transport::ServerReply reply;
    reply.headers.emplace_back("Content-Type", "text/xml");
    std::string out;
    if (seen.body.find("<cwmp:Inform>") != std::string::npos) {
      serial_ = between(seen.body, "<SerialNumber>", "</SerialNumber>");
      for (const auto& [event, requests] : asks) {
        if (seen.body.find("<EventCode>" + event + "</EventCode>") == std::string::npos) continue;
        if (!begun_.emplace(serial_, event).second) continue;
        for (const auto& request : requests) queue_.push_back(request);
      }
      out = "<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>";
    } else if (seen.body.find("<cwmp:TransferComplete>") != std::string::npos) {
      const std::lock_guard lock(mutex_);
      completes_[serial_ + " " + between(seen.body, "<CommandKey>", "</CommandKey>")] =
          between(seen.body, "<FaultCode>", "</FaultCode>");
      out = "<cwmp:TransferCompleteResponse/>";
    }
    if (const auto at = seen.body.find("<cwmp:GetParameterValuesResponse>"); at != std::string::npos) {
      const std::lock_guard lock(mutex_);
      values_[serial_] += seen.body.substr(at);
    }
    if (seen.body.find(awaited) != std::string::npos && --awaits == 0) {
      done_ = true;
    }
    if (out.empty() && !queue_.empty()) {
      out = queue_.front();
      queue_.pop_front();
    }
    if (out.empty()) {
      reply.status = 204;
      if (done_) {
        run->interrupt();
        run->interrupt();
      }
      return reply;
    }
    const auto id = between(seen.body, "<cwmp:ID", "</cwmp:ID>");
    reply.body = fmt::format(
        "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:cwmp=\"urn:dslforum-org:cwmp-1-0\" "
        "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soap:Header>"
        "<cwmp:ID soap:mustUnderstand=\"1\">{}</cwmp:ID></soap:Header><soap:Body>{}</soap:Body></soap:Envelope>",
        id.substr(std::min(id.find('>') + 1, id.size())), out);
    return reply;
  }

  // Of a device, as it was last told: "" when it was not.
  [[nodiscard]] std::string value(const std::string& serial, const std::string& path) {
    const std::lock_guard lock(mutex_);
    const auto at = between(values_[serial], "<Name>" + path + "</Name>", "</ParameterValueStruct>");
    return between(at, "\">", "</Value>");
  }
  [[nodiscard]] std::map<std::string, std::string> completes() {
    const std::lock_guard lock(mutex_);
    return completes_;
  }

 private:
  std::string serial_;
  std::set<std::pair<std::string, std::string>> begun_;
  std::deque<std::string> queue_;
  bool done_ = false;
  std::mutex mutex_;
  std::map<std::string, std::string> completes_;
  std::map<std::string, std::string> values_;
};

std::string set(const std::vector<std::pair<std::string, std::string>>& values) {
  std::string out = fmt::format(
      "<cwmp:SetParameterValues><ParameterList soap-enc:arrayType=\"cwmp:ParameterValueStruct[{}]\" "
      "xmlns:soap-enc=\"http://schemas.xmlsoap.org/soap/encoding/\">",
      values.size());
  for (const auto& [name, value] : values)
    out += fmt::format("<ParameterValueStruct><Name>{}</Name><Value>{}</Value></ParameterValueStruct>", name, value);
  return out + "</ParameterList><ParameterKey/></cwmp:SetParameterValues>";
}

std::string get(const std::string& name) {
  return fmt::format(
      "<cwmp:GetParameterValues><ParameterNames><string>{}</string></ParameterNames></cwmp:GetParameterValues>", name);
}

std::string download(const std::string& key, const std::string& type, const Url& url, const std::string& login) {
  return fmt::format(
      "<cwmp:Download><CommandKey>{}</CommandKey><FileType>{}</FileType><URL>{}</URL><Username>{}</Username>"
      "<Password>{}</Password><FileSize>0</FileSize><TargetFileName/><DelaySeconds>0</DelaySeconds><SuccessURL/>"
      "<FailureURL/></cwmp:Download>",
      key, type, url.text(), login.substr(0, login.find(':')),
      login.substr(std::min(login.find(':') + 1, login.size())));
}

std::string upload(const std::string& key, const Url& url, const std::string& login) {
  return fmt::format(
      "<cwmp:Upload><CommandKey>{}</CommandKey><FileType>1 Vendor Configuration File</FileType><URL>{}</URL>"
      "<Username>{}</Username><Password>{}</Password><DelaySeconds>0</DelaySeconds></cwmp:Upload>",
      key, url.text(), login.substr(0, login.find(':')), login.substr(std::min(login.find(':') + 1, login.size())));
}

// One gxp2170, 000b82000000, until the ACS has what it awaits.
void play(Acs& acs) {
  Backend backend([&](const Seen& seen) { return acs.answer(seen); });
  const std::string yaml = fmt::format(R"(version: 1
name: files
seed: 1
acs: {{ url: "http://127.0.0.1:{}/", tls: {{ ca: ca.pem }} }}
fleet:
  - group: desks
    profile: gxp2170
    count: 1
    own_timers: false
    identity: {{ mac: "000B82{{i:06x}}" }}
    transfers: {{ flash_time: 1s }}
phases:
  - {{ name: p, do: boot, arrivals: {{ once: {{ rate: 20/s }} }} }}
  - {{ name: wait, for: 2m }}
)",
                                       backend.port());
  profile::Loader profiles({CPEFLEET_SOURCE_DIR "/profiles"});
  const auto world = scenario::file_world(profiles);
  Diagnostics diagnostics;
  const auto plan = scenario::load_text(yaml, Certificates::get().path("s.yaml"), world, {}, diagnostics);
  REQUIRE_MESSAGE(plan, diagnostics.text());
  const RealClock clock;
  engine::RunOptions options;
  options.drain = Duration{};
  options.files = [&](engine::Shard& shard) {
    transport::CurlFileMoverOptions link;
    link.ca_file = plan->acs.tls.ca_file;
    auto made = std::make_unique<transport::CurlFileMover>(shard.context().get_executor(), shard.clock(), link);
    made->pin("acs.example", {"127.0.0.1"});
    return made;
  };
  engine::Run run(plan, clock, options, [&](engine::Shard& shard) {
    transport::CurlTransportOptions link;
    return std::make_unique<transport::CurlTransport>(shard.context().get_executor(), shard.clock(), link);
  });
  acs.run = &run;
  static_cast<void>(run.execute());
}

std::uint64_t number(const std::string& text) { return parse_uint(text).value_or(0); }

}  // namespace

TEST_CASE("what devices report of TR-143 tests agrees with what Apache counted [D-11, D-13, D-16, D-20]") {
  FileServer server;
  server.write("/open/three", std::string(3'000'000, 'x'));
  Acs acs;
  const std::string down = "Device.DownloadDiagnostics.";
  const std::string up = "Device.UploadDiagnostics.";
  acs.asks["0 BOOTSTRAP"] = {
      set({{down + "DiagnosticsState", "Requested"}, {down + "DownloadURL", server.http("/open/three").text()}})};
  acs.asks["8 DIAGNOSTICS COMPLETE"] = {get(down), set({{up + "UploadURL", server.http("/open/up").text()},
                                                        {up + "TestFileLength", "2000000"},
                                                        {up + "DiagnosticsState", "Requested"}})};
  acs.awaited = "<EventCode>8 DIAGNOSTICS COMPLETE</EventCode>";
  acs.awaits = 2;
  play(acs);
  std::uint64_t sent = 0;
  std::uint64_t taken = 0;
  for (const auto& line : server.log()) {
    CHECK(line.status / 100 == 2);
    CHECK(line.user == "-");
    (line.method == "PUT" ? taken : sent) += line.method == "PUT" ? line.in : line.out;
  }
  std::uint64_t reported = 0;
  {
    const std::string serial = "000b82000000";
    CHECK(acs.value(serial, down + "DiagnosticsState") == "Completed");
    const auto test = number(acs.value(serial, down + "TestBytesReceived"));
    CHECK(number(acs.value(serial, down + "TotalBytesReceived")) >= test);
    CHECK(acs.value(serial, down + "ROMTime") <= acs.value(serial, down + "BOMTime"));
    CHECK(acs.value(serial, down + "BOMTime") <= acs.value(serial, down + "EOMTime"));
    reported += test;
  }
  CHECK_MESSAGE(std::max(reported, sent) - std::min(reported, sent) <= sent / 100, reported << " and " << sent);
  CHECK(taken >= 2'000'000u);
  CHECK(taken <= 2'000'000u * 101 / 100);
}

TEST_CASE(
    "Download and Upload over http and https, with Basic and Digest, end in TransferComplete [P-81, P-82, P-87, P-95]") {
  FileServer server;
  const std::string config =
      "<?xml version=\"1.0\"?><gs_provision version=\"1\"><config version=\"1\"><P270>lab</P270></config></gs_provision>";
  server.write("/digest/c.xml", config);
  server.write("/basic/c.xml", config);
  Acs acs;
  const std::string type = "3 Vendor Configuration File";
  acs.asks["0 BOOTSTRAP"] = {download("basic", type, server.http("/basic/c.xml"), "phone:secret"),
                             download("digest", type, server.https("/digest/c.xml"), "phone:secret"),
                             download("wrong", type, server.http("/digest/c.xml"), "phone:wrong"),
                             download("missing", type, server.http("/open/none.xml"), ""),
                             upload("up", server.http("/digest/up.xml"), "phone:secret"),
                             upload("not", server.http("/basic/up.xml"), "phone:wrong")};
  acs.awaited = "<cwmp:TransferComplete>";
  acs.awaits = 6;
  play(acs);
  const auto completes = acs.completes();
  CHECK(completes.size() == 6);
  {
    const std::string serial = "000b82000000 ";
    const auto code = [&](const std::string& key) {
      const auto found = completes.find(serial + key);
      return found == completes.end() ? std::string("none") : found->second;
    };
    CHECK(code("basic") == "0");
    CHECK(code("digest") == "0");
    CHECK(code("wrong") == "9012");
    CHECK(code("missing") == "9010");  // of CWMP 1.0; 9016 in 1.1
    CHECK(code("up") == "0");
    CHECK(code("not") == "9012");
  }
  CHECK(server.read("/digest/up.xml").find("<P270>lab</P270>") != std::string::npos);
  CHECK_FALSE(server.has("/basic/up.xml"));
}

}  // namespace cpefleet::test
