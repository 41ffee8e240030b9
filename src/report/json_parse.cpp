// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "base/text.hpp"
#include "report/json.hpp"

namespace cpefleet::report {
namespace {

namespace json = boost::json;
using metrics::Histogram;

std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

// One object of the file. Reads leave defaults where a key is missing or of the wrong type, and remember the first such
// key: the caller reads on and asks at the end.
class Reader {
 public:
  Reader(const json::value* value, std::string path, std::string& error)
      : object_(value != nullptr ? value->if_object() : nullptr), path_(std::move(path)), error_(&error) {
    if (object_ == nullptr) fail("", "an object");
  }

  [[nodiscard]] const json::value* find(std::string_view key) const {
    return object_ != nullptr ? object_->if_contains({key.data(), key.size()}) : nullptr;
  }
  [[nodiscard]] Reader object(std::string_view key) const { return {find(key), path_of(key), *error_}; }
  [[nodiscard]] const json::object* members(std::string_view key) const {
    const auto* value = find(key);
    const auto* out = value != nullptr ? value->if_object() : nullptr;
    if (out == nullptr) fail(key, "an object");
    return out;
  }
  [[nodiscard]] const json::array& array(std::string_view key) const {
    static const json::array kEmpty;
    const auto* value = find(key);
    const auto* out = value != nullptr ? value->if_array() : nullptr;
    if (out == nullptr) fail(key, "a list");
    return out != nullptr ? *out : kEmpty;
  }
  template <class Visit>
  void each_object(std::string_view key, Visit visit) const {
    std::size_t i = 0;
    for (const auto& element : array(key)) visit(Reader(&element, fmt::format("{}[{}]", path_of(key), i++), *error_));
  }
  [[nodiscard]] std::string text(std::string_view key) const {
    const auto* value = find(key);
    const auto* out = value != nullptr ? value->if_string() : nullptr;
    if (out == nullptr) fail(key, "a text");
    return out != nullptr ? std::string(out->data(), out->size()) : std::string();
  }
  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const {
    std::vector<std::string> out;
    for (const auto& element : array(key)) {
      const auto* string = element.if_string();
      if (string == nullptr) fail(key, "a list of texts");
      out.emplace_back(string != nullptr ? view(*string) : std::string_view());
    }
    return out;
  }
  [[nodiscard]] bool flag(std::string_view key) const {
    const auto* value = find(key);
    const auto* out = value != nullptr ? value->if_bool() : nullptr;
    if (out == nullptr) fail(key, "true or false");
    return out != nullptr && *out;
  }
  [[nodiscard]] std::uint64_t number(std::string_view key,
                                     std::uint64_t at_most = std::numeric_limits<std::uint64_t>::max()) const {
    const auto out = whole(find(key));
    if (!out || *out > at_most) fail(key, "a count");
    return out && *out <= at_most ? *out : 0;
  }
  [[nodiscard]] double real(std::string_view key) const {
    const auto out = real_of(find(key));
    if (!out) fail(key, "a number");
    return out.value_or(0);
  }
  // Milliseconds.
  [[nodiscard]] Duration duration(std::string_view key) const {
    const double ms = real(key);
    if (!(std::abs(ms) < 9e12)) fail(key, "a duration in milliseconds");
    return std::abs(ms) < 9e12 ? Duration{std::llround(ms * 1e6)} : Duration{};
  }
  [[nodiscard]] NamedCounts counts(std::string_view key) const {
    NamedCounts out;
    const auto* list = members(key);
    for (auto at = list != nullptr ? list->begin() : nullptr; list != nullptr && at != list->end(); ++at) {
      const auto n = whole(&at->value());
      if (!n) fail(key, "counts by name");
      out.emplace_back(view(at->key()), n.value_or(0));
    }
    return out;
  }
  void fail(std::string_view key, std::string_view expected) const {
    if (error_->empty()) *error_ = fmt::format("{}: expected {}", path_of(key), expected);
  }

  [[nodiscard]] static std::optional<std::uint64_t> whole(const json::value* value) {
    if (value == nullptr) return std::nullopt;
    if (const auto* u = value->if_uint64()) return *u;
    if (const auto* i = value->if_int64(); i != nullptr && *i >= 0) return static_cast<std::uint64_t>(*i);
    return std::nullopt;
  }
  [[nodiscard]] static std::optional<double> real_of(const json::value* value) {
    if (value == nullptr) return std::nullopt;
    if (const auto* d = value->if_double()) return *d;
    if (const auto* i = value->if_int64()) return static_cast<double>(*i);
    if (const auto* u = value->if_uint64()) return static_cast<double>(*u);
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::string path_of(std::string_view key) const {
    if (path_.empty() || key.empty()) return path_.empty() ? std::string(key) : path_;
    return fmt::format("{}.{}", path_, key);
  }

  const json::object* object_;
  std::string path_;
  std::string* error_;
};

void read_run(const Reader& root, RunResults& out) {
  const auto scenario = root.object("scenario");
  out.scenario = scenario.text("name");
  out.file = scenario.text("file");
  out.acs_url = scenario.text("acs_url");
  out.seed = scenario.number("seed");
  out.threads = static_cast<std::uint32_t>(scenario.number("threads", 1'000'000));
  const auto run = root.object("run");
  const auto started = parse_date_time(run.text("started_at"));
  if (!started) run.fail("started_at", "a date and time");
  out.wall_start = started.value_or(WallTime{});
  out.duration = run.duration("duration_ms");
  out.devices = run.number("devices");
  for (const auto& element : root.object("verdict").array("exit_codes")) {
    const auto code = Reader::whole(&element);
    if (!code || *code > 255) root.fail("verdict.exit_codes", "exit codes");
    out.exit_codes.push_back(static_cast<ExitCode>(code.value_or(0)));
  }
}

void read_lists(const Reader& root, RunResults& out) {
  out.groups = root.texts("groups");
  root.each_object("phases", [&](const Reader& phase) {
    PhaseResult p;
    p.name = phase.text("name");
    p.measured = phase.flag("measured");
    const auto* started = phase.find("started_at_ms");
    if (started != nullptr && !started->is_null()) p.started_at = phase.duration("started_at_ms");
    p.length = phase.duration("length_ms");
    p.timed_out = phase.flag("timed_out");
    out.phases.push_back(std::move(p));
  });
  root.each_object("thresholds", [&](const Reader& judged) {
    metrics::Judged j;
    j.what = judged.text("what");
    j.value = judged.text("value");
    j.passed = judged.flag("passed");
    j.no_data = judged.flag("no_data");
    j.abort = judged.flag("abort");
    out.thresholds.push_back(std::move(j));
  });
  root.each_object("failures", [&](const Reader& sample) {
    out.failures.push_back({sample.text("cause"), sample.text("detail"), sample.text("device")});
  });
  out.warnings = root.texts("warnings");
  out.acs_totals = root.counts("acs_totals");
}

void read_health(const Reader& from, GeneratorHealth& out) {
  out.bottleneck = from.flag("bottleneck");
  out.reasons = from.texts("reasons");
  out.notes = from.texts("notes");
  for (const auto& element : from.array("cpu")) {
    const auto share = Reader::real_of(&element);
    if (!share) from.fail("cpu", "a list of numbers");
    out.cpu.push_back(share.value_or(0));
  }
  out.starts = from.number("starts");
  out.lateness_p50 = from.duration("lateness_p50_ms");
  out.lateness_p99 = from.duration("lateness_p99_ms");
  out.lateness_max = from.duration("lateness_max_ms");
  out.loop_lag_p99 = from.duration("loop_lag_p99_ms");
  out.descriptors_used = from.number("descriptors_used");
  out.descriptors_limit = from.number("descriptors_limit");
  out.planned = from.number("planned");
  out.dropped = from.counts("dropped");
  out.in_flight_is_users = from.flag("in_flight_is_users");
}

// A phase or group: its name, or its number where it has none.
template <class Named>
std::uint32_t index_of(const Reader& cell, std::string_view key, const std::vector<Named>& known,
                       std::uint32_t when_null) {
  const auto* value = cell.find(key);
  if (value != nullptr && value->is_null()) return when_null;
  if (const auto* name = value != nullptr ? value->if_string() : nullptr) {
    const auto at = std::find_if(known.begin(), known.end(), [&](const Named& candidate) {
      if constexpr (std::is_same_v<Named, PhaseResult>)
        return candidate.name == view(*name);
      else
        return candidate == view(*name);
    });
    if (at == known.end()) cell.fail(key, "one of the names above");
    return static_cast<std::uint32_t>(at - known.begin());
  }
  return static_cast<std::uint32_t>(cell.number(key, metrics::kOutsidePhases - 1));
}

Histogram read_histogram(const Reader& cell) {
  std::vector<Histogram::Bucket> buckets;
  for (const auto& element : cell.array("buckets_us")) {
    const auto* pair = element.if_array();
    const bool two = pair != nullptr && pair->size() == 2;
    const auto edge = Reader::whole(two ? &pair->front() : nullptr);
    const auto count = Reader::whole(two ? &pair->back() : nullptr);
    if (!edge || !count || *edge > 1'000'000'000'000) {
      cell.fail("buckets_us", "pairs of an upper edge and a count");
      return {};
    }
    const auto upper = std::chrono::microseconds{static_cast<std::int64_t>(*edge)};
    buckets.push_back({Histogram::bucket_index(upper), *count});
  }
  const auto restored =
      Histogram::restore(buckets, cell.duration("min_ms"), cell.duration("max_ms"), cell.number("sum_us"));
  if (!restored) cell.fail("", restored.error().message());
  return restored ? *restored : Histogram{};
}

void read_metrics(const Reader& root, RunResults& out) {
  const auto all = root.object("metrics");
  for (const auto& info : metrics::catalogue()) {
    if (all.find(info.name) == nullptr) continue;  // of a newer catalogue than the file's
    all.object(info.name).each_object("values", [&](const Reader& cell) {
      metrics::Snapshot::CellKey key;
      key.id = info.id;
      key.phase = index_of(cell, "phase", out.phases, metrics::kOutsidePhases);
      key.group = index_of(cell, "group", out.groups, 0);
      if (info.tag != metrics::Tag::none) key.tag = cell.text(to_string(info.tag));
      if (info.kind == metrics::Kind::duration)
        out.snapshot.add(key, read_histogram(cell));
      else
        out.snapshot.add(key, cell.number("count"));
    });
  }
  std::vector<bool> unmeasured;
  for (const auto& phase : out.phases) unmeasured.push_back(!phase.measured);
  out.snapshot.set_unmeasured(std::move(unmeasured));
}

}  // namespace

Result<RunResults> parse_results(std::string_view text) {
  json::error_code ec;
  const auto value = json::parse({text.data(), text.size()}, ec);
  if (ec) return failure(fmt::format("the results are not JSON: {}", ec.message()));
  std::string error;
  const Reader root(&value, "", error);
  if (root.find("format") == nullptr || root.text("format") != "cpefleet-results")
    return failure("this is no results file: \"format\" is not \"cpefleet-results\"");
  if (const auto version = root.number("format_version"); version != 1)
    return failure(fmt::format("results of format version {} are not known; this program reads version 1", version));
  RunResults out;
  out.version = root.text("version");
  read_run(root, out);
  read_lists(root, out);
  read_health(root.object("health"), out.health);
  read_metrics(root, out);
  if (!error.empty()) return failure("results: " + error);
  return out;
}

}  // namespace cpefleet::report
