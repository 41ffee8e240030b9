// SPDX-License-Identifier: Apache-2.0
#include "transcript_player.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "journal/cause.hpp"
#include "xml/document.hpp"

namespace cpefleet::test {
namespace {

// Counts what the device is told on its way through.
class WatchedHost final : public cwmp::SessionHost {
 public:
  void begin(cwmp::SessionHost& inner) {
    inner_ = &inner;
    accepted = 0;
  }

  cwmp::Inform inform(cwmp::Version version) override {
    ++informs;
    return inner_->inform(version);
  }
  void inform_accepted() override {
    ++accepted;
    inner_->inform_accepted();
  }
  Credentials credentials() override { return inner_->credentials(); }
  cwmp::CpeResponse answer(const cwmp::AcsRequest& request) override {
    asked.emplace_back(cwmp::method_name(request));
    return inner_->answer(request);
  }
  [[nodiscard]] bool has_method(std::string_view method) const override { return inner_->has_method(method); }
  std::optional<cwmp::CpeRequest> next_request() override { return inner_->next_request(); }
  void request_answered(const cwmp::CpeRequest& request, const std::optional<cwmp::Fault>& fault) override {
    answered.push_back(fmt::format("{}:{}", cwmp::method_name(request), fault ? fault->code : 0));
    inner_->request_answered(request, fault);
  }

  int informs = 0;
  int accepted = 0;  // in this session
  std::vector<std::string> asked;
  std::vector<std::string> answered;

 private:
  cwmp::SessionHost* inner_ = nullptr;
};

class Journal final : public cwmp::JournalWriter {
 public:
  void write(const journal::Entry& entry) override {
    if (const auto* e = std::get_if<journal::Finding>(&entry)) findings.emplace_back(e->rule);
    if (const auto* e = std::get_if<journal::CapHit>(&entry)) caps.emplace_back(e->cap);
    if (const auto* e = std::get_if<journal::Challenged>(&entry)) {
      challenges.push_back(std::string(e->scheme) + (e->stale ? ":stale" : ""));
    }
    if (const auto* e = std::get_if<journal::Redirected>(&entry)) redirects.emplace_back(e->to);
    if (const auto* e = std::get_if<journal::Rpc>(&entry)) rpcs.push_back(fmt::format("{}:{}", e->method, e->fault));
    if (const auto* e = std::get_if<journal::InformAccepted>(&entry)) {
      for (const std::string_view event : e->events) delivered.emplace_back(split(event, ' ').front());
    }
  }

  std::vector<std::string> findings, caps, challenges, redirects, rpcs, delivered;
};

std::string joined(const std::vector<std::string>& list) {
  return list.empty() ? "none" : fmt::format("{}", fmt::join(list, ","));
}

void collect(xml::Element element, std::string_view name, std::vector<std::string>& out) {
  if (element.local_name() == name) out.emplace_back(element.text());
  for (auto child = element.first_child(); child; child = child.next_sibling()) collect(child, name, out);
}

// Texts of all elements of this local name, wherever they stand.
std::vector<std::string> elements(std::string_view body, std::string_view name) {
  std::vector<std::string> out;
  const auto document = xml::Document::parse(std::string(body));
  if (document) collect(document->root(), name, out);
  return out;
}

// What is injected in place of one reply.
struct Injection {
  std::string_view name;
  cwmp::SessionEvent event;
  Cause cause;
};

class Player {
 public:
  Player(const Transcript& transcript, const HostFactory& factory)
      : transcript_(transcript), device_(factory(transcript.device)) {}

  // Up to the end, or up to the reply `stop_at`, which is left to the caller.
  void run(std::optional<std::size_t> stop_at = {}) {
    begin();
    std::size_t replies = 0;
    for (const Step& step : transcript_.steps) {
      if (const auto* cpe = std::get_if<CpeStep>(&step)) {
        if (!check_sent(*cpe)) return;
        continue;
      }
      if (const auto* wake = std::get_if<WakeStep>(&step)) {
        if (!check_woken(*wake)) return;
        continue;
      }
      if (stop_at && replies++ == *stop_at) return;
      if (std::holds_alternative<cwmp::End>(action_)) {
        return problem(line_of(step), "the session has ended before this reply: " + ended());
      }
      if (const auto* acs = std::get_if<AcsStep>(&step)) {
        cwmp::HttpReply reply = acs->reply;
        replace_id(reply.body);
        action_ = machine_->next(std::move(reply));
      } else {
        action_ = machine_->next(std::get<FailureStep>(step).failure);
      }
      note_sent();
    }
    if (!stop_at) check_end();
  }

  void inject(Injection injection, std::size_t at) {
    const int accepted = host_.accepted;
    const std::size_t answered = host_.answered.size();
    const std::size_t asked = host_.asked.size();
    const auto where = [&] { return fmt::format("{} in place of reply {}", injection.name, at + 1); };
    action_ = machine_->next(std::move(injection.event));
    const auto* end = std::get_if<cwmp::End>(&action_);
    if (end == nullptr) return problem(0, where() + ": the session goes on");
    const auto& outcome = end->outcome;
    if (outcome.cause != injection.cause) problem(0, where() + ": " + ended());
    if (outcome.inform_accepted != (accepted == 1)) problem(0, where() + ": inform_accepted is wrong");
    if (host_.accepted != accepted || host_.answered.size() != answered || host_.asked.size() != asked) {
      problem(0, where() + ": the device was told of something");
    }
    if (outcome.cause == Cause::service_unavailable && outcome.retry_after != std::chrono::seconds{17}) {
      problem(0, where() + ": Retry-After is lost");
    }
    const auto again = machine_->next(cwmp::HttpReply{});
    const auto* still = std::get_if<cwmp::End>(&again);
    if (still == nullptr || still->outcome.cause != outcome.cause) problem(0, where() + ": the end does not last");
    if (device_->session_ended(outcome) == "idle") problem(0, where() + ": the device takes it for a success");
  }

  [[nodiscard]] Played result() && { return std::move(played_); }

 private:
  void begin() {
    host_.begin(device_->begin_session());
    auto config = transcript_.config;
    if (const auto url = device_->acs_url()) config.url = *url;
    config.random += sessions_++;
    machine_.reset();
    chain_ = device_->interceptors();
    machine_.emplace(std::move(config), host_, chain_, journal_);
    action_ = machine_->next(cwmp::Begin{});
    note_sent();
  }

  bool check_woken(const WakeStep& step) {
    const auto* end = std::get_if<cwmp::End>(&action_);
    if (end == nullptr) {
      problem(step.line, fmt::format("the session goes on with {}", std::get<cwmp::SendPost>(action_).message));
      return false;
    }
    device_->session_ended(end->outcome);
    if (const auto why = device_->wake(step.how); !why.empty()) {
      problem(step.line, fmt::format("`{}`: {}", step.how, why));
      return false;
    }
    begin();
    return true;
  }

  void problem(int line, std::string_view what) {
    played_.problems.push_back(fmt::format("{}:{}: {}", transcript_.file, line, what));
  }
  static int line_of(const Step& step) {
    return std::visit([](const auto& s) { return s.line; }, step);
  }
  std::string ended() const {
    const auto& outcome = std::get<cwmp::End>(action_).outcome;
    return fmt::format("{} ({})", to_string(outcome.cause), outcome.detail);
  }

  void note_sent() {
    const auto* post = std::get_if<cwmp::SendPost>(&action_);
    if (post == nullptr) return;
    bodies_.emplace_back(post->body);
    if (!post->authorization.empty()) cnonces_ = {std::move(cnonces_.second), cnonce_of(post->authorization)};
    if (post->body.empty()) return;
    if (post->kind != cwmp::PostKind::response) {
      const auto ids = elements(post->body, "ID");
      if (!ids.empty()) last_id_ = std::exchange(id_, ids.front());
    }
    auto& emitted = played_.emitted;
    if (std::find(emitted.begin(), emitted.end(), post->body) == emitted.end()) emitted.emplace_back(post->body);
  }

  void replace_id(std::string& body) const {
    for (std::size_t at = body.find("%ID%"); at != std::string::npos; at = body.find("%ID%", at)) {
      body.replace(at, 4, id_);
      at += id_.size();
    }
  }

  bool check_sent(const CpeStep& step) {
    const auto* post = std::get_if<cwmp::SendPost>(&action_);
    const std::string expected = step.message.empty() ? "the empty POST" : step.message;
    if (post == nullptr) {
      problem(step.line, fmt::format("expected {}, the session ended: {}", expected, ended()));
      return false;
    }
    const bool empty = post->kind == cwmp::PostKind::empty;
    if (post->message != step.message || empty != step.message.empty() || empty != post->body.empty()) {
      problem(step.line, fmt::format("expected {}, sent {}", expected, post->message));
      return false;
    }
    for (const Line& line : step.asserts) check_assert(*post, line);
    return true;
  }

  // One line for each kind of assertion reads better than a table of functions.
  // NOLINTNEXTLINE(readability-function-cognitive-complexity)
  void check_assert(const cwmp::SendPost& post, const Line& line) {
    const auto require = [&](bool held, std::string_view actual) {
      if (!held) problem(line.number, fmt::format("`{}: {}` does not hold: {}", line.key, line.value, actual));
    };
    const std::string_view value = line.value;
    if (line.key == "to") {
      require(post.url->text() == value, post.url->text());
    } else if (line.key == "authorization") {
      require(value == "none" ? post.authorization.empty() : post.authorization.find(value) != std::string_view::npos,
              post.authorization);
    } else if (line.key == "authorization lacks") {
      require(post.authorization.find(value) == std::string_view::npos, post.authorization);
    } else if (line.key == "cnonce") {
      const bool same = cnonces_.first == cnonces_.second;
      require(value == "as before" ? same : value == "another" && !same && !cnonces_.first.empty(), post.authorization);
    } else if (line.key == "id") {
      require(value == "as before" ? id_ == last_id_ : value == "another" && id_ != last_id_, id_);
    } else if (line.key == "cookie") {
      require(value == "none" ? post.cookie.empty() : post.cookie == value, post.cookie);
    } else if (line.key == "contains") {
      require(post.body.find(value) != std::string_view::npos, post.body);
    } else if (line.key == "lacks") {
      require(post.body.find(value) == std::string_view::npos, post.body);
    } else if (line.key == "same body as") {
      const auto n = parse_uint(value).value_or(0);
      require(n >= 1 && n < bodies_.size() && bodies_[n - 1] == post.body, post.body);
    } else if (line.key.starts_with("element ")) {
      const auto found = elements(post.body, line.key.substr(8));
      require(value == "none" ? found.empty() : !found.empty() && found.front() == unquoted(value), joined(found));
    } else if (line.key.starts_with("elements ")) {
      const auto found = elements(post.body, line.key.substr(9));
      require(joined(found) == unquoted(value), joined(found));
    } else if (line.key.starts_with("count ")) {
      const auto found = elements(post.body, line.key.substr(6));
      require(std::to_string(found.size()) == value, std::to_string(found.size()));
    } else {
      problem(line.number, "unknown assertion");
    }
  }

  static std::string cnonce_of(std::string_view authorization) {
    const std::size_t at = authorization.find(" cnonce=\"");
    if (at == std::string_view::npos) return {};
    const std::string_view rest = authorization.substr(at + 9);
    return std::string(rest.substr(0, rest.find('"')));
  }

  static std::string_view unquoted(std::string_view value) {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') return value.substr(1, value.size() - 2);
    return value;
  }

  void check_end() {
    const auto* end = std::get_if<cwmp::End>(&action_);
    if (end == nullptr) {
      return problem(0, fmt::format("the session goes on with {}", std::get<cwmp::SendPost>(action_).message));
    }
    const auto& o = end->outcome;
    std::map<std::string, std::string> facts = {
        {"cause", std::string(to_string(o.cause))},
        {"inform_accepted", o.inform_accepted ? "yes" : "no"},
        {"rpcs", std::to_string(o.rpcs)},
        {"retry_after", o.retry_after ? std::to_string(o.retry_after->count()) : "none"},
        {"findings", joined(journal_.findings)},
        {"caps", joined(journal_.caps)},
        {"challenges", joined(journal_.challenges)},
        {"redirects", std::to_string(journal_.redirects.size())},
        {"journal_rpcs", joined(journal_.rpcs)},
        {"delivered", joined(journal_.delivered)},
        {"informs", std::to_string(host_.informs)},
        {"asked", joined(host_.asked)},
        {"answered", joined(host_.answered)},
        {"device", device_->session_ended(o)},
    };
    // What is not expected must not be there.
    std::map<std::string, std::string> wanted = {{"findings", "none"}, {"caps", "none"}, {"retry_after", "none"}};
    std::map<std::string, int> lines;
    for (const Line& line : transcript_.expects) {
      if (line.key == "detail") {
        if (o.detail.find(line.value) == std::string::npos) problem(line.number, "the detail is: " + o.detail);
        continue;
      }
      if (!facts.contains(line.key)) problem(line.number, "unknown expectation " + line.key);
      wanted[line.key] = line.value;
      lines[line.key] = line.number;
    }
    for (const auto& [key, value] : wanted) {
      if (facts[key] != value) {
        problem(lines[key],
                fmt::format("expected {}={}, it is {} (the session ended: {})", key, value, facts[key], ended()));
      }
    }
    if (o.inform_accepted != (host_.accepted == 1)) problem(0, "the device and the outcome disagree on InformResponse");
  }

  const Transcript& transcript_;
  std::unique_ptr<TestDevice> device_;
  WatchedHost host_;
  Journal journal_;
  cwmp::InterceptorChain chain_;
  std::optional<cwmp::SessionMachine> machine_;
  std::uint64_t sessions_ = 0;
  cwmp::Action action_;
  Played played_;
  std::vector<std::string> bodies_;
  std::pair<std::string, std::string> cnonces_;  // of the last two POSTs that carried Authorization
  std::string id_;                               // of the last message that was no response
  std::string last_id_;                          // of the one before
};

std::vector<Injection> injections() {
  cwmp::HttpReply unavailable;
  unavailable.status = 503;
  unavailable.headers.push_back({"Retry-After", "17"});
  cwmp::HttpReply broken;
  broken.status = 200;
  broken.body = "<soap-env:Envelope xmlns:soap-env=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap-env:Body><cwmp:";
  return {{"reset", cwmp::TransportFailure{Cause::reset, ""}, Cause::reset},
          {"timeout", cwmp::TransportFailure{Cause::response_timeout, ""}, Cause::response_timeout},
          {"503", unavailable, Cause::service_unavailable},
          {"broken XML", broken, Cause::bad_xml}};
}

}  // namespace

Played play(const Transcript& transcript, const HostFactory& factory) {
  Player player(transcript, factory);
  player.run();
  return std::move(player).result();
}

std::vector<std::string> play_with_failures(const Transcript& transcript, const HostFactory& factory) {
  std::vector<std::string> problems;
  const auto is_reply = [](const Step& step) {
    return std::holds_alternative<AcsStep>(step) || std::holds_alternative<FailureStep>(step);
  };
  const auto replies =
      static_cast<std::size_t>(std::count_if(transcript.steps.begin(), transcript.steps.end(), is_reply));
  for (std::size_t at = 0; at < replies; ++at) {
    for (Injection& injection : injections()) {
      Player player(transcript, factory);
      player.run(at);
      player.inject(std::move(injection), at);
      auto played = std::move(player).result();
      problems.insert(problems.end(), played.problems.begin(), played.problems.end());
    }
  }
  return problems;
}

}  // namespace cpefleet::test
