// SPDX-License-Identifier: Apache-2.0
#include "simulated_fleet.hpp"

#include <stdexcept>

#include "profile/files.hpp"
#include "profile/profile.hpp"
#include "scenario/load_text.hpp"

namespace cpefleet::test {
namespace {

engine::Simulation::Options with_log(engine::Simulation::Options options, SessionLog& log) {
  options.sinks.push_back(&log);
  return options;
}

transport::MemoryReply answer(acs::Core& core, const Clock& clock, const transport::MemoryRequest& request) {
  auto reply =
      core.handle({request.connection, request.method, request.target, request.headers, request.body}, clock.now());
  transport::MemoryReply out;
  switch (reply.fate) {
    case acs::Reply::Fate::answer: out.fate = transport::MemoryReply::Fate::answer; break;
    case acs::Reply::Fate::close_without_answer: out.fate = transport::MemoryReply::Fate::close_without_answer; break;
    case acs::Reply::Fate::reset: out.fate = transport::MemoryReply::Fate::reset; break;
    case acs::Reply::Fate::stall: out.fate = transport::MemoryReply::Fate::stall; break;
  }
  out.status = reply.status;
  out.headers = std::move(reply.headers);
  out.body = std::move(reply.body);
  out.close = reply.close;
  out.delay = reply.delay;
  return out;
}

}  // namespace

std::shared_ptr<const scenario::Plan> plan_of(const std::string& yaml, const std::string& acs_url) {
  profile::Loader profiles({CPEFLEET_SOURCE_DIR "/profiles"});
  const auto world = scenario::file_world(profiles);
  Diagnostics diagnostics;
  scenario::Overrides overrides;
  overrides.acs_url = acs_url;
  auto plan = scenario::load_text(yaml, "test.yaml", world, overrides, diagnostics);
  if (!plan) throw std::runtime_error(diagnostics.text());
  return plan;
}

std::shared_ptr<const scenario::Plan> plan_of_file(const std::string& file, const std::string& acs_url) {
  return plan_of(profile::read_file(file).value(), acs_url);
}

void SessionLog::on_entry(const journal::Context& context, const journal::Entry& entry) {
  if (const auto* started = std::get_if<journal::SessionStarted>(&entry)) {
    running_[context.session] = sessions_.size();
    Session session;
    session.device = context.device;
    session.planned = started->planned;
    session.at = context.at;
    session.trigger = started->trigger;
    session.retry_count = started->retry_count;
    sessions_.push_back(std::move(session));
  } else if (const auto* accepted = std::get_if<journal::InformAccepted>(&entry)) {
    auto& events = sessions_[running_.at(context.session)].events;
    events.assign(accepted->events.begin(), accepted->events.end());
  } else if (const auto* ended = std::get_if<journal::Ended>(&entry)) {
    auto& session = sessions_[running_.at(context.session)];
    session.cause = ended->cause;
    session.ended = true;
    running_.erase(context.session);
  }
}

std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<SessionLog::Session>> SessionLog::by_device() const {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Session>> out;
  for (const auto& session : sessions_) out[{session.device.group, session.device.index}].push_back(session);
  return out;
}

SimulatedFleet::SimulatedFleet(std::shared_ptr<const scenario::Plan> plan, acs::Options options, Trouble trouble,
                               engine::Simulation::Options simulation_options)
    : core(std::move(options)),
      simulation(
          std::move(plan), clock,
          [this, trouble = std::move(trouble)](const transport::MemoryRequest& request) {
            transport::MemoryReply instead;
            if (trouble && trouble(clock.now(), instead)) return instead;
            return answer(core, clock, request);
          },
          with_log(std::move(simulation_options), log),
          [this](std::uint64_t connection) { core.connection_closed(connection); }) {}

}  // namespace cpefleet::test
