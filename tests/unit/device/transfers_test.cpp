// SPDX-License-Identifier: Apache-2.0
#include "device/transfers.hpp"

#include <doctest/doctest.h>
#include <string>

#include "device/firmware_image.hpp"
#include "real_fleet.hpp"

using namespace cpefleet;
using namespace cpefleet::cwmp;
using device::TransferEnd;
using device::TransferOrder;
using test::RealDevice;

namespace {

constexpr auto kFirmware = "1 Firmware Upgrade Image";
constexpr auto kConfiguration = "3 Vendor Configuration File";
constexpr auto kAnotherAcs =
    R"(<gs_provision version="1"><config version="1"><P4503>http://new.example/</P4503></config></gs_provision>)";

Download download(const std::string& key, const std::string& type, const std::string& url) {
  Download request;
  request.command_key = key;
  request.file_type = type;
  request.url = url;
  return request;
}

// The order that is due now.
TransferOrder take(RealDevice& phone) {
  auto order = phone.device.take_transfer(phone.context());
  REQUIRE(order.has_value());
  return std::move(*order);
}

TransferEnd done(const TransferOrder& order, const std::string& file, std::uint64_t bytes = 0) {
  TransferEnd end;
  end.run = order.run;
  end.kept = file;
  end.bytes = bytes != 0 ? bytes : file.size();
  return end;
}

std::string image(const std::string& model, const std::string& version) {
  return "cpefleet firmware image\nmodel: " + model + "\nversion: " + version + "\n";
}

device::FirmwareImage named(std::string_view name, std::string_view head =
                                                       "\x7f"
                                                       "ELF") {
  device::FirmwareImage out;
  out.head = head;
  out.bytes = head.size();
  out.name = name;
  out.present = "1.0.11.106";
  return out;
}

// A kill of the program: what the record has, in a device that was just made.
void kill(RealDevice& phone) {
  const auto bytes =
      state::encode(phone.device.record(phone.context()), *phone.device.firmware(phone.context()).schema);
  device::Device again(phone.context(), phone.device.index());
  const auto schema_of = [&](std::string_view version) -> const datamodel::Schema& {
    return *again.firmware_of(phone.context(), version).schema;
  };
  auto decoded = state::decode(bytes, schema_of);
  REQUIRE(decoded.has_value());
  again.restore(phone.context(), std::move(decoded->record));
  phone.device = std::move(again);
}

// Sessions until the TransferComplete of this key was answered; how often it was told.
int tell(RealDevice& phone, const std::string& key, int expected_fault, bool at_once = false) {
  int told = 0;
  phone.during = [&](device::SessionView& view) {
    while (auto request = view.next_request()) {
      const auto* complete = std::get_if<TransferComplete>(&*request);
      REQUIRE(complete != nullptr);
      CHECK(complete->command_key == key);
      CHECK(complete->fault.code == expected_fault);
      ++told;
      view.request_answered(*request, std::nullopt);
    }
  };
  if (at_once) phone.session();
  phone.pass(std::chrono::minutes{5});
  phone.during = nullptr;
  return told;
}

}  // namespace

TEST_CASE("what an image makes of a device is said by the scenario, the image or its name, in this order [P-86]") {
  RealDevice phone("gxp2170");
  const auto& profile = *phone.group->profile;
  CHECK(judge(named("gxp2170-1.0.11.35.bin"), profile).value() == "1.0.11.35");
  CHECK(judge(named("any.bin", image("gxp2170", "1.0.9.69")), profile).value() == "1.0.9.69");
  CHECK(judge(named("gxp2170-1.0.11.35.bin", image("GXP2170", "1.0.9.69")), profile).value() == "1.0.9.69");
  const auto text = image("GXP2170", "1.0.9.69");
  auto forced = named("any.bin", text);
  forced.scenario = "1.0.99.1";
  CHECK(judge(forced, profile).value() == "1.0.99.1");
  auto own = named("gxp2170fw.bin");
  own.present = "1.0.11.3";
  CHECK(judge(own, profile).value() == "1.0.11.106");  // the newest there is
}

TEST_CASE("images that are none, or another model's, or what runs already, are refused [P-87]") {
  RealDevice phone("gxp2170");
  const auto code = [&](const device::FirmwareImage& image) {
    const auto judged = judge(image, *phone.group->profile);
    return judged ? 0 : judged.error().code;
  };
  CHECK(code(named("any.bin")) == 9018);
  CHECK(code(named("ht802fw.bin")) == 9018);
  CHECK(code(named("x-1.0.11.35.bin", "<!DOCTYPE html><html>")) == 9018);
  CHECK(code(named("x-1.0.11.35.bin", "")) == 9018);
  CHECK(code(named("x.bin", image("HT802", "1.0.11.35"))) == 9018);
  CHECK(code(named("x.bin", "cpefleet firmware image\nmodel: GXP2170\n")) == 9018);
  CHECK(code(named("x.bin", image("GXP2170", "1.0\t11"))) == 9018);
  CHECK(code(named("x-1.0.11.106.bin")) == 9010);
  auto short_one = named("x-1.0.11.35.bin");
  short_one.announced = 5;
  CHECK(code(short_one) == 9018);
}

TEST_CASE("an upgrade brings the version and its data model, and a factory reset does not take it back [P-86, I-2]") {
  RealDevice phone("ht802");
  const auto before = std::string(phone.device.software_version(phone.context()));
  const std::string old_one = "1.0.0.24";
  REQUIRE(before != old_one);
  phone.ask(download("k", kFirmware, "http://files.example/x.bin"));
  const auto order = take(phone);
  CHECK(phone.device.transfer_ended(phone.context(), done(order, image("HT802", old_one))) == device::OwnTrigger::none);
  CHECK(phone.device.offline());
  CHECK(phone.device.software_version(phone.context()) == before);
  CHECK(tell(phone, "k", 0) == 1);
  CHECK(phone.device.software_version(phone.context()) == old_one);
  CHECK(phone.get("Device.DeviceInfo.SoftwareVersion") == old_one);
  CHECK(&*phone.device.firmware(phone.context()).schema == &*phone.group->profile->find_firmware(old_one)->schema);
  phone.ask(FactoryReset{});
  phone.pass(std::chrono::minutes{5});
  CHECK(phone.get("Device.DeviceInfo.SoftwareVersion") == old_one);
  kill(phone);
  CHECK(phone.get("Device.DeviceInfo.SoftwareVersion") == old_one);
}

TEST_CASE("a configuration file acts on everything it changes [P-80]") {
  RealDevice phone("gxp2170");
  phone.ask(download("k", kConfiguration, "http://files.example/c.xml"));
  const auto order = take(phone);
  const std::string file =
      "<gs_provision version=\"1\"><config version=\"1\"><P4506>1</P4506><P4507>60</P4507><P270>lab</P270></config></gs_provision>";
  CHECK(phone.device.transfer_ended(phone.context(), done(order, file)) == device::OwnTrigger::transfer);
  CHECK(phone.get("Device.ManagementServer.PeriodicInformInterval") == "60");
  CHECK(phone.get("Device.Services.VoiceService.1.VoiceProfile.1.Name") == "lab");
  CHECK(phone.device.next_due() <= phone.clock.now() + std::chrono::seconds{60});  // P-33
}

TEST_CASE(
    "a file that says where the ACS is leads there, with 0 BOOTSTRAP, and drops what the old one was not told [V-6, V-7]") {
  RealDevice phone("gxp2170");
  phone.ask(download("old", kConfiguration, "http://files.example/other.xml"));
  static_cast<void>(phone.device.transfer_ended(phone.context(), done(take(phone), "P270=lab\n")));
  phone.session();  // the TransferComplete is not answered
  phone.ask(download("k", kConfiguration, "http://files.example/c.xml"));
  const auto order = take(phone);
  CHECK(phone.device.transfer_ended(phone.context(), done(order, kAnotherAcs)) == device::OwnTrigger::transfer);
  phone.session();
  CHECK(phone.last.events.front().code == "0 BOOTSTRAP");
  CHECK(tell(phone, "k", 0) == 1);
}

TEST_CASE("an end of a transfer that was given up meanwhile is nobody's") {
  RealDevice phone("gxp2170");
  phone.ask(download("k", kConfiguration, "http://files.example/c.xml"));
  const auto order = take(phone);
  CHECK(phone.device.wants_transfer(order.run));
  CHECK_FALSE(phone.device.take_transfer(phone.context()).has_value());  // one at a time
  static_cast<void>(phone.device.stimulate(phone.context(), {device::Stimulus::Kind::boot, {}}));
  CHECK_FALSE(phone.device.wants_transfer(order.run));
  CHECK(phone.device.transfer_ended(phone.context(), done(order, "x")) == device::OwnTrigger::none);
  phone.session();
  const auto again = take(phone);  // from the beginning
  CHECK(again.run != order.run);
  CHECK(again.url == order.url);
}

TEST_CASE("a link that goes down ends what is on its way as cut off, and it is told when it is back [P-87]") {
  RealDevice phone("gxp2170");
  phone.ask(download("k", kConfiguration, "http://files.example/c.xml"));
  const auto order = take(phone);
  static_cast<void>(phone.device.stimulate(phone.context(), {device::Stimulus::Kind::offline, {}}));
  CHECK_FALSE(phone.device.wants_transfer(order.run));
  phone.pass(std::chrono::seconds{10});
  static_cast<void>(phone.device.stimulate(phone.context(), {device::Stimulus::Kind::online, {}}));
  CHECK(tell(phone, "k", 9017) == 1);
}

TEST_CASE("killed in any state of a transfer, the program tells the ACS how it came out [P-85, P-89, B-1]") {
  RealDevice phone("gxp2170");
  auto request = download("k", kFirmware, "http://files.example/x.bin");
  SUBCASE("waiting") {
    request.delay_seconds = 30;
    phone.ask(request);
    kill(phone);
    phone.clock.advance(std::chrono::seconds{31});
    const auto order = take(phone);
    static_cast<void>(phone.device.transfer_ended(phone.context(), done(order, image("GXP2170", "1.0.11.35"))));
  }
  SUBCASE("running") {
    phone.ask(request);
    static_cast<void>(take(phone));
    kill(phone);
    const auto order = take(phone);
    static_cast<void>(phone.device.transfer_ended(phone.context(), done(order, image("GXP2170", "1.0.11.35"))));
  }
  SUBCASE("flashing") {
    phone.ask(request);
    const auto order = take(phone);
    static_cast<void>(phone.device.transfer_ended(phone.context(), done(order, image("GXP2170", "1.0.11.35"))));
    kill(phone);
    CHECK(phone.device.offline());
  }
  SUBCASE("done") {
    phone.ask(request);
    const auto order = take(phone);
    static_cast<void>(phone.device.transfer_ended(phone.context(), done(order, image("GXP2170", "1.0.11.35"))));
    phone.during = [](device::SessionView& view) { CHECK(view.next_request().has_value()); };
    phone.pass(std::chrono::seconds{91});  // told, and not answered
    phone.during = nullptr;
    kill(phone);
  }
  CHECK(tell(phone, "k", 0) == 1);
  CHECK(phone.device.software_version(phone.context()) == "1.0.11.35");
  CHECK_FALSE(phone.device.take_transfer(phone.context()).has_value());
}

TEST_CASE("transfers are cancelled until their image is being written: 9021 [P-113]") {
  RealDevice phone("gxp2170");
  const auto shipped = phone.group->profile;  // the firmware is its
  auto profile = std::make_shared<profile::Profile>(*shipped);
  profile->transfers.methods = {"CancelTransfer", "ScheduleDownload"};
  phone.group->profile = profile;
  ScheduleDownload later;
  later.command_key = "s";
  later.file_type = kConfiguration;
  later.url = "http://files.example/c.xml";
  CHECK(std::get<Fault>(phone.ask(later)).code == 9003);  // no window
  later.windows.push_back({60, 120, "1 At Any Time", "", 0});
  CHECK(std::holds_alternative<ScheduleDownloadResponse>(phone.ask(later)));
  CHECK(std::holds_alternative<CancelTransferResponse>(phone.ask(CancelTransfer{"s"})));
  phone.pass(std::chrono::minutes{3});
  CHECK_FALSE(phone.device.take_transfer(phone.context()).has_value());
  CHECK(std::holds_alternative<CancelTransferResponse>(phone.ask(CancelTransfer{"nobody's"})));
}

TEST_CASE("a restart that was promised waits for an image on its way, and one restart serves both [P-110]") {
  RealDevice phone("gxp2170");
  phone.ask(download("k", kFirmware, "http://files.example/x.bin"));
  const auto order = take(phone);
  phone.ask(Reboot{"r"});
  CHECK_FALSE(phone.device.offline());
  static_cast<void>(phone.device.transfer_ended(phone.context(), done(order, image("GXP2170", "1.0.11.35"))));
  CHECK(phone.device.offline());
  CHECK(tell(phone, "k", 0) == 1);
  std::string events;
  for (const auto& event : phone.last.events)
    events += event.code + (event.command_key.empty() ? "," : ":" + event.command_key + ",");
  CHECK(events == "1 BOOT,7 TRANSFER COMPLETE,M Reboot:r,M Download:k,");
}

TEST_CASE("an image that came when the link went down is written, and told of when the link is back [P-86]") {
  RealDevice phone("gxp2170");
  phone.ask(download("k", kFirmware, "http://files.example/x.bin"));
  const auto order = take(phone);
  phone.during = [&](device::SessionView&) {
    static_cast<void>(phone.device.transfer_ended(phone.context(), done(order, image("GXP2170", "1.0.11.35"))));
    static_cast<void>(phone.device.stimulate(phone.context(), {device::Stimulus::Kind::offline, {}}));
    phone.during = nullptr;
  };
  phone.session();
  phone.events.clear();
  phone.pass(std::chrono::minutes{10});
  CHECK(phone.events.empty());
  static_cast<void>(phone.device.stimulate(phone.context(), {device::Stimulus::Kind::online, {}}));
  CHECK(tell(phone, "k", 0) == 1);
  CHECK(phone.device.software_version(phone.context()) == "1.0.11.35");
}

TEST_CASE("a session keeps the data model it began with, whatever happens to the device meanwhile [P-86]") {
  RealDevice phone("ht802");
  const auto before = std::string(phone.device.software_version(phone.context()));
  phone.ask(download("k", kFirmware, "http://files.example/x.bin"));
  const auto order = take(phone);
  phone.during = [&](device::SessionView& view) {
    static_cast<void>(phone.device.transfer_ended(phone.context(), done(order, image("HT802", "1.0.0.24"))));
    static_cast<void>(phone.device.stimulate(phone.context(), {device::Stimulus::Kind::boot, {}}));
    const auto response = view.answer(GetParameterValues{{"Device.DeviceInfo.SoftwareVersion"}});
    CHECK(std::get<GetParameterValuesResponse>(response).values.at(0).value == before);
    phone.during = nullptr;
  };
  phone.session();
  CHECK(tell(phone, "k", 0) == 1);
  CHECK(phone.get("Device.DeviceInfo.SoftwareVersion") == "1.0.0.24");
}

TEST_CASE("a file that leads to another ACS, during a session: it is told there how the transfer went [P-85, V-6]") {
  RealDevice phone("gxp2170");
  phone.ask(download("k", kConfiguration, "http://files.example/c.xml"));
  const auto order = take(phone);
  const auto over = [&] {
    CHECK(phone.device.transfer_ended(phone.context(), done(order, kAnotherAcs)) == device::OwnTrigger::none);
  };
  SUBCASE("behind its InformResponse") {
    phone.during = [&](device::SessionView&) {
      over();
      phone.during = nullptr;
    };
    phone.session();
  }
  SUBCASE("before it") {
    device::SessionView view(phone.device, phone.context());
    static_cast<void>(view.inform(Version::v1_0));
    over();
    view.inform_accepted();
    SessionOutcome outcome;
    outcome.inform_accepted = true;
    CHECK(phone.device.session_ended(phone.context(), view, outcome) == device::OwnTrigger::follow_up);
    phone.session();
  }
  CHECK(phone.last.events.front().code == "0 BOOTSTRAP");
  CHECK(tell(phone, "k", 0) == 1);
}

TEST_CASE("a program that comes back with another ACS tells it nothing of the old one's [V-6, B-1]") {
  RealDevice phone("gxp2170");
  phone.ask(download("k", kConfiguration, "http://files.example/c.xml"));
  phone.ask(download("later", kConfiguration, "http://files.example/c.xml"));
  static_cast<void>(phone.device.transfer_ended(phone.context(), done(take(phone), "P270=lab\n")));
  auto record = phone.device.record(phone.context());
  REQUIRE(record.transfers.size() == 2);
  record.acs_url = "http://before.example/";
  phone.device.restore(phone.context(), std::move(record));
  CHECK(phone.device.record(phone.context()).transfers.size() == 1);
  CHECK(phone.device.record(phone.context()).transfers.at(0).command_key == "later");
}

TEST_CASE("a factory reset that was promised behind an image keeps what the image made, also over a kill [P-86, B-1]") {
  RealDevice phone("gxp2170");
  phone.ask(download("k", kFirmware, "http://files.example/x.bin"));
  const auto order = take(phone);
  device::SessionView view(phone.device, phone.context());
  static_cast<void>(view.inform(Version::v1_0));
  view.inform_accepted();
  static_cast<void>(view.answer(FactoryReset{}));
  static_cast<void>(phone.device.transfer_ended(phone.context(), done(order, image("GXP2170", "1.0.11.35"))));
  SUBCASE("killed before the session ends") { kill(phone); }
  SUBCASE("without a link") {
    static_cast<void>(phone.device.stimulate(phone.context(), {device::Stimulus::Kind::offline, {}}));
    static_cast<void>(phone.device.session_ended(phone.context(), view, {}));
    static_cast<void>(phone.device.stimulate(phone.context(), {device::Stimulus::Kind::online, {}}));
  }
  phone.pass(std::chrono::minutes{5});
  CHECK(phone.device.software_version(phone.context()) == "1.0.11.35");
}

TEST_CASE("a RequestDownload that the ACS does not answer is not repeated [V-5]") {
  RealDevice phone("gxp2170");
  device::Stimulus wish{device::Stimulus::Kind::request_download, {}};
  wish.file_type = kFirmware;
  int asked = 0;
  phone.during = [&](device::SessionView& view) { asked += view.next_request() ? 1 : 0; };
  CHECK(phone.device.stimulate(phone.context(), wish) == device::Admission::start);
  phone.session();
  CHECK(asked == 1);
  phone.pass(std::chrono::hours{24});
  CHECK(asked == 1);
}

TEST_CASE("a boot in a session asks the provisioning server behind it, and speaks when that is over") {
  RealDevice phone("gxp2170");
  phone.group->files.provisioning_server = "http://files.example/gs/";
  phone.group->start_known = false;
  phone.device = device::Device(phone.context(), 3);
  CHECK(phone.device.stimulate(phone.context(), {device::Stimulus::Kind::boot, {}}) ==
        device::Admission::merged_provisioning);
  TransferEnd nobody;
  nobody.run = take(phone).run;
  nobody.how = TransferEnd::How::unreachable;
  CHECK(phone.device.transfer_ended(phone.context(), nobody) == device::OwnTrigger::boot);
  int sessions = 0;
  phone.during = [&](device::SessionView&) {
    if (++sessions == 1) static_cast<void>(phone.device.stimulate(phone.context(), {device::Stimulus::Kind::boot, {}}));
  };
  phone.session();
  CHECK(sessions == 1);
  CHECK(phone.device.has_backlog());
  const auto order = take(phone);
  CHECK(order.what == TransferOrder::What::provisioning);
  CHECK(phone.device.transfer_ended(phone.context(), done(order, kAnotherAcs)) == device::OwnTrigger::boot);
  phone.session();
  CHECK(phone.last.events.front().code == "0 BOOTSTRAP");
}

TEST_CASE("what goes wrong by the scenario has a code that an upload can have [P-95]") {
  RealDevice phone("gxp2170");
  phone.group->files.failures.resize(1);
  int expected = 9011;
  SUBCASE("none is named") {}
  SUBCASE("one of a download") { phone.group->files.failures[0].fault = 9017; }
  SUBCASE("one of an upload") { expected = phone.group->files.failures[0].fault = 9012; }
  Upload request;
  request.command_key = "k";
  request.file_type = "1 Vendor Configuration File";
  request.url = "http://files.example/up";
  phone.ask(request);
  static_cast<void>(phone.device.transfer_ended(phone.context(), done(take(phone), "")));
  CHECK(tell(phone, "k", expected, true) == 1);
}

TEST_CASE("what finds no place waits until it is called") {
  RealDevice phone("gxp2170");
  CHECK_FALSE(phone.device.put_off_files(phone.context()));
  phone.ask(download("k", kConfiguration, "http://files.example/c.xml"));
  CHECK(phone.device.put_off_files(phone.context()));
  phone.pass(std::chrono::minutes{1});
  CHECK_FALSE(phone.device.take_transfer(phone.context()).has_value());
  phone.device.call_files(phone.context());
  CHECK(phone.device.next_due() <= phone.clock.now());
  CHECK(take(phone).url == "http://files.example/c.xml");
  CHECK_FALSE(phone.device.put_off_files(phone.context()));  // it is on its way
}

TEST_CASE("a RequestDownload goes only where the Inform had its event [I-12]") {
  RealDevice phone("gxp2170");
  device::Stimulus wish{device::Stimulus::Kind::request_download, {}};
  wish.file_type = kFirmware;
  int sessions = 0;
  int asked = 0;
  phone.during = [&](device::SessionView& view) {
    if (++sessions == 1) static_cast<void>(phone.device.stimulate(phone.context(), wish));
    while (auto request = view.next_request()) {
      REQUIRE(std::holds_alternative<RequestDownload>(*request));
      CHECK(sessions == 2);
      ++asked;
      view.request_answered(*request, std::nullopt);
    }
  };
  phone.session();
  CHECK(asked == 1);
  CHECK(phone.events == std::vector<std::string>{"9 REQUEST DOWNLOAD"});
}

TEST_CASE("an ACS cancels by a key what it asked for by that key, and nothing else [P-113]") {
  RealDevice phone("gxp2170");
  const auto shipped = phone.group->profile;  // the firmware is its
  auto profile = std::make_shared<profile::Profile>(*shipped);
  profile->transfers.methods = {"CancelTransfer"};
  phone.group->profile = profile;
  device::Stimulus own{device::Stimulus::Kind::download, {}};
  own.file_type = kConfiguration;
  own.url = "http://files.example/own.xml";
  static_cast<void>(phone.device.stimulate(phone.context(), own));
  phone.ask(download("", kConfiguration, "http://files.example/asked.xml"));
  CHECK(std::holds_alternative<CancelTransferResponse>(phone.ask(CancelTransfer{""})));
  CHECK(take(phone).url == "http://files.example/own.xml");
  phone.ask(download("k", kFirmware, "http://files.example/x.bin"));
  static_cast<void>(phone.device.stimulate(phone.context(), {device::Stimulus::Kind::offline, {}}));
  static_cast<void>(phone.device.stimulate(phone.context(), {device::Stimulus::Kind::online, {}}));
  const auto order = take(phone);
  REQUIRE(order.url == "http://files.example/x.bin");
  phone.during = [&](device::SessionView& view) {
    static_cast<void>(phone.device.transfer_ended(phone.context(), done(order, image("GXP2170", "1.0.11.35"))));
    CHECK(std::get<Fault>(view.answer(CancelTransfer{"k"})).code == 9021);
    phone.during = nullptr;
  };
  phone.session();
}

TEST_CASE("of a server's long refusal no more is kept than a FaultString has room for") {
  RealDevice phone("gxp2170");
  phone.ask(download("k", kConfiguration, "http://files.example/c.xml"));
  TransferEnd end;
  end.run = take(phone).run;
  end.how = TransferEnd::How::failed;
  end.detail = std::string(100'000, 'x');
  static_cast<void>(phone.device.transfer_ended(phone.context(), end));
  CHECK(phone.device.record(phone.context()).transfers.at(0).fault_text.size() <= 1024);
}

TEST_CASE("of its own accord a device fetches no more than it has room for") {
  RealDevice phone("gxp2170");
  device::Stimulus own{device::Stimulus::Kind::download, {}};
  own.file_type = kConfiguration;
  own.url = "http://files.example/own.xml";
  for (int i = 0; i < 40; ++i) static_cast<void>(phone.device.stimulate(phone.context(), own));
  CHECK(phone.device.record(phone.context()).transfers.size() == 16);
  CHECK(std::get<Fault>(phone.ask(download("k", kConfiguration, own.url))).code == 9004);
}
