// SPDX-License-Identifier: Apache-2.0
// usage: dump_messages DIR
// Writes every message a CPE can send as DIR/NAME.v0.xml and .v1.xml, for validate_dir.sh.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "cwmp/events.hpp"
#include "cwmp/soap_encode.hpp"

namespace {

using namespace cpefleet::cwmp;

constexpr std::string_view kAwkward = " <a b=\"c\">&amp;]]>'\r\n\t\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\x01\xFF ";

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

class Dump {
 public:
  Dump(std::filesystem::path directory, Version version) : directory_(std::move(directory)), version_(version) {}

  [[nodiscard]] Version version() const { return version_; }
  [[nodiscard]] bool failed() const { return failed_; }

  void inform(std::string_view name, const Inform& inform, OptionalId id = "1") {
    encode_inform(buffer_, version_, id, inform);
    save("inform-", name);
  }
  void response(std::string_view name, const CpeResponse& response, OptionalId id = "1") {
    encode_response(buffer_, version_, id, response);
    save(std::string(message_name(response)) + "-", name);
  }
  void request(std::string_view name, const CpeRequest& request, OptionalId id = "1") {
    encode_request(buffer_, version_, id, request);
    save(std::string(method_name(request)) + "-request-", name);
  }
  void must_understand(std::string_view name, OptionalId id, std::string_view header) {
    encode_must_understand_fault(buffer_, version_, id, header);
    save("must-understand-", name);
  }

 private:
  void save(std::string_view kind, std::string_view name) {
    std::string file(kind);
    file.append(name).append(version_ == Version::v1_0 ? ".v0.xml" : ".v1.xml");
    std::ofstream out(directory_ / file, std::ios::binary);
    out << buffer_;
    failed_ = failed_ || !out.flush().good();
  }

  std::filesystem::path directory_;
  Version version_;
  std::string buffer_;
  bool failed_ = false;
};

Inform plain_inform() {
  Inform inform;
  inform.device = {"Grandstream", "000B82", "GXP2170", "000b82123456"};
  inform.events = {{std::string(event::kBoot), ""}, {std::string(event::kMReboot), "key"}};
  inform.current_time = "2026-01-01T00:00:00Z";
  inform.parameters = {{"Device.DeviceSummary", "Device:1.2[](Baseline:1)", ValueType::string},
                       {"Device.DeviceInfo.SoftwareVersion", "1.0.11.35", ValueType::string},
                       {"Device.LAN.IPAddress", "10.0.0.2", ValueType::string}};
  return inform;
}

void dump_informs(Dump& dump) {
  dump.inform("boot", plain_inform());
  dump.inform("without-id", plain_inform(), std::nullopt);
  dump.inform("awkward-id", plain_inform(), kAwkward);

  Inform empty = plain_inform();
  empty.events.clear();
  empty.parameters.clear();
  empty.device.product_class.clear();
  empty.current_time = "0001-01-01T00:00:00Z";
  dump.inform("empty", empty);

  Inform all = plain_inform();
  all.events.clear();
  for (const std::string_view code :
       {event::kBootstrap, event::kBoot, event::kPeriodic, event::kScheduled, event::kValueChange, event::kKicked,
        event::kConnectionRequest, event::kTransferComplete, event::kDiagnosticsComplete, event::kRequestDownload}) {
    all.events.push_back({std::string(code), ""});
  }
  if (dump.version() != Version::v1_0) all.events.push_back({std::string(event::kAutonomousTransferComplete), ""});
  for (const std::string_view code : {event::kMReboot, event::kMScheduleInform, event::kMDownload, event::kMUpload}) {
    all.events.push_back({std::string(code), "12345678901234567890123456789012"});
  }
  all.events.push_back({"X 000B82 MemFull", ""});
  dump.inform("all-events", all);

  Inform most = plain_inform();
  most.device = {repeated("\xC3\xA4", 64), "C074AD", repeated("\xE2\x82\xAC", 64), repeated("<", 64)};
  most.current_time = "2026-11-23T01:02:03.123456+05:30";
  most.retry_count = 4294967295u;
  most.events.clear();
  for (int i = 0; i < 64; ++i) most.events.push_back({std::string(event::kMDownload), std::to_string(i)});
  most.parameters = {{"Device.Awkward", std::string(kAwkward), ValueType::string},
                     {repeated("x", 256), repeated("&", 100'000), ValueType::string}};
  dump.inform("most", most);
}

void dump_values(Dump& dump) {
  GetParameterValuesResponse values;
  dump.response("empty", values);
  values.values = {
      {"Device.S", "text", ValueType::string},         {"Device.E", "", ValueType::string},
      {"Device.I", "-2147483648", ValueType::integer}, {"Device.U", "4294967295", ValueType::unsigned_integer},
      {"Device.B", "true", ValueType::boolean},        {"Device.T", "0001-01-01T00:00:00Z", ValueType::date_time},
      {"Device.X", "MTA=", ValueType::base64},         {"Device.A", std::string(kAwkward), ValueType::string}};
  dump.response("types", values);
  dump.response("awkward-id", values, kAwkward);
  dump.response("without-id", values, std::nullopt);
  dump.response("empty-id", values, "");
  values.values.clear();
  for (int i = 0; i < 2000; ++i) {
    values.values.push_back({"Device.Many." + std::to_string(i), repeated("\xE2\x82\xAC<", 50), ValueType::string});
  }
  dump.response("many", values);

  GetParameterNamesResponse names;
  dump.response("empty", names);
  names.names = {{"Device.", false}, {"Device.Awkward<&>", true}, {repeated("\xC3\xA4", 256), true}};
  dump.response("some", names);

  GetParameterAttributesResponse attributes;
  dump.response("empty", attributes);
  attributes.attributes = {{"Device.A", 0, {}}, {"Device.B", 1, {"Subscriber"}}, {"Device.C&", 2, {"Subscriber"}}};
  dump.response("some", attributes);
}

void dump_small_responses(Dump& dump) {
  dump.response("one", GetRPCMethodsResponse{{"GetRPCMethods"}});
  dump.response("some", GetRPCMethodsResponse{{"GetRPCMethods", "X_000B82_A&B", repeated("\xC3\xA4", 64)}});
  for (const int status : {0, 1}) {
    const std::string name = "status-" + std::to_string(status);
    dump.response(name, SetParameterValuesResponse{status});
    dump.response(name, AddObjectResponse{status == 0 ? 1u : 4294967295u, status});
    dump.response(name, DeleteObjectResponse{status});
  }
  dump.response("plain", SetParameterAttributesResponse{});
  dump.response("plain", RebootResponse{});
  dump.response("plain", FactoryResetResponse{});
  dump.response("plain", ScheduleInformResponse{});
  dump.response("awkward-id", RebootResponse{}, kAwkward);
  dump.response("without-id", RebootResponse{}, std::nullopt);
  dump.request("plain", CpeGetRPCMethods{});
}

constexpr std::string_view kStart = "2026-11-23T01:02:03Z";
constexpr std::string_view kComplete = "2026-11-23T01:02:05.000001Z";
constexpr std::string_view kFirmware = "1 Firmware Upgrade Image";

void dump_transfer_responses(Dump& dump) {
  for (const int status : {0, 1}) {
    const std::string name = "status-" + std::to_string(status);
    dump.response(name, DownloadResponse{status, std::string(kStart), std::string(kComplete)});
    dump.response(name, UploadResponse{status, std::string(kStart), std::string(kComplete)});
    dump.response(name + "-without-times", DownloadResponse{status, "", ""});
  }
  const std::string longest = repeated("<", 32);
  GetQueuedTransfersResponse queued;
  dump.response("empty", queued);
  queued.transfers = {{"", TransferState::not_started}, {longest, TransferState::in_progress}};
  queued.transfers.resize(16, {"k", TransferState::completed});
  dump.response("most", queued);

  if (dump.version() == Version::v1_0) return;
  GetAllQueuedTransfersResponse all;
  dump.response("empty", all);
  all.transfers = {{"", TransferState::not_started, true, std::string(kFirmware), 0, ""},
                   {longest, TransferState::in_progress, false, "4 Vendor Log File", 4294967295u, repeated("&", 256)}};
  all.transfers.resize(16, {"k", TransferState::completed, true, "X 000B82 Ringer", 7, "r"});
  dump.response("most", all);
}

void dump_transfer_requests(Dump& dump) {
  const auto complete = [](std::string_view key, int code, std::string text) {
    return TransferComplete{std::string(key), {code, std::move(text)}, std::string(kStart), std::string(kComplete)};
  };
  dump.request("plain", complete("key", 0, ""));
  dump.request("without-id", complete("", 0, ""), std::nullopt);
  dump.request("without-times", TransferComplete{"key", {9012, std::string(fault_text(9012))}, "", ""}, kAwkward);
  dump.request("most", complete(repeated("\xC3\xA4", 32), 9010, repeated("\xE2\x82\xAC<", 300)));
  dump.request("ill-formed", complete("", 9011, repeated("\xFF\x01\xE2\x82", 300)));
  for (const int code : {-1,   1,    8005, 9000, 9001, 9002, 9003, 9009, 9010, 9011, 9012, 9013,
                         9014, 9015, 9016, 9017, 9018, 9019, 9020, 9799, 9800, 9899, 9900}) {
    dump.request("fault-" + std::to_string(code), complete("key", code, "text"));
  }
  RequestDownload wish{std::string(kFirmware), {}};
  dump.request("empty", wish);
  wish.arguments = {{repeated("&", 64), repeated("\xC3\xA4", 256)}, {"", std::string(kAwkward)}};
  wish.arguments.resize(16, {"Version", "1"});
  dump.request("most", wish);

  if (dump.version() == Version::v1_0) return;
  AutonomousTransferComplete autonomous;
  autonomous.file_type = kFirmware;
  dump.request("plain", autonomous);
  autonomous.announce_url = repeated("\xC3\xA4", 1024);
  autonomous.transfer_url = repeated("&", 1024);
  autonomous.is_download = false;
  autonomous.file_type = "4 Vendor Log File";
  autonomous.file_size = 4294967295u;
  autonomous.target_file_name = repeated("<", 256);
  autonomous.fault = {9019, repeated("\xF0\x9F\x98\x80", 257)};
  autonomous.start_time = kStart;
  autonomous.complete_time = kComplete;
  dump.request("most", autonomous);
}

void dump_faults(Dump& dump) {
  const int last = dump.version() == Version::v1_0 ? 9013 : 9019;
  for (int code = 9000; code <= last; ++code) dump.response(std::to_string(code), make_fault(code));
  dump.response("9800", make_fault(9800, kAwkward));
  dump.response("9899", make_fault(9899));
  dump.response("9005-detail", make_fault(9005, "Device.<&>"));
  dump.response("9000-without-id", make_fault(9000), std::nullopt);
  Fault fault = make_fault(9003);
  for (const int code : {9001, 9002, 9005, 9006, 9007, 9008}) {
    fault.parameters.push_back({"Device.P" + std::to_string(code), code, std::string(fault_text(code))});
  }
  fault.parameters.push_back({std::string(kAwkward), 9005, std::string(kAwkward)});
  dump.response("9003-parameters", fault);
  dump.must_understand("plain", "1", "cwmp:UseCWMPVersion");
  dump.must_understand("awkward", kAwkward, kAwkward);
  dump.must_understand("without-id", std::nullopt, "x");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: dump_messages DIR\n", stderr);
    return 2;
  }
  std::filesystem::remove_all(argv[1]);
  std::filesystem::create_directories(argv[1]);
  for (const Version version : {Version::v1_0, Version::v1_1}) {
    Dump dump(argv[1], version);
    dump_informs(dump);
    dump_values(dump);
    dump_small_responses(dump);
    dump_faults(dump);
    dump_transfer_responses(dump);
    dump_transfer_requests(dump);
    if (dump.failed()) {
      std::fputs("dump_messages: cannot write\n", stderr);
      return 1;
    }
  }
  return 0;
}
