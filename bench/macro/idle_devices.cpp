// SPDX-License-Identifier: Apache-2.0
// Holds N idle devices with the whole gxp2170 model and their periodic timers armed, prints a line that begins with
// `ready`, and waits to be killed. idle_memory.sh reads its Pss. With --bootstrap each device has had a session in which
// the ACS set ten parameters.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include "device/session_view.hpp"
#include "engine/simulation.hpp"
#include "profile/profile.hpp"
#include "scenario/load_text.hpp"

namespace {

using namespace cpefleet;

// What an ACS sets on a new phone: the interval, credentials of its own making, the first account.
cwmp::SetParameterValues ten_parameters(std::uint32_t index) {
  const std::string account = "Device.Services.VoiceService.1.VoiceProfile.1.";
  const auto own = fmt::format("{:08x}", index * 2654435761u);
  return {{{"Device.ManagementServer.PeriodicInformInterval", "3600", ""},
           {"Device.ManagementServer.ConnectionRequestUsername", "000B82-GXP2170-" + own, ""},
           {"Device.ManagementServer.ConnectionRequestPassword", own + own, ""},
           {"Device.Time.NTPServer1", "ntp.example.net", ""},
           {account + "Enable", "Enabled", ""},
           {account + "SIP.ProxyServer", "sip.example.net", ""},
           {account + "SIP.RegistrarServer", "sip.example.net", ""},
           {account + "Line.1.Enable", "Enabled", ""},
           {account + "Line.1.SIP.AuthUserName", "user" + own, ""},
           {account + "Line.1.SIP.AuthPassword", "secret" + own, ""}},
          "bootstrap"};
}

void bootstrap(engine::Shard& shard) {
  shard.for_each_device({0}, [&](engine::Shard::Slot& slot) {
    const auto context = shard.device_context(slot.group);
    static_cast<void>(slot.device.stimulate(context, {device::Stimulus::Kind::boot, {}}));
    device::SessionView view(slot.device, context);
    static_cast<void>(view.inform(cwmp::Version::v1_0));
    view.inform_accepted();
    const auto response = view.answer(ten_parameters(slot.device.index()));
    if (const auto* fault = std::get_if<cwmp::Fault>(&response)) {
      fmt::print(stderr, "SetParameterValues: {} {} {}\n", fault->code, fault->text,
                 fault->parameters.empty() ? "" : fault->parameters.front().parameter);
      std::exit(1);
    }
    static_cast<void>(slot.device.session_ended(context, view, {}));
    shard.touch(slot);
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("idle_devices");
  std::uint64_t count = 0;
  bool with_bootstrap = false;
  app.add_option("--count", count)->required();
  app.add_flag("--bootstrap", with_bootstrap);
  CLI11_PARSE(app, argc, argv);

  profile::Loader profiles({CPEFLEET_SOURCE_DIR "/profiles"});
  const auto world = scenario::file_world(profiles);
  Diagnostics diagnostics;
  scenario::Overrides overrides;
  overrides.acs_url = "http://127.0.0.1:7547/";
  const auto plan = scenario::load_text(
      fmt::format(
          "version: 1\nname: idle\nfleet: [ {{ group: idle, profile: {}/bench/macro/idle.yaml, count: {}, start: known }} ]\n"
          "phases: [ {{ name: rest, until: {{ metric: backlog, eq: 0 }}, max: 1s }} ]\n",
          CPEFLEET_SOURCE_DIR, std::max<std::uint64_t>(count, 1)),
      "idle", world, overrides, diagnostics);
  if (!plan) {
    fmt::print(stderr, "{}", diagnostics.text());
    return 1;
  }
  auto empty = std::make_shared<scenario::Plan>(*plan);
  if (count == 0) {  // everything shared is there, no device is
    auto group = std::make_shared<fleet::Group>(*plan->fleet[0].group);
    group->count = 0;
    empty->fleet[0].group = std::move(group);
  }
  ManualClock clock;
  const auto began = std::chrono::steady_clock::now();
  engine::Simulation simulation(empty, clock, {}, {});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (with_bootstrap) bootstrap(simulation.shard());
  malloc_trim(0);
  fmt::print("ready: {} devices created in {:.2f} s, {} timers armed, {} bytes a device in place\n", count,
             took.count(), simulation.shard().wheel().size(), sizeof(engine::Shard::Slot));
  std::fflush(stdout);
  for (;;) pause();
}
