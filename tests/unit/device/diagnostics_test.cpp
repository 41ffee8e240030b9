// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "diagnosing_phone.hpp"

// The diagnostics of a device: what an ACS asks for, when it begins, how it ends, what is told.
using namespace cpefleet;
using namespace cpefleet::device;
using namespace cpefleet::test;
using namespace std::chrono_literals;
using Phone = DiagnosingPhone;
using Kind = Stimulus::Kind;

TEST_SUITE_BEGIN("device.diagnostics");

TEST_CASE("of DiagnosticsState only Requested may be written, and a refusal changes nothing [D-1, P-29]") {
  Phone phone;
  for (const auto& object : {kPing, kTrace, kDownload, kUpload}) {
    for (const auto* word : {"None", "Complete", "Completed", "Error_Internal", "requested", ""}) {
      CAPTURE(word);
      CHECK(phone.fault_of({{object + "DSCP", "7"}, {object + "DiagnosticsState", word}}) == 9007);
      CHECK(phone.fault_of({{object + "DiagnosticsState", word}, {object + "DSCP", "7"}}) == 9007);
    }
    CHECK(phone.get(object + "DSCP") == "0");
    CHECK(phone.get(object + "DiagnosticsState") == "None");
    CHECK(phone.device.next_due() == kNever);
  }
}

TEST_CASE("a wrong parameter beside Requested starts nothing [D-1, D-8, D-10, D-11]") {
  Phone phone;
  for (const auto& [name, value] : Values{{kPing + "NumberOfRepetitions", "0"},
                                          {kPing + "Timeout", "0"},
                                          {kPing + "DataBlockSize", "65536"},
                                          {kPing + "DSCP", "64"},
                                          {kPing + "Host", std::string(257, 'a')},
                                          {kTrace + "MaxHopCount", "65"},
                                          {kTrace + "MaxHopCount", "0"},
                                          {kDownload + "EthernetPriority", "8"},
                                          {kDownload + "Interface", "Device.WAN"},
                                          {kUpload + "DSCP", "64"}}) {
    CAPTURE(name);
    const auto object = name.substr(0, name.find("Diagnostics.") + 12);
    CHECK(phone.fault_of(request(object, {{name, value}})) == 9007);
    CHECK(phone.fault_of({{object + "DiagnosticsState", "Requested"}, {name, value}}) == 9007);
    CHECK(phone.get(object + "DiagnosticsState") == "None");
    CHECK(phone.device.next_due() == kNever);
  }
}

TEST_CASE("a test begins when the session is over, and reads Requested until it ends [D-2, D-3, D-7]") {
  Phone phone;
  {
    SessionView view(phone.device, phone.context());
    static_cast<void>(view.inform(cwmp::Version::v1_0));
    view.inform_accepted();
    cwmp::SetParameterValues wanted;
    for (const auto& [name, value] : request(kPing, {{kPing + "Host", "10.0.0.1"}}))
      wanted.values.push_back({name, value, ""});
    CHECK(std::holds_alternative<cwmp::SetParameterValuesResponse>(view.answer(wanted)));
    phone.clock.advance(1h);
    CHECK(phone.device.next_due() == kNever);
    static_cast<void>(phone.device.on_timer(phone.context()));
    cwmp::SessionOutcome outcome;
    outcome.inform_accepted = true;
    CHECK(phone.device.session_ended(phone.context(), view, outcome) == OwnTrigger::none);
  }
  CHECK(phone.get(kPing + "DiagnosticsState") == "Requested");
  CHECK(phone.device.on_timer(phone.context()).trigger == OwnTrigger::none);
  CHECK(phone.get(kPing + "DiagnosticsState") == "Requested");
  CHECK(phone.device.next_due() - phone.clock.now() == 4 * 20ms);
  phone.clock.advance(80ms);
  const auto due = phone.device.on_timer(phone.context());
  CHECK(due.trigger == OwnTrigger::diagnostics);
  CHECK(due.due == phone.clock.now());
  phone.session();
  CHECK(phone.events == Events{"8 DIAGNOSTICS COMPLETE"});
  CHECK(phone.get(kPing + "DiagnosticsState") == "Complete");
}

TEST_CASE("a ping ends as Complete, with its counts and times [D-3, D-8, D-9]") {
  for (const auto* profile : {"gxp2170", "ht802", "dp750"}) {
    CAPTURE(profile);
    Phone phone(profile);
    phone.set(request(kPing, {{kPing + "Host", "acs.example"}, {kPing + "NumberOfRepetitions", "10"}}));
    phone.pass(200ms);
    CHECK(phone.events == Events{"8 DIAGNOSTICS COMPLETE"});
    CHECK(phone.get(kPing + "DiagnosticsState") == "Complete");
    CHECK(phone.get(kPing + "SuccessCount") == "10");
    CHECK(phone.get(kPing + "FailureCount") == "0");
    for (const auto* time : {"AverageResponseTime", "MinimumResponseTime", "MaximumResponseTime"})
      CHECK(phone.get(kPing + time) == "20");
    CHECK(phone.device.next_due() == kNever);
  }
}

TEST_CASE("a ping without success has no times, and is told of as well [D-3, D-8, D-9]") {
  Phone phone;
  phone.behave([](auto& how) { how.path.loss = 1; });
  phone.set(request(kPing, {{kPing + "Host", "10.0.0.1"}, {kPing + "Timeout", "500"}}));
  phone.pass(2s);
  CHECK(phone.events == Events{"8 DIAGNOSTICS COMPLETE"});
  CHECK(phone.get(kPing + "DiagnosticsState") == "Complete");
  CHECK(phone.get(kPing + "SuccessCount") == "0");
  CHECK(phone.get(kPing + "FailureCount") == "4");
  for (const auto* time : {"AverageResponseTime", "MinimumResponseTime", "MaximumResponseTime"})
    CHECK(phone.get(kPing + time) == "0");
}

TEST_CASE("a trace route ends as Complete, with a row for each hop [D-3, D-10]") {
  Phone phone;
  phone.set(request(kTrace, {{kTrace + "Host", "acs.example"}}));
  phone.pass(1s);
  CHECK(phone.events == Events{"8 DIAGNOSTICS COMPLETE"});
  CHECK(phone.get(kTrace + "DiagnosticsState") == "Complete");
  CHECK(phone.get(kTrace + "ResponseTime") == "20");
  CHECK(phone.get(kTrace + "NumberOfRouteHops") == "3");
  CHECK(phone.names(kTrace + "RouteHops.") ==
        std::vector<std::string>{kTrace + "RouteHops.1.", kTrace + "RouteHops.2.", kTrace + "RouteHops.3."});
  CHECK(phone.get(kTrace + "RouteHops.3.HopHost") == "acs.example");
  CHECK_FALSE(phone.get(kTrace + "RouteHops.2.HopHost").empty());

  // The next run counts its hops from one again.
  phone.set(request(kTrace, {{kTrace + "Host", "acs.example"}}));
  phone.pass(1s);
  CHECK(phone.names(kTrace + "RouteHops.").front() == kTrace + "RouteHops.1.");
  CHECK(phone.get(kTrace + "NumberOfRouteHops") == "3");

  phone.set(request(kTrace, {{kTrace + "MaxHopCount", "2"}}));
  phone.pass(1s);
  CHECK(phone.events == Events{"8 DIAGNOSTICS COMPLETE"});
  CHECK(phone.get(kTrace + "DiagnosticsState") == "Error_MaxHopCountExceeded");
  CHECK(phone.get(kTrace + "NumberOfRouteHops") == "0");
  CHECK(phone.get(kTrace + "ResponseTime") == "0");
  CHECK(phone.names(kTrace + "RouteHops.").empty());
}

TEST_CASE("a name that cannot be resolved is an error of the test, and told of [D-3, D-8, D-10]") {
  Phone phone;
  phone.behave([](auto& how) { how.unresolvable = {"nowhere.example"}; });
  for (const auto& object : {kPing, kTrace}) {
    for (const auto* host : {"nowhere.example", ""}) {
      phone.set(request(object, {{object + "Host", host}}));
      phone.pass(1s);
      CHECK(phone.events == Events{"8 DIAGNOSTICS COMPLETE"});
      CHECK(phone.get(object + "DiagnosticsState") == "Error_CannotResolveHostName");
    }
  }
}

TEST_CASE("another parameter written makes the state None, whatever it was [D-4]") {
  Phone phone;
  phone.set(request(kPing, {{kPing + "Host", "10.0.0.1"}}));
  SUBCASE("while it runs: no event") {
    static_cast<void>(phone.device.on_timer(phone.context()));
    phone.set({{kPing + "DSCP", "3"}});
    CHECK(phone.get(kPing + "DiagnosticsState") == "None");
    phone.pass(1h);
    CHECK(phone.events.empty());
    CHECK(phone.device.heap_bytes() < 512);  // nothing of it is left but values
  }
  SUBCASE("before it begins") {
    phone.set({{kPing + "Timeout", "3"}});
    phone.pass(1h);
    CHECK(phone.events.empty());
    CHECK(phone.get(kPing + "DiagnosticsState") == "None");
  }
  SUBCASE("when it is over") {
    phone.pass(1h);
    CHECK(phone.get(kPing + "DiagnosticsState") == "Complete");
    phone.set({{kPing + "Host", "10.0.0.1"}});  // written, if to what it was
    CHECK(phone.get(kPing + "DiagnosticsState") == "None");
  }
  SUBCASE("by the device itself") {
    static_cast<void>(phone.device.on_timer(phone.context()));
    phone.stimulate(Kind::set, kPing + "Host", "10.0.0.2");
    phone.pass(1h);
    CHECK(phone.events.empty());
    CHECK(phone.get(kPing + "DiagnosticsState") == "None");
  }
  SUBCASE("of another test: nothing") {
    phone.set({{kTrace + "Timeout", "3000"}, {kDownload + "DSCP", "1"}});
    phone.pass(1h);
    CHECK(phone.get(kPing + "DiagnosticsState") == "Complete");
  }
}

TEST_CASE("Requested during a run begins it again, with what is written then [D-5]") {
  Phone phone;
  phone.set(request(kPing, {{kPing + "Host", "10.0.0.1"}, {kPing + "NumberOfRepetitions", "100"}}));
  phone.pass(1s);
  CHECK(phone.get(kPing + "DiagnosticsState") == "Requested");
  const auto again = phone.clock.now();
  phone.set({{kPing + "DiagnosticsState", "Requested"}, {kPing + "NumberOfRepetitions", "60"}});
  phone.pass(1199ms);  // what ran before would be over
  CHECK(phone.events.empty());
  CHECK(phone.get(kPing + "DiagnosticsState") == "Requested");
  phone.pass(1ms);
  CHECK(phone.clock.now() - again == 60 * 20ms);
  CHECK(phone.events == Events{"8 DIAGNOSTICS COMPLETE"});
  CHECK(phone.get(kPing + "SuccessCount") == "60");
  phone.pass(1h);
  CHECK(phone.events.size() == 1);
}

TEST_CASE("results stay until the next run, and go with a restart [D-6, B-2]") {
  Phone phone;
  phone.set(request(kPing, {{kPing + "Host", "10.0.0.1"}}));
  phone.set(request(kTrace, {{kTrace + "Host", "acs.example"}}));
  phone.pass(5h);
  CHECK(phone.get(kPing + "SuccessCount") == "4");
  SUBCASE("the next run") {
    phone.behave([](auto& how) { how.path.loss = 1; });
    phone.set(request(kPing));
    phone.pass(1min);
    CHECK(phone.get(kPing + "SuccessCount") == "0");
    CHECK(phone.get(kPing + "MaximumResponseTime") == "0");
    CHECK(phone.get(kTrace + "NumberOfRouteHops") == "3");  // the other's
  }
  SUBCASE("a restart") {
    phone.events.clear();
    SUBCASE("Reboot") { phone.ask(cwmp::Reboot{"r"}); }
    SUBCASE("its power") { phone.stimulate(Kind::boot); }
    SUBCASE("a running test") {
      phone.set(request(kPing, {{kPing + "NumberOfRepetitions", "100000"}}));
      phone.pass(1s);
      phone.ask(cwmp::Reboot{"r"});
    }
    phone.pass(2h);
    CHECK(std::count(phone.events.begin(), phone.events.end(), "8 DIAGNOSTICS COMPLETE") == 0);
    CHECK(phone.get(kPing + "DiagnosticsState") == "None");
    CHECK(phone.get(kPing + "SuccessCount") == "0");
    CHECK(phone.get(kTrace + "DiagnosticsState") == "None");
    CHECK(phone.get(kTrace + "NumberOfRouteHops") == "0");
    CHECK(phone.get(kPing + "Host") == "10.0.0.1");  // set by the ACS: stays (B-1)
  }
  SUBCASE("a factory reset") {
    phone.ask(cwmp::FactoryReset{});
    phone.pass(1h);
    CHECK(phone.get(kPing + "DiagnosticsState") == "None");
    CHECK(phone.get(kPing + "Host").empty());
    CHECK(phone.names(kTrace + "RouteHops.").empty());
  }
}

TEST_CASE("several tests run beside one another, each with its event [D-3]") {
  Phone phone;
  auto both = request(kPing, {{kPing + "Host", "10.0.0.1"}});
  for (auto& value : request(kTrace, {{kTrace + "Host", "acs.example"}})) both.push_back(value);
  phone.set(both);
  int told = 0;
  phone.during = [&](SessionView&) {
    if (phone.events == Events{"8 DIAGNOSTICS COMPLETE"}) ++told;
  };
  phone.pass(1s);
  CHECK(told == 2);
  CHECK(phone.get(kPing + "DiagnosticsState") == "Complete");
  CHECK(phone.get(kTrace + "DiagnosticsState") == "Complete");
}

TEST_CASE("a test that ends during a session gets a session behind it [D-3]") {
  Phone phone;
  phone.set(request(kPing, {{kPing + "Host", "10.0.0.1"}}));
  static_cast<void>(phone.device.on_timer(phone.context()));
  SessionView view(phone.device, phone.context());
  static_cast<void>(view.inform(cwmp::Version::v1_0));
  view.inform_accepted();
  phone.clock.advance(1s);
  CHECK(phone.device.next_due() <= phone.clock.now());
  CHECK(phone.device.on_timer(phone.context()).trigger == OwnTrigger::none);
  cwmp::SessionOutcome outcome;
  outcome.inform_accepted = true;
  CHECK(phone.device.session_ended(phone.context(), view, outcome) == OwnTrigger::follow_up);
}

TEST_CASE("a test asked for in a session does not begin with the end of another one [D-2]") {
  Phone phone;
  phone.set(request(kPing, {{kPing + "Host", "10.0.0.1"}}));
  static_cast<void>(phone.device.on_timer(phone.context()));
  SessionView view(phone.device, phone.context());
  static_cast<void>(view.inform(cwmp::Version::v1_0));
  view.inform_accepted();
  cwmp::SetParameterValues wanted;
  for (const auto& [name, value] : request(kTrace, {{kTrace + "Host", "10.0.0.1"}}))
    wanted.values.push_back({name, value, ""});
  static_cast<void>(view.answer(wanted));
  phone.clock.advance(1s);
  static_cast<void>(phone.device.on_timer(phone.context()));
  CHECK(phone.device.next_due() == kNever);
  static_cast<void>(phone.device.session_ended(phone.context(), view, {}));
  CHECK(phone.device.next_due() <= phone.clock.now());
}

TEST_CASE("the event waits for a retry and for the link [D-3]") {
  Phone phone;
  phone.set(request(kPing, {{kPing + "Host", "10.0.0.1"}}));
  SUBCASE("the link goes while it runs: it fails, and is told of later") {
    static_cast<void>(phone.device.on_timer(phone.context()));
    phone.stimulate(Kind::offline);
    CHECK(phone.device.next_due() == kNever);
    phone.pass(1h);
    CHECK(phone.events.empty());
    phone.stimulate(Kind::online);
    phone.pass(1s);
    CHECK(phone.events == Events{"8 DIAGNOSTICS COMPLETE"});
    CHECK(phone.get(kPing + "DiagnosticsState") == "Error_Other");
  }
  SUBCASE("the link goes before it begins: it waits") {
    phone.stimulate(Kind::offline);
    phone.pass(1h);
    CHECK(phone.device.next_due() == kNever);
    phone.stimulate(Kind::online);
    phone.pass(1s);
    CHECK(phone.events == Events{"8 DIAGNOSTICS COMPLETE"});
    CHECK(phone.get(kPing + "DiagnosticsState") == "Complete");
  }
  SUBCASE("a session failed") {
    SessionView view(phone.device, phone.context());
    static_cast<void>(view.inform(cwmp::Version::v1_0));
    cwmp::SessionOutcome outcome;
    outcome.cause = Cause::connect_refused;
    CHECK(phone.device.session_ended(phone.context(), view, outcome) == OwnTrigger::none);
    REQUIRE(phone.device.waits_for_retry());
    const auto started = phone.clock.now();
    phone.pass(1min);
    CHECK(phone.events == Events{"8 DIAGNOSTICS COMPLETE"});
    CHECK(phone.clock.now() - started == 1min);
    CHECK(phone.get(kPing + "DiagnosticsState") == "Complete");
  }
}

TEST_CASE("state and results outlive a kill, and what was asked for begins again [D-6]") {
  Phone phone;
  const auto end_and_go_on = [&] {
    const auto& schema = *phone.device.firmware(phone.context()).schema;
    auto read = state::decode(encode(phone.device.record(phone.context()), schema), schema);
    REQUIRE(read.has_value());
    CHECK(read->dropped == 0);
    phone.device = Device(phone.context(), phone.device.index());
    phone.device.restore(phone.context(), std::move(read->record));
    phone.events.clear();
  };
  phone.set(request(kTrace, {{kTrace + "Host", "acs.example"}}));
  phone.pass(1s);
  end_and_go_on();
  CHECK(phone.get(kTrace + "DiagnosticsState") == "Complete");
  CHECK(phone.get(kTrace + "RouteHops.3.HopHost") == "acs.example");

  for (const bool began : {false, true}) {
    CAPTURE(began);
    phone.set(request(kPing, {{kPing + "Host", "10.0.0.1"}, {kPing + "NumberOfRepetitions", "500"}}));
    if (began) phone.pass(1s);
    end_and_go_on();
    CHECK(phone.get(kPing + "DiagnosticsState") == "Requested");
    phone.pass(9s);
    CHECK(phone.events.empty());
    phone.pass(1s);
    CHECK(phone.events == Events{"8 DIAGNOSTICS COMPLETE"});
    CHECK(phone.get(kPing + "SuccessCount") == "500");
  }
  phone.set(request(kDownload, {{kDownload + "DownloadURL", "http://127.0.0.1:9/file"}}));
  const auto order = phone.order();
  REQUIRE(order);
  end_and_go_on();
  CHECK_FALSE(phone.device.diagnostic_wanted(order->run));
  CHECK(phone.order().has_value());
}

TEST_CASE("a change by a test is told where the ACS asked for it, with the event [D-3, N-2]") {
  Phone phone;
  cwmp::SetParameterAttributes attributes;
  attributes.attributes.emplace_back();
  attributes.attributes.back().name = kPing;
  attributes.attributes.back().notification_change = true;
  attributes.attributes.back().notification = 1;
  phone.ask(attributes);
  phone.set(request(kPing, {{kPing + "Host", "10.0.0.1"}}));
  phone.pass(1s);
  CHECK(phone.events == Events{"4 VALUE CHANGE", "8 DIAGNOSTICS COMPLETE"});
  CHECK(phone.told(kPing + "DiagnosticsState") == "Complete");
  CHECK(phone.told(kPing + "SuccessCount") == "4");
  CHECK(phone.told(kPing + "Host") == "-");
}

TEST_CASE("a device that runs no test keeps nothing of them in memory") {
  Phone phone;
  CHECK(phone.device.heap_bytes() == 0);
  phone.set(request(kPing, {{kPing + "Host", "10.0.0.1"}}));
  const auto with = phone.device.heap_bytes();
  phone.pass(1min);
  const auto values = phone.device.heap_bytes();
  CHECK(with > sizeof(DiagnosticTests));
  phone.ask(cwmp::Reboot{"r"});
  phone.pass(1h);
  CHECK(phone.device.heap_bytes() < values);
  CHECK(sizeof(DiagnosticTests) <= 160);
}

TEST_SUITE_END();
