// SPDX-License-Identifier: Apache-2.0
#include "state/record.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace cpefleet::state {
namespace {

constexpr std::uint8_t kVersion = 2;

// The byte behind the version.
constexpr unsigned kBootstrapped = 1u << 0;
constexpr unsigned kPowered = 1u << 1;
constexpr unsigned kHasPeriodic = 1u << 2;
constexpr unsigned kHasBoot = 1u << 3;
constexpr unsigned kHasRestart = 1u << 4;
constexpr unsigned kFactoryReset = 1u << 5;
constexpr unsigned kProvisioned = 1u << 6;
constexpr unsigned kAllFlags =
    kBootstrapped | kPowered | kHasPeriodic | kHasBoot | kHasRestart | kFactoryReset | kProvisioned;

// The byte that leads a transfer.
constexpr unsigned kUpload = 1u << 0;
constexpr unsigned kAutonomous = 1u << 1;
constexpr unsigned kStageAt = 2;  // two bits
constexpr unsigned kAllTransferFlags = 0xF;

constexpr std::uint64_t kMaxFault = 99'999;

constexpr auto kDamaged = "the record of a device is damaged";

void put_time(std::string& out, WallTime t) {
  const auto kept = std::clamp(t, kEarliest, kLatest);
  put_number(out, static_cast<std::uint64_t>(kept.time_since_epoch().count()));
}

WallTime read_time(ByteReader& reader) {
  const auto latest = static_cast<std::uint64_t>(kLatest.time_since_epoch().count());
  return WallTime{std::chrono::microseconds{static_cast<std::int64_t>(reader.number(latest))}};
}

void read_events(ByteReader& reader, DeviceRecord& record) {
  record.single_events = static_cast<std::uint16_t>(reader.number(UINT16_MAX));
  const auto count = reader.count(2);
  for (std::size_t i = 0; i < count && reader.good(); ++i) {
    cwmp::Event event;
    event.code = reader.text();
    event.command_key = reader.text();
    record.events.push_back(std::move(event));
  }
}

void read_timers(ByteReader& reader, unsigned flags, DeviceRecord& record) {
  if ((flags & kHasPeriodic) != 0) record.periodic_due = read_time(reader);
  if ((flags & kHasBoot) != 0) record.boot_due = read_time(reader);
  if ((flags & kHasRestart) != 0) {
    auto& keys = record.restart.emplace().command_keys;
    const auto reboots = reader.count(1);
    for (std::size_t i = 0; i < reboots && reader.good(); ++i) keys.emplace_back(reader.text());
  }
  if ((flags & kFactoryReset) != 0) {
    if (!record.restart) return reader.fail();
    record.restart->factory_reset = true;
  }
  const auto count = reader.count(2);
  for (std::size_t i = 0; i < count && reader.good(); ++i) {
    DeviceRecord::Scheduled scheduled;
    scheduled.due = read_time(reader);
    scheduled.command_key = reader.text();
    record.scheduled.push_back(std::move(scheduled));
  }
}

void put_transfer(std::string& out, const Transfer& transfer) {
  out += static_cast<char>((transfer.kind == Transfer::Kind::upload ? kUpload : 0) |
                           (transfer.autonomous ? kAutonomous : 0) | static_cast<unsigned>(transfer.stage) << kStageAt);
  for (const auto* text : {&transfer.command_key, &transfer.file_type, &transfer.url, &transfer.username,
                           &transfer.password, &transfer.target_file_name, &transfer.fault_text, &transfer.version})
    put_text(out, *text);
  put_number(out, transfer.file_size);
  for (const auto time : {transfer.due, transfer.started, transfer.completed}) put_time(out, time);
  put_number(out, static_cast<std::uint64_t>(transfer.fault));
}

Transfer read_transfer(ByteReader& reader) {
  Transfer out;
  const unsigned flags = reader.byte();
  if ((flags & ~kAllTransferFlags) != 0) reader.fail();
  out.kind = (flags & kUpload) != 0 ? Transfer::Kind::upload : Transfer::Kind::download;
  out.autonomous = (flags & kAutonomous) != 0;
  out.stage = static_cast<Transfer::Stage>(flags >> kStageAt & 3u);
  if (out.stage == Transfer::Stage::running) out.stage = Transfer::Stage::waiting;  // nobody moves it any more
  for (auto* text : {&out.command_key, &out.file_type, &out.url, &out.username, &out.password, &out.target_file_name,
                     &out.fault_text, &out.version})
    *text = reader.text();
  out.file_size = static_cast<std::uint32_t>(reader.number(UINT32_MAX));
  for (auto* time : {&out.due, &out.started, &out.completed}) *time = read_time(reader);
  out.fault = static_cast<int>(reader.number(kMaxFault));
  return out;
}

void read_transfers(ByteReader& reader, DeviceRecord& record) {
  const auto count = reader.count(14);
  for (std::size_t i = 0; i < count && reader.good(); ++i) record.transfers.push_back(read_transfer(reader));
}

}  // namespace

std::string encode(const DeviceRecord& record, const datamodel::Schema& schema) {
  std::string out;
  out += static_cast<char>(kVersion);
  out += static_cast<char>(
      (record.bootstrapped ? kBootstrapped : 0) | (record.powered ? kPowered : 0) |
      (record.periodic_due ? kHasPeriodic : 0) | (record.boot_due ? kHasBoot : 0) | (record.restart ? kHasRestart : 0) |
      (record.restart && record.restart->factory_reset ? kFactoryReset : 0) | (record.provisioned ? kProvisioned : 0));
  put_text(out, record.software_version);
  put_text(out, record.acs_url);
  put_time(out, record.booted_at);
  put_number(out, record.udp_request_ts);
  put_number(out, record.single_events);
  put_number(out, record.events.size());
  for (const auto& event : record.events) {
    put_text(out, event.code);
    put_text(out, event.command_key);
  }
  if (record.periodic_due) put_time(out, *record.periodic_due);
  if (record.boot_due) put_time(out, *record.boot_due);
  if (record.restart) {
    put_number(out, record.restart->command_keys.size());
    for (const auto& key : record.restart->command_keys) put_text(out, key);
  }
  put_number(out, record.scheduled.size());
  for (const auto& scheduled : record.scheduled) {
    put_time(out, scheduled.due);
    put_text(out, scheduled.command_key);
  }
  put_number(out, record.transfers.size());
  for (const auto& transfer : record.transfers) put_transfer(out, transfer);
  put_delta(out, record.delta, schema);
  return out;
}

Result<DecodedRecord> decode(std::string_view bytes, const datamodel::Schema& schema) {
  return decode(bytes, [&](std::string_view) -> const datamodel::Schema& { return schema; });
}

Result<DecodedRecord> decode(std::string_view bytes, const SchemaOf& schema_of) {
  ByteReader reader(bytes);
  const auto version = reader.byte();
  if (reader.good() && version != kVersion) {
    return failure(
        fmt::format("the record of a device has format {}, and only {} is known: {} cpefleet wrote it, or the state "
                    "file is damaged",
                    version, kVersion, version < kVersion ? "an older" : "a newer"));
  }
  DecodedRecord decoded;
  auto& record = decoded.record;
  const unsigned flags = reader.byte();
  if ((flags & ~kAllFlags) != 0) reader.fail();
  record.bootstrapped = (flags & kBootstrapped) != 0;
  record.powered = (flags & kPowered) != 0;
  record.provisioned = (flags & kProvisioned) != 0;
  record.software_version = reader.text();
  record.acs_url = reader.text();
  record.booted_at = read_time(reader);
  record.udp_request_ts = reader.number();
  read_events(reader, record);
  read_timers(reader, flags, record);
  read_transfers(reader, record);
  auto delta = read_delta(reader, schema_of(record.software_version));
  if (!reader.finished()) return failure(kDamaged);
  record.delta = std::move(delta.delta);
  decoded.dropped = delta.dropped;
  return decoded;
}

std::string encode(const datamodel::Delta& delta, const datamodel::Schema& schema) {
  std::string out;
  put_delta(out, delta, schema);
  return out;
}

Result<DecodedDelta> decode_delta(std::string_view bytes, const datamodel::Schema& schema) {
  ByteReader reader(bytes);
  auto delta = read_delta(reader, schema);
  if (!reader.finished()) return failure(kDamaged);
  return delta;
}

}  // namespace cpefleet::state
