// SPDX-License-Identifier: Apache-2.0
#include "real_device.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <span>
#include <stdexcept>
#include <utility>

#include "base/text.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "device/device.hpp"
#include "device/interceptors.hpp"
#include "device/session_view.hpp"
#include "fleet/group.hpp"

namespace cpefleet::test {
namespace {

constexpr std::uint32_t kIndex = 3;

using Setup = std::multimap<std::string, std::string>;

std::string one(const Setup& setup, const std::string& key, const std::string& absent) {
  const auto it = setup.find(key);
  return it == setup.end() ? absent : it->second;
}

std::string_view name_of(device::OwnTrigger trigger) {
  switch (trigger) {
    case device::OwnTrigger::none: return "none";
    case device::OwnTrigger::retry: return "retry";
    case device::OwnTrigger::periodic: return "periodic";
    case device::OwnTrigger::scheduled: return "scheduled";
    case device::OwnTrigger::boot: return "boot";
    case device::OwnTrigger::follow_up: return "follow_up";
    case device::OwnTrigger::value_change: return "value_change";
    case device::OwnTrigger::connection_request: return "connection_request";
    case device::OwnTrigger::transfer: return "transfer";
    case device::OwnTrigger::diagnostics: return "diagnostics";
  }
  return {};
}

std::shared_ptr<const fleet::Group> make_group(profile::Loader& profiles, const Setup& setup) {
  Diagnostics diagnostics;
  const auto shipped = profiles.load(one(setup, "real", ""), diagnostics);
  if (!shipped) throw std::runtime_error(diagnostics.text());
  auto profile = std::make_shared<profile::Profile>(*shipped);
  if (const auto methods = one(setup, "methods", ""); !methods.empty()) {
    for (const auto method : split(methods, ' ')) profile->transfers.methods.emplace_back(method);
  }
  auto group = std::make_shared<fleet::Group>();
  group->name = "played";
  group->count = 10;
  group->seed = 42;
  group->firmware.push_back({&profile->firmware[profile->default_firmware], 1.0});
  group->profile = std::move(profile);
  group->acs_url = Template::compile("http://acs.example:7547/cwmp").value();
  group->acs_username = Template::compile(one(setup, "username", "{device_id}")).value();
  group->acs_password = Template::compile(one(setup, "password", "secret")).value();
  group->start_known = one(setup, "start", "factory") == "known";
  group->files.provisioning_server = one(setup, "provisioning", "");
  group->tells_autonomous = one(setup, "tells_autonomous", "no") == "yes";
  if (const auto prepared = group->prepare(); !prepared) throw std::runtime_error(prepared.error().message());
  return group;
}

class RealDevice final : public TestDevice {
 public:
  RealDevice(std::shared_ptr<const fleet::Group> group, const Setup& setup)
      : group_(std::move(group)), device_(context(), kIndex) {
    if (const auto why = wake(one(setup, "wake", "do boot")); !why.empty()) throw std::runtime_error(why);
  }

  cwmp::SessionHost& begin_session() override { return view_.emplace(device_, context()); }
  [[nodiscard]] std::optional<Url> acs_url() const override { return parse_url(view_->acs_url()).value(); }
  [[nodiscard]] cwmp::InterceptorChain interceptors() const override {
    return device::make_interceptors(*group_->profile);
  }

  std::string session_ended(const cwmp::SessionOutcome& outcome) override {
    asked_ = device_.session_ended(context(), *view_, outcome);
    view_.reset();
    if (asked_ != device::OwnTrigger::none) return std::string(name_of(asked_));
    return device_.offline() ? "offline" : device_.waits_for_retry() ? "retry_wait" : "idle";
  }

  // Parts by `;`, of which the last one alone may start a session.
  std::string wake(std::string_view how) override {
    const auto parts = split(how, ';');
    for (std::size_t i = 0; i < parts.size(); ++i) {
      std::string why;
      const bool started = wake_so(trim(parts[i]), why);
      if (!why.empty()) return why;
      if (started != (i + 1 == parts.size())) {
        return fmt::format("`{}` {}", trim(parts[i]), started ? "starts a session" : "starts no session");
      }
    }
    return {};
  }

 private:
  [[nodiscard]] device::Context context() const { return {*group_, clock_}; }

  bool wake_so(std::string_view how, std::string& why) {
    if (how.starts_with("do ")) return stimulate(how.substr(3), why);
    if (how.starts_with("moved ")) return moved(how.substr(6), why);
    // What session_ended() asked for is done at once, as the engine does it.
    if (asked_ != device::OwnTrigger::none) {
      const auto asked = std::exchange(asked_, device::OwnTrigger::none);
      if (how != name_of(asked)) why = fmt::format("the device asks for {}", name_of(asked));
      return true;
    }
    if (how.starts_with("file ")) return move_file(how.substr(5), why);
    return wait(how, why);
  }

  // `done what=firmware url=http://... bytes=1000 text=TO THE END`, `cut`, ...: the file that is due is moved, so.
  bool move_file(std::string_view how, std::string& why) {
    using How = device::TransferEnd::How;
    static const std::map<std::string_view, How> hows = {{"done", How::done},
                                                         {"unreachable", How::unreachable},
                                                         {"unauthorized", How::unauthorized},
                                                         {"not_found", How::not_found},
                                                         {"cut", How::cut},
                                                         {"too_big", How::too_big},
                                                         {"failed", How::failed}};
    device::TransferEnd end;
    if (const auto text = how.find(" text="); text != std::string_view::npos) {
      end.kept = how.substr(text + 6);
      end.bytes = end.kept.size();
      how = how.substr(0, text);
    }
    const auto words = split(how, ' ');
    const auto found = hows.find(words[0]);
    if (found == hows.end() || device_.next_due() == kNever) {
      why = found == hows.end() ? fmt::format("no way a file goes: {}", words[0]) : "the device waits for nothing";
      return false;
    }
    end.how = found->second;
    const auto waited = std::max(Duration{}, device_.next_due() - clock_.now());
    clock_.set(clock_.now() + waited);
    const auto trigger = device_.on_timer(context()).trigger;
    const auto order = device_.take_transfer(context());
    if (!order || trigger != device::OwnTrigger::none) {
      why = order ? fmt::format("the timer is for {}", name_of(trigger)) : "there is no file to move";
      return false;
    }
    if (end.how != How::done) end.detail = "as the test says";
    for (const auto word : std::span(words).subspan(1)) {
      const auto value = word.substr(std::min(word.find('=') + 1, word.size()));
      const auto is = [&](std::string_view key) { return word.starts_with(key) && word.substr(key.size(), 1) == "="; };
      if (is("bytes"))
        end.bytes = parse_uint(value).value_or(0);
      else if (is("what") && value != to_string(order->what))
        why = fmt::format("it is a {}", to_string(order->what));
      else if (is("url") && value != order->url)
        why = fmt::format("it is {}", order->url);
      else if (is("login") && value != order->username + ":" + order->password)
        why = "the login is another one";
      else if (is("sends") && order->body.find(value) == std::string::npos)
        why = "it sends " + order->body.substr(0, 200);
      else if (is("after") && waited != parse_duration(value).value_or(kNever - TimePoint{}))
        why = fmt::format("the device waited for {} s", std::chrono::duration<double>(waited).count());
    }
    end.run = order->run;
    end.started = clock_.wall(clock_.now());
    clock_.set(clock_.now() + std::chrono::seconds{2});
    end.completed = clock_.wall(clock_.now());
    return device_.transfer_ended(context(), end) != device::OwnTrigger::none;
  }

  // Who moves the bytes of the test that is ordered is done: `12345 bytes`, or `nothing` where nobody answered.
  bool moved(std::string_view what, std::string& why) {
    const auto order = device_.take_diagnostic_order(context());
    const auto bytes = what.ends_with(" bytes") ? parse_uint(what.substr(0, what.size() - 6)) : std::nullopt;
    if (!order || (!bytes && what != "nothing")) {
      why = order ? "`moved` needs `N bytes` or `nothing`" : "no test is ordered";
      return false;
    }
    device::DiagnosticResult result;
    result.run = order->run;
    if (bytes) {
      result.rom = clock_.wall(clock_.now());
      clock_.advance(std::chrono::milliseconds{5});
      result.bom = clock_.wall(clock_.now());
      clock_.advance(std::chrono::milliseconds{500});
      result.eom = clock_.wall(clock_.now());
      result.test_bytes = result.total_bytes = *bytes;
    } else {
      clock_.advance(std::chrono::seconds{5});
      result.end = device::DiagnosticEnd::no_response;
    }
    asked_ = device_.diagnostic_ended(context(), result);
    if (asked_ == device::OwnTrigger::none) return false;
    asked_ = device::OwnTrigger::none;
    return true;
  }

  // `periodic`, `boot after 30s`, `retry after 5s..10s`
  bool wait(std::string_view how, std::string& why) {
    const auto words = split(how, ' ');
    const auto due = device_.next_due();
    if (due == kNever) {
      why = "the device waits for nothing";
      return false;
    }
    const auto waited = due - clock_.now();
    if (words.size() == 3 && words[1] == "after") {
      const auto dots = words[2].find("..");
      const auto least = parse_duration(words[2].substr(0, dots));
      const auto most = dots == std::string_view::npos ? least : parse_duration(words[2].substr(dots + 2));
      if (!least || !most || waited < *least || waited > *most) {
        why = fmt::format("the device waits for {} s", std::chrono::duration<double>(waited).count());
        return false;
      }
    }
    clock_.set(due);
    const auto trigger = device_.on_timer(context()).trigger;
    if (name_of(trigger) != words[0]) why = fmt::format("the timer is for {}", name_of(trigger));
    return trigger != device::OwnTrigger::none;
  }

  bool stimulate(std::string_view what, std::string& why) {
    using device::Admission;
    const auto wanted = stimulus(what, why);
    if (!wanted) return false;
    const auto admission = device_.stimulate(context(), *wanted);
    if (admission == Admission::skipped_offline) why = "the device is off-line";
    if (admission == Admission::skipped_no_line) why = "no line is up and free";
    return admission == Admission::start;
  }

  // `boot`, `set PATH=VALUE`, `call 20s` ..., or the code of an event.
  static std::optional<device::Stimulus> stimulus(std::string_view what, std::string& why) {
    using Kind = device::Stimulus::Kind;
    static const std::map<std::string_view, Kind> kinds = {
        {"boot", Kind::boot},     {"periodic", Kind::periodic}, {"offline", Kind::offline},
        {"online", Kind::online}, {"hang_up", Kind::hang_up},   {"connection_request", Kind::connection_request}};
    device::Stimulus out;
    if (const auto kind = kinds.find(what); kind != kinds.end()) {
      out.kind = kind->second;
    } else if (what.starts_with("call ")) {
      const auto length = parse_duration(what.substr(5));
      if (!length) {
        why = fmt::format("`{}` is no length of a call", what.substr(5));
        return std::nullopt;
      }
      out.kind = Kind::call;
      out.call.length = *length;
    } else if (what.starts_with("download ")) {
      out.kind = Kind::download;
      out.url = what.substr(9);
      out.file_type = "3 Vendor Configuration File";
    } else if (what.starts_with("request_download ")) {
      out.kind = Kind::request_download;
      out.file_type = what.substr(17);
    } else if (what.starts_with("set ")) {
      const auto equals = what.find('=');
      if (equals == std::string_view::npos) {
        why = "`set` needs PATH=VALUE";
        return std::nullopt;
      }
      out.kind = Kind::set;
      out.path = what.substr(4, equals - 4);
      out.value = what.substr(equals + 1);
    } else {
      out.kind = Kind::inform;
      out.event = what;
    }
    return out;
  }

  ManualClock clock_;
  std::shared_ptr<const fleet::Group> group_;
  device::Device device_;
  std::optional<device::SessionView> view_;
  device::OwnTrigger asked_ = device::OwnTrigger::none;
};

}  // namespace

std::unique_ptr<TestDevice> make_real_device(profile::Loader& profiles, const Setup& setup) {
  return std::make_unique<RealDevice>(make_group(profiles, setup), setup);
}

}  // namespace cpefleet::test
