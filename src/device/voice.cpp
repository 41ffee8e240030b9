// SPDX-License-Identifier: Apache-2.0
#include "device/voice.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/rng.hpp"
#include "base/text.hpp"

namespace cpefleet::device {

using datamodel::Instances;
using datamodel::Key;
using datamodel::kNoNode;
using datamodel::Model;
using datamodel::NodeId;
using Level = std::uint8_t;

namespace {

constexpr std::string_view kLine = "Device.Services.VoiceService.{i}.VoiceProfile.{i}.Line.{i}.";
constexpr std::size_t kMostCalls = 64;  // of one device; gateways have 48 lines
// RTP of one direction: a packet of 160 bytes each 20 ms (G.711).
constexpr std::int64_t kPacketsPerSecond = 50;
constexpr std::int64_t kBytesPerPacket = 160;

NodeId find(const datamodel::Schema& schema, std::string_view above, std::string_view name) {
  return schema.find(std::string(above) + std::string(name));
}

// The level of notification, 0 when there is no such parameter.
Level change(Model& model, NodeId node, const Instances& at, std::string_view value) {
  return node == kNoNode ? Level{0} : model.change({node, at}, value);
}

Level set_count(Model& model, const Instances& line, std::string_view counter, std::int64_t more) {
  const auto node = find(model.schema(), kLine, std::string("Stats.") + std::string(counter));
  if (node == kNoNode || more == 0) return 0;
  const auto old = parse_uint(model.value({node, line})).value_or(0);
  return model.change({node, line}, std::to_string((old + static_cast<std::uint64_t>(more)) & 0xffffffffU));
}

Instances profile_of(Instances line) {
  line[2] = 0;
  return line;
}

std::vector<Instances> all_lines(const Model& model, const Voice::Nodes& nodes) {
  std::vector<Instances> out;
  model.for_each_instance(nodes.status, [&](const Key& key) { out.push_back(key.at); });
  return out;
}

bool is_on(const Model& model, const Voice::Nodes& nodes, const Instances& line) {
  // Quiescent is not supported: as Disabled (T-3).
  const auto enabled = [&](NodeId node, const Instances& at) {
    return node == kNoNode || model.value({node, at}) == "Enabled";
  };
  return enabled(nodes.profile_enable, profile_of(line)) && enabled(nodes.enable, line);
}

std::int64_t seconds(Duration d) { return std::chrono::duration_cast<std::chrono::seconds>(d).count(); }

}  // namespace

bool Voice::line_in_call(const Instances& line) const {
  return std::any_of(calls_.begin(), calls_.end(), [&](const Call& call) { return call.line == line; });
}

// Of several calls on a line, the one that is furthest says what the line is in.
Level Voice::set_call_state(Model& model, const Instances& line) const {
  std::string_view state = "Idle";
  for (const auto& call : calls_) {
    if (call.line != line) continue;
    if (call.answered_at != kNever) {
      state = "InCall";
      break;
    }
    state = call.plan.incoming ? "Ringing" : "Calling";
  }
  return change(model, nodes_->call_state, line, state);
}

Level Voice::refresh(Model& model, const profile::VoiceBehaviour& how, const Time& time) {
  const Nodes& nodes = *nodes_;
  Level level = 0;
  if (!nodes.any()) return level;
  for (const auto& line : all_lines(model, nodes)) {
    const bool on = is_on(model, nodes, line);
    const auto status = model.value({nodes.status, line});
    if (on == (status != "Disabled")) continue;
    if (on) {
      level = std::max(level, change(model, nodes.status, line, "Registering"));
      registering_.push_back({line, time.now + how.registering});
      continue;
    }
    std::erase_if(registering_, [&](const Registering& r) { return r.line == line; });
    for (const auto& call : calls_) {
      if (call.line == line) level = std::max(level, finish(model, call, time));
    }
    std::erase_if(calls_, [&](const Call& call) { return call.line == line; });
    level = std::max({level, set_call_state(model, line), change(model, nodes.status, line, "Disabled")});
  }
  return level;
}

Level Voice::reset_profile(Model& model, datamodel::Instance service, datamodel::Instance profile,
                           const profile::VoiceBehaviour& how, const Time& time) {
  const Nodes& nodes = *nodes_;
  Level level = 0;
  if (!nodes.any()) return level;
  for (const auto& line : all_lines(model, nodes)) {
    if (line[0] != service || line[1] != profile || !is_on(model, nodes, line)) continue;
    std::erase_if(registering_, [&](const Registering& r) { return r.line == line; });
    level = std::max(level, change(model, nodes.status, line, "Registering"));
    registering_.push_back({line, time.now + how.registering});
  }
  return level;
}

bool Voice::start_call(Model& model, const fleet::CallPlan& plan, const Time& time, Level& notification) {
  const Nodes& nodes = *nodes_;
  if (!nodes.any() || calls_.size() >= kMostCalls) return false;
  std::uint32_t number = 0;
  for (const auto& line : all_lines(model, nodes)) {
    if (model.value({nodes.status, line}) != "Up") continue;
    ++number;
    if (plan.line == 0 ? line_in_call(line) : plan.line != number) continue;
    calls_.push_back({line, 0, time.now + plan.ringing, kNever, plan});
    notification =
        std::max({notification, set_call_state(model, line),
                  set_count(model, line, plan.incoming ? "IncomingCallsReceived" : "OutgoingCallsAttempted", 1)});
    return true;
  }
  return false;
}

Level Voice::answer(Model& model, Call& call, const Time& time) {
  const Nodes& nodes = *nodes_;
  call.answered_at = time.now;
  call.due = time.now + call.plan.length;
  Level level = 0;
  if (nodes.session != kNoNode) {
    const auto added = model.insert_row({nodes.session, call.line});
    call.row = added.instance;
    auto at = call.line;
    at[3] = added.instance;
    if (added.instance != 0) level = change(model, nodes.session_start, at, format_utc(time.wall));
  }
  const bool in = call.plan.incoming;
  level = std::max(level, set_count(model, call.line, in ? "IncomingCallsAnswered" : "OutgoingCallsAnswered", 1));
  level = std::max(level, set_count(model, call.line, in ? "IncomingCallsConnected" : "OutgoingCallsConnected", 1));
  return std::max(level, set_call_state(model, call.line));
}

Level Voice::finish(Model& model, const Call& call, const Time& time) {
  const Nodes& nodes = *nodes_;
  const auto& line = call.line;
  if (call.answered_at == kNever)
    return set_count(model, line, call.plan.incoming ? "IncomingCallsFailed" : "OutgoingCallsFailed", 1);
  if (call.row != 0) {
    Key row{nodes.session, line};
    row.at[3] = call.row;
    model.erase_row(row);
  }
  const auto lasted = seconds(time.now - call.answered_at);
  Level level = set_count(model, line, "TotalCallTime", lasted);
  for (const auto* counter : {"PacketsSent", "PacketsReceived"})
    level = std::max(level, set_count(model, line, counter, lasted * kPacketsPerSecond));
  for (const auto* counter : {"BytesSent", "BytesReceived"})
    level = std::max(level, set_count(model, line, counter, lasted * kPacketsPerSecond * kBytesPerPacket));
  return level;
}

Level Voice::end_calls(Model& model, const Time& time) {
  Level level = 0;
  const auto ended = std::exchange(calls_, {});
  for (const auto& call : ended) level = std::max({level, finish(model, call, time), set_call_state(model, call.line)});
  return level;
}

TimePoint Voice::next_due() const {
  auto due = kNever;
  for (const auto& r : registering_) due = std::min(due, r.due);
  for (const auto& call : calls_) due = std::min(due, call.due);
  return due;
}

Level Voice::on_timer(Model& model, const profile::VoiceBehaviour& how, const Time& time) {
  const Nodes& nodes = *nodes_;
  Level level = 0;
  for (const auto& r : registering_) {
    if (r.due > time.now || !model.exists({nodes.status, r.line})) continue;
    const auto server = [&](NodeId node) {
      return node == kNoNode ? std::string() : model.value({node, profile_of(r.line)});
    };
    const bool has_server = !server(nodes.registrar).empty() || !server(nodes.proxy).empty();
    const auto key = static_cast<std::uint64_t>(r.line[1]) << 16 | r.line[2];
    const bool fails = unit(mix64(time.random ^ key)) < how.failing;
    level = std::max(level, change(model, nodes.status, r.line, has_server && !fails ? "Up" : "Error"));
  }
  std::erase_if(registering_, [&](const Registering& r) { return r.due <= time.now; });

  std::vector<Instances> touched;
  for (auto& call : calls_) {
    if (call.due > time.now) continue;
    touched.push_back(call.line);
    if (!model.exists({nodes.status, call.line})) {
      call.due = kNever;
    } else if (call.answered_at == kNever && call.plan.answered) {
      level = std::max(level, answer(model, call, time));
    } else {
      level = std::max(level, finish(model, call, time));
      call.due = kNever;
    }
  }
  std::erase_if(calls_, [](const Call& call) { return call.due == kNever; });
  for (const auto& line : touched) {
    if (model.exists({nodes.status, line})) level = std::max(level, set_call_state(model, line));
  }
  return level;
}

void Voice::update_durations(Model& model, TimePoint now) const {
  const Nodes& nodes = *nodes_;
  if (nodes.session_duration == kNoNode) return;
  for (const auto& call : calls_) {
    if (call.row == 0) continue;
    auto at = call.line;
    at[3] = call.row;
    if (model.exists({nodes.session_duration, at}))
      model.store({nodes.session_duration, at}, std::to_string(seconds(now - call.answered_at)));
  }
}

void Voice::forget(Model& model, const Nodes& nodes) {
  drop_calls(model, nodes);
  if (!nodes.any() || nodes.stats == kNoNode) return;
  for (const auto& line : all_lines(model, nodes)) model.reset_values({{nodes.stats, line}, false});
}

void Voice::drop_calls(Model& model, const Nodes& nodes) {
  if (!nodes.any()) return;
  for (const auto& line : all_lines(model, nodes)) {
    if (nodes.session != kNoNode) {
      for (const auto row : model.rows({nodes.session, line})) {
        Key key{nodes.session, line};
        key.at[3] = row;
        model.erase_row(key);
      }
    }
    for (const auto node : {nodes.status, nodes.call_state}) {
      if (node != kNoNode) model.reset_values({{node, line}, false});
    }
  }
}

}  // namespace cpefleet::device
