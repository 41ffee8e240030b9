// SPDX-License-Identifier: Apache-2.0
#include "device/diagnostic_tests.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "device/probes.hpp"

namespace cpefleet::device {

using datamodel::kNoNode;
using datamodel::Model;
using datamodel::NodeId;
using profile::kDiagnosticKinds;
using Kind = DiagnosticTests::Kind;
using Level = std::uint8_t;

namespace {

constexpr std::string_view kOther = "Error_Other";

// The parameters of one object, by name; those the model does not have are left out.
class Object {
 public:
  Object(Model& model, NodeId object) : model_(model), object_(object) {}

  [[nodiscard]] std::string text(std::string_view name) const { return text_of(model_, object_, name); }
  [[nodiscard]] std::uint32_t number(std::string_view name, std::uint32_t otherwise) const {
    return static_cast<std::uint32_t>(parse_uint(text(name)).value_or(otherwise));
  }
  void change(std::string_view name, std::string_view value) {
    const auto id = model_.schema().child(object_, name);
    if (id != kNoNode) level_ = std::max(level_, model_.change({id, {}}, value));
  }
  void change(std::string_view name, std::uint32_t value) { change(name, std::to_string(value)); }
  void change(std::string_view name, const std::optional<WallTime>& at) {
    if (at) change(name, format_utc(*at, true));
  }
  [[nodiscard]] Level level() const { return level_; }

  static std::string text_of(const Model& model, NodeId object, std::string_view name) {
    const auto id = model.schema().child(object, name);
    return id == kNoNode ? std::string() : model.value({id, {}});
  }

 private:
  Model& model_;
  NodeId object_;
  Level level_ = 0;
};

std::string_view url_name(Kind kind) { return kind == Kind::upload ? "UploadURL" : "DownloadURL"; }

// D-15, D-17: the words each direction has.
std::string_view state_of(DiagnosticEnd end, bool upload) {
  switch (end) {
    case DiagnosticEnd::completed: return "Completed";
    case DiagnosticEnd::init_connection_failed: return "Error_InitConnectionFailed";
    case DiagnosticEnd::no_response: return "Error_NoResponse";
    case DiagnosticEnd::password_request_failed: return "Error_PasswordRequestFailed";
    case DiagnosticEnd::login_failed: return "Error_LoginFailed";
    case DiagnosticEnd::no_transfer_mode: return "Error_NoTransferMode";
    case DiagnosticEnd::no_pasv: return "Error_NoPASV";
    case DiagnosticEnd::incorrect_size: return upload ? "Error_NoTransferComplete" : "Error_IncorrectSize";
    case DiagnosticEnd::timeout: return upload ? "Error_NoTransferComplete" : "Error_Timeout";
    case DiagnosticEnd::no_cwd: return upload ? "Error_NoCWD" : "Error_TransferFailed";
    case DiagnosticEnd::no_stor: return upload ? "Error_NoSTOR" : "Error_TransferFailed";
    case DiagnosticEnd::transfer_failed:
    case DiagnosticEnd::no_transfer_complete: return upload ? "Error_NoTransferComplete" : "Error_TransferFailed";
  }
  return "Error_NoResponse";
}

// D-14, D-19: a transport that the device does not have cannot even begin.
bool has_transport(const Model& model, NodeId transports, std::string_view url) {
  const auto scheme = url.substr(0, url.find("://"));
  if (scheme.size() == url.size()) return false;
  if (transports == kNoNode) return equal_ignoring_case(scheme, "http");
  const auto list = model.value({transports, {}});
  const auto all = split(list, ',');
  return std::any_of(all.begin(), all.end(), [&](auto one) { return equal_ignoring_case(trim(one), scheme); });
}

void clear_results(Model& model, const DiagnosticTests::Nodes& nodes, Kind kind) {
  const auto& schema = model.schema();
  const auto& object = schema.node(nodes.of(kind).object);
  for (std::uint16_t i = 0; i < object.children; ++i) {
    const auto id = static_cast<NodeId>(object.first_child + i);
    const auto& node = schema.node(id);
    if (node.kind == datamodel::NodeKind::parameter && !node.writable) model.reset_values({{id, {}}, false});
  }
  if (kind == Kind::trace_route && nodes.hops != kNoNode) model.erase_rows({nodes.hops, {}});
}

}  // namespace

void DiagnosticTests::request(Kind kind, TimePoint now) {
  of(kind) = {};
  of(kind).phase = Phase::waiting;
  of(kind).due = now;
}

void DiagnosticTests::drop(Kind kind) { of(kind) = {}; }

bool DiagnosticTests::idle() const {
  return std::all_of(tests_.begin(), tests_.end(), [](const Test& test) { return test.phase == Phase::none; });
}

TimePoint DiagnosticTests::next_due(bool in_session) const {
  auto due = kNever;
  for (const auto& test : tests_) {
    if (test.phase == Phase::running || (test.phase == Phase::waiting && !in_session)) due = std::min(due, test.due);
  }
  return due;
}

DiagnosticTests::Done DiagnosticTests::cut(Model& model, TimePoint now) {
  Done done;
  for (const auto kind : kDiagnosticKinds) {
    if (of(kind).phase != Phase::running) continue;
    drop(kind);
    done.complete = true;
    done.notification = std::max(done.notification, model.change({nodes_->of(kind).state, {}}, kOther));
  }
  offer_again(now);
  return done;
}

DiagnosticTests::Done DiagnosticTests::on_timer(Model& model, const profile::DiagnosticsBehaviour& how,
                                                const Time& time) {
  Done done;
  for (const auto kind : kDiagnosticKinds) {
    auto& test = of(kind);
    if (test.phase == Phase::waiting && test.due <= time.now && !time.in_session) begin(model, kind, how, time);
    if (test.phase != Phase::running || test.due > time.now) continue;
    done.notification = std::max(done.notification, finish(model, kind, how, time));
    done.complete = true;
  }
  return done;
}

void DiagnosticTests::begin(Model& model, Kind kind, const profile::DiagnosticsBehaviour& how, const Time& time) {
  auto& test = of(kind);
  clear_results(model, *nodes_, kind);
  test.run = time.session * kDiagnosticKinds.size() + static_cast<std::uint64_t>(kind);
  test.random = time.random ^ static_cast<std::uint64_t>(kind);
  test.phase = Phase::running;
  test.due = time.now;
  const Object object(model, nodes_->of(kind).object);
  const auto timeout = std::chrono::milliseconds{object.number("Timeout", 1000)};
  if (kind == Kind::ping) {
    test.due += ping(how, object.text("Host"), object.number("NumberOfRepetitions", 1), timeout, test.random).lasts;
  } else if (kind == Kind::trace_route) {
    test.due +=
        trace_route(how, object.text("Host"), object.number("MaxHopCount", 30), timeout, {}, time.route, test.random)
            .lasts;
  } else if (has_transport(model, nodes_->transports[kind == Kind::upload ? 1 : 0], object.text(url_name(kind)))) {
    test.phase = Phase::offered;
  }
}

// What was drawn when it began is drawn again: its parameters are the same, or it would have been dropped.
Level DiagnosticTests::finish(Model& model, Kind kind, const profile::DiagnosticsBehaviour& how, const Time& time) {
  const auto random = of(kind).random;
  drop(kind);
  const auto& place = nodes_->of(kind);
  Object object(model, place.object);
  const auto timeout = std::chrono::milliseconds{object.number("Timeout", 1000)};
  std::string_view state = state_of(DiagnosticEnd::init_connection_failed, kind == Kind::upload);
  Level hops = 0;
  if (kind == Kind::ping) {
    const auto found = ping(how, object.text("Host"), object.number("NumberOfRepetitions", 1), timeout, random);
    state = found.state;
    object.change("SuccessCount", found.success);
    object.change("FailureCount", found.failure);
    object.change("AverageResponseTime", found.average);
    object.change("MinimumResponseTime", found.minimum);
    object.change("MaximumResponseTime", found.maximum);
  } else if (kind == Kind::trace_route) {
    const auto gateway = Object::text_of(model, model.schema().node(place.object).parent, "DefaultGateway");
    const auto found =
        trace_route(how, object.text("Host"), object.number("MaxHopCount", 30), timeout, gateway, time.route, random);
    state = found.state;
    object.change("ResponseTime", found.response_time);
    const auto name = nodes_->hops == kNoNode ? kNoNode : model.schema().child(nodes_->hops, "HopHost");
    for (const auto& hop : found.hops) {
      if (name == kNoNode) break;
      datamodel::Key key{name, {}};
      key.at[0] = model.insert_row({nodes_->hops, {}}).instance;
      hops = std::max(hops, model.change(key, hop));
    }
  }
  return std::max({hops, object.level(), model.change({place.state, {}}, state)});
}

std::optional<DiagnosticOrder> DiagnosticTests::take_order(const Model& model) {
  for (const auto kind : {Kind::download, Kind::upload}) {
    auto& test = of(kind);
    if (test.phase != Phase::offered) continue;
    test.phase = Phase::moving;
    const auto text = [&](std::string_view name) { return Object::text_of(model, nodes_->of(kind).object, name); };
    const auto number = [&](std::string_view name) { return parse_uint(text(name)).value_or(0); };
    DiagnosticOrder out;
    out.run = test.run;
    out.upload = kind == Kind::upload;
    out.url = text(url_name(kind));
    out.interface = text("Interface");
    if (out.upload) out.length = static_cast<std::uint32_t>(number("TestFileLength"));
    out.dscp = static_cast<std::uint8_t>(number("DSCP"));
    out.ethernet_priority = static_cast<std::uint8_t>(number("EthernetPriority"));
    return out;
  }
  return std::nullopt;
}

bool DiagnosticTests::offers() const {
  return std::any_of(tests_.begin(), tests_.end(), [](const Test& test) { return test.phase == Phase::offered; });
}

void DiagnosticTests::offer_again(TimePoint now) {
  for (auto& test : tests_) {
    if (test.phase != Phase::offered) continue;
    test.phase = Phase::waiting;
    test.due = now;
  }
}

bool DiagnosticTests::wants(std::uint64_t run) const {
  return std::any_of(tests_.begin(), tests_.end(),
                     [run](const Test& test) { return test.phase == Phase::moving && test.run == run; });
}

DiagnosticTests::Done DiagnosticTests::ended(Model& model, const DiagnosticResult& result) {
  for (const auto kind : {Kind::download, Kind::upload}) {
    if (of(kind).phase != Phase::moving || of(kind).run != result.run) continue;
    drop(kind);
    const bool upload = kind == Kind::upload;
    Object object(model, nodes_->of(kind).object);
    object.change("TCPOpenRequestTime", result.tcp_open_request);
    object.change("TCPOpenResponseTime", result.tcp_open_response);
    object.change("ROMTime", result.rom);
    object.change("BOMTime", result.bom);
    object.change("EOMTime", result.eom);
    if (!upload) object.change("TestBytesReceived", static_cast<std::uint32_t>(result.test_bytes));
    object.change(upload ? "TotalBytesSent" : "TotalBytesReceived", static_cast<std::uint32_t>(result.total_bytes));
    object.change("DiagnosticsState", state_of(result.end, upload));
    return {true, object.level()};
  }
  return {};
}

void DiagnosticTests::forget(Model& model, const Nodes& nodes) {
  for (const auto kind : kDiagnosticKinds) {
    const auto& place = nodes.of(kind);
    if (place.state == kNoNode) continue;
    model.reset_values({{place.state, {}}, false});
    clear_results(model, nodes, kind);
  }
}

}  // namespace cpefleet::device
