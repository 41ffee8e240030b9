// SPDX-License-Identifier: Apache-2.0
#include "state/record.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "unit/datamodel/small_model.hpp"

using namespace cpefleet;
using namespace cpefleet::datamodel;
using namespace cpefleet::datamodel::test;
using state::DeviceRecord;
using state::encode;

namespace {

// Everything a delta can hold.
void write_to(SmallDevice& device) {
  auto& model = device.model;
  model.store(device.key("Device.URL"), "http://other/");
  model.store(device.key("Device.Password"), std::string_view("s\0cret", 6));
  const auto row = model.add_row(device.key("Device.Profile."));
  REQUIRE(row.instance == 3);
  model.store(device.key("Device.Profile.3.Name"), "third");
  REQUIRE(model.add_row(device.key("Device.Profile.3.Line.")).instance == 2);
  model.store(device.key("Device.Profile.3.Line.2.User"), "");
  REQUIRE(model.delete_row(device.key("Device.Profile.2.Line.3.")) == 0);
  model.set_attributes(*model.find("Device.Profile."), 1, std::nullopt);
  model.set_attributes(*model.find("Device.Profile.3."), std::nullopt, std::vector<std::string>{});
  model.set_attributes(*model.find("Device.URL"), 2, std::vector<std::string>{"Subscriber", "x:1+"});
  model.set_attributes(*model.find(""), 0, std::nullopt);
}

// What an ACS sees, in one text.
std::string seen(const Schema& schema, Delta& delta) {
  const FixedSurroundings around;
  Model model(schema, delta, around);
  std::string out;
  model.walk(*model.find(""), [&](const Model::Visit& visit) {
    out += visit.path;
    if (visit.node->kind == NodeKind::parameter) {
      out += '=' + model.stored_value(visit.place->key);
      const auto attributes = model.attributes(visit.place->key);
      out += ' ' + std::to_string(attributes.notification);
      for (const auto& entry : attributes.access_list) out += ' ' + entry;
    }
    out += '\n';
  });
  return out;
}

DeviceRecord full_record(SmallDevice& device) {
  write_to(device);
  DeviceRecord record;
  record.bootstrapped = true;
  record.powered = true;
  record.acs_url = "http://acs.example:7547/";
  record.delta = device.delta.clone();
  record.single_events = 0x05ff;
  record.events = {{"M Reboot", "again"}, {"M Reboot", ""}, {"X 000B82 MemFull", ""}};
  record.scheduled = {{WallTime{std::chrono::microseconds{1'767'225'600'123'456}}, "first"}, {state::kLatest, ""}};
  record.periodic_due = WallTime{std::chrono::seconds{1'767'225'601}};
  record.boot_due = state::kEarliest;
  record.udp_request_ts = UINT64_MAX;
  record.booted_at = WallTime{std::chrono::seconds{1'767'225'000}};
  record.restart = {true, {std::string("\0\xff", 2), ""}};
  record.software_version = "1.0.11.106";
  record.provisioned = true;
  state::Transfer upload;
  upload.kind = state::Transfer::Kind::upload;
  upload.stage = state::Transfer::Stage::done;
  upload.command_key = "up";
  upload.file_type = "1 Vendor Configuration File";
  upload.url = "http://files.example/";
  upload.username = "u";
  upload.password = std::string("\0p", 2);
  upload.due = record.booted_at;
  upload.started = state::kEarliest;
  upload.completed = state::kLatest;
  upload.fault = 9011;
  upload.fault_text = "no";
  state::Transfer image;
  image.stage = state::Transfer::Stage::flashing;
  image.autonomous = true;
  image.target_file_name = "fw.bin";
  image.file_size = UINT32_MAX;
  image.version = "1.0.11.107";
  record.transfers = {upload, image};
  return record;
}

DeviceRecord decoded(const std::string& bytes, const Schema& schema) {
  auto result = state::decode(bytes, schema);
  REQUIRE(result.has_value());
  CHECK(result->dropped == 0);
  return std::move(result->record);
}

}  // namespace

TEST_CASE("everything a device keeps over a reboot comes back from its record [B-1]") {
  SmallDevice device;
  const auto record = full_record(device);
  const auto bytes = encode(record, *device.schema);
  auto back = decoded(bytes, *device.schema);
  CHECK(back.bootstrapped);
  CHECK(back.powered);
  CHECK(back.acs_url == record.acs_url);
  CHECK(back.single_events == 0x05ff);
  CHECK(back.events == record.events);
  REQUIRE(back.scheduled.size() == 2);
  CHECK(back.scheduled[0].due == record.scheduled[0].due);
  CHECK(back.scheduled[0].command_key == "first");
  CHECK(back.scheduled[1].due == state::kLatest);
  CHECK(back.periodic_due == record.periodic_due);
  CHECK(back.boot_due == record.boot_due);
  CHECK(back.udp_request_ts == UINT64_MAX);
  CHECK(back.booted_at == record.booted_at);
  REQUIRE(back.restart.has_value());
  CHECK(back.restart->factory_reset);
  CHECK(back.restart->command_keys == record.restart->command_keys);
  CHECK(back.software_version == "1.0.11.106");
  CHECK(back.provisioned);
  REQUIRE(back.transfers.size() == 2);
  CHECK(back.transfers[0].kind == state::Transfer::Kind::upload);
  CHECK(back.transfers[0].stage == state::Transfer::Stage::done);
  CHECK(back.transfers[0].password == record.transfers[0].password);
  CHECK(back.transfers[0].completed == state::kLatest);
  CHECK(back.transfers[0].fault == 9011);
  CHECK(back.transfers[1].stage == state::Transfer::Stage::flashing);
  CHECK(back.transfers[1].autonomous);
  CHECK(back.transfers[1].file_size == UINT32_MAX);
  CHECK(back.transfers[1].version == "1.0.11.107");
  CHECK(seen(*device.schema, back.delta) == seen(*device.schema, device.delta));
  CHECK(encode(back, *device.schema) == bytes);
  // Instance numbers go on where they were (P-72).
  const FixedSurroundings around;
  Model model(*device.schema, back.delta, around);
  CHECK(model.add_row(model.find("Device.Profile.")->key).instance == 4);
}

TEST_CASE("a transfer that was under way is one that waits: nobody moves it any more [P-85, B-1]") {
  const auto schema = small_schema();
  DeviceRecord record;
  record.transfers.resize(1);
  record.transfers[0].stage = state::Transfer::Stage::running;
  const auto back = decoded(encode(record, *schema), *schema);
  REQUIRE(back.transfers.size() == 1);
  CHECK(back.transfers[0].stage == state::Transfer::Stage::waiting);
}

TEST_CASE("a record of nothing is small and comes back as nothing") {
  const auto schema = small_schema();
  const auto bytes = encode(DeviceRecord{}, *schema);
  CHECK(bytes.size() <= 11);
  const auto back = decoded(bytes, *schema);
  CHECK_FALSE(back.bootstrapped);
  CHECK_FALSE(back.powered);
  CHECK_FALSE(back.periodic_due.has_value());
  CHECK_FALSE(back.boot_due.has_value());
  CHECK_FALSE(back.restart.has_value());
  CHECK(back.delta.empty());
}

TEST_CASE("times outside of what a record holds move to its borders") {
  const auto schema = small_schema();
  DeviceRecord record;
  record.periodic_due = WallTime{std::chrono::seconds{-5}};
  record.boot_due = WallTime::max();
  const auto back = decoded(encode(record, *schema), *schema);
  CHECK(back.periodic_due == state::kEarliest);
  CHECK(back.boot_due == state::kLatest);
}

TEST_CASE("neighbouring paths share what they have in common") {
  SmallDevice device;
  device.model.store(device.key("Device.Profile.1.Line.1.User"), "a");
  const auto one = encode(device.delta, *device.schema).size();
  device.model.store(device.key("Device.Profile.2.Line.1.User"), "b");
  CHECK(encode(device.delta, *device.schema).size() - one < 10);
}

TEST_CASE("a delta finds its nodes by path when the ids have changed") {
  SmallDevice device;
  write_to(device);
  auto builder = small_builder();
  for (const auto* path : {"Aaa.First", "Device.Aaa", "Device.Profile.{i}.Aaa", "Device.Profile.{i}.Line.{i}.Aaa"})
    REQUIRE(builder.add(path, parameter(Type::string, true)).has_value());
  const auto larger = *builder.build();
  REQUIRE(larger->find("Device.URL") != device.schema->find("Device.URL"));

  auto back = state::decode_delta(encode(device.delta, *device.schema), *larger);
  REQUIRE(back.has_value());
  CHECK(back->dropped == 0);
  const FixedSurroundings around;
  Model model(*larger, back->delta, around);
  CHECK(model.value(model.find("Device.URL")->key) == "http://other/");
  CHECK(model.value(model.find("Device.Profile.3.Name")->key) == "third");
  CHECK(model.attributes(model.find("Device.URL")->key).access_list == std::vector<std::string>{"Subscriber", "x:1+"});
  // Back in the first schema nothing is lost.
  auto again = state::decode_delta(encode(back->delta, *larger), *device.schema);
  REQUIRE(again.has_value());
  CHECK(seen(*device.schema, again->delta) == seen(*device.schema, device.delta));
}

TEST_CASE("entries whose place the schema no longer has are left out and counted, the others stay") {
  SmallDevice device;
  write_to(device);
  const auto bytes = encode(device.delta, *device.schema);
  std::size_t entries = 0;
  device.delta.for_each([&](const auto&) { ++entries; });

  SUBCASE("a table is gone") {
    auto builder = small_builder();
    builder.link_limit("Device.Profile.{i}.Line.{i}.", "");
    builder.link_count("Device.Profile.{i}.Lines", "");
    REQUIRE(builder.remove("Device.Profile.{i}.Line.{i}"));
    const auto schema = *builder.build();
    auto back = state::decode_delta(bytes, *schema);
    REQUIRE(back.has_value());
    CHECK(back->dropped == 4);  // added, its number, its value, deleted
    std::size_t left = 0;
    back->delta.for_each([&](const auto&) { ++left; });
    CHECK(left + back->dropped == entries);
    const FixedSurroundings around;
    Model model(*schema, back->delta, around);
    CHECK(model.value(model.find("Device.Profile.3.Name")->key) == "third");
  }
  SUBCASE("a parameter became an object") {
    auto builder = small_builder();
    REQUIRE(builder.remove("Device.URL"));
    REQUIRE(builder.add("Device.URL.Host", parameter(Type::string, true)).has_value());
    const auto back = state::decode_delta(bytes, **builder.build());
    REQUIRE(back.has_value());
    CHECK(back->dropped == 1);  // the value; its rule holds for the object as well
  }
  SUBCASE("a table became an object") {
    auto builder = small_builder();
    REQUIRE(builder.remove("Device.Hop.{i}"));
    REQUIRE(builder.add("Device.Hop.Host", parameter(Type::string, true)).has_value());
    Delta delta;
    delta.put(Delta::Kind::row_added, {device.schema->find("Device.Hop.{i}."), {1}});
    const auto back = state::decode_delta(encode(delta, *device.schema), **builder.build());
    REQUIRE(back.has_value());
    CHECK(back->dropped == 1);
  }
  SUBCASE("a value is computed now") {
    auto builder = small_builder();
    builder.edit("Device.URL")->source = Source::up_time;
    const auto back = state::decode_delta(bytes, **builder.build());
    REQUIRE(back.has_value());
    CHECK(back->dropped == 1);
  }
}

TEST_CASE("no part of a record is a record, and none with something behind it") {
  SmallDevice device;
  const auto bytes = encode(full_record(device), *device.schema);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    const auto result = state::decode(std::string_view(bytes).substr(0, size), *device.schema);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().message().find("damaged") != std::string::npos);
  }
  CHECK_FALSE(state::decode(bytes + '\0', *device.schema).has_value());
}

TEST_CASE("whatever byte of a record is changed, it is refused or read as another record") {
  SmallDevice device;
  const auto bytes = encode(full_record(device), *device.schema);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (unsigned value = 0; value < 256; value += 5) {
      auto changed = bytes;
      changed[at] = static_cast<char>(value);
      auto result = state::decode(changed, *device.schema);
      if (!result) continue;
      static_cast<void>(seen(*device.schema, result->record.delta));
      CHECK(state::decode(encode(result->record, *device.schema), *device.schema).has_value());
    }
  }
}

TEST_CASE("a record of another format is refused in words that say so") {
  const auto schema = small_schema();
  auto bytes = encode(DeviceRecord{}, *schema);
  bytes[0] = 1;
  const auto result = state::decode(bytes, *schema);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().message().find("format 1, and only 2 is known: an older cpefleet") != std::string::npos);
  bytes[0] = 3;
  CHECK(state::decode(bytes, *schema).error().message().find("a newer cpefleet") != std::string::npos);
}

TEST_CASE("hostile lists, lengths and entries are refused") {
  const auto schema = small_schema();
  const auto delta = [&](std::string_view bytes) { return state::decode_delta(bytes, *schema).has_value(); };
  using namespace std::string_view_literals;
  CHECK(delta("\0"sv));
  CHECK_FALSE(delta(""sv));
  // Counts and lengths beyond the bytes, beyond 64 bits, without an end.
  CHECK_FALSE(delta("\xff\xff\xff\xff\xff\xff\xff\xff\x7f"sv));
  CHECK_FALSE(delta("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"sv));
  CHECK_FALSE(delta("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"sv));
  CHECK_FALSE(delta("\1\0\0\xff\xff\xff\xff\x0f"sv));
  // value Device.URL: once it is well, twice not.
  CHECK(
      delta("\1\0\0\x0a"
            "Device.URL\1x"sv));
  CHECK_FALSE(
      delta("\2\0\0\x0a"
            "Device.URL\1x"
            "\0\x0a\0\1y"sv));
  CHECK_FALSE(
      delta("\1\7\0\x0a"
            "Device.URL\1x"sv));  // a kind there is not
  CHECK_FALSE(
      delta("\1\0\1\x0a"
            "Device.URL\1x"sv));                      // shares with a path before the first
  CHECK_FALSE(delta("\1\x30\0\1a\1\1\1\1\1\1\0"sv));  // six tables deep
  CHECK_FALSE(
      delta("\1\4\0\x0a"
            "Device.URL\3"
            "3+x"sv));  // rules no model can read
  CHECK_FALSE(
      delta("\1\4\0\x0a"
            "Device.URL\4"
            "-+9:"sv));
  CHECK_FALSE(
      delta("\1\4\0\x0a"
            "Device.URL\0"sv));
  // A row below no row, an instance over 16 bits.
  CHECK_FALSE(
      delta("\1\x09\0\x13"
            "Device.Profile.{i}.\x80\x80\x04\0"sv));
  const auto orphan = state::decode_delta(
      "\1\x11\0\x1c"
      "Device.Profile.{i}.Line.{i}.\0\1\0"sv,
      *schema);
  REQUIRE(orphan.has_value());
  CHECK(orphan->dropped == 1);
}

TEST_CASE("long paths are refused, however they come together") {
  const auto schema = small_schema();
  std::string bytes;
  state::put_number(bytes, 10);
  for (std::uint64_t i = 0; i < 10; ++i) {
    bytes += '\0';
    state::put_number(bytes, i * 1000);
    state::put_text(bytes, std::string(1000, 'x'));
    state::put_text(bytes, "");
  }
  CHECK_FALSE(state::decode_delta(bytes, *schema).has_value());
}
