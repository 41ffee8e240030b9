// SPDX-License-Identifier: Apache-2.0
#include "integration/udp/fleet.hpp"

#include <chrono>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "scenario/load_text.hpp"
#include "transport/curl_transport.hpp"
#include "transport/target_policy.hpp"

namespace cpefleet::test {
namespace {

class RealClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return TimePoint{std::chrono::steady_clock::now() - start_}; }
  [[nodiscard]] WallTime wall_start() const override { return WallTime{}; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::shared_ptr<const scenario::Plan> plan_of(const std::string& acs_url, const Fleet::Options& options) {
  const auto yaml = fmt::format(R"(version: 1
name: udp
acs: {{ url: "{}" }}
fleet: [{}]
phases:
  - {{ name: hello, do: periodic, arrivals: {{ once: {{ rate: 50/s }} }} }}
  - {{ name: steady, for: 10m }}
{}
)",
                                acs_url, options.fleet, options.more);
  profile::Loader profiles({CPEFLEET_SOURCE_DIR "/profiles"});
  Diagnostics diagnostics;
  auto plan = scenario::load_text(yaml, "udp.yaml", scenario::file_world(profiles), {}, diagnostics);
  REQUIRE_MESSAGE(plan, diagnostics.text());
  return plan;
}

}  // namespace

Fleet::Fleet(const std::string& acs_url, Options options) : options_(std::move(options)) {
  thread_ = std::thread([this, acs_url] {
    if (options_.inside) {
      options_.inside([&] { play(acs_url); });
    } else {
      play(acs_url);
    }
  });
  while (run_ == nullptr && !failed_) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  REQUIRE_FALSE(failed_);
}

Fleet::~Fleet() { static_cast<void>(end()); }

void Fleet::play(const std::string& acs_url) {
  auto plan = plan_of(acs_url, options_);
  plan = [&] {  // no test has a port to itself
    auto out = *plan;
    using Listen = scenario::ConnectionRequests::Listen;
    out.connection_requests.listen = Listen::place;
    if (!out.connection_requests.udp_port) out.connection_requests.udp_port = 0;
    return std::make_shared<const scenario::Plan>(std::move(out));
  }();
  auto requests = engine::ConnectionRequests::listen(*plan, "secret");
  if (!requests) {
    failed_ = true;
    FAIL(requests.error().message());
  }
  plan = (*requests)->reachable(*plan);
  auto udp = engine::UdpRequests::listen(*plan, {{}, options_.allowed_hosts});
  if (!udp) {
    failed_ = true;
    FAIL(udp.error().message());
  }
  plan = (*udp)->reachable(*plan);
  udp_port_ = (*udp)->port();
  const RealClock clock;
  engine::RunOptions how;
  how.threads = options_.threads;
  how.drain = std::chrono::seconds{10};
  how.connection_requests = requests->get();
  how.udp = udp->get();
  how.secret = "secret";
  engine::Run run(plan, clock, how, [this](engine::Shard& shard) {
    transport::CurlTransportOptions link;
    link.max_channels = 10;
    link.allowed = [policy = transport::TargetPolicy{options_.allowed_hosts}](const sockaddr* address,
                                                                              std::string_view host) {
      const auto ip = transport::ip_of(address);
      return ip && policy.allows(host, *ip);
    };
    return std::make_unique<transport::CurlTransport>(shard.context().get_executor(), shard.clock(), link);
  });
  run_ = &run;
  results_ = run.execute();
}

const report::RunResults& Fleet::end() {
  if (thread_.joinable()) {
    run_.load()->interrupt();
    thread_.join();
  }
  return results_;
}

}  // namespace cpefleet::test
