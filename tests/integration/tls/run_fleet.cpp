// SPDX-License-Identifier: Apache-2.0
#include "integration/tls/run_fleet.hpp"

#include <array>
#include <chrono>
#include <fmt/format.h>
#include <stdexcept>

#include "engine/client_certificates.hpp"
#include "engine/run.hpp"
#include "integration/tls/certificates.hpp"
#include "profile/files.hpp"
#include "scenario/load_text.hpp"
#include "transport/curl_transport.hpp"

namespace cpefleet::test {
namespace {

class RealClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return TimePoint{std::chrono::steady_clock::now() - start_}; }
  [[nodiscard]] WallTime wall_start() const override { return WallTime{}; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Ends the run when each device has had so many sessions.
class Ends final : public journal::Sink {
 public:
  Ends(FleetResults& results, int times) : results_(results), left_{times, times} {}
  void on_entry(const journal::Context& context, const journal::Entry& entry) override {
    const auto* ended = std::get_if<journal::Ended>(&entry);
    if (ended == nullptr || ended->cause == Cause::aborted) return;  // aborted: under way when enough was seen
    ++(ended->cause == Cause::none ? results_.done : results_.failed);
    if (ended->cause != Cause::none) results_.failures.emplace(to_string(ended->cause), ended->detail);
    --left_.at(context.device.index);
    if (left_[0] > 0 || left_[1] > 0) return;
    run->interrupt();
    run->interrupt();
  }
  engine::Run* run = nullptr;

 private:
  FleetResults& results_;
  std::array<int, 2> left_;
};

std::shared_ptr<const scenario::Plan> plan_of(const std::string& acs_url, const std::string& tls) {
  const std::string yaml = fmt::format(R"(version: 1
name: tls
seed: 1
acs: {{ url: "{}", tls: {{ ca: ca.pem, {} }} }}
fleet:
  - {{ group: desks, profile: gxp2170, count: 2, start: known, own_timers: false, identity: {{ mac: "000B82{{i:06x}}" }} }}
phases:
  - {{ name: p, do: periodic, arrivals: {{ constant: 40/s }}, for: 2m }}
)",
                                       acs_url, tls);
  profile::Loader profiles({CPEFLEET_SOURCE_DIR "/profiles"});
  const auto world = scenario::file_world(profiles);
  Diagnostics diagnostics;
  auto plan = scenario::load_text(yaml, Certificates::get().path("s.yaml"), world, {}, diagnostics);
  if (!plan) throw std::runtime_error(diagnostics.text());
  return plan;
}

}  // namespace

FleetResults run_fleet(const std::string& acs_url, const std::string& tls, int times) {
  const auto plan = plan_of(acs_url, tls);
  const auto certificates = engine::CertificateSource::open(plan, profile::read_file);
  if (!certificates) throw std::runtime_error(certificates.error().message());
  const RealClock clock;
  FleetResults results;
  Ends ends(results, times);
  engine::RunOptions options;
  options.drain = Duration{};
  options.sinks = [&](std::uint32_t) { return std::vector<journal::Sink*>{&ends}; };
  engine::Run run(plan, clock, options, [&](engine::Shard& shard) {
    transport::CurlTransportOptions link;
    link.max_channels = 1;
    link.ca_file = plan->acs.tls.ca_file;
    link.resume_tls = static_cast<std::size_t>(plan->acs.tls.resume);
    if (*certificates) link.identities = std::make_shared<engine::ClientCertificates>(*certificates);
    auto made = std::make_unique<transport::CurlTransport>(shard.context().get_executor(), shard.clock(), link);
    for (const char* name : {"acs.example", "other.example"}) made->pin(name, {"127.0.0.1"});
    return made;
  });
  ends.run = &run;
  static_cast<void>(run.execute());
  return results;
}

transport::ServerReply accept(const Seen& seen) {
  transport::ServerReply reply;
  if (seen.body.empty()) {
    reply.status = 204;
    return reply;
  }
  const auto field = [&seen](std::string_view from, std::string_view to) {
    const auto begin = seen.body.find(from) + from.size();
    return seen.body.substr(begin, seen.body.find(to, begin) - begin);
  };
  const std::string id_element = field("<cwmp:ID", "</cwmp:ID>");
  reply.body = fmt::format(
      "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:cwmp=\"{}\"><soap:Header>"
      "<cwmp:ID soap:mustUnderstand=\"1\">{}</cwmp:ID></soap:Header><soap:Body><cwmp:InformResponse>"
      "<MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse></soap:Body></soap:Envelope>",
      field("xmlns:cwmp=\"", "\""), id_element.substr(id_element.find('>') + 1));
  reply.headers.emplace_back("Content-Type", "text/xml");
  return reply;
}

}  // namespace cpefleet::test
