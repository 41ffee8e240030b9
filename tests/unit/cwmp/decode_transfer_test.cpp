// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <doctest/doctest.h>
#include <string>
#include <utility>
#include <vector>

#include "messages_of_an_acs.hpp"

using namespace cpefleet::cwmp;
using namespace cpefleet::cwmp::test;

namespace {

// A request element by element, so that one can be left out or spoilt.
class Written {
 public:
  using Arguments = std::vector<std::pair<std::string, std::string>>;
  Written(std::string method, Arguments arguments) : method_(std::move(method)), arguments_(std::move(arguments)) {}

  [[nodiscard]] const std::string& method() const { return method_; }
  [[nodiscard]] const Arguments& arguments() const { return arguments_; }
  Written with(std::string_view name, std::string_view text) const {
    Written other = *this;
    for (auto& [argument, value] : other.arguments_) {
      if (argument == name) value = text;
    }
    return other;
  }
  Written without(std::string_view name) const {
    Written other = *this;
    std::erase_if(other.arguments_, [&](const auto& argument) { return argument.first == name; });
    return other;
  }
  [[nodiscard]] std::string xml() const {
    std::string out = "<cwmp:" + method_ + ">";
    for (const auto& [name, value] : arguments_) {
      out.append("<").append(name);
      if (name == "TimeWindowList") out += " enc:arrayType=\"cwmp:TimeWindowStruct[1]\"";
      out.append(">").append(value).append("</").append(name).append(">");
    }
    return out + "</cwmp:" + method_ + ">";
  }

 private:
  std::string method_;
  Arguments arguments_;
};

const std::string kWindow =
    "<TimeWindowStruct><WindowStart>60</WindowStart><WindowEnd>4294967295</WindowEnd><WindowMode>1 At Any Time"
    "</WindowMode><UserMessage>now &amp; then</UserMessage><MaxRetries>-1</MaxRetries></TimeWindowStruct>";

Written download() {
  return {"Download",
          {{"CommandKey", "key"},
           {"FileType", "1 Firmware Upgrade Image"},
           {"URL", "http://files.example/f.bin?a=1&amp;b=2"},
           {"Username", "user"},
           {"Password", " p&lt;w "},
           {"FileSize", "4294967295"},
           {"TargetFileName", "f.bin"},
           {"DelaySeconds", " 10 "},
           {"SuccessURL", "http://ok.example/"},
           {"FailureURL", "http://no.example/"}}};
}

Written upload() {
  return {"Upload",
          {{"CommandKey", "key"},
           {"FileType", "3 Vendor Configuration File"},
           {"URL", "https://files.example/u"},
           {"Username", "user"},
           {"Password", "password"},
           {"DelaySeconds", "5"}}};
}

Written schedule_download() {
  return {"ScheduleDownload",
          {{"CommandKey", "key"},
           {"FileType", "1 Firmware Upgrade Image"},
           {"URL", "http://files.example/f.bin"},
           {"Username", "user"},
           {"Password", "password"},
           {"FileSize", "7"},
           {"TargetFileName", "f.bin"},
           {"TimeWindowList", kWindow}}};
}

}  // namespace

TEST_SUITE_BEGIN("cwmp.soap_decode");

TEST_CASE("Download is read with all its arguments") {
  const auto request = clean_request<Download>(download().xml());
  CHECK(request.command_key == "key");
  CHECK(request.file_type == "1 Firmware Upgrade Image");
  CHECK(request.url == "http://files.example/f.bin?a=1&b=2");
  CHECK(request.username == "user");
  CHECK(request.password == " p<w ");
  CHECK(request.file_size == 4294967295u);
  CHECK(request.target_file_name == "f.bin");
  CHECK(request.delay_seconds == 10);
  CHECK(request.success_url == "http://ok.example/");
  CHECK(request.failure_url == "http://no.example/");
}

TEST_CASE("a recorded Download with empty arguments is read without a finding") {
  const AcsMessage message = decoded(corpus("genieacs-download.xml"));
  const auto request = request_in<Download>(message);
  CHECK(message.findings.empty());
  CHECK(request.command_key == "1a205603f0d0000");
  CHECK(request.url == "http://127.0.0.1:17567/fw.bin");
  CHECK(request.file_size == 0);
  CHECK(request.failure_url.empty());
}

TEST_CASE("Upload is read with all its arguments") {
  const auto request = clean_request<Upload>(upload().xml());
  CHECK(request.command_key == "key");
  CHECK(request.file_type == "3 Vendor Configuration File");
  CHECK(request.url == "https://files.example/u");
  CHECK(request.username == "user");
  CHECK(request.password == "password");
  CHECK(request.delay_seconds == 5);
}

TEST_CASE("ScheduleDownload is read with its windows") {
  const auto request = clean_request<ScheduleDownload>(schedule_download().xml());
  CHECK(request.command_key == "key");
  CHECK(request.file_type == "1 Firmware Upgrade Image");
  CHECK(request.url == "http://files.example/f.bin");
  CHECK(request.username == "user");
  CHECK(request.password == "password");
  CHECK(request.file_size == 7);
  CHECK(request.target_file_name == "f.bin");
  REQUIRE(request.windows.size() == 1);
  CHECK(request.windows[0].start == 60);
  CHECK(request.windows[0].end == 4294967295u);
  CHECK(request.windows[0].mode == "1 At Any Time");
  CHECK(request.windows[0].user_message == "now & then");
  CHECK(request.windows[0].max_retries == -1);
}

TEST_CASE("the other requests of transfers are read") {
  clean_request<GetQueuedTransfers>("<cwmp:GetQueuedTransfers/>");
  clean_request<GetAllQueuedTransfers>("<cwmp:GetAllQueuedTransfers></cwmp:GetAllQueuedTransfers>");
  CHECK(clean_request<CancelTransfer>("<cwmp:CancelTransfer><CommandKey>k</CommandKey></cwmp:CancelTransfer>")
            .command_key == "k");
}

TEST_CASE("a transfer's CommandKey may be absent, nothing else [E-4, E-14]") {
  for (const Written& whole : {download(), upload(), schedule_download()}) {
    CAPTURE(whole.method());
    const AcsMessage message = decoded(envelope(whole.without("CommandKey").xml()));
    CHECK(message.findings.size() == 1);
    CHECK(has_finding(message, "E-4", "CommandKey is missing"));
    CHECK_FALSE(std::holds_alternative<BadArguments>(std::get<AcsRequest>(message.body)));
    for (const auto& [name, value] : whole.arguments()) {
      if (name == "CommandKey") continue;
      CAPTURE(name);
      const auto bad = request_in<BadArguments>(decoded(envelope(whole.without(name).xml())));
      CHECK(bad.method == whole.method());
      CHECK(bad.why == name + " is missing");
    }
  }
  const AcsMessage cancel = decoded(envelope("<cwmp:CancelTransfer/>"));
  CHECK(request_in<CancelTransfer>(cancel).command_key.empty());
  CHECK(has_finding(cancel, "E-4", "CommandKey is missing"));
}

TEST_CASE("a transfer's numbers are unsigned ints, and empty is none [E-14]") {
  for (const std::string text : {"", " ", "soon", "-1", "4294967296", "1.5", "0x10", "99999999999999999999"}) {
    CAPTURE(text);
    for (const char* name : {"FileSize", "DelaySeconds"}) {
      CHECK(why_bad(download().with(name, text).xml()).starts_with(std::string(name) + " is no number"));
    }
    CHECK(why_bad(upload().with("DelaySeconds", text).xml()).starts_with("DelaySeconds is no number"));
    CHECK(why_bad(schedule_download().with("FileSize", text).xml()).starts_with("FileSize is no number"));
  }
}

TEST_CASE("a transfer's texts are as long as the schema lets them be, in characters [E-12]") {
  const std::pair<const char*, std::size_t> limits[] = {
      {"CommandKey", 32}, {"FileType", 64},        {"URL", 256},        {"Username", 256},
      {"Password", 256},  {"TargetFileName", 256}, {"SuccessURL", 256}, {"FailureURL", 256}};
  for (const Written& whole : {download(), upload(), schedule_download()}) {
    for (const auto& [name, limit] : limits) {
      if (whole.without(name).arguments().size() == whole.arguments().size()) continue;
      CAPTURE(whole.method());
      CAPTURE(std::string(name));
      std::string text;
      for (std::size_t i = 0; i < limit; ++i) text += "\xC3\xA4";
      const AcsMessage message = decoded(envelope(whole.with(name, text).xml()));
      CHECK_FALSE(std::holds_alternative<BadArguments>(std::get<AcsRequest>(message.body)));
      CHECK(why_bad(whole.with(name, text + "x").xml()) ==
            std::string(name) + " is longer than " + std::to_string(limit) + " characters");
    }
  }
}

TEST_CASE("what a transfer's texts say is left to the device") {
  const auto request = clean_request<Download>(download().with("FileType", "9 Nonsense").with("URL", "gopher:").xml());
  CHECK(request.file_type == "9 Nonsense");
  CHECK(request.url == "gopher:");
}

TEST_CASE("windows that cannot be read are bad arguments [E-14]") {
  const auto why = [](std::string_view windows) {
    return why_bad(schedule_download().with("TimeWindowList", windows).xml());
  };
  CHECK(why("") == "TimeWindowList is empty");
  CHECK(why(kWindow + kWindow + kWindow) == "TimeWindowList has more than two windows");
  CHECK(why("<TimeWindowStruct/>") == "WindowStart is missing");
  for (const char* name : {"WindowStart", "WindowEnd", "WindowMode", "UserMessage", "MaxRetries"}) {
    std::string window = kWindow;
    const std::size_t begin = window.find(std::string("<") + name);
    const std::string close = std::string("</") + name + ">";
    window.erase(begin, window.find(close) + close.size() - begin);
    CHECK(why(window) == std::string(name) + " is missing");
  }
}

TEST_CASE("a transfer's oddities are findings as everywhere [E-1, E-2, E-4, E-15]") {
  const AcsMessage message = decoded(envelope(
      "<cwmp:Upload><DelaySeconds>1</DelaySeconds><cwmp:URL>u</cwmp:URL><FileType>f</FileType><CommandKey/><Username/>"
      "<Password/><Extra/><URL>other</URL></cwmp:Upload>"));
  CHECK(request_in<Upload>(message).url == "u");
  CHECK(has_finding(message, "E-2", "<cwmp:URL>"));
  CHECK(has_finding(message, "E-4", "FileType is not in its place"));
  CHECK(has_finding(message, "E-4", "URL occurs more than once"));
  CHECK(has_finding(message, "E-15", "<Extra>"));

  const AcsMessage bare = decoded(envelope("<GetQueuedTransfers><a/></GetQueuedTransfers>"));
  request_in<GetQueuedTransfers>(bare);
  CHECK(has_finding(bare, "E-1"));
  CHECK(has_finding(bare, "E-15", "<a>"));

  const AcsMessage newer = decoded(
      envelope("<n:CancelTransfer xmlns:n='urn:dslforum-org:cwmp-1-2'><CommandKey>k</CommandKey></n:CancelTransfer>"));
  CHECK(request_in<CancelTransfer>(newer).command_key == "k");
  CHECK(newer.findings.empty());

  const AcsMessage foreign = decoded(envelope("<x:Download xmlns:x='urn:x'><CommandKey/></x:Download>"));
  CHECK(request_in<UnknownMethod>(foreign).name == "Download");
}

TEST_CASE("the ACS's empty responses to the device's requests are known by name") {
  for (const std::string name :
       {"TransferCompleteResponse", "AutonomousTransferCompleteResponse", "RequestDownloadResponse"}) {
    const AcsMessage message = decoded(envelope("<cwmp:" + name + "/>"));
    REQUIRE(std::holds_alternative<OtherResponse>(message.body));
    CHECK(std::get<OtherResponse>(message.body).name == name);
    CHECK(message.findings.empty());
  }
}

TEST_CASE("a Download with any one byte changed does no harm") {
  const std::string whole = corpus("download.xml");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char byte : {'\0', '<', '>', '"', '&', ':', ' ', '\xFF'}) {
      std::string changed = whole;
      changed[at] = byte;
      const auto message = decode_acs_message(changed);
      if (!message) CHECK_FALSE(message.error().detail.empty());
    }
  }
}

TEST_CASE("a huge Download leaves nothing huge behind") {
  const std::string huge(1'000'000, 'x');
  for (const char* name : {"URL", "FileSize", "DelaySeconds", "Password"}) {
    CHECK(why_bad(download().with(name, huge).xml()).size() < 300);
  }
  std::string windows;
  for (int i = 0; i < 10'000; ++i) windows += kWindow;
  CHECK(why_bad(schedule_download().with("TimeWindowList", windows).xml()).size() < 300);
}

TEST_SUITE_END();
