// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <set>
#include <string>
#include <vector>

#include "simulated_fleet.hpp"

using namespace cpefleet;
using namespace std::chrono_literals;
using metrics::Id;
using test::SimulatedFleet;
using transport::MemoryFileReply;
using transport::MemoryFileRequest;
using Fate = transport::MemoryFileReply::Fate;

namespace {

constexpr const char* kUrl = "http://127.0.0.1:7547/acs";
constexpr const char* kPhones = R"(
version: 1
name: upgrade
seed: 7
fleet: [ { group: desks, profile: gxp2170, count: 60 } ]
phases:
  - { name: boot, do: boot, arrivals: { once: { rate: 30/s } } }
)";

acs::Options asks_for_firmware() {
  acs::Options options;
  options.transfers.push_back(acs::parse_download_ask("firmware:1.0.11.35").value());
  return options;
}

// A file server: an image of 100 kB for each who asks.
struct Server {
  explicit Server(const ManualClock& c) : clock(c) {}
  MemoryFileReply operator()(const MemoryFileRequest& request) {
    asked.push_back({request.device->index, clock.now()});
    MemoryFileReply reply;
    reply.body = "cpefleet firmware image\nmodel: GXP2170\nversion: 1.0.11.35\n";
    reply.body.resize(100'000, '\n');
    if (trouble) trouble(asked.size(), reply);
    return reply;
  }
  const ManualClock& clock;
  std::vector<std::pair<std::uint32_t, TimePoint>> asked;
  std::function<void(std::size_t nth, MemoryFileReply& reply)> trouble;
};

// The fleet, its ACS and the file server of it; `places` files at a time, each takes a second.
struct Upgrade {
  explicit Upgrade(const std::string& yaml, std::size_t places)
      : server(std::make_shared<Served>()), fleet(test::plan_of(yaml, kUrl), asks_for_firmware(), {}, options(places)) {
    server->server.emplace(fleet.clock);
  }
  struct Served {
    std::optional<Server> server;
  };
  engine::Simulation::Options options(std::size_t places) const {
    engine::Simulation::Options out;
    out.drain = 4h;
    out.files = [served = server](const MemoryFileRequest& request) { return (*served->server)(request); };
    out.file_link.max_transfers = places;
    out.file_link.speed = 100'000;
    return out;
  }
  [[nodiscard]] Server& files() { return *server->server; }
  [[nodiscard]] const acs::TransferTotals& told() const { return fleet.core.totals().transfers; }

  std::shared_ptr<Served> server;
  SimulatedFleet fleet;
};

}  // namespace

TEST_SUITE_BEGIN("engine.files");

TEST_CASE("files wait for a place in their order, and the ACS hears of each [P-85]") {
  Upgrade upgrade(kPhones, 2);
  upgrade.fleet.run();
  CHECK(upgrade.told().asked == 60);
  CHECK(upgrade.told().done == 60);
  CHECK(upgrade.told().repeated == 0);
  CHECK(upgrade.fleet.count(Id::files) == 60);
  CHECK(upgrade.fleet.count(Id::sessions_failed) == 0);
  CHECK(upgrade.fleet.core.totals().sum.boots == 120);
  // Two at a time, without a pause: who came first is served first.
  const auto& asked = upgrade.files().asked;
  REQUIRE(asked.size() == 60);
  CHECK(asked.back().second - asked.front().second < 32s);
  std::set<std::uint32_t> devices;
  for (const auto& [device, at] : asked) devices.insert(device);
  CHECK(devices.size() == 60);
  std::map<std::uint32_t, TimePoint> promised;  // the end of the session that asked for it
  for (const auto& session : upgrade.fleet.log.sessions()) promised.try_emplace(session.device.index, session.at);
  for (std::size_t i = 3; i < asked.size(); ++i) CHECK(promised[asked[i - 3].first] <= promised[asked[i].first]);
}

TEST_CASE("servers that refuse, cut, stall and send another image: each is told of, none is lost [P-87]") {
  Upgrade upgrade(kPhones, 5);
  upgrade.files().trouble = [](std::size_t nth, MemoryFileReply& reply) {
    switch (nth % 6) {
      case 0: reply.fate = Fate::refuse; break;
      case 1: reply.fate = Fate::cut, reply.at = 50'000; break;
      case 2: reply.fate = Fate::stall, reply.at = 50'000; break;
      case 3: reply.status = 404; break;
      case 4: reply.body = "<html>"; break;
      default: break;
    }
  };
  upgrade.fleet.run();
  CHECK(upgrade.told().asked >= 60);
  CHECK(upgrade.told().done + upgrade.told().all_failed() == upgrade.told().asked);
  CHECK(upgrade.told().failed == std::map<int, std::uint64_t>{{9010, 50}});  // all that CWMP 1.0 has
  CHECK(upgrade.fleet.simulation.snapshot().by_tag(Id::files_failed).size() == 4);
  CHECK(upgrade.told().owed() == 0);
  CHECK(upgrade.fleet.simulation.snapshot().count(Id::files) == upgrade.files().asked.size());
}

TEST_CASE("links that go down while files wait and move: the ACS hears of each when they are back [P-87]") {
  const std::string outage = R"(
  - { name: outage, do: offline, for: 30s }
)";
  std::size_t places = 4;
  SUBCASE("with devices in line") {}
  SUBCASE("with a place for each") { places = 60; }
  Upgrade upgrade(kPhones + outage, places);
  upgrade.fleet.run();
  CHECK(upgrade.fleet.core.totals().devices == 60);
  CHECK(upgrade.told().owed() == 0);
  CHECK(upgrade.told().done + upgrade.told().all_failed() == upgrade.told().asked);
  CHECK(upgrade.told().all_failed() > 0);
}
