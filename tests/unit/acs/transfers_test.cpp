// SPDX-License-Identifier: Apache-2.0
#include "acs/transfers.hpp"

#include <doctest/doctest.h>

#include "scripted_cpe.hpp"

using namespace cpefleet;
using namespace cpefleet::acs;
using namespace cpefleet::acs::test;

namespace {

Options asking(std::vector<TransferAsk> asks) {
  Options options;
  options.bootstrap = false;
  options.transfers = std::move(asks);
  options.file_username = "phone";
  return options;
}

const auto kConfig = *parse_download_ask("config:P270=lab");
const auto kFirmware = *parse_download_ask("firmware:1.0.11.106:20MB");
const auto kUpload = *parse_upload_ask("config");

std::string response(std::string_view method, int status = 1) {
  return "<c:" + std::string{method} + "Response><Status>" + std::to_string(status) +
         "</Status></c:" + std::string{method} + "Response>";
}

std::string complete(const std::string& key, int code = 0) {
  return "<c:TransferComplete><CommandKey>" + key + "</CommandKey><FaultStruct><FaultCode>" + std::to_string(code) +
         "</FaultCode><FaultString></FaultString></FaultStruct></c:TransferComplete>";
}

struct Cpe : ScriptedCpe {
  explicit Cpe(Core& acs) : ScriptedCpe(acs) {}
  // Up to the first request of the ACS.
  Reply begin(const std::vector<std::string>& events = {"2 PERIODIC"}) {
    ++connection;
    cookie.clear();
    CHECK(inform(events).status == 200);
    return post("");
  }
  Reply tell(const std::string& key, int code = 0) {
    ++connection;
    cookie.clear();
    CHECK(inform({"7 TRANSFER COMPLETE"}).status == 200);
    CHECK(method_of(post(envelope(0, "7", complete(key, code)))) == "TransferCompleteResponse");
    return post("");
  }
};

void check_sum(const Core& core) {
  const auto& t = core.totals().transfers;
  CHECK(t.asked == t.refused + t.done + t.all_failed() + t.dropped + t.owed());
}

}  // namespace

TEST_CASE("each device is asked once, and the books tell what came of it") {
  Core core(asking({kFirmware, kConfig, kUpload}));
  Cpe cpe(core);
  auto reply = cpe.begin();
  CHECK(method_of(reply) == "Download");
  CHECK(between(reply.body, "FileType") == "1 Firmware Upgrade Image");
  CHECK(between(reply.body, "URL") ==
        "http://acs.example/files/firmware/image.bin?version=1.0.11.106&amp;size=20000000");
  CHECK(between(reply.body, "FileSize") == "20000000");
  CHECK(between(reply.body, "Username") == "phone");
  const auto firmware = between(reply.body, "CommandKey");
  reply = cpe.respond(response("Download"));
  CHECK(between(reply.body, "FileType") == "3 Vendor Configuration File");
  CHECK(between(reply.body, "URL") == "http://acs.example/files/config/settings.xml?P270=lab");
  const auto config = between(reply.body, "CommandKey");
  reply = cpe.respond(cpe_fault(9004));
  CHECK(method_of(reply) == "Upload");
  CHECK(between(reply.body, "URL") == "http://acs.example/files/000B82-GXP2170-000b82000001.cfg");
  const auto upload = between(reply.body, "CommandKey");
  CHECK(cpe.respond(response("Upload")).status == 204);
  CHECK(core.totals().transfers.owed() == 2);
  CHECK(core.totals().transfers.refused == 1);

  CHECK(cpe.begin().status == 204);  // once
  CHECK(cpe.tell(firmware, 9018).status == 204);
  CHECK(cpe.tell(upload).status == 204);
  CHECK(cpe.tell(upload).status == 204);
  CHECK(cpe.tell(config).status == 204);
  CHECK(cpe.tell("file-9-1").status == 204);
  CHECK(cpe.tell("other").status == 204);
  const auto& totals = core.totals().transfers;
  CHECK(totals.asked == 3);
  CHECK(totals.done == 1);
  CHECK(totals.failed.at(9018) == 1);
  CHECK(totals.repeated == 4);
  CHECK(totals.owed() == 0);
  check_sum(core);
  CHECK(core.totals().bad_requests == 0);
}

TEST_CASE("a device that runs the version is not asked for it") {
  auto own = kFirmware;
  own.version = "1.0.11.3";  // what the scripted device says
  Core core(asking({own}));
  Cpe cpe(core);
  CHECK(cpe.begin().status == 204);
  CHECK(core.totals().transfers.asked == 0);
}

TEST_CASE("a request without an answer is asked again, and its own end counts too") {
  Core core(asking({kConfig}));
  Cpe cpe(core);
  const auto first = between(cpe.begin().body, "CommandKey");
  core.connection_closed(cpe.connection);
  const auto reply = cpe.begin();
  CHECK(method_of(reply) == "Download");
  CHECK(between(reply.body, "CommandKey") != first);
  CHECK(cpe.respond(response("Download")).status == 204);
  CHECK(core.totals().transfers.dropped == 1);
  CHECK(cpe.tell(first).status == 204);
  CHECK(core.totals().transfers.done == 1);
  CHECK(core.totals().transfers.owed() == 0);
  check_sum(core);
}

TEST_CASE("a response that says it is done needs no TransferComplete [P-84]") {
  Core core(asking({kConfig}));
  Cpe cpe(core);
  (void)cpe.begin();
  CHECK(cpe.respond(response("Download", 0)).status == 204);
  CHECK(core.totals().transfers.done == 1);
  check_sum(core);
}

TEST_CASE("after 0 BOOTSTRAP a device is asked anew [V-6]") {
  Core core(asking({kConfig}));
  Cpe cpe(core);
  (void)cpe.begin();
  CHECK(cpe.respond(response("Download")).status == 204);
  CHECK(method_of(cpe.begin({"0 BOOTSTRAP", "1 BOOT"})) == "Download");
  CHECK(core.totals().transfers.asked == 2);
  CHECK(core.totals().transfers.dropped == 1);
  check_sum(core);
}

TEST_CASE("an answer to something else ends the session") {
  Core core(asking({kConfig}));
  Cpe cpe(core);
  (void)cpe.begin();
  CHECK(cpe.respond(response("Upload")).status == 400);
  check_sum(core);
}

TEST_CASE("files are asked for behind the bootstrap, in the same session") {
  auto options = asking({kConfig});
  options.bootstrap = true;
  Core core(options);
  Cpe cpe(core);
  auto reply = cpe.begin({"0 BOOTSTRAP", "1 BOOT"});
  while (method_of(reply) != "Download" && reply.status == 200) reply = cpe.respond(Cpe::answer_to(method_of(reply)));
  CHECK(cpe.respond(response("Download")).status == 204);
  CHECK(core.totals().provisioned == 1);
  CHECK(core.totals().transfers.asked == 1);
}
