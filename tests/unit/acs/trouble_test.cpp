// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "scripted_cpe.hpp"

using namespace cpefleet;
using namespace cpefleet::acs;
using namespace cpefleet::acs::test;

TEST_CASE("refused sessions get 503 and Retry-After, then come in") {
  Options options;
  options.refuse_share = 0.5;
  options.retry_after = 7;
  options.bootstrap = false;
  Core core(options);
  ScriptedCpe cpe(core);
  int refused = 0;
  for (int i = 0; i < 200; ++i) {
    const Reply reply = cpe.inform();
    if (reply.status == 503) {
      ++refused;
      CHECK(header(reply, "Retry-After") == "7");
      CHECK(reply.close);
      CHECK(header(reply, "Set-Cookie").empty());
    } else {
      CHECK(cpe.post("").status == 204);
    }
  }
  CHECK(refused > 60);
  CHECK(refused < 140);
  const DeviceRecord& record = core.devices().at(cpe.id());
  CHECK(record.refused == static_cast<std::uint64_t>(refused));
  CHECK(record.informs + record.refused == 200);
  CHECK(record.sessions == record.informs);
}

TEST_CASE("there is no Retry-After when none is wanted") {
  Options options;
  options.refuse_share = 1;
  Core core(options);
  ScriptedCpe cpe(core);
  const Reply reply = cpe.inform();
  CHECK(reply.status == 503);
  CHECK(header(reply, "Retry-After").empty());
}

TEST_CASE("faulted Informs get 8001 with the CPE's ID and open no session") {
  Options options;
  options.fault_share = 1;
  Core core(options);
  ScriptedCpe cpe(core);
  const Reply reply = cpe.inform();
  CHECK(reply.status == 200);
  CHECK(method_of(reply) == "Fault");
  CHECK(between(reply.body, "FaultCode") == "8001");
  CHECK(cpe.request_id == "inform-1");
  CHECK(core.devices().at(cpe.id()).faulted == 1);
  CHECK(core.totals().open_sessions == 0);
  CHECK(cpe.post("").status == 400);
}

TEST_CASE("requests answered by closing are counted and break their session") {
  Options options;
  options.close_share = 0.2;
  Core core(options);
  std::uint64_t closed = 0;
  ScriptedCpe cpe(core);
  for (int i = 0; i < 50; ++i) {
    ++cpe.connection;
    Reply reply = cpe.inform({"0 BOOTSTRAP"});
    if (reply.fate == Reply::Fate::answer) reply = cpe.post("");
    while (reply.fate == Reply::Fate::answer && reply.status == 200) {
      reply = cpe.respond(ScriptedCpe::answer_to(method_of(reply)));
    }
    if (reply.fate == Reply::Fate::close_without_answer) {
      ++closed;
      CHECK(core.totals().open_sessions == 0);
      core.connection_closed(cpe.connection);
    }
  }
  const DeviceRecord& record = core.devices().at(cpe.id());
  CHECK(closed > 0);
  CHECK(record.closed == closed);
  CHECK(record.sessions + record.closed == 50);
  CHECK(record.informs == record.sessions + record.broken);
}

TEST_CASE("every reply carries the delay") {
  Options options;
  options.delay = std::chrono::milliseconds{30};
  Core core(options);
  ScriptedCpe cpe(core);
  CHECK(cpe.inform().delay == options.delay);
  CHECK(cpe.post("garbage").delay == options.delay);
}

namespace {

// One device's fate over some sessions, as text.
std::string fate(std::uint64_t seed, bool among_others) {
  Options options;
  options.seed = seed;
  options.refuse_share = 0.3;
  options.fault_share = 0.3;
  options.close_share = 0.1;
  options.bootstrap = false;
  Core core(options);
  ScriptedCpe cpe(core, "subject", 1);
  ScriptedCpe other(core, "other", 2);
  std::string out;
  for (int i = 0; i < 60; ++i) {
    if (among_others) (void)other.whole_session();
    const Reply reply = cpe.inform();
    out += reply.fate == Reply::Fate::answer ? method_of(reply) + std::to_string(reply.status) : "closed";
  }
  return out;
}

}  // namespace

TEST_CASE("what befalls a device depends on the seed and its own history, not on the others") {
  CHECK(fate(1, false) == fate(1, false));
  CHECK(fate(1, false) == fate(1, true));
  CHECK(fate(1, false) != fate(2, false));
}

TEST_CASE("the counts of all devices add up to the totals, whatever happens") {
  Options options;
  options.refuse_share = 0.1;
  options.fault_share = 0.1;
  options.close_share = 0.05;
  Core core(options);
  std::uint64_t sent = 0;
  for (int i = 0; i < 600; ++i) {
    ScriptedCpe cpe(core, "d" + std::to_string(i % 40), static_cast<std::uint64_t>(1 + i % 50));
    cpe.retry_count = static_cast<std::uint32_t>(i % 3);
    Reply reply = cpe.inform(i % 2 == 0 ? std::vector<std::string>{"0 BOOTSTRAP", "1 BOOT"}
                                        : std::vector<std::string>{"2 PERIODIC"});
    ++sent;
    const int leave_after = i % 11;  // some give up on the way
    for (int step = 0; reply.status == 200 && !reply.body.empty() && step < leave_after; ++step) {
      const std::string answer = ScriptedCpe::answer_to(method_of(reply));
      reply = answer.empty() ? cpe.post("") : cpe.respond(answer);
      ++sent;
    }
    if (i % 7 == 0) core.connection_closed(cpe.connection);
    if (i % 13 == 0) {
      (void)cpe.post("<broken");
      ++sent;
    }
  }
  DeviceRecord sum;
  std::uint64_t provisioned = 0;
  for (const auto& [id, record] : core.devices()) {
    sum.informs += record.informs;
    sum.sessions += record.sessions;
    sum.broken += record.broken;
    sum.refused += record.refused;
    sum.faulted += record.faulted;
    sum.requests += record.requests;
    sum.closed += record.closed;
    sum.cpe_faults += record.cpe_faults;
    sum.boots += record.boots;
    sum.bootstraps += record.bootstraps;
    sum.periodics += record.periodics;
    sum.parameters += record.parameters;
    provisioned += record.provisioned ? 1U : 0U;
  }
  const Totals& totals = core.totals();
  CHECK(totals.devices == 40);
  CHECK(totals.requests == sent);
  CHECK(totals.provisioned == provisioned);
  CHECK(totals.sum.informs == sum.informs);
  CHECK(totals.sum.sessions == sum.sessions);
  CHECK(totals.sum.broken == sum.broken);
  CHECK(totals.sum.refused == sum.refused);
  CHECK(totals.sum.faulted == sum.faulted);
  CHECK(totals.sum.requests == sum.requests);
  CHECK(totals.sum.closed == sum.closed);
  CHECK(totals.sum.cpe_faults == sum.cpe_faults);
  CHECK(totals.sum.boots == sum.boots);
  CHECK(totals.sum.bootstraps == sum.bootstraps);
  CHECK(totals.sum.periodics == sum.periodics);
  CHECK(totals.sum.parameters == sum.parameters);
  CHECK(totals.sum.last_retry_count == 2);
  CHECK(sum.sessions > 0);
  CHECK(sum.broken > 0);
  CHECK(sum.informs == sum.sessions + sum.broken + totals.open_sessions);
  CHECK(totals.requests == sum.requests + totals.bad_requests);
}
