// SPDX-License-Identifier: Apache-2.0
#include "report/summary.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

#include "base/text.hpp"
#include "base/units.hpp"
#include "report/rules.hpp"

namespace cpefleet::report {
namespace {

using metrics::Id;
using metrics::Snapshot;

constexpr std::size_t kColumns = 100;
constexpr std::size_t kLongList = 12;  // what a table shows before it says "others"

// For a line: no control characters, no more than `columns` characters.
std::string clean(std::string_view text, std::size_t columns) {
  std::string out;
  std::size_t used = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) ++end;
    if (++used == columns && end < text.size()) return out + "…";
    // C1 too: U+009B begins a sequence for some terminals.
    const bool control = static_cast<unsigned char>(text[i]) < 0x20 || text[i] == 0x7f ||
                         (end - i == 2 && text[i] == '\xc2' && static_cast<unsigned char>(text[i + 1]) < 0xa0);
    out += control ? " " : text.substr(i, end - i);
    i = end;
  }
  return out;
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "";
  const double percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  if (part > 0 && percent < 0.01) return "<0.01%";
  return fmt::format("{:.2f}%", percent);
}

// "in_session 600, retry_wait 100"
std::string listed(const NamedCounts& counts) {
  std::string out;
  for (const auto& [name, n] : counts) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, format_count(n));
  return out;
}

// "1 retry", "2 retries"
std::string counted(std::uint64_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", format_count(n), n == 1 ? one : many);
}

class Text {
 public:
  explicit Text(const RunResults& results) : r_(results), s_(results.snapshot) {}

  void head();
  void sessions();
  void latency();
  void rpcs();
  void wire();
  void files();
  void findings();
  void thresholds();
  void phases();
  void health();
  void extras();
  void verdict();
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void line(std::string_view text) {
    auto trimmed = clean(text, kColumns);
    trimmed.erase(trimmed.find_last_not_of(' ') + 1);
    out_ += trimmed;
    out_ += '\n';
  }
  void title(std::string_view text) {
    out_ += '\n';
    line(text);
  }
  void field(std::string_view name, std::string_view value) {
    if (!value.empty()) line(fmt::format("  {:<12} {}", name, value));
  }
  // A count with its share of a whole, and a remark.
  void row(int indent, std::string_view name, std::uint64_t n, std::uint64_t whole, std::string_view remark = {}) {
    const auto label = std::string(static_cast<std::size_t>(indent), ' ') + std::string(name);
    line(fmt::format("  {:<30}{:>13}  {:>7}  {}", label, format_count(n), share(n, whole), remark));
  }
  // Over as many lines as it takes, up to a few.
  void wrapped(std::size_t indent, std::string_view text);
  void tags(std::string_view heading, Id id, std::string_view (*remark)(std::string_view) = nullptr) {
    const auto list = s_.by_tag(id);
    if (list.empty()) return;
    title(heading);
    const auto whole = s_.count(id);
    std::uint64_t rest = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i < kLongList || list.size() == kLongList + 1)
        row(0, list[i].first.empty() ? "(none)" : list[i].first, list[i].second, whole,
            remark != nullptr ? remark(list[i].first) : std::string_view{});
      else
        rest += list[i].second;
    }
    if (rest > 0) row(0, fmt::format("{} others", list.size() - kLongList), rest, whole);
  }
  void durations(std::string_view name, Id id, metrics::Filter filter = {});
  void sample_of(std::string_view cause);

  const RunResults& r_;
  const Snapshot& s_;
  std::string out_;
};

void Text::head() {
  line(fmt::format("cpefleet {}  {}{}", r_.version, r_.scenario, r_.file.empty() ? "" : "  (" + r_.file + ")"));
  out_ += '\n';
  field("acs", r_.acs_url);
  std::string groups;
  for (const auto& group : r_.groups) groups += (groups.empty() ? ": " : ", ") + group;
  field("fleet", counted(r_.devices, "device", "devices") + groups);
  field("started", fmt::format("{}, ran {}", format_utc(r_.wall_start), format_duration(r_.duration)));
  field("seed", fmt::format("{}, {} thread{}", r_.seed, r_.threads, r_.threads == 1 ? "" : "s"));
}

void Text::wrapped(std::size_t indent, std::string_view text) {
  constexpr std::size_t kLines = 6;
  const auto all = clean(text, kLines * (kColumns - indent));
  std::string_view rest = all;
  for (std::size_t lines = 1, width = kColumns - indent; !rest.empty(); ++lines) {
    // Behind the last blank within the width; in the middle of a word that is longer than a line.
    std::size_t end = 0;
    std::size_t blank = 0;
    for (std::size_t used = 0; end < rest.size() && used < width; ++used) {
      if (rest[end] == ' ') blank = end;
      for (++end; end < rest.size() && (static_cast<unsigned char>(rest[end]) & 0xc0U) == 0x80U;) ++end;
    }
    if (end < rest.size() && rest[end] != ' ' && blank > 0) end = blank;
    const bool last = lines == kLines;
    line(std::string(indent, ' ') + std::string(last ? rest : rest.substr(0, end)));
    if (last) return;
    rest.remove_prefix(std::min(rest.size(), std::max<std::size_t>(end, 1)));
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    if (lines == 1) indent += 2, width -= 2;
  }
}

void Text::sample_of(std::string_view cause) {
  for (const auto& sample : r_.failures) {
    if (sample.cause != cause || sample.detail.empty()) continue;
    return wrapped(10,
                   fmt::format("{}{}{}", clean(sample.device, 30), sample.device.empty() ? "" : ": ", sample.detail));
  }
}

void Text::sessions() {
  const auto planned = s_.count(Id::sessions_planned);
  if (planned > 0) {
    title("PLANNED STARTS");
    row(0, "planned", planned, 0);
    row(2, "started", s_.count(Id::sessions_started), planned);
    for (const auto& [name, id] : {std::pair{"merged", Id::sessions_merged}, std::pair{"skipped", Id::sessions_skipped},
                                   std::pair{"dropped", Id::sessions_dropped}}) {
      if (const auto n = s_.count(id); n > 0) row(2, name, n, planned, listed(s_.by_tag(id)));
    }
  }
  const auto attempts = s_.count(Id::attempts);
  if (attempts == 0) return;
  title("SESSIONS");
  row(0, "attempts", attempts, 0);
  const auto retries = s_.count(Id::retries);
  const auto own = s_.count(Id::own_sessions);
  if (retries + own > 0) {
    const auto triggers = own > 0 ? fmt::format(" ({})", listed(s_.by_tag(Id::own_sessions))) : "";
    line(fmt::format("    = {} started + {} + {} own{}", format_count(s_.count(Id::sessions_started)),
                     counted(retries, "retry", "retries"), format_count(own), triggers));
  }
  row(2, "done", s_.count(Id::sessions_done), attempts);
  if (const auto failed = s_.count(Id::sessions_failed); failed > 0) {
    row(2, "failed", failed, attempts);
    for (const auto& [cause, n] : s_.by_tag(Id::sessions_failed)) {
      row(4, cause, n, attempts);
      sample_of(cause);
    }
  }
  if (const auto open = s_.count(Id::in_flight); open > 0) row(2, "in flight", open, attempts);
  if (const auto seconds = std::chrono::duration<double>(r_.duration).count(); seconds > 0) {
    const auto over = s_.count(Id::sessions_done) + s_.count(Id::sessions_failed);
    line(fmt::format("  {:<30}{:>13}", "per second, over the run", format_rate({static_cast<double>(over) / seconds})));
  }
}

void Text::durations(std::string_view name, Id id, metrics::Filter filter) {
  filter.measured_only = true;
  const auto h = s_.durations(id, filter);
  if (h.count() == 0) return;
  const auto at = [&](double q) { return format_duration(h.quantile(q)); };
  line(fmt::format("  {:<36}{:>9}{:>9}{:>9}{:>9}{:>9}{:>12}", name, at(0.5), at(0.9), at(0.99), at(0.999),
                   format_duration(h.max()), format_count(h.count())));
}

void Text::latency() {
  const metrics::Filter measured{.measured_only = true};
  if (s_.count(Id::session_duration, measured) + s_.count(Id::failed_session_duration, measured) +
          s_.count(Id::reply_time, measured) ==
      0)
    return;
  std::string without;
  for (const auto& phase : r_.phases) {
    if (!phase.measured) without += (without.empty() ? "  (without " : ", ") + phase.name;
  }
  title("LATENCY" + (without.empty() ? "" : without + ")"));
  line(fmt::format("  {:<36}{:>9}{:>9}{:>9}{:>9}{:>9}{:>12}", "", "p50", "p90", "p99", "p99.9", "max", "count"));
  durations("session, from planned start", Id::session_duration);
  durations("session, from actual start", Id::session_duration_uncorrected);
  durations("failed session", Id::failed_session_duration);
  durations("connect", Id::connect_time);
  durations("Inform", Id::inform_time);
  durations("Inform after a connection request", Id::connection_request);
  const auto posted = s_.by_tag(Id::reply_time, measured);
  for (std::size_t i = 0; i < std::min(posted.size(), kLongList); ++i) {
    const auto& tag = posted[i].first;
    durations("reply to " + (tag == "empty" ? "the empty POST" : tag), Id::reply_time, {.any_tag = false, .tag = tag});
  }
}

void Text::rpcs() {
  tags("RPCS OF THE ACS, ANSWERED", Id::rpcs);
  tags("RPCS OF THE DEVICES, ANSWERED", Id::cpe_rpcs);
  tags("FAULTS SENT TO THE ACS", Id::faults_sent);
  tags("FAULTS RECEIVED FROM THE ACS", Id::faults_received);
  tags("EVENTS DELIVERED", Id::events_delivered);
}

void Text::wire() {
  const auto posts = s_.count(Id::posts);
  if (posts == 0) return;
  title("WIRE");
  const auto reopened = s_.count(Id::connections_reopened);
  field("connections", format_count(s_.count(Id::connections)) +
                           (reopened > 0 ? fmt::format(", {} of them reopened", format_count(reopened)) : ""));
  field("posts", format_count(posts));
  field("bodies", fmt::format("{} sent, {} received", format_bytes(s_.count(Id::bytes_sent)),
                              format_bytes(s_.count(Id::bytes_received))));
  if (const auto n = s_.count(Id::http_challenges); n > 0) field("challenges", format_count(n));
  if (const auto n = s_.count(Id::http_redirects); n > 0) field("redirects", format_count(n));
}

void Text::files() {
  const auto files = s_.count(Id::files);
  const auto told = s_.count(Id::transfers);
  if (files + told == 0) return;
  title("FILES");
  row(0, "ended", files, 0, listed(s_.by_tag(Id::files)));
  if (const auto failed = s_.count(Id::files_failed); failed > 0) {
    row(2, "did not get through", failed, files);
    for (const auto& [end, n] : s_.by_tag(Id::files_failed)) {
      row(4, end, n, files);
      sample_of("file " + end);
    }
  }
  if (told > 0) row(0, "told to the ACS", told, 0);
  if (const auto failed = s_.count(Id::transfers_failed); failed > 0) {
    row(2, "with a fault", failed, told, listed(s_.by_tag(Id::transfers_failed)));
  }
  field("bytes", fmt::format("{} fetched, {} sent", format_bytes(s_.count(Id::file_bytes_received)),
                             format_bytes(s_.count(Id::file_bytes_sent))));
  const auto h = s_.durations(Id::file_duration);
  if (h.count() > 0)
    field("time", fmt::format("p50 {}, p99 {}, max {}", format_duration(h.quantile(0.5)),
                              format_duration(h.quantile(0.99)), format_duration(h.max())));
}

void Text::findings() {
  tags("FINDINGS: WHAT THE ACS DID AGAINST THE STANDARD", Id::findings, rule_text);
  tags("CAPS HIT", Id::caps_hit);
}

void Text::thresholds() {
  if (r_.thresholds.empty()) return;
  title("THRESHOLDS");
  std::size_t width = 0;
  for (const auto& judged : r_.thresholds) width = std::max(width, count_characters(judged.what));
  width = std::min<std::size_t>(width, 72);
  for (const auto& judged : r_.thresholds) {
    line(fmt::format("  {} {:<{}}  {}{}", judged.passed ? "✓" : "✗", clean(judged.what, width), width, judged.value,
                     judged.abort ? ", ended the run" : ""));
  }
}

void Text::phases() {
  if (r_.phases.size() < 2) return;
  title("PHASES");
  line(fmt::format("  {:<20}{:>9}{:>9}{:>11}{:>11}{:>11}{:>10}{:>12}", "", "from", "length", "planned", "done",
                   "failed", "p99", ""));
  const auto numbers = [&](std::string_view name, const std::string& from, const std::string& length,
                           std::uint32_t index, std::string_view remark) {
    const metrics::Filter only{.phase = index};
    const auto h = s_.durations(Id::session_duration, only);
    line(fmt::format("  {:<20}{:>9}{:>9}{:>11}{:>11}{:>11}{:>10}  {}", clean(name, 19), from, length,
                     format_count(s_.count(Id::sessions_planned, only)),
                     format_count(s_.count(Id::sessions_done, only)), format_count(s_.count(Id::sessions_failed, only)),
                     h.count() > 0 ? format_duration(h.quantile(0.99)) : "", remark));
  };
  for (std::uint32_t i = 0; i < r_.phases.size(); ++i) {
    const auto& phase = r_.phases[i];
    const auto remark = phase.timed_out ? "timed out" : phase.measured ? "" : "unmeasured";
    numbers(phase.name, phase.started_at ? format_duration(*phase.started_at) : "never",
            phase.started_at ? format_duration(phase.length) : "", i, remark);
  }
  if (s_.count(Id::attempts, {.phase = metrics::kOutsidePhases}) > 0)
    numbers("(own and retries)", "", "", metrics::kOutsidePhases, "");
}

void Text::health() {
  const auto& h = r_.health;
  title("GENERATOR");
  if (!h.cpu.empty()) {
    std::string cpu;
    for (const double used : h.cpu) cpu += fmt::format("{}{:.0f}%", cpu.empty() ? "" : " ", used * 100);
    field("cpu", clean(cpu, 70) + (h.cpu.size() > 1 ? " of a core, by shard" : " of a core"));
  }
  if (h.starts > 0)
    field("lateness", fmt::format("p50 {}, p99 {}, max {}", format_duration(h.lateness_p50),
                                  format_duration(h.lateness_p99), format_duration(h.lateness_max)));
  field("loop lag", fmt::format("p99 {}", format_duration(h.loop_lag_p99)));
  if (h.descriptors_limit > 0)
    field("sessions", fmt::format("{} at a time at most; descriptor limit {}", format_count(h.descriptors_used),
                                  format_count(h.descriptors_limit)));
  field("dropped", listed(h.dropped));
  field("verdict", h.bottleneck ? "bottleneck: the result is void" : "ok");
  for (const auto& reason : h.reasons) line("    ✗ " + reason);
  for (const auto& note : h.notes) line("    ! " + note);
}

void Text::extras() {
  if (!r_.acs_totals.empty()) {
    title("BUILT-IN ACS");
    for (const auto& [name, n] : r_.acs_totals) row(0, name, n, 0);
  }
  const auto attempts = s_.count(Id::attempts);
  const bool none_done = attempts > 0 && s_.count(Id::sessions_done) == 0;
  if (!r_.warnings.empty() || none_done) title("WARNINGS");
  if (none_done) line(fmt::format("  ! not one session was done, of {} attempted", format_count(attempts)));
  for (const auto& warning : r_.warnings) line("  ! " + warning);
}

void Text::verdict() {
  const auto first = foremost(r_.exit_codes);
  const std::string passed = r_.thresholds.empty() ? "PASSED (no thresholds: nothing was judged)" : "PASSED";
  auto text =
      first == ExitCode::passed ? passed : fmt::format("FAILED: {}  (exit code {})", meaning(first), value(first));
  for (const auto code : in_order(r_.exit_codes)) {
    if (code != first) text += fmt::format("\n        also: {} ({})", meaning(code), value(code));
  }
  out_ += '\n' + text + '\n';
}

}  // namespace

std::string summary(const RunResults& results) {
  Text text(results);
  text.head();
  text.sessions();
  text.latency();
  text.rpcs();
  text.wire();
  text.files();
  text.findings();
  text.phases();
  text.thresholds();
  text.health();
  text.extras();
  text.verdict();
  return text.take();
}

}  // namespace cpefleet::report
