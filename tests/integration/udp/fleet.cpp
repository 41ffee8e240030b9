// SPDX-License-Identifier: Apache-2.0
#include "integration/udp/fleet.hpp"

#include <boost/asio/post.hpp>
#include <chrono>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <future>
#include <stdexcept>

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
  if (!plan) throw std::runtime_error(diagnostics.text());
  return plan;
}

}  // namespace

Fleet::Fleet(const std::string& acs_url, Options options) : options_(std::move(options)) {
  thread_ = std::thread([this, acs_url] { play(acs_url); });
  while (run_ == nullptr && !failed_) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  if (!failed_) return;
  thread_.join();
  FAIL(error_);
}

Fleet::~Fleet() { static_cast<void>(end()); }

// On its own thread, where doctest's FAIL and REQUIRE would end the process.
void Fleet::play(const std::string& acs_url) {
  try {
    if (options_.inside) {
      options_.inside([&] { play_over_sockets(acs_url); });
    } else {
      play_over_sockets(acs_url);
    }
  } catch (const std::exception& error) {
    error_ = error.what();
    failed_ = true;
  }
}

void Fleet::play_over_sockets(const std::string& acs_url) {
  auto plan = plan_of(acs_url, options_);
  plan = [&] {  // no test has a port to itself
    auto out = *plan;
    using Listen = scenario::ConnectionRequests::Listen;
    out.connection_requests.listen = Listen::place;
    if (!out.connection_requests.udp_port) out.connection_requests.udp_port = 0;
    return std::make_shared<const scenario::Plan>(std::move(out));
  }();
  auto requests = engine::ConnectionRequests::listen(*plan, "secret");
  if (!requests) throw std::runtime_error(requests.error().message());
  plan = (*requests)->reachable(*plan);
  auto udp = engine::UdpRequests::listen(*plan, {{}, options_.allowed_hosts, options_.look_up_again});
  if (!udp) throw std::runtime_error(udp.error().message());
  udp_ = std::move(*udp);
  plan_ = plan = udp_->reachable(*plan);
  udp_port_ = udp_->port();
  if (!options_.state_file.empty()) {
    auto state = engine::FleetState::open(options_.state_file, *plan, "of the test");
    if (!state) throw std::runtime_error(state.error().message());
    state_ = std::move(*state);
  }
  const RealClock clock;
  engine::RunOptions how;
  how.threads = options_.threads;
  how.drain = std::chrono::seconds{10};
  how.connection_requests = requests->get();
  how.udp = udp_.get();
  how.state = state_.get();
  how.secret = "secret";
  engine::Run run(plan, clock, how, [this](engine::Shard& shard) {
    shards_.push_back(&shard);
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

std::uint64_t Fleet::count(metrics::Id id, const std::string& reason) const {
  metrics::Filter filter;
  filter.any_tag = false;
  filter.tag = reason;
  std::uint64_t sum = 0;
  for (auto* shard : shards_) {
    std::promise<std::uint64_t> here;
    boost::asio::post(shard->context(), [&] { here.set_value(shard->snapshot().count(id, filter)); });
    sum += here.get_future().get();
  }
  return sum;
}

std::uint64_t Fleet::in_flight() const {
  std::uint64_t sum = 0;
  for (const auto* shard : shards_) sum += shard->live().in_flight;
  return sum;
}

std::uint64_t Fleet::time_stamp_in_file() const {
  const auto& schema = *plan_->fleet[0].group->firmware[0].firmware->schema;
  std::uint64_t out = 0;
  const auto read = state_->store().load([&](state::Position position, std::string_view bytes) {
    const auto decoded = state::decode(bytes, schema);
    if (decoded && position == state::Position{}) out = decoded->record.udp_request_ts;
  });
  REQUIRE(read);
  return out;
}

const report::RunResults& Fleet::end() {
  if (thread_.joinable()) {
    run_.load()->interrupt();
    thread_.join();
  }
  return results_;
}

}  // namespace cpefleet::test
