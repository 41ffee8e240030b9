// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "test_device.hpp"

namespace cpefleet::test {

// A device of one session that does what the `device.*` lines of a transcript say and answers every RPC with something plausible.
//   username, password    credentials
//   events                codes by comma, "1 BOOT" when absent; an M event takes `code=CommandKey`
//   asks                  own requests by comma: GetRPCMethods, TransferComplete=CommandKey, the same with a fault as
//                         FailedTransferComplete=CommandKey, AutonomousTransferComplete=AnnounceURL, RequestDownload=Version
//   fault                 `METHOD CODE`: answered with this fault; for SetParameterValues followed by names in error
//   retry_count           of the Inform
class ScriptedHost final : public cwmp::SessionHost, public TestDevice {
 public:
  explicit ScriptedHost(const std::multimap<std::string, std::string>& setup);

  cwmp::Inform inform(cwmp::Version version) override;
  void inform_accepted() override {}
  Credentials credentials() override { return credentials_; }
  cwmp::CpeResponse answer(const cwmp::AcsRequest& request) override;
  [[nodiscard]] bool has_method(std::string_view /*method*/) const override { return true; }
  std::optional<cwmp::CpeRequest> next_request() override;
  void request_answered(const cwmp::CpeRequest& request, const std::optional<cwmp::Fault>& fault) override;

  cwmp::SessionHost& begin_session() override { return *this; }
  std::string session_ended(const cwmp::SessionOutcome& /*outcome*/) override { return {}; }
  std::string wake(std::string_view /*how*/) override { return "a scripted device has one session"; }

 private:
  cwmp::Inform inform_;
  Credentials credentials_;
  std::deque<cwmp::CpeRequest> asks_;
  std::map<std::string, cwmp::Fault> faults_;
};

}  // namespace cpefleet::test
