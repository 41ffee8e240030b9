// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <string>

#include "base/text.hpp"
#include "cwmp/soap_encode.hpp"
#include "xml/document.hpp"

using namespace cpefleet::cwmp;
using cpefleet::xml::Document;
using cpefleet::xml::Element;

namespace {

Document read(const std::string& text) {
  auto document = Document::parse(text);
  REQUIRE_MESSAGE(document.has_value(), document.error().message());
  return std::move(*document);
}

Document encoded(const CpeResponse& response) {
  std::string out;
  encode_response(out, Version::v1_1, "1", response);
  return read(out);
}

Document encoded(const CpeRequest& request, Version version = Version::v1_1) {
  std::string out;
  encode_request(out, version, "7", request);
  return read(out);
}

Element message(const Document& document) { return document.root().child("Body").first_child(); }

// "Name=text Name=text ", of a structure's members "Name={...} ".
std::string flat(Element parent) {
  std::string out;
  for (Element child = parent.first_child(); child; child = child.next_sibling()) {
    out.append(child.name()).append("=");
    if (child.first_child()) {
      out.append("{").append(flat(child)).append("} ");
    } else {
      out.append(child.text()).append(" ");
    }
  }
  return out;
}

int written_code(int code, Version version) {
  const Document document = encoded(TransferComplete{"", {code, ""}, "", ""}, version);
  return static_cast<int>(
      cpefleet::parse_int(message(document).child("FaultStruct").child("FaultCode").text()).value_or(-99));
}

}  // namespace

TEST_SUITE_BEGIN("cwmp.soap_encode");

TEST_CASE("Status 0 tells both times, Status 1 that they are unknown [P-84]") {
  const std::string start = "2026-11-23T01:02:03Z";
  const std::string complete = "2026-11-23T01:02:05Z";
  const std::string done = "Status=0 StartTime=" + start + " CompleteTime=" + complete + " ";
  const std::string to_come = "Status=1 StartTime=0001-01-01T00:00:00Z CompleteTime=0001-01-01T00:00:00Z ";
  CHECK(flat(message(encoded(DownloadResponse{0, start, complete}))) == done);
  CHECK(flat(message(encoded(UploadResponse{0, start, complete}))) == done);
  CHECK(flat(message(encoded(DownloadResponse{1, start, complete}))) == to_come);
  CHECK(flat(message(encoded(UploadResponse{1, start, complete}))) == to_come);
  CHECK(flat(message(encoded(DownloadResponse{}))) == to_come);
  CHECK(message(encoded(UploadResponse{})).name() == "cwmp:UploadResponse");
}

TEST_CASE("queued transfers are told with their states [P-113]") {
  const Document some =
      encoded(GetQueuedTransfersResponse{{{"a<", TransferState::not_started}, {"", TransferState::in_progress}}});
  CHECK(flat(message(some)) ==
        "TransferList={QueuedTransferStruct={CommandKey=a< State=1 } QueuedTransferStruct={CommandKey= State=2 } } ");
  CHECK(message(some).child("TransferList").attribute("arrayType") == "cwmp:QueuedTransferStruct[2]");
  const Document all = encoded(GetAllQueuedTransfersResponse{
      {{"k", TransferState::completed, false, "4 Vendor Log File", 4294967295u, "log&"}}});
  CHECK(flat(message(all)) ==
        "TransferList={AllQueuedTransferStruct={CommandKey=k State=3 IsDownload=0 FileType=4 Vendor Log File "
        "FileSize=4294967295 TargetFileName=log& } } ");
  const Document none = encoded(GetQueuedTransfersResponse{});
  CHECK(message(none).child("TransferList").attribute("arrayType") == "cwmp:QueuedTransferStruct[0]");
}

// No schema of 1.0 or 1.1 knows these.
TEST_CASE("the responses to 1.2's requests are empty") {
  CHECK(message(encoded(CancelTransferResponse{})).name() == "cwmp:CancelTransferResponse");
  CHECK(message(encoded(ScheduleDownloadResponse{})).name() == "cwmp:ScheduleDownloadResponse");
  CHECK_FALSE(message(encoded(CancelTransferResponse{})).first_child());
}

TEST_CASE("TransferComplete carries key, fault and times in the standard's order [P-100]") {
  const Document good =
      encoded(TransferComplete{"key<", {0, "none"}, "2026-11-23T01:02:03Z", "2026-11-23T01:02:05Z"}, Version::v1_0);
  CHECK(message(good).name() == "cwmp:TransferComplete");
  CHECK(good.root().child("Header").child("ID").text() == "7");
  CHECK(flat(message(good)) ==
        "CommandKey=key< FaultStruct={FaultCode=0 FaultString= } StartTime=2026-11-23T01:02:03Z "
        "CompleteTime=2026-11-23T01:02:05Z ");
  const Document bad = encoded(TransferComplete{"", {9012, "login & password"}, "", ""});
  CHECK(flat(message(bad)) ==
        "CommandKey= FaultStruct={FaultCode=9012 FaultString=login & password } "
        "StartTime=0001-01-01T00:00:00Z CompleteTime=0001-01-01T00:00:00Z ");
}

TEST_CASE("a fault of a transfer has a code that the version has there [P-87]") {
  for (const int code : {0, 9001, 9002, 9010, 9011, 9012}) {
    CHECK(written_code(code, Version::v1_0) == code);
    CHECK(written_code(code, Version::v1_1) == code);
  }
  for (int code = 9014; code <= 9019; ++code) {
    CHECK(written_code(code, Version::v1_0) == 9010);
    CHECK(written_code(code, Version::v1_1) == code);
  }
  CHECK(written_code(9013, Version::v1_0) == 9010);
  CHECK(written_code(9013, Version::v1_1) == 9010);
  CHECK(written_code(9800, Version::v1_0) == 9002);
  CHECK(written_code(9800, Version::v1_1) == 9800);
  for (const int code : {-1, 1, 8005, 9000, 9003, 9009, 9900}) CHECK(written_code(code, Version::v1_1) == 9002);
}

TEST_CASE("the text of a transfer's fault is cut at 256 characters [P-100, E-12]") {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "\xE2\x82\xAC<";
  const Document document = encoded(TransferComplete{"", {9010, text}, "", ""});
  const std::string written(message(document).child("FaultStruct").child("FaultString").text());
  CHECK(cpefleet::count_characters(written) == 256);
  CHECK(text.starts_with(written));
  const std::string fits = text.substr(0, written.size());
  const Document whole = encoded(TransferComplete{"", {9010, fits}, "", ""});
  CHECK(message(whole).child("FaultStruct").child("FaultString").text() == fits);
}

TEST_CASE("AutonomousTransferComplete carries everything in the standard's order") {
  const Document document =
      encoded(AutonomousTransferComplete{"a&", "t", false, "4 Vendor Log File", 7, "f", {9016, "x"}, "", ""});
  CHECK(message(document).name() == "cwmp:AutonomousTransferComplete");
  CHECK(flat(message(document)) ==
        "AnnounceURL=a& TransferURL=t IsDownload=0 FileType=4 Vendor Log File FileSize=7 TargetFileName=f "
        "FaultStruct={FaultCode=9016 FaultString=x } StartTime=0001-01-01T00:00:00Z "
        "CompleteTime=0001-01-01T00:00:00Z ");
}

TEST_CASE("RequestDownload carries a type and arguments") {
  const Document document = encoded(RequestDownload{"1 Firmware Upgrade Image", {{"Version", "<2"}, {"Other", ""}}});
  CHECK(flat(message(document)) ==
        "FileType=1 Firmware Upgrade Image FileTypeArg={ArgStruct={Name=Version Value=<2 } "
        "ArgStruct={Name=Other Value= } } ");
  CHECK(message(document).child("FileTypeArg").attribute("arrayType") == "cwmp:ArgStruct[2]");
}

TEST_CASE("the names of transfer messages are the standard's") {
  CHECK(method_name(AcsRequest{Download{}}) == "Download");
  CHECK(method_name(AcsRequest{Upload{}}) == "Upload");
  CHECK(method_name(AcsRequest{GetQueuedTransfers{}}) == "GetQueuedTransfers");
  CHECK(method_name(AcsRequest{GetAllQueuedTransfers{}}) == "GetAllQueuedTransfers");
  CHECK(method_name(AcsRequest{ScheduleDownload{}}) == "ScheduleDownload");
  CHECK(method_name(AcsRequest{CancelTransfer{}}) == "CancelTransfer");
  CHECK(method_name(CpeRequest{TransferComplete{}}) == "TransferComplete");
  CHECK(method_name(CpeRequest{AutonomousTransferComplete{}}) == "AutonomousTransferComplete");
  CHECK(method_name(CpeRequest{RequestDownload{}}) == "RequestDownload");
  CHECK(message_name(CpeResponse{DownloadResponse{}}) == "DownloadResponse");
  CHECK(message_name(CpeResponse{GetAllQueuedTransfersResponse{}}) == "GetAllQueuedTransfersResponse");
}

TEST_SUITE_END();
