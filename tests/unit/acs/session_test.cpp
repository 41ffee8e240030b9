// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <set>

#include "scripted_cpe.hpp"

using namespace cpefleet;
using namespace cpefleet::acs;
using namespace cpefleet::acs::test;

namespace {

Options minimal() {
  Options options;
  options.bootstrap = false;
  return options;
}

}  // namespace

TEST_CASE("a session goes on over a new connection by its cookie [H-9]") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  (void)cpe.inform();
  cpe.connection = 2;
  CHECK(method_of(cpe.post("")) == "GetRPCMethods");
  core.connection_closed(1);  // it left that connection already
  CHECK(method_of(cpe.respond(rpc_methods())) == "GetParameterNames");
  CHECK(core.totals().sum.broken == 0);
}

TEST_CASE("a device without cookies is known by its connection") {
  Core core(minimal());
  ScriptedCpe cpe(core);
  (void)cpe.inform();
  cpe.cookie.clear();
  CHECK(cpe.post("").status == 204);
}

TEST_CASE("the cookie is found among others, quoted or not [H-13]") {
  for (const char* form : {"a=b; session=%", "$Version=1; session=\"%\"; $Path=/", "session = %", ";;=;session=%;"}) {
    Core core(minimal());
    ScriptedCpe cpe(core);
    (void)cpe.inform();
    cpe.connection = 2;
    std::string text = form;
    text.replace(text.find('%'), 1, cpe.cookie.substr(cpe.cookie.find('=') + 1));
    cpe.cookie = text;
    CHECK_MESSAGE(cpe.post("").status == 204, form);
  }
}

TEST_CASE("a wrong cookie is refused even on the right connection [H-14]") {
  Core core(minimal());
  ScriptedCpe cpe(core);
  (void)cpe.inform();
  for (const char* wrong : {"session=0123456789abcdef", "session=", "session=zz", "session=0123456789abcdef0"}) {
    cpe.cookie = wrong;
    CHECK(cpe.post("").status == 400);
  }
  CHECK(core.totals().bad_requests == 4);
}

TEST_CASE("a request that strays onto the connection of another session is refused") {
  Core core(minimal());
  ScriptedCpe a(core, "a", 1);
  ScriptedCpe b(core, "b", 2);
  (void)a.inform();
  (void)b.inform();
  a.connection = 2;
  CHECK(a.post("").status == 400);
  CHECK(core.totals().bad_requests == 1);
}

TEST_CASE("cookies differ between sessions and seeds") {
  std::set<std::string> seen;
  for (const std::uint64_t seed : {1U, 2U}) {
    Options options = minimal();
    options.seed = seed;
    Core core(options);
    ScriptedCpe cpe(core);
    for (int i = 0; i < 100; ++i) {
      (void)cpe.inform();
      CHECK(seen.insert(cpe.cookie).second);
    }
  }
}

TEST_CASE("several sessions may follow each other on one connection") {
  Options options = minimal();
  options.close_after_session = false;
  Core core(options);
  ScriptedCpe a(core, "a");
  ScriptedCpe b(core, "b");
  CHECK(a.whole_session());
  CHECK(b.whole_session());
  CHECK(core.totals().sum.sessions == 2);
  CHECK(core.totals().sum.broken == 0);
}

TEST_CASE("a new Inform of the same device ends its session as broken") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  (void)cpe.inform();
  const std::string old_cookie = cpe.cookie;
  cpe.connection = 2;
  (void)cpe.inform();
  CHECK(core.devices().at(cpe.id()).broken == 1);
  CHECK(core.totals().open_sessions == 1);
  cpe.connection = 1;
  cpe.cookie = old_cookie;
  CHECK(cpe.post("").status == 400);
}

TEST_CASE("an Inform of another device on the connection ends the session it carried") {
  Core core(Options{});
  ScriptedCpe a(core, "a", 1);
  ScriptedCpe b(core, "b", 1);
  (void)a.inform();
  (void)b.inform();
  CHECK(core.devices().at(a.id()).broken == 1);
  CHECK(core.devices().at(b.id()).broken == 0);
  CHECK(core.totals().open_sessions == 1);
}

TEST_CASE("a connection that goes away breaks its session, and only that") {
  Core core(minimal());
  ScriptedCpe a(core, "a", 1);
  ScriptedCpe b(core, "b", 2);
  (void)a.inform();
  (void)b.inform();
  core.connection_closed(1);
  core.connection_closed(1);
  core.connection_closed(77);
  CHECK(core.devices().at(a.id()).broken == 1);
  CHECK(b.post("").status == 204);
  core.connection_closed(2);
  CHECK(core.devices().at(b.id()).broken == 0);
}

TEST_CASE("sessions idle for more than a minute are swept, a few with each request") {
  Core core(Options{});
  for (int i = 0; i < 20; ++i) {
    ScriptedCpe cpe(core, "s" + std::to_string(i), static_cast<std::uint64_t>(100 + i));
    (void)cpe.inform();
  }
  ScriptedCpe late(core, "late", 1);
  late.now = TimePoint{std::chrono::seconds{60}};
  (void)late.inform();
  CHECK(core.totals().sum.broken == 0);
  late.now += std::chrono::seconds{1};
  (void)late.post("");
  CHECK(core.totals().sum.broken > 0);
  CHECK(core.totals().sum.broken < 20);
  for (int i = 0; i < 4; ++i) (void)late.respond(ScriptedCpe::answer_to(late.received.back()));
  CHECK(core.totals().sum.broken == 20);
  CHECK(core.totals().open_sessions == 1);
  CHECK(core.devices().at(late.id()).broken == 0);
}

TEST_CASE("activity keeps a session from the sweep") {
  Core core(Options{});
  ScriptedCpe cpe(core);
  (void)cpe.inform();
  Reply reply;
  for (int i = 0; i < 5; ++i) {
    cpe.now += std::chrono::seconds{50};
    reply = i == 0 ? cpe.post("") : cpe.respond(ScriptedCpe::answer_to(method_of(reply)));
    CHECK(reply.status == 200);
  }
}

TEST_CASE("an old session that is active does not keep a younger idle one from the sweep") {
  Core core(Options{});
  ScriptedCpe active(core, "active", 1);
  ScriptedCpe idle(core, "idle", 2);
  (void)active.inform();
  (void)idle.inform();
  active.now += std::chrono::seconds{50};
  (void)active.post("");
  active.now += std::chrono::seconds{20};
  (void)active.respond(rpc_methods());
  CHECK(core.devices().at(idle.id()).broken == 1);
  CHECK(core.devices().at(active.id()).broken == 0);
}

TEST_CASE("what comes out of order is answered 400 and ends the session") {
  SUBCASE("an empty POST first") {
    Core core(Options{});
    ScriptedCpe cpe(core);
    const Reply reply = cpe.post("");
    CHECK(reply.status == 400);
    CHECK(reply.close);
    CHECK(core.totals().bad_requests == 1);
  }
  SUBCASE("an answer nobody waits for") {
    Core core(Options{});
    ScriptedCpe cpe(core);
    (void)cpe.inform();
    CHECK(cpe.respond(rpc_methods()).status == 400);
    CHECK(core.devices().at(cpe.id()).broken == 1);
  }
  SUBCASE("an empty POST in place of an answer [S-3]") {
    Core core(Options{});
    ScriptedCpe cpe(core);
    (void)cpe.inform();
    (void)cpe.post("");
    CHECK(cpe.post("").status == 400);
    CHECK(core.devices().at(cpe.id()).broken == 1);
  }
  SUBCASE("the answer to something else") {
    Core core(Options{});
    ScriptedCpe cpe(core);
    (void)cpe.inform();
    (void)cpe.post("");
    CHECK(cpe.respond(parameter_names()).status == 400);
  }
  SUBCASE("a request of the CPE in place of an answer [S-4]") {
    Core core(Options{});
    ScriptedCpe cpe(core);
    (void)cpe.inform();
    (void)cpe.post("");
    CHECK(cpe.respond("<c:GetRPCMethods/>").status == 400);
  }
  SUBCASE("anything after the end") {
    Core core(minimal());
    ScriptedCpe cpe(core);
    CHECK(cpe.whole_session());
    CHECK(cpe.post("").status == 400);
    CHECK(core.devices().at(cpe.id()).broken == 0);
  }
}

TEST_CASE("requests of the CPE are answered before the empty POST [S-10]") {
  Core core(minimal());
  ScriptedCpe cpe(core);
  (void)cpe.inform({"7 TRANSFER COMPLETE", "M Download"});
  Reply reply = cpe.post(envelope(0, " own id ", "<c:GetRPCMethods/>"));
  CHECK(method_of(reply) == "GetRPCMethodsResponse");
  CHECK(has(reply, "<string>TransferComplete</string>"));
  CHECK(has(reply, "> own id </cwmp:ID>"));  // white space kept [E-7]
  for (const char* name : {"TransferComplete", "AutonomousTransferComplete", "RequestDownload"}) {
    reply = cpe.post(envelope(0, "7", "<c:" + std::string{name} + "><CommandKey/></c:" + name + ">"));
    CHECK(method_of(reply) == std::string{name} + "Response");
  }
  CHECK(cpe.post("").status == 204);
  CHECK(core.devices().at(cpe.id()).sessions == 1);
}

TEST_CASE("an unknown request of the CPE is answered with fault 8000 in a 200 [H-6]") {
  Core core(minimal());
  ScriptedCpe cpe(core);
  (void)cpe.inform();
  const Reply reply = cpe.post(envelope(0, "7", "<c:Kicked><Command/></c:Kicked>"));
  CHECK(reply.status == 200);
  CHECK(method_of(reply) == "Fault");
  CHECK(between(reply.body, "FaultCode") == "8000");
  CHECK(cpe.post("").status == 204);
}

TEST_CASE("RetryCount and events are kept by device") {
  Core core(minimal());
  ScriptedCpe cpe(core);
  cpe.retry_count = 4;
  CHECK(cpe.whole_session({"1 BOOT", "2 PERIODIC", "4 VALUE CHANGE"}));
  const DeviceRecord& record = core.devices().at(cpe.id());
  CHECK(record.last_retry_count == 4);
  CHECK(record.boots == 1);
  CHECK(record.periodics == 1);
  CHECK(record.bootstraps == 0);
}
