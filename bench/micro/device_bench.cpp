// SPDX-License-Identifier: Apache-2.0
// What a session costs the device itself: a GetParameterValues of the whole model with its encoding, an Inform, and a
// SetParameterValues of ten values.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <memory>
#include <stdexcept>

#include "cwmp/soap_encode.hpp"
#include "device/session_view.hpp"
#include "fleet/group.hpp"
#include "profile/profile.hpp"

namespace {

using namespace cpefleet;

std::shared_ptr<const fleet::Group> group() {
  static profile::Loader loader({CPEFLEET_SOURCE_DIR "/profiles"});
  Diagnostics diagnostics;
  auto made = std::make_shared<fleet::Group>();
  made->profile = loader.load("gxp2170", diagnostics);
  if (!made->profile) throw std::runtime_error(diagnostics.text());
  made->name = "desks";
  made->count = 10;
  made->firmware.push_back({&made->profile->firmware[made->profile->default_firmware], 1.0});
  made->acs_url = *Template::compile("http://127.0.0.1:7547/");
  if (auto ready = made->prepare(); !ready) throw std::runtime_error(ready.error().message());
  return made;
}

struct Phone {
  std::shared_ptr<const fleet::Group> of = group();
  ManualClock clock;
  device::Context context{*of, clock};
  device::Device device{context, 3};
};

void whole_model(benchmark::State& state) {
  Phone phone;
  static_cast<void>(phone.device.stimulate(phone.context, {device::Stimulus::Kind::boot, {}}));
  device::SessionView view(phone.device, phone.context);
  std::string out;
  std::size_t parameters = 0;
  for (auto _ : state) {
    const auto response = view.answer(cwmp::GetParameterValues{{"Device."}});
    parameters = std::get<cwmp::GetParameterValuesResponse>(response).values.size();
    cwmp::encode_response(out, cwmp::Version::v1_0, "1", response);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetLabel(fmt::format("{} parameters, {} bytes", parameters, out.size()));
}
BENCHMARK(whole_model);

void inform(benchmark::State& state) {
  Phone phone;
  std::string out;
  for (auto _ : state) {
    static_cast<void>(phone.device.stimulate(phone.context, {device::Stimulus::Kind::boot, {}}));
    device::SessionView view(phone.device, phone.context);
    cwmp::encode_inform(out, cwmp::Version::v1_0, "1", view.inform(cwmp::Version::v1_0));
    view.inform_accepted();
    static_cast<void>(phone.device.session_ended(phone.context, view, {}));
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(inform);

void set_ten_values(benchmark::State& state) {
  Phone phone;
  static_cast<void>(phone.device.stimulate(phone.context, {device::Stimulus::Kind::boot, {}}));
  device::SessionView view(phone.device, phone.context);
  cwmp::SetParameterValues request;
  for (int account = 1; account <= 5; ++account) {
    const auto base = fmt::format("Device.Services.VoiceService.1.VoiceProfile.{}.", account);
    request.values.push_back({base + "Enable", "Enabled", "string"});
    request.values.push_back({base + "SIP.ProxyServer", "sip.example.net", "string"});
  }
  for (auto _ : state) benchmark::DoNotOptimize(view.answer(request));
}
BENCHMARK(set_ten_values);

}  // namespace
