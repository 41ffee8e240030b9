// SPDX-License-Identifier: Apache-2.0
#include "scenario/keys.hpp"

#include <algorithm>
#include <vector>

#include "fleet/group.hpp"

namespace cpefleet::scenario {
namespace {

using Word = std::string_view;

constexpr std::array kScenario = {Word("version"),
                                  Word("name"),
                                  Word("acs"),
                                  Word("seed"),
                                  Word("strict"),
                                  Word("fleet"),
                                  Word("pools"),
                                  Word("phases"),
                                  Word("thresholds"),
                                  Word("limits"),
                                  Word("connection_requests")};
constexpr std::array kAcs = {Word("url"), Word("username"), Word("password"), Word("tls"), Word("cwmp")};
constexpr std::array kTls = {Word("ca"),        Word("verify"),        Word("min_version"),
                             Word("resume"),    Word("client_cert"),   Word("client_key"),
                             Word("client_ca"), Word("client_ca_key"), Word("client_subject")};
constexpr std::array kGroup = {Word("group"),     Word("profile"),     Word("firmware"), Word("count"),
                               Word("start"),     Word("identity"),    Word("pace"),     Word("own_timers"),
                               Word("transfers"), Word("provisioning")};
constexpr std::array kTransfers = {Word("speed"), Word("flash_time"), Word("firmware"), Word("failures")};
constexpr std::array kFailure = {Word("of"), Word("share"), Word("at"), Word("fault"), Word("text")};
constexpr std::array kProvisioning = {Word("server"), Word("files")};
constexpr std::array kPace = {Word("rtt"), Word("think"), Word("bandwidth")};
constexpr std::array kPause = {Word("median"), Word("p99")};
constexpr std::array kPhase = {Word("name"),  Word("select"), Word("do"), Word("arrivals"), Word("for"),
                               Word("until"), Word("max"),    Word("at"), Word("with"),     Word("measured")};
constexpr std::array kDo = {
    Word("event"),  Word("set"),      Word("call"),     Word("incoming"),         Word("line"), Word("ringing"),
    Word("length"), Word("answered"), Word("download"), Word("request_download"), Word("type")};
constexpr std::array kArrivals = {Word("once"), Word("constant"), Word("ramp"), Word("spike")};
constexpr std::array kOnce = {Word("rate")};
constexpr std::array kRamp = {Word("from"), Word("to"), Word("over"), Word("legs")};
constexpr std::array kLeg = {Word("to"), Word("over")};
constexpr std::array kSpike = {Word("over"), Word("shape")};
constexpr std::array kUntil = {Word("metric"), Word("lt"), Word("le"), Word("eq"), Word("ne"), Word("ge"), Word("gt")};
constexpr std::array kThreshold = {Word("metric"), Word("phase"), Word("group"), Word("cause"),
                                   Word("rpc"),    Word("event"), Word("fault"), Word("trigger"),
                                   Word("reason"), Word("rule"),  Word("that")};
constexpr std::array kCondition = {Word("is"), Word("abort"), Word("after")};
constexpr std::array kLimits = {
    Word("in_flight"),       Word("rpcs_per_session"), Word("session_time"), Word("message_size"),
    Word("connect_timeout"), Word("response_timeout"), Word("max_lag"),      Word("files"),
    Word("file_speed"),      Word("file_stall")};
constexpr std::array kConnectionRequests = {Word("listen"), Word("advertise"), Word("udp_port"), Word("throttle")};
constexpr std::array kRpcs = {Word("GetRPCMethods"),
                              Word("SetParameterValues"),
                              Word("GetParameterValues"),
                              Word("GetParameterNames"),
                              Word("SetParameterAttributes"),
                              Word("GetParameterAttributes"),
                              Word("AddObject"),
                              Word("DeleteObject"),
                              Word("Download"),
                              Word("Upload"),
                              Word("Reboot"),
                              Word("FactoryReset"),
                              Word("ScheduleInform"),
                              Word("GetQueuedTransfers"),
                              Word("GetAllQueuedTransfers"),
                              Word("ScheduleDownload"),
                              Word("CancelTransfer"),
                              Word("SetVouchers"),
                              Word("GetOptions"),
                              Word("ChangeDUState")};

// The layers leave the journal to others; held equal to its list by a test.
constexpr std::array kCauses = {Word("resolve_failed"),
                                Word("connect_refused"),
                                Word("connect_timeout"),
                                Word("connect_failed"),
                                Word("tls_failed"),
                                Word("target_not_allowed"),
                                Word("reset"),
                                Word("cut_after_send"),
                                Word("response_timeout"),
                                Word("truncated_reply"),
                                Word("bad_http"),
                                Word("message_too_big"),
                                Word("unauthorized"),
                                Word("service_unavailable"),
                                Word("http_client_error"),
                                Word("http_server_error"),
                                Word("unexpected_status"),
                                Word("too_many_redirects"),
                                Word("bad_redirect"),
                                Word("bad_xml"),
                                Word("not_soap"),
                                Word("unexpected_message"),
                                Word("empty_inform_reply"),
                                Word("inform_fault"),
                                Word("must_understand"),
                                Word("too_many_rpcs"),
                                Word("session_too_long"),
                                Word("device_reboot"),
                                Word("not_saved"),
                                Word("no_descriptor"),
                                Word("aborted"),
                                Word("internal")};

// The parts of an identity are the fleet's to know; the loader adds the file they can come from.
[[nodiscard]] std::span<const Word> identity_keys() {
  static const std::vector<Word> keys = [] {
    const auto names = fleet::identity_names();
    std::vector<Word> all(names.begin(), names.end());
    all.emplace_back("csv");
    return all;
  }();
  return keys;
}

[[nodiscard]] std::span<const Word> think_keys() {
  static const std::vector<Word> keys = [] {
    std::vector<Word> all(kRpcs.begin(), kRpcs.end());
    all.emplace_back("default");
    return all;
  }();
  return keys;
}

}  // namespace

std::span<const KnownKeys> known_keys() {
  static const std::vector<KnownKeys> all = {{"scenario", kScenario},
                                             {"acs", kAcs},
                                             {"tls", kTls},
                                             {"group", kGroup},
                                             {"identity", identity_keys()},
                                             {"transfers", kTransfers},
                                             {"failure", kFailure},
                                             {"provisioning", kProvisioning},
                                             {"pace", kPace},
                                             {"think", think_keys()},
                                             {"pause", kPause},
                                             {"phase", kPhase},
                                             {"do", kDo},
                                             {"arrivals", kArrivals},
                                             {"once", kOnce},
                                             {"ramp", kRamp},
                                             {"leg", kLeg},
                                             {"spike", kSpike},
                                             {"until", kUntil},
                                             {"threshold", kThreshold},
                                             {"condition", kCondition},
                                             {"limits", kLimits},
                                             {"connection_requests", kConnectionRequests}};
  return all;
}

std::span<const std::string_view> keys_of(std::string_view section) {
  const auto all = known_keys();
  const auto found = std::find_if(all.begin(), all.end(), [&](const KnownKeys& k) { return k.section == section; });
  return found == all.end() ? std::span<const std::string_view>() : found->keys;
}

std::span<const std::string_view> rpc_names() { return kRpcs; }
std::span<const std::string_view> cause_words() { return kCauses; }

}  // namespace cpefleet::scenario
