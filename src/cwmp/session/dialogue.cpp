// SPDX-License-Identifier: Apache-2.0
// What a reply means to CWMP: the dialogue of TR-069 3.7.1.
#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "cwmp/session/impl.hpp"
#include "cwmp/soap_decode.hpp"
#include "cwmp/soap_encode.hpp"

namespace cpefleet::cwmp {
namespace {

// How a transfer came out, where it is that what the request tells.
const FaultStruct* fault_of_transfer(const CpeRequest& request) {
  if (const auto* asked = std::get_if<TransferComplete>(&request)) return &asked->fault;
  if (const auto* own = std::get_if<AutonomousTransferComplete>(&request)) return &own->fault;
  return nullptr;
}

constexpr int kRequestDenied = 8001;
constexpr int kResourcesExceeded = 8004;
constexpr int kRetryRequest = 8005;
constexpr int kMethodNotSupported = 9000;
constexpr int kInvalidArguments = 9003;
// For the journal: a SOAP fault has no FaultCode.
constexpr int kMustUnderstand = -1;

int fault_code(const CpeResponse& response) {
  const auto* fault = std::get_if<Fault>(&response);
  return fault == nullptr ? 0 : fault->code;
}

std::string describe(const Fault& fault) {
  std::string out = "fault " + std::to_string(fault.code);
  if (!fault.text.empty()) out += " " + printable(fault.text);
  return out;
}

// "InformResponse", "" when the message is no response.
std::string_view response_name(const AcsBody& body) {
  if (std::holds_alternative<InformResponse>(body)) return "InformResponse";
  if (std::holds_alternative<AcsGetRPCMethodsResponse>(body)) return "GetRPCMethodsResponse";
  if (const auto* other = std::get_if<OtherResponse>(&body)) return other->name;
  return {};
}

bool has_message(Version version, const CpeRequest& request) {
  return version != Version::v1_0 || !std::holds_alternative<AutonomousTransferComplete>(request);
}

std::string content_encoding(const HttpReply& reply) {
  for (const Header& header : reply.headers) {
    if (equal_ignoring_case(header.name, "Content-Encoding")) return to_lower(trim(header.value));
  }
  return {};
}

}  // namespace

Action SessionMachine::Impl::on_content(HttpReply reply) {
  const std::string encoding = content_encoding(reply);
  auto message = decode_acs_message(std::move(reply.body));
  if (!message) {
    std::string detail = std::move(message.error().detail);
    if (!encoding.empty() && encoding != "identity") {
      detail += " (Content-Encoding " + printable(encoding) + ", which nobody asked for)";
    }
    return fail(message.error().cause, std::move(detail));
  }
  return on_message(*std::move(message));
}

Action SessionMachine::Impl::on_message(AcsMessage message) {
  for (const MessageFinding& found : message.findings) {
    if (auto end = finding(Cause::not_soap, found.rule, found.what)) return *std::move(end);
  }
  hold_ = message.hold_requests;
  const auto* request = std::get_if<AcsRequest>(&message.body);
  if (request != nullptr) {
    if (state_ == State::open) return on_request(message, *request);
    return fail(Cause::unexpected_message,
                "the request " + printable(method_name(*request)) + " in place of InformResponse");
  }
  if (message.must_understand) {
    return fail(Cause::must_understand,
                "unknown header " + printable(*message.must_understand) + " that must be understood");
  }
  if (state_ == State::informing || pending_) {
    if (auto end = judge_id(message)) return *std::move(end);
  }
  if (const auto* fault = std::get_if<Fault>(&message.body)) return on_fault(*fault);
  return on_answer(response_name(message.body));
}

std::optional<End> SessionMachine::Impl::judge_id(const AcsMessage& message) {
  if (!message.id) return finding(Cause::unexpected_message, "E-7", "the answer has no ID");
  if (*message.id == id_) return std::nullopt;
  return finding(Cause::unexpected_message, "E-7", "the ID of the answer is not the request's");
}

// --- answers to what the device asked -------------------------------------------------------------------------------

Action SessionMachine::Impl::on_answer(std::string_view name) {
  if (state_ == State::informing) {
    if (name == "InformResponse") return on_inform_accepted();
    return fail(Cause::unexpected_message, printable(name) + " in place of InformResponse");
  }
  if (!pending_) return fail(Cause::unexpected_message, printable(name) + " that nobody asked for");
  const std::string_view asked = method_name(*pending_);
  if (!name.starts_with(asked) || name.substr(asked.size()) != "Response") {
    return fail(Cause::unexpected_message, printable(name) + " as the answer to " + std::string(asked));
  }
  writer_.write(journal::Rpc{asked, journal::Direction::to_acs, 0, {}});
  const CpeRequest request = *std::exchange(pending_, std::nullopt);
  if (const auto* fault = fault_of_transfer(request)) {
    writer_.write(journal::TransferTold{transfer_fault_code(version_, fault->code)});
  }
  host_.request_answered(request, std::nullopt);
  return advance(false);
}

Action SessionMachine::Impl::on_inform_accepted() {
  state_ = State::open;
  outcome_.inform_accepted = true;
  host_.inform_accepted();
  writer_.write(journal::Rpc{"Inform", journal::Direction::to_acs, 0, {}});
  writer_.write(journal::InformAccepted{{inform_events_.begin(), inform_events_.end()}});
  return advance(false);
}

Action SessionMachine::Impl::on_fault(const Fault& fault) {
  if (state_ == State::informing) return on_inform_fault(fault);
  if (!pending_) return fail(Cause::unexpected_message, describe(fault) + " to no request");
  const std::string_view asked = method_name(*pending_);
  writer_.write(journal::Rpc{asked, journal::Direction::to_acs, fault.code, {}});
  if (fault.code == kRetryRequest && kind_ == PostKind::request && retries_ < config_.limits.retry_requests) {
    ++retries_;
    return post();
  }
  const CpeRequest request = *std::exchange(pending_, std::nullopt);
  host_.request_answered(request, fault);
  return advance(false);
}

Action SessionMachine::Impl::on_inform_fault(const Fault& fault) {
  writer_.write(journal::Rpc{"Inform", journal::Direction::to_acs, fault.code, {}});
  if (fault.code == kRetryRequest && retries_ < config_.limits.retry_requests) {
    ++retries_;
    return post();
  }
  // Of the known faults these three say nothing about the version.
  const bool about_version =
      fault.code != kRequestDenied && fault.code != kResourcesExceeded && fault.code != kRetryRequest;
  if (about_version && may_fall_back()) return fall_back();
  std::string detail = describe(fault);
  if (retries_ > 0) detail += ", also after " + std::to_string(retries_) + " repetitions";
  return fail(Cause::inform_fault, std::move(detail));
}

std::optional<End> SessionMachine::Impl::cut_by_device() {
  const std::string method = std::exchange(answered_method_, {});
  if (method.empty()) return std::nullopt;
  const bool cut =
      std::any_of(chain_.begin(), chain_.end(), [&](const auto& i) { return i->cuts_session_after(method); });
  if (!cut) return std::nullopt;
  return fail(Cause::device_reboot, "the device cuts the session after " + printable(method));
}

bool SessionMachine::Impl::may_fall_back() const {
  return state_ == State::informing && version_ == Version::v1_1 && config_.version_fallback;
}

// S-15: a session of its own as far as the ACS is concerned.
Action SessionMachine::Impl::fall_back() {
  version_ = Version::v1_0;
  cookies_.clear();
  return begin();
}

Action SessionMachine::Impl::on_empty() {
  if (state_ == State::informing) return fail(Cause::empty_inform_reply, "an empty reply in place of InformResponse");
  hold_ = false;  // E-8
  if (pending_) {
    // Some ACSs answer TransferComplete so. The request stays undelivered with the device; asking again now would
    // only be answered so again.
    const std::string what = "an empty reply to the device's " + std::string(method_name(*pending_));
    pending_.reset();
    asking_over_ = true;
    if (auto end = finding(Cause::unexpected_message, "S-3", what)) return *std::move(end);
  }
  return advance(true);
}

Action SessionMachine::Impl::advance(bool reply_was_empty) {
  if (!hold_ && !asking_over_) {
    if (auto request = host_.next_request(); request && has_message(version_, *request)) {
      pending_ = std::move(request);
      draw_id();
      encode_request(body_, version_, id_, *pending_);
      return send(PostKind::request, method_name(*pending_));
    }
  }
  if (reply_was_empty && empty_sent_) return end();  // S-7
  if (!hold_) {                                      // S-6
    empty_sent_ = true;
    asking_over_ = true;
  }
  body_.clear();
  return send(PostKind::empty, "");
}

// --- requests of the ACS --------------------------------------------------------------------------------------------

Action SessionMachine::Impl::on_request(const AcsMessage& message, const AcsRequest& request) {
  const std::string_view method = method_name(request);
  if (pending_) {
    // S-11: answered all the same; the own request goes on waiting.
    const std::string what =
        "the request " + printable(method) + " in place of the answer to " + std::string(method_name(*pending_));
    if (auto end = finding(Cause::unexpected_message, "S-3", what)) return *std::move(end);
  }
  if (outcome_.rpcs >= config_.limits.rpcs_per_session) {
    writer_.write(journal::CapHit{"rpcs_per_session"});
    return fail(Cause::too_many_rpcs, std::to_string(outcome_.rpcs) + " requests were answered, then came another");
  }
  ++outcome_.rpcs;
  answered_method_ = method;
  if (message.must_understand) {
    writer_.write(journal::Rpc{method, journal::Direction::from_acs, kMustUnderstand, {}});
    encode_must_understand_fault(body_, version_, message.id, *message.must_understand);
    return send(PostKind::response, "Fault");
  }
  const CpeResponse response = answer_for(request);
  writer_.write(journal::Rpc{method, journal::Direction::from_acs, fault_code(response), {}});
  encode_response(body_, version_, message.id, response);
  return send(PostKind::response, message_name(response));
}

// E-14
CpeResponse SessionMachine::Impl::refuse(const BadArguments& bad) const {
  if (!host_.has_method(bad.method)) return make_fault(kMethodNotSupported, bad.method);
  return make_fault(kInvalidArguments, printable(bad.why));
}

CpeResponse SessionMachine::Impl::answer_for(const AcsRequest& request) {
  std::optional<CpeResponse> response;
  for (const auto& interceptor : chain_) {
    response = interceptor->on_request(request);
    if (response) break;
  }
  if (!response) {
    const auto* bad = std::get_if<BadArguments>(&request);
    response = bad != nullptr ? refuse(*bad) : host_.answer(request);
  }
  for (const auto& interceptor : chain_) interceptor->on_response(request, *response);
  return *std::move(response);
}

}  // namespace cpefleet::cwmp
