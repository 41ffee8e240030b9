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

}  // namespace

SessionView::SessionView(Device& device, const Context& context)
    : device_(device),
      context_(context),
      around_(context, device.index_, device.booted_at_),
      schema_(*device.firmware(context).schema) {
  device.in_session_ = true;
  device.wake_due_ = device.retry_due_ = kNever;
  ++device.attempts_;
  if (const auto url = schema_.find(known::kUrl); url != datamodel::kNoNode) acs_url_ = model().stored_value({url, {}});
}

cwmp::Inform SessionView::inform() {
  cwmp::Inform out;
  const auto& identity = around_.identity();
  out.device = {identity.manufacturer, identity.oui, identity.product_class, identity.serial};
  if (!device_.bootstrapped_ && !device_.events_.has(SingleEvent::bootstrap)) device_.events_.bootstrap();
  out.events = device_.events_.take();
  out.current_time = format_utc(context_.clock.wall(context_.clock.now()));
  out.retry_count = device_.retry_count_;
  const auto view = model();
  const auto forced = schema_.forced_inform();
  out.parameters.reserve(forced.size());
  for (const auto& [node, path] : forced) {  // I-8
    out.parameters.push_back({path, {}, rpc::value_type(schema_.node(node).type)});
    view.append_value({node, {}}, out.parameters.back().value);
  }
  return out;
}

void SessionView::inform_accepted() {
  device_.events_.delivered();
  device_.bootstrapped_ = true;
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
          [](const cwmp::GetRPCMethods&) { return rpc::get_rpc_methods(); },
          [this](const cwmp::SetParameterValues& r) { return set_values(r); },
          [this](const cwmp::GetParameterValues& r) { return rpc::get_parameter_values(model(), r); },
          [this](const cwmp::GetParameterNames& r) { return rpc::get_parameter_names(model(), r); },
          [this](const cwmp::SetParameterAttributes& r) {
            auto view = model();
            return rpc::set_parameter_attributes(view, r);
          },
          [this](const cwmp::GetParameterAttributes& r) { return rpc::get_parameter_attributes(model(), r); },
          [this](const cwmp::AddObject& r) { return add_object(r); },
          [this](const cwmp::DeleteObject& r) { return delete_object(r); },
          [this](const cwmp::Reboot& r) -> cwmp::CpeResponse {
            reboot_ = r.command_key;
            return cwmp::RebootResponse{};
          },
          [this](const cwmp::FactoryReset&) -> cwmp::CpeResponse {
            factory_reset_ = true;
            return cwmp::FactoryResetResponse{};
          },
          [this](const cwmp::ScheduleInform& r) { return schedule_inform(r); },
          [](const cwmp::UnknownMethod& r) -> cwmp::CpeResponse { return cwmp::make_fault(9000, r.name); },
          [](const cwmp::BadArguments& r) -> cwmp::CpeResponse { return cwmp::make_fault(9003, r.why); },
      },
      request);
}

cwmp::CpeResponse SessionView::set_values(const cwmp::SetParameterValues& request) {
  auto view = model();
  if (auto fault = rpc::set_parameter_values(view, request)) return *fault;
  set_parameter_key(view, request.parameter_key);
  if (sets_periodic(request)) device_.arm_periodic(context_, false);  // P-33
  // A new ACS URL is taken up when this session is over (P-27, P-32).
  const bool later = std::any_of(request.values.begin(), request.values.end(),
                                 [](const cwmp::SetValue& v) { return v.name == known::kUrl; });
  return cwmp::SetParameterValuesResponse{later ? 1 : 0};
}

cwmp::CpeResponse SessionView::add_object(const cwmp::AddObject& request) {
  auto view = model();
  auto response = rpc::add_object(view, request.object);
  if (std::holds_alternative<cwmp::AddObjectResponse>(response)) set_parameter_key(view, request.parameter_key);
  return response;
}

cwmp::CpeResponse SessionView::delete_object(const cwmp::DeleteObject& request) {
  auto view = model();
  auto response = rpc::delete_object(view, request.object);
  if (std::holds_alternative<cwmp::DeleteObjectResponse>(response)) set_parameter_key(view, request.parameter_key);
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

// P-7, P-77: set by the three methods that change the model, when they succeed; the empty key too.
void SessionView::set_parameter_key(datamodel::Model& view, const std::string& key) {
  if (const auto node = schema_.find(known::kParameterKey); node != datamodel::kNoNode) view.store({node, {}}, key);
}

std::optional<cwmp::CpeRequest> SessionView::next_request() { return std::nullopt; }

void SessionView::request_answered(const cwmp::CpeRequest& /*request*/, const std::optional<cwmp::Fault>& /*fault*/) {}

}  // namespace cpefleet::device
