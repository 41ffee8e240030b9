// SPDX-License-Identifier: Apache-2.0
#include "scenario/loading.hpp"

namespace cpefleet::scenario {
namespace {

void read_positive(yaml::MapReader& reader, std::string_view key, Duration& out) {
  const auto value = reader.optional_duration(key);
  if (!value) return;
  if (*value <= Duration{}) return reader.wrong(key, "must be longer than 0");
  out = *value;
}

}  // namespace

void read_limits(const yaml::Node& node, Loading& loading) {
  yaml::MapReader reader(node, "`limits`", loading.diagnostics, keys_of("limits"));
  Limits& limits = loading.plan.limits;
  const auto in_flight = reader.optional_string("in_flight");
  if (in_flight && *in_flight != "auto") {
    limits.in_flight = reader.optional_count("in_flight");
    if (limits.in_flight == 0u) reader.wrong("in_flight", "must be `auto` or at least 1");
  }
  if (const auto rpcs = reader.optional_uint("rpcs_per_session", 1, UINT32_MAX)) {
    limits.rpcs_per_session = static_cast<std::uint32_t>(*rpcs);
  }
  if (const auto size = reader.optional_bytes("message_size")) {
    // Below that not even an InformResponse fits.
    if (*size < 4096) reader.wrong("message_size", "must be at least 4KiB");
    limits.message_size = *size;
  }
  read_positive(reader, "session_time", limits.session_time);
  read_positive(reader, "connect_timeout", limits.connect_timeout);
  read_positive(reader, "response_timeout", limits.response_timeout);
  read_positive(reader, "max_lag", limits.max_lag);
  limits.files = reader.optional_count("files").value_or(limits.files);
  if (limits.files == 0) reader.wrong("files", "must be at least 1");
  limits.file_speed = reader.optional_as("file_speed", parse_bandwidth).value_or(0);
  read_positive(reader, "file_stall", limits.file_stall);
  reader.finish();
}

}  // namespace cpefleet::scenario
