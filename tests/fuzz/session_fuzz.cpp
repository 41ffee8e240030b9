// SPDX-License-Identifier: Apache-2.0
// A whole session against an ACS that says anything. Replies are separated by a line `---`; each is a status, header
// lines, an empty line and a body.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/text.hpp"
#include "base/url.hpp"
#include "cwmp/session/machine.hpp"
#include "property.hpp"

namespace {

using namespace cpefleet;
using namespace cpefleet::cwmp;
using cpefleet::fuzz::holds;

struct Host final : SessionHost {
  Inform inform(Version /*version*/) override {
    Inform out;
    out.device = {"Grandstream", "000B82", "HT802", "1"};
    out.events = {{"1 BOOT", ""}};
    out.current_time = "2026-11-23T00:00:00Z";
    return out;
  }
  void inform_accepted() override { ++accepted; }
  Credentials credentials() override { return {"user", "password"}; }
  CpeResponse answer(const AcsRequest& request) override {
    holds(accepted == 1, "a request was carried out before InformResponse");
    holds(!std::holds_alternative<BadArguments>(request), "the device was asked with bad arguments");
    ++answered;
    return make_fault(9000);
  }
  [[nodiscard]] bool has_method(std::string_view method) const override { return method != "Download"; }
  std::optional<CpeRequest> next_request() override {
    if (asks == 0) return std::nullopt;
    if (asks == 1) return TransferComplete{"key", {9010, "Download failure"}, "", ""};
    return CpeGetRPCMethods{};
  }
  void request_answered(const CpeRequest& /*request*/, const std::optional<Fault>& /*fault*/) override { --asks; }
  int accepted = 0;
  int asks = 2;
  std::uint32_t answered = 0;
};

struct Ignored final : JournalWriter {
  void write(const journal::Entry& /*entry*/) override {}
};

std::string_view take(std::string_view& text, std::string_view separator) {
  const std::size_t at = text.find(separator);
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + separator.size());
  return head;
}

HttpReply reply_of(std::string_view text) {
  HttpReply reply;
  std::string_view first = take(text, "\n");
  reply.connection_closed = first.ends_with("closed");
  reply.status = static_cast<int>(parse_uint(first.substr(0, 3)).value_or(200));
  while (!text.empty()) {
    std::string_view line = take(text, "\n");
    if (line.empty()) break;
    const std::string_view name = take(line, ":");
    reply.headers.push_back({std::string(name), std::string(trim(line))});
  }
  reply.body = text;
  return reply;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::input(data, size);
  Host host;
  Ignored journal;
  InterceptorChain chain;
  SessionConfig config;
  config.url = parse_url("http://acs.example/cwmp").value();
  config.version = text.starts_with("1.1") ? Version::v1_1 : Version::v1_0;
  config.strict = text.starts_with("strict");
  config.limits.rpcs_per_session = 5;
  SessionMachine machine(config, host, chain, journal);
  Action action = machine.next(Begin{});
  take(text, "\n");
  while (!text.empty() && std::holds_alternative<SendPost>(action)) {
    const auto& post = std::get<SendPost>(action);
    holds(post.body.empty() == (post.kind == PostKind::empty), "kind and body disagree");
    holds(host.accepted == 1 || post.kind == PostKind::inform, "something before InformResponse");
    action = machine.next(reply_of(take(text, "\n---\n")));
  }
  holds(host.accepted <= 1 && host.answered <= 5, "too much was done");
  if (const auto* end = std::get_if<End>(&action)) {
    holds(end->outcome.inform_accepted == (host.accepted == 1), "the outcome and the device disagree");
    holds(end->outcome.cause != Cause::internal, "an internal error");
    holds(end->outcome.detail.size() < 1000, "an unbounded detail");
  }
  return 0;
}
