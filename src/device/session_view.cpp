// SPDX-License-Identifier: Apache-2.0
#include "device/session_view.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <variant>

#include "base/text.hpp"
#include "device/known.hpp"
#include "device/rpc.hpp"

namespace cpefleet::device {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

constexpr std::size_t kMaxScheduled = 64;  // pending ScheduleInforms of one device: what one Inform could carry

bool sets_periodic(const cwmp::SetParameterValues& request) {
  return std::any_of(request.values.begin(), request.values.end(), [](const cwmp::SetValue& v) {
    return v.name == known::kPeriodicInformEnable || v.name == known::kPeriodicInformInterval ||
           v.name == known::kPeriodicInformTime;
  });
}

cwmp::CpeResponse no_such_method(std::string_view name) { return cwmp::make_fault(9000, name); }

}  // namespace

SessionView::SessionView(Device& device, const Context& context)
    : device_(device),
      context_(context),
      around_(context, device.index_, device.booted_at_, &device),
      schema_(*device.firmware(context).schema) {
  device.in_session_ = true;
  device.wake_due_ = device.retry_due_ = kNever;
  ++device.attempts_;
  if (const auto url = schema_.find(known::kUrl); url != datamodel::kNoNode) acs_url_ = model().stored_value({url, {}});
}

cwmp::Inform SessionView::inform(cwmp::Version version) {
  cwmp::Inform out;
  const auto& identity = around_.identity();
  out.device = {identity.manufacturer, identity.oui, identity.product_class, identity.serial};
  if (!device_.bootstrapped_ && !device_.events_.has(SingleEvent::bootstrap)) device_.bootstrap();
  const auto view = model();
  const auto changes = view.changes();
  if (!changes.empty()) device_.events_.add(SingleEvent::value_change);  // passive ones too (N-2)
  out.events = device_.events_.take();
  add_transfer_events(out.events, version);
  out.current_time = format_utc(context_.clock.wall(context_.clock.now()));
  out.retry_count = device_.retry_count_;
  const auto forced = schema_.forced_inform();
  out.parameters.reserve(forced.size());
  for (const auto& [node, path] : forced) {  // I-8
    out.parameters.push_back({path, {}, rpc::value_type(schema_.node(node).type)});
    view.append_value({node, {}}, out.parameters.back().value);
  }
  telling_.clear();
  for (const auto& [key, notification] : changes) {  // I-9
    telling_.emplace_back(key, view.value(key));
    if (schema_.node(key.node).forced_inform) continue;  // I-7
    std::string path;
    view.append_path({key, false}, path);
    out.parameters.push_back({std::move(path), telling_.back().second, rpc::value_type(schema_.node(key.node).type)});
  }
  return out;
}

void SessionView::inform_accepted() {
  device_.events_.delivered();
  if (!device_.bootstrapped_) {
    // A file may have led the device to another ACS meanwhile, which it has yet to meet (V-7).
    device_.bootstrapped_ = model().stored_value({schema_.find(known::kUrl), {}}) == acs_url_;
  }
  if (telling_.empty()) return;
  auto view = model();
  for (const auto& [key, value] : telling_) {
    view.told(key, value);
    device_.told(context_, view, key);
  }
  telling_.clear();
}

SessionView::Credentials SessionView::credentials() {
  const auto view = model();
  const auto stored = [&](std::string_view path) {
    const auto node = schema_.find(path);
    return node == datamodel::kNoNode ? std::string() : view.stored_value({node, {}});
  };
  return {stored(known::kUsername), stored(known::kPassword)};
}

cwmp::CpeResponse SessionView::answer(const cwmp::AcsRequest& request) {
  return std::visit(
      Overloaded{
          [this](const cwmp::GetRPCMethods&) { return rpc::get_rpc_methods(context_.group.profile.get()); },
          [this](const cwmp::SetParameterValues& r) { return set_values(r); },
          [this](const cwmp::GetParameterValues& r) { return get_values(r); },
          [this](const cwmp::GetParameterNames& r) { return rpc::get_parameter_names(model(), r); },
          [this](const cwmp::SetParameterAttributes& r) {
            auto view = model();
            auto response = rpc::set_parameter_attributes(view, r);
            view.watch();
            return response;
          },
          [this](const cwmp::GetParameterAttributes& r) { return rpc::get_parameter_attributes(model(), r); },
          [this](const cwmp::AddObject& r) { return add_object(r); },
          [this](const cwmp::DeleteObject& r) { return delete_object(r); },
          [this](const cwmp::Reboot& r) -> cwmp::CpeResponse {
            device_.promised_restart().command_keys.push_back(r.command_key);
            return cwmp::RebootResponse{};
          },
          [this](const cwmp::FactoryReset&) -> cwmp::CpeResponse {
            device_.promised_restart().factory_reset = true;
            return cwmp::FactoryResetResponse{};
          },
          [this](const cwmp::ScheduleInform& r) { return schedule_inform(r); },
          [this](const cwmp::UnknownMethod& r) { return vendor_method(r.name); },
          [this](const cwmp::Download& r) { return download(r); },
          [this](const cwmp::Upload& r) { return upload(r); },
          [this](const cwmp::GetQueuedTransfers&) {
            return has_method("GetQueuedTransfers") ? queued_transfers() : no_such_method("GetQueuedTransfers");
          },
          [this](const cwmp::GetAllQueuedTransfers&) {
            return has_method("GetAllQueuedTransfers") ? all_queued_transfers()
                                                       : no_such_method("GetAllQueuedTransfers");
          },
          [this](const cwmp::ScheduleDownload& r) {
            return has_method("ScheduleDownload") ? schedule_download(r) : no_such_method("ScheduleDownload");
          },
          [this](const cwmp::CancelTransfer& r) {
            return has_method("CancelTransfer") ? cancel_transfer(r) : no_such_method("CancelTransfer");
          },
          [](const cwmp::BadArguments& r) -> cwmp::CpeResponse { return cwmp::make_fault(9003, r.why); },
      },
      request);
}

cwmp::CpeResponse SessionView::vendor_method(const std::string& name) {
  for (const auto& method : context_.group.profile->methods) {
    if (method.name != name) continue;
    if (method.fault != 0) return cwmp::Fault{method.fault, method.fault_text, {}};
    return cwmp::VendorResponse{name + "Response", method.reply};
  }
  return no_such_method(name);
}

bool SessionView::has_method(std::string_view method) const {
  return rpc::has_method(method, context_.group.profile.get());
}

cwmp::CpeResponse SessionView::get_values(const cwmp::GetParameterValues& request) {
  auto view = model();
  if (device_.in_call()) device_.extra_->voice->update_durations(view, context_.clock.now());
  return rpc::get_parameter_values(view, request);
}

cwmp::CpeResponse SessionView::set_values(const cwmp::SetParameterValues& request) {
  auto view = model();
  if (auto fault = rpc::set_parameter_values(view, request)) return *fault;
  set_parameter_key(view, request.parameter_key);
  if (sets_periodic(request)) device_.arm_periodic(context_, false);  // P-33
  act_on_voice(view, request);
  act_on_diagnostics(view, request);
  for (const auto& set : request.values) {
    stun_written_ = stun_written_ || is_stun_setting(set.name);
    login_written_ = login_written_ || set.name == known::kConnectionRequestUsername;
  }
  // A new ACS URL is taken up when this session is over (P-27, P-32).
  const bool later = std::any_of(request.values.begin(), request.values.end(),
                                 [](const cwmp::SetValue& v) { return v.name == known::kUrl; });
  return cwmp::SetParameterValuesResponse{later ? 1 : 0};
}

// T-4: lines follow their Enable; triggers act (P-31).
void SessionView::act_on_voice(datamodel::Model& view, const cwmp::SetParameterValues& request) {
  const auto& nodes = device_.firmware(context_).voice;
  if (!nodes.any()) return;
  bool enables = false;
  std::uint8_t level = 0;
  for (const auto& set : request.values) {
    const auto place = view.find(set.name);
    if (!place) continue;
    const auto& key = place->key;
    enables = enables || key.node == nodes.enable || key.node == nodes.profile_enable;
    const bool acts = set.value == "1" || set.value == "true";
    if (!acts) continue;
    if (key.node == nodes.reset_statistics) view.reset_values({{nodes.stats, key.at}, false});  // T-9
    if (key.node == nodes.reset && device_.extra_ && device_.extra_->voice) {
      level =
          std::max(level, device_.extra_->voice->reset_profile(
                              view, key.at[0], key.at[1], context_.group.profile->voice, device_.voice_time(context_)));
    }
  }
  static_cast<void>(device_.tell(level));
  if (enables) device_.refresh_voice(context_, true);
}

// D-4, D-5: they begin when the session is over (D-2).
void SessionView::act_on_diagnostics(datamodel::Model& view, const cwmp::SetParameterValues& request) {
  std::vector<datamodel::Key> written;
  for (const auto& set : request.values) {
    if (set.name.find("Diagnostics.") == std::string::npos) continue;
    if (const auto place = view.find(set.name)) written.push_back(place->key);
  }
  if (!written.empty()) device_.diagnostics_written(context_, view, written);
}

cwmp::CpeResponse SessionView::add_object(const cwmp::AddObject& request) {
  auto view = model();
  auto response = rpc::add_object(view, request.object);
  if (std::holds_alternative<cwmp::AddObjectResponse>(response)) changed_rows(view, request.parameter_key);
  return response;
}

cwmp::CpeResponse SessionView::delete_object(const cwmp::DeleteObject& request) {
  auto view = model();
  auto response = rpc::delete_object(view, request.object);
  if (std::holds_alternative<cwmp::DeleteObjectResponse>(response)) changed_rows(view, request.parameter_key);
  return response;
}

cwmp::CpeResponse SessionView::schedule_inform(const cwmp::ScheduleInform& request) {
  if (request.delay_seconds == 0) return cwmp::make_fault(9003, "DelaySeconds is 0");  // P-112
  auto& scheduled = device_.extra().scheduled;
  if (scheduled.size() >= kMaxScheduled) return cwmp::make_fault(9001, "too many pending ScheduleInforms");
  const auto due = context_.clock.now() + std::chrono::seconds{request.delay_seconds};
  const auto behind = std::upper_bound(scheduled.begin(), scheduled.end(), due,
                                       [](TimePoint t, const Device::Scheduled& s) { return t < s.due; });
  scheduled.insert(behind, Device::Scheduled{due, request.command_key});
  return cwmp::ScheduleInformResponse{};
}

void SessionView::changed_rows(datamodel::Model& view, const std::string& key) {
  set_parameter_key(view, key);
  view.counts_changed_by_acs();  // N-3
  if (device_.extra_ && device_.extra_->voice) device_.refresh_voice(context_, true);
}

// P-7, P-77: set by the three methods that change the model, when they succeed; the empty key too.
void SessionView::set_parameter_key(datamodel::Model& view, const std::string& key) {
  if (const auto node = schema_.find(known::kParameterKey); node != datamodel::kNoNode) view.store({node, {}}, key);
}

state::DeviceRecord SessionView::record() const { return device_.record(context_, acs_url_); }

}  // namespace cpefleet::device
