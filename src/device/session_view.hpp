// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cwmp/session/host.hpp"
#include "datamodel/model.hpp"
#include "device/device.hpp"
#include "device/surroundings.hpp"

namespace cpefleet::device {

// One device as the session machine sees it, for the length of one session; lives in the session's coroutine. Making it
// begins the session on the device's side. Thread: the shard.
class SessionView final : public cwmp::SessionHost {
 public:
  SessionView(Device& device, const Context& context);

  // ManagementServer.URL when the session began.
  [[nodiscard]] const std::string& acs_url() const { return acs_url_; }
  // What the device would have to remember if the program ended now: all that was answered so far.
  [[nodiscard]] state::DeviceRecord record() const;

  cwmp::Inform inform(cwmp::Version version) override;
  void inform_accepted() override;
  Credentials credentials() override;
  cwmp::CpeResponse answer(const cwmp::AcsRequest& request) override;
  [[nodiscard]] bool has_method(std::string_view method) const override;
  std::optional<cwmp::CpeRequest> next_request() override;
  void request_answered(const cwmp::CpeRequest& request, const std::optional<cwmp::Fault>& fault) override;

 private:
  friend class Device;
  [[nodiscard]] datamodel::Model model() { return {schema_, device_.delta_, around_}; }
  cwmp::CpeResponse vendor_method(const std::string& name);
  cwmp::CpeResponse get_values(const cwmp::GetParameterValues& request);
  cwmp::CpeResponse set_values(const cwmp::SetParameterValues& request);
  cwmp::CpeResponse add_object(const cwmp::AddObject& request);
  cwmp::CpeResponse delete_object(const cwmp::DeleteObject& request);
  cwmp::CpeResponse schedule_inform(const cwmp::ScheduleInform& request);
  // session_transfers.cpp
  cwmp::CpeResponse accept(state::Transfer transfer, std::uint32_t delay_seconds);
  cwmp::CpeResponse download(const cwmp::Download& request);
  cwmp::CpeResponse upload(const cwmp::Upload& request);
  cwmp::CpeResponse schedule_download(const cwmp::ScheduleDownload& request);
  cwmp::CpeResponse cancel_transfer(const cwmp::CancelTransfer& request);
  cwmp::CpeResponse queued_transfers();
  cwmp::CpeResponse all_queued_transfers();
  void add_transfer_events(std::vector<cwmp::Event>& events, cwmp::Version version);
  void act_on_voice(datamodel::Model& model, const cwmp::SetParameterValues& request);
  void act_on_diagnostics(datamodel::Model& model, const cwmp::SetParameterValues& request);
  void changed_rows(datamodel::Model& model, const std::string& key);
  void set_parameter_key(datamodel::Model& model, const std::string& key);

  Device& device_;
  Context context_;
  DeviceSurroundings around_;
  const datamodel::Schema& schema_;
  std::string acs_url_;
  std::vector<std::pair<datamodel::Key, std::string>> telling_;  // changes in the Inform under way
  bool stun_written_ = false;
  bool login_written_ = false;  // the user name of connection requests
};

}  // namespace cpefleet::device
