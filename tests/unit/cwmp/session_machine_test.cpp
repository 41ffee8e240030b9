// SPDX-License-Identifier: Apache-2.0
// What dialogues as files (tests/transcripts) cannot say: interceptors, the journal's order, misuse.
#include <algorithm>
#include <doctest/doctest.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/url.hpp"
#include "cwmp/session/machine.hpp"
#include "messages_of_an_acs.hpp"

TEST_SUITE("cwmp.session.machine") {
  using namespace cpefleet;
  using namespace cpefleet::cwmp;

  namespace {
  struct FakeHost final : SessionHost {
    Inform inform(Version /*version*/) override {
      Inform out;
      out.device = {"Grandstream", "000B82", "HT802", "1"};
      out.events = {{"1 BOOT", ""}, {"M Reboot", "k"}};
      out.current_time = "2026-11-23T00:00:00Z";
      return out;
    }
    void inform_accepted() override { log.emplace_back("accepted"); }
    Credentials credentials() override { return {"user", "tOp-sEcret"}; }
    CpeResponse answer(const AcsRequest& request) override {
      log.emplace_back(method_name(request));
      return RebootResponse{};
    }
    [[nodiscard]] bool has_method(std::string_view method) const override { return method != "Download"; }
    std::optional<CpeRequest> next_request() override { return std::nullopt; }
    void request_answered(const CpeRequest& /*request*/, const std::optional<Fault>& /*fault*/) override {}

    std::vector<std::string> log;
  };

  struct Notes final : JournalWriter {
    struct Names {
      std::string operator()(const journal::Sent& e) const { return "sent " + std::string(e.message); }
      std::string operator()(const journal::Rpc& e) const {
        const bool ours = e.direction == journal::Direction::to_acs;
        return "rpc " + std::string(e.method) + (ours ? " to " : " from ") + std::to_string(e.fault);
      }
      std::string operator()(const journal::InformAccepted& e) const {
        std::string out = "accepted";
        for (const auto event : e.events) out.append(" ").append(event);
        return out;
      }
      std::string operator()(const journal::Challenged& e) const { return "challenged " + std::string(e.scheme); }
      std::string operator()(const journal::Redirected& e) const { return "redirected " + std::string(e.to); }
      std::string operator()(const journal::Finding& e) const { return "finding " + std::string(e.rule); }
      std::string operator()(const journal::CapHit& e) const { return "cap " + std::string(e.cap); }
      template <class Other>
      std::string operator()(const Other& /*entry*/) const {
        return "of the engine";
      }
    };
    void write(const journal::Entry& entry) override {
      if (const auto* sent = std::get_if<journal::Sent>(&entry)) bodies.append(sent->body);
      lines.push_back(std::visit(Names{}, entry));
    }
    std::vector<std::string> lines;
    std::string bodies;
  };

  struct Session {
    explicit Session(std::unique_ptr<Interceptor> first = nullptr, std::unique_ptr<Interceptor> second = nullptr) {
      if (first) chain.push_back(std::move(first));
      if (second) chain.push_back(std::move(second));
      SessionConfig config;
      config.url = parse_url("http://acs.example/").value();
      config.random = 3;
      machine = std::make_unique<SessionMachine>(config, host, chain, notes);
    }
    const SendPost& sent(SessionEvent event) {
      action = machine->next(std::move(event));
      REQUIRE(std::holds_alternative<SendPost>(action));
      return std::get<SendPost>(action);
    }
    SessionOutcome ended(SessionEvent event) {
      action = machine->next(std::move(event));
      REQUIRE(std::holds_alternative<End>(action));
      return std::get<End>(action).outcome;
    }
    // Up to the empty POST.
    void establish() {
      const std::string body(sent(Begin{}).body);
      const std::size_t at = body.find('>', body.find("cwmp:ID")) + 1;
      id = body.substr(at, body.find('<', at) - at);
      CHECK(sent(reply("<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>", id)).kind ==
            PostKind::empty);
    }
    static HttpReply reply(std::string_view message, std::string_view id) {
      HttpReply out;
      out.status = 200;
      out.body = test::envelope(message, "<cwmp:ID soap:mustUnderstand=\"1\">" + std::string(id) + "</cwmp:ID>");
      return out;
    }
    static HttpReply empty() {
      HttpReply out;
      out.status = 204;
      return out;
    }
    static HttpReply challenge() {
      HttpReply out;
      out.status = 401;
      out.headers = {{"www-authenticate", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\""}};
      return out;
    }

    FakeHost host;
    Notes notes;
    InterceptorChain chain;
    std::unique_ptr<SessionMachine> machine;
    Action action;
    std::string id;
  };

  constexpr std::string_view kReboot = "<cwmp:Reboot><CommandKey/></cwmp:Reboot>";

  struct Renaming final : Interceptor {
    void on_inform(Inform& inform) override { inform.events = {{"X 000B82 Odd", ""}}; }
  };

  // Answers Reboot with a fault of this code, or only watches when it is 0.
  struct Answering final : Interceptor {
    Answering(int code_in, std::vector<std::string>& log_in) : code(code_in), log(log_in) {}
    std::optional<CpeResponse> on_request(const AcsRequest& /*request*/) override {
      log.push_back("request " + std::to_string(code));
      if (code == 0) return std::nullopt;
      return CpeResponse{make_fault(code)};
    }
    void on_response(const AcsRequest& /*request*/, CpeResponse& response) override {
      log.push_back("response " + std::string(message_name(response)));
    }
    int code;
    std::vector<std::string>& log;
  };

  struct Cutting final : Interceptor {
    bool cuts_session_after(std::string_view method) override { return method == "Reboot"; }
  };

  struct Spoiling final : Interceptor {
    void on_bytes_out(Outgoing& outgoing) override {
      ++calls;
      outgoing.body->append("<!-- " + std::to_string(calls) + " -->");
      outgoing.extra_headers.emplace_back("X-Call: " + std::to_string(calls));
    }
    int calls = 0;
  };
  }  // namespace

  TEST_CASE("an interceptor may change the Inform, and what it says is what was delivered") {
    Session s(std::make_unique<Renaming>());
    CHECK(s.sent(Begin{}).body.find("X 000B82 Odd") != std::string_view::npos);
    CHECK(
        s.sent(Session::reply("<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>", "1")).kind ==
        PostKind::empty);
    CHECK(std::find(s.notes.lines.begin(), s.notes.lines.end(), "accepted X 000B82 Odd") != s.notes.lines.end());
  }

  TEST_CASE("the first interceptor that answers does so in the device's place, and all see the answer") {
    std::vector<std::string> log;
    Session s(std::make_unique<Answering>(0, log), std::make_unique<Answering>(9001, log));
    s.establish();
    const auto& post = s.sent(Session::reply(kReboot, "1"));
    CHECK(post.message == "Fault");
    CHECK(post.body.find("9001") != std::string_view::npos);
    CHECK(log == std::vector<std::string>{"request 0", "request 9001", "response Fault", "response Fault"});
    CHECK(s.host.log == std::vector<std::string>{"accepted"});
  }

  TEST_CASE("an interceptor that answers ends the search") {
    std::vector<std::string> log;
    Session s(std::make_unique<Answering>(9002, log), std::make_unique<Answering>(9001, log));
    s.establish();
    CHECK(s.sent(Session::reply(kReboot, "1")).body.find("9002") != std::string_view::npos);
    CHECK(log == std::vector<std::string>{"request 9002", "response Fault", "response Fault"});
  }

  TEST_CASE("a device that cuts the session does so when the reply to its answer has come") {
    Session s(std::make_unique<Cutting>());
    s.establish();
    CHECK(s.sent(Session::reply("<cwmp:GetRPCMethods/>", "1")).kind == PostKind::response);
    CHECK(s.sent(Session::reply(kReboot, "2")).message == "RebootResponse");
    const auto outcome = s.ended(Session::reply("<cwmp:FactoryReset/>", "3"));
    CHECK(outcome.cause == Cause::device_reboot);
    CHECK(outcome.inform_accepted);
    CHECK(s.host.log.back() == "Reboot");
  }

  TEST_CASE("bytes out are changed once a message, and sent again as they were [H-10]") {
    Session s(std::make_unique<Spoiling>());
    const std::string first(s.sent(Begin{}).body);
    CHECK(first.ends_with("<!-- 1 -->"));
    const auto& again = s.sent(Session::challenge());
    CHECK(again.body == first);
    REQUIRE(again.extra_headers != nullptr);
    CHECK(*again.extra_headers == std::vector<std::string>{"X-Call: 1"});
  }

  TEST_CASE("the journal tells a session in order") {
    Session s;
    s.sent(Begin{});
    s.sent(Session::challenge());
    HttpReply redirect;
    redirect.status = 302;
    redirect.headers = {{"LOCATION", "/next"}};
    s.sent(redirect);
    s.sent(Session::reply("<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>", "other"));
    s.sent(Session::reply(kReboot, "1"));
    CHECK(s.ended(Session::empty()).cause == Cause::none);
    CHECK(s.notes.lines == std::vector<std::string>{"sent Inform", "challenged Digest", "sent Inform",
                                                    "redirected http://acs.example/next", "sent Inform", "finding E-7",
                                                    "rpc Inform to 0", "accepted 1 BOOT M Reboot", "sent ",
                                                    "rpc Reboot from 0", "sent RebootResponse"});
  }

  TEST_CASE("unreadable arguments of a method that the device does not have are 9000, and it is not asked [E-14]") {
    Session s;
    s.establish();
    const std::string without = std::string(s.sent(Session::reply("<cwmp:Download/>", "1")).body);
    CHECK(without.find("<FaultCode>9000</FaultCode>") != std::string::npos);
    const std::string with = std::string(s.sent(Session::reply("<cwmp:Upload/>", "2")).body);
    CHECK(with.find("<FaultCode>9003</FaultCode>") != std::string::npos);
    CHECK(s.host.log == std::vector<std::string>{"accepted"});
  }

  TEST_CASE("the password stands nowhere but in Authorization") {
    Session s;
    s.sent(Begin{});
    CHECK(s.sent(Session::challenge()).authorization.find("tOp-sEcret") == std::string_view::npos);
    const auto outcome = s.ended(Session::challenge());
    CHECK(outcome.cause == Cause::unauthorized);
    CHECK(outcome.detail.find("tOp-sEcret") == std::string::npos);
    CHECK(s.notes.bodies.find("tOp-sEcret") == std::string::npos);
  }

  TEST_CASE("the same seed gives the same bytes, another one another ID [E-7]") {
    Session a;
    Session b;
    CHECK(a.sent(Begin{}).body == b.sent(Begin{}).body);
    FakeHost host;
    InterceptorChain chain;
    Notes notes;
    SessionConfig config;
    config.url = parse_url("http://acs.example/").value();
    config.random = 4;
    SessionMachine other(config, host, chain, notes);
    const Action action = other.next(Begin{});
    CHECK(std::get<SendPost>(action).body != std::get<SendPost>(a.action).body);
  }

  TEST_CASE("a session is aborted from outside once") {
    Session s;
    s.establish();
    const End end = s.machine->abort(Cause::session_too_long, "10 min");
    CHECK(end.outcome.cause == Cause::session_too_long);
    CHECK(end.outcome.inform_accepted);
    CHECK(s.machine->abort(Cause::aborted, "").outcome.cause == Cause::session_too_long);
    CHECK(s.ended(Session::empty()).cause == Cause::session_too_long);
  }

  TEST_CASE("a session that was aborted before it began never begins") {
    Session s;
    CHECK(s.machine->abort(Cause::aborted, "").outcome.cause == Cause::aborted);
    CHECK(s.ended(Begin{}).cause == Cause::aborted);
    CHECK(s.host.log.empty());
  }

  TEST_CASE("events out of order are a defect with a name") {
    Session early;
    CHECK(early.ended(Session::empty()).cause == Cause::internal);
    Session twice;
    twice.sent(Begin{});
    CHECK(twice.ended(Begin{}).cause == Cause::internal);
  }

  TEST_CASE("the transport's cause and words are the session's") {
    Session s;
    s.sent(Begin{});
    const auto outcome = s.ended(TransportFailure{Cause::tls_failed, "certificate has expired"});
    CHECK(outcome.cause == Cause::tls_failed);
    CHECK(outcome.detail == "certificate has expired");
  }

  TEST_CASE("the headers the machine reads are known in any case") {
    for (const std::string_view name : {"WWW-Authenticate", "www-authenticate", "set-cookie", "Set-Cookie2", "LOCATION",
                                        "retry-after", "Retry-After", "date", "content-type", "Content-Encoding"}) {
      CHECK(SessionMachine::wants_header(name));
    }
    CHECK_FALSE(SessionMachine::wants_header("Server"));
    CHECK_FALSE(SessionMachine::wants_header(""));
  }

  TEST_CASE("a Retry-After is bounded and read in both forms [H-12]") {
    struct Case {
      std::string_view text;
      std::optional<int> seconds;
    };
    const Case cases[] = {{"0", 0},
                          {"60", 60},
                          {" 7 ", 7},
                          {"99999999999999999999", std::nullopt},
                          {"9999999999", 30 * 24 * 3600},
                          {"-5", std::nullopt},
                          {"", std::nullopt},
                          {"soon", std::nullopt},
                          {"Sun, 22 Nov 2026 00:00:30 GMT", 30},
                          {"Sat, 21 Nov 2026 00:00:00 GMT", 0}};
    for (const Case& c : cases) {
      CAPTURE(c.text);
      Session s;
      s.sent(Begin{});
      HttpReply busy;
      busy.status = 503;
      busy.headers = {{"Retry-After", std::string(c.text)}, {"Date", "Sun, 22 Nov 2026 00:00:00 GMT"}};
      const auto outcome = s.ended(busy);
      CHECK(outcome.retry_after.has_value() == c.seconds.has_value());
      if (c.seconds && outcome.retry_after) CHECK(outcome.retry_after->count() == *c.seconds);
    }
  }
}
