// SPDX-License-Identifier: Apache-2.0
#include "device/interceptors.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "cwmp/messages.hpp"
#include "device/known.hpp"

namespace cpefleet::device {
namespace {

// Refuses single values of a SetParameterValues the way the device's own client does: the whole call fails with an entry
// for each value refused (P-21).
class RefusesValues : public cwmp::Interceptor {
 public:
  std::optional<cwmp::CpeResponse> on_request(const cwmp::AcsRequest& request) override {
    const auto* set = std::get_if<cwmp::SetParameterValues>(&request);
    if (set == nullptr) return std::nullopt;
    auto fault = cwmp::make_fault(9003);
    for (const auto& value : set->values) {
      if (auto refused = refuse(value)) fault.parameters.push_back(std::move(*refused));
    }
    if (fault.parameters.empty()) return std::nullopt;
    return fault;
  }

 protected:
  virtual std::optional<cwmp::SetParameterValuesFault> refuse(const cwmp::SetValue& value) const = 0;
};

class UrlNeedsDot final : public RefusesValues {
  std::optional<cwmp::SetParameterValuesFault> refuse(const cwmp::SetValue& value) const override {
    if (value.name != known::kUrl || value.value.empty()) return std::nullopt;
    const auto scheme = value.value.find("://");
    const auto behind = scheme == std::string::npos ? 0 : scheme + 3;
    if (value.value.find('.', behind) != std::string::npos) return std::nullopt;
    return cwmp::SetParameterValuesFault{value.name, 9007, std::string(cwmp::fault_text(9007))};
  }
};

class DnsServersRefused final : public RefusesValues {
  std::optional<cwmp::SetParameterValuesFault> refuse(const cwmp::SetValue& value) const override {
    if (value.name != "Device.LAN.DNSServers") return std::nullopt;
    return cwmp::SetParameterValuesFault{value.name, 9001, std::string(cwmp::fault_text(9001))};
  }
};

// The vendor guide: a restart does not wait for the rest of the session, and what is left of it is lost (C2).
class RestartsAtOnce final : public cwmp::Interceptor {
 public:
  bool cuts_session_after(std::string_view method) override { return method == "Reboot" || method == "FactoryReset"; }
};

template <class T>
std::unique_ptr<cwmp::Interceptor> make() {
  return std::make_unique<T>();
}

struct Built {
  InterceptorInfo info;
  std::unique_ptr<cwmp::Interceptor> (*make)() = nullptr;
};
// Evidence, models and firmware of each: profiles/data/quirks.csv.
constexpr std::array kBuilt = {
    Built{{"GQ027", "a write to Device.LAN.DNSServers is refused; the fault number is assumed (9001)", ""},
          &make<DnsServersRefused>},
    Built{{"GQ035",
           "ManagementServer.URL without a dot behind the scheme is refused; the fault number is assumed (9007)", ""},
          &make<UrlNeedsDot>},
    Built{{"GQ078", "Reboot and FactoryReset cut the session; the rest of it is lost", ""}, &make<RestartsAtOnce>},
};

}  // namespace

std::span<const InterceptorInfo> interceptor_catalogue() {
  static const auto list = [] {
    std::array<InterceptorInfo, kBuilt.size()> out;
    std::transform(kBuilt.begin(), kBuilt.end(), out.begin(), [](const Built& built) { return built.info; });
    return out;
  }();
  return list;
}

cwmp::InterceptorChain make_interceptors(const profile::Profile& profile) {
  cwmp::InterceptorChain chain;
  for (const auto& quirk : profile.quirks) {
    const auto built =
        std::find_if(kBuilt.begin(), kBuilt.end(), [&](const Built& b) { return b.info.id == quirk.id; });
    if (built != kBuilt.end()) chain.push_back(built->make());
  }
  return chain;
}

}  // namespace cpefleet::device
