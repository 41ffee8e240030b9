// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "datamodel/schema_builder.hpp"
#include "diagnosing_phone.hpp"

// The diagnostics of TR-143: what is ordered of who moves the bytes, and what becomes of its result.
using namespace cpefleet;
using namespace cpefleet::device;
using namespace cpefleet::test;
using namespace std::chrono_literals;
using Phone = DiagnosingPhone;
using Kind = Stimulus::Kind;

namespace {

const std::string kUnknownTime = "0001-01-01T00:00:00Z";

Values download(const std::string& url = "http://127.0.0.1:9/file") {
  return request(kDownload, {{kDownload + "DownloadURL", url}});
}

Values upload(const std::string& length = "1000") {
  return request(kUpload, {{kUpload + "UploadURL", "http://127.0.0.1:9/up"}, {kUpload + "TestFileLength", length}});
}

DiagnosticResult result_of(const DiagnosticOrder& order, DiagnosticEnd end = DiagnosticEnd::completed) {
  DiagnosticResult out;
  out.run = order.run;
  out.end = end;
  return out;
}

}  // namespace

TEST_SUITE_BEGIN("device.performance");

TEST_CASE("a download is ordered when the session is over, with what the ACS wrote [D-2, D-7, D-11]") {
  Phone phone;
  phone.set(request(kDownload, {{kDownload + "DownloadURL", "http://files.example:8080/10MB?x=1"},
                                {kDownload + "Interface", "Device.LAN"},
                                {kDownload + "DSCP", "46"},
                                {kDownload + "EthernetPriority", "5"}}));
  const auto order = phone.order();
  REQUIRE(order);
  CHECK_FALSE(order->upload);
  CHECK(order->url == "http://files.example:8080/10MB?x=1");
  CHECK(order->interface == "Device.LAN");
  CHECK(order->dscp == 46);
  CHECK(order->ethernet_priority == 5);
  CHECK(phone.device.diagnostic_wanted(order->run));
  CHECK_FALSE(phone.device.diagnostic_wanted(order->run + 1));
  CHECK_FALSE(phone.device.take_diagnostic_order(phone.context()).has_value());
  CHECK(phone.device.next_due() == kNever);  // it is somebody else's now
  CHECK(phone.get(kDownload + "DiagnosticsState") == "Requested");
}

TEST_CASE("an upload is ordered with its length, which may be written [D-16]") {
  Phone phone;
  phone.set(upload("4294967295"));
  const auto order = phone.order();
  REQUIRE(order);
  CHECK(order->upload);
  CHECK(order->url == "http://127.0.0.1:9/up");
  CHECK(order->length == UINT32_MAX);
}

TEST_CASE("a download that ended is Completed, in UTC with six decimals, and told of [D-3, D-12, D-13]") {
  Phone phone;
  phone.set(download());
  auto result = result_of(phone.order().value());
  const auto at = [](int micros) {
    return WallTime{std::chrono::seconds{1'207'753'265} + std::chrono::microseconds{micros}};
  };
  result.rom = at(123456);
  result.bom = at(200000);
  result.eom = at(900001);
  result.test_bytes = 1'000'000;
  result.total_bytes = 1'040'000;
  CHECK(phone.end(result) == OwnTrigger::diagnostics);
  CHECK(phone.events == Events{"8 DIAGNOSTICS COMPLETE"});
  CHECK(phone.get(kDownload + "DiagnosticsState") == "Completed");
  CHECK(phone.get(kDownload + "ROMTime") == "2008-04-09T15:01:05.123456Z");
  CHECK(phone.get(kDownload + "BOMTime") == "2008-04-09T15:01:05.200000Z");
  CHECK(phone.get(kDownload + "EOMTime") == "2008-04-09T15:01:05.900001Z");
  CHECK(phone.get(kDownload + "TestBytesReceived") == "1000000");
  CHECK(phone.get(kDownload + "TotalBytesReceived") == "1040000");
  CHECK_FALSE(phone.device.diagnostic_wanted(result.run));
  CHECK(phone.end(result) == OwnTrigger::none);  // once
}

TEST_CASE("what did not happen has the unknown time, also behind a run that had one [D-12]") {
  Phone phone;
  phone.set(upload());
  auto result = result_of(phone.order().value());
  result.rom = result.bom = result.eom = phone.clock.wall(phone.clock.now());
  result.total_bytes = 5;
  phone.end(result);
  CHECK(phone.get(kUpload + "EOMTime") != kUnknownTime);
  phone.set(upload());
  result = result_of(phone.order().value(), DiagnosticEnd::no_response);
  result.rom = phone.clock.wall(phone.clock.now());
  phone.end(result);
  CHECK(phone.get(kUpload + "DiagnosticsState") == "Error_NoResponse");
  CHECK(phone.get(kUpload + "ROMTime") != kUnknownTime);
  CHECK(phone.get(kUpload + "BOMTime") == kUnknownTime);
  CHECK(phone.get(kUpload + "EOMTime") == kUnknownTime);
  CHECK(phone.get(kUpload + "TotalBytesSent") == "0");
}

TEST_CASE("each end has the direction's own word, and only words it has [D-3, D-15, D-17]") {
  using End = DiagnosticEnd;
  struct Row {
    End end;
    const char* download;
    const char* upload;
  };
  const Row rows[] = {
      {End::completed, "Completed", "Completed"},
      {End::init_connection_failed, "Error_InitConnectionFailed", "Error_InitConnectionFailed"},
      {End::no_response, "Error_NoResponse", "Error_NoResponse"},
      {End::transfer_failed, "Error_TransferFailed", "Error_NoTransferComplete"},
      {End::password_request_failed, "Error_PasswordRequestFailed", "Error_PasswordRequestFailed"},
      {End::login_failed, "Error_LoginFailed", "Error_LoginFailed"},
      {End::no_transfer_mode, "Error_NoTransferMode", "Error_NoTransferMode"},
      {End::no_pasv, "Error_NoPASV", "Error_NoPASV"},
      {End::incorrect_size, "Error_IncorrectSize", "Error_NoTransferComplete"},
      {End::timeout, "Error_Timeout", "Error_NoTransferComplete"},
      {End::no_cwd, "Error_TransferFailed", "Error_NoCWD"},
      {End::no_stor, "Error_TransferFailed", "Error_NoSTOR"},
      {End::no_transfer_complete, "Error_TransferFailed", "Error_NoTransferComplete"},
  };
  Phone phone;
  for (const auto& row : rows) {
    phone.set(download());
    phone.end(result_of(phone.order().value(), row.end));
    CHECK(phone.events == Events{"8 DIAGNOSTICS COMPLETE"});
    CHECK(phone.get(kDownload + "DiagnosticsState") == row.download);
    phone.set(upload());
    phone.end(result_of(phone.order().value(), row.end));
    CHECK(phone.events == Events{"8 DIAGNOSTICS COMPLETE"});
    CHECK(phone.get(kUpload + "DiagnosticsState") == row.upload);
  }
}

TEST_CASE("counters of bytes wrap at 2^32 [D-21]") {
  Phone phone;
  phone.set(download());
  auto result = result_of(phone.order().value());
  result.test_bytes = (std::uint64_t{1} << 32) + 7;
  result.total_bytes = UINT32_MAX;
  phone.end(result);
  CHECK(phone.get(kDownload + "TestBytesReceived") == "7");
  CHECK(phone.get(kDownload + "TotalBytesReceived") == "4294967295");
  phone.set(upload());
  result = result_of(phone.order().value());
  result.total_bytes = std::uint64_t{1} << 32;
  phone.end(result);
  CHECK(phone.get(kUpload + "TotalBytesSent") == "0");
}

TEST_CASE("the result of a run that was aborted is dropped [D-4, D-5]") {
  Phone phone;
  phone.set(download());
  const auto first = phone.order().value();
  SUBCASE("another parameter was written") {
    phone.set({{kDownload + "DSCP", "1"}});
    CHECK_FALSE(phone.device.diagnostic_wanted(first.run));
    CHECK(phone.end(result_of(first)) == OwnTrigger::none);
    CHECK(phone.get(kDownload + "DiagnosticsState") == "None");
    CHECK(phone.device.next_due() == kNever);
  }
  SUBCASE("it was requested again") {
    phone.set(download("http://127.0.0.1:9/other"));
    CHECK_FALSE(phone.device.diagnostic_wanted(first.run));
    CHECK(phone.end(result_of(first, DiagnosticEnd::timeout)) == OwnTrigger::none);
    CHECK(phone.get(kDownload + "DiagnosticsState") == "Requested");
    const auto second = phone.order().value();
    CHECK(second.run != first.run);
    CHECK(second.url == "http://127.0.0.1:9/other");
    CHECK(phone.end(result_of(first)) == OwnTrigger::none);
    CHECK(phone.end(result_of(second)) == OwnTrigger::diagnostics);
  }
  SUBCASE("the device restarted, and it was requested again") {
    for (const cwmp::AcsRequest& restart :
         {cwmp::AcsRequest{cwmp::Reboot{"r"}}, cwmp::AcsRequest{cwmp::FactoryReset{}}}) {
      phone.ask(restart);
      CHECK_FALSE(phone.device.diagnostic_wanted(first.run));
      phone.pass(5min);
      phone.set(download());
      const auto second = phone.order().value();
      CHECK(second.run != first.run);
      CHECK(phone.device.diagnostic_ended(phone.context(), result_of(first)) == OwnTrigger::none);
      CHECK(phone.get(kDownload + "DiagnosticsState") == "Requested");
    }
  }
  CHECK(phone.events.size() <= 2);
}

TEST_CASE("an order that is not taken is offered again, and never during a session or without a link [D-2]") {
  Phone phone;
  phone.set(download());
  static_cast<void>(phone.device.on_timer(phone.context()));
  CHECK(phone.device.next_due() == kNever);
  SUBCASE("a session is on") {
    SessionView view(phone.device, phone.context());
    CHECK_FALSE(phone.device.take_diagnostic_order(phone.context()).has_value());
    static_cast<void>(view.inform(cwmp::Version::v1_0));
    view.inform_accepted();
    cwmp::SessionOutcome outcome;
    outcome.inform_accepted = true;
    static_cast<void>(phone.device.session_ended(phone.context(), view, outcome));
  }
  SUBCASE("the link is down") {
    phone.stimulate(Kind::offline);
    CHECK_FALSE(phone.device.take_diagnostic_order(phone.context()).has_value());
    phone.stimulate(Kind::online);
  }
  CHECK(phone.order().has_value());
}

TEST_CASE("a test that ends without a link or in a session is told of later [D-3]") {
  Phone phone;
  phone.set(download());
  const auto order = phone.order().value();
  SUBCASE("without a link") {
    phone.stimulate(Kind::offline);
    CHECK(phone.device.diagnostic_wanted(order.run));  // who moves its bytes sees for himself
    CHECK(phone.end(result_of(order, DiagnosticEnd::no_response)) == OwnTrigger::none);
    phone.stimulate(Kind::online);
    phone.pass(1s);
    CHECK(phone.events == Events{"8 DIAGNOSTICS COMPLETE"});
    CHECK(phone.get(kDownload + "DiagnosticsState") == "Error_NoResponse");
  }
  SUBCASE("in a session") {
    SessionView view(phone.device, phone.context());
    static_cast<void>(view.inform(cwmp::Version::v1_0));
    view.inform_accepted();
    CHECK(phone.end(result_of(order)) == OwnTrigger::none);
    cwmp::SessionOutcome outcome;
    outcome.inform_accepted = true;
    CHECK(phone.device.session_ended(phone.context(), view, outcome) == OwnTrigger::follow_up);
  }
}

TEST_CASE("a transport that the device does not have ends the test at once [D-14, D-19]") {
  Phone phone;
  CHECK(phone.get("Device.Capabilities.PerformanceDiagnostic.DownloadTransports") == "HTTP");
  CHECK(phone.get("Device.Capabilities.PerformanceDiagnostic.UploadTransports") == "HTTP");
  for (const auto* url : {"ftp://127.0.0.1/file", ""}) {
    phone.set(download(url));
    phone.pass(0s);
    CHECK(phone.events == Events{"8 DIAGNOSTICS COMPLETE"});
    CHECK(phone.get(kDownload + "DiagnosticsState") == "Error_InitConnectionFailed");
    CHECK_FALSE(phone.device.take_diagnostic_order(phone.context()).has_value());
  }
}

TEST_CASE("an interface is empty or one there is, a URL one of HTTP or FTP [D-11, M-7]") {
  for (const auto* profile : {"gxp2170", "ht802", "dp750"}) {
    CAPTURE(profile);
    Phone phone(profile);
    for (const auto& [object, url] :
         {std::pair{kDownload, std::string("DownloadURL")}, std::pair{kUpload, std::string("UploadURL")}}) {
      for (const auto* good : {"", "Device.LAN"}) CHECK(phone.fault_of({{object + "Interface", good}}) == 0);
      for (const auto* bad : {"eth0", "Device.WAN", "Device.LAN.", "Device.LAN.1.", " "})
        CHECK(phone.fault_of({{object + "Interface", bad}}) == 9007);
      for (const auto* good : {"", "http://a", "HTTP://a.example:80/x?y", "ftp://u:p@[2001:db8::1]/x"})
        CHECK(phone.fault_of({{object + url, good}}) == 0);
      for (const auto* bad :
           {"https://a/x", "a.example/x", "http://", "http:///x", "file:///etc/passwd", "http://a b/"})
        CHECK(phone.fault_of({{object + url, bad}}) == 9007);
      CHECK(phone.fault_of({{object + url, "http://a/" + std::string(248, 'x')}}) == 9007);
    }
  }
}

TEST_CASE("TCPOpenRequestTime and TCPOpenResponseTime are there where a profile has them [D-18]") {
  Phone phone;
  CHECK(phone.device.firmware(phone.context()).schema->find(kDownload + "TCPOpenRequestTime") == datamodel::kNoNode);
  datamodel::SchemaBuilder builder;
  const auto parameter = [&](const std::string& path, const std::string& value, datamodel::Type type) {
    datamodel::Node node;
    node.kind = datamodel::NodeKind::parameter;
    node.type = type;
    node.default_value = value;
    REQUIRE(builder.add(path, std::move(node)).has_value());
  };
  for (const auto* time : {"TCPOpenRequestTime", "TCPOpenResponseTime", "ROMTime", "BOMTime", "EOMTime"})
    parameter(kDownload + time, kUnknownTime, datamodel::Type::date_time);
  parameter(kDownload + "DiagnosticsState", "None", datamodel::Type::string);
  parameter(kDownload + "DownloadURL", "http://127.0.0.1/", datamodel::Type::string);
  const auto schema = builder.build().value();
  const profile::DiagnosticNodes nodes(*schema);
  datamodel::Delta delta;
  const DeviceSurroundings around(phone.context(), 3, phone.clock.now());
  datamodel::Model model(*schema, delta, around);
  DiagnosticTests tests(nodes);
  tests.request(profile::DiagnosticKind::download, phone.clock.now());
  DiagnosticTests::Time time;
  time.now = phone.clock.now();
  static_cast<void>(tests.on_timer(model, {}, time));
  auto result = result_of(tests.take_order(model).value());
  const auto start = phone.clock.wall(phone.clock.now());
  result.tcp_open_request = start + 1us;
  result.tcp_open_response = start + 2us;
  result.rom = start + 2us;
  CHECK(tests.ended(model, result).complete);
  CHECK(tests.idle());
  const auto read = [&](const std::string& name) {
    return model.value(datamodel::Key{schema->find(kDownload + name), {}});
  };
  CHECK(read("TCPOpenRequestTime") == format_utc(start + 1us, true));
  CHECK(read("TCPOpenResponseTime") == format_utc(start + 2us, true));
  CHECK(read("EOMTime") == kUnknownTime);
}

TEST_SUITE_END();
