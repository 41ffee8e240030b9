// SPDX-License-Identifier: Apache-2.0
#include "engine/run.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <random>
#include <thread>

#include "base/units.hpp"
#include "builtin_acs.hpp"
#include "cli/commands.hpp"
#include "compose.hpp"
#include "loading.hpp"
#include "report/exit_code.hpp"
#include "report/json.hpp"
#include "report/progress.hpp"
#include "report/summary.hpp"

namespace cpefleet::sim {
namespace {

struct RunFlags {
  PlanSource source;
  std::uint32_t threads = 0;  // 0: one, or half the cores beside a built-in ACS
  std::string drain = "30s";
  std::vector<std::string> allowed_hosts;
  std::string json_file;
  std::string directory;
  std::string state_file;
  bool quiet = false;
};

int bad(const Environment& environment, const std::string& text) {
  fmt::print(environment.err, "cpefleet: {}\n", text);
  return value(report::ExitCode::bad_configuration);
}

std::string random_secret() {
  std::random_device device;
  std::string out;
  for (int i = 0; i < 8; ++i) out += fmt::format("{:08x}", device());
  return out;
}

// The live line: rewritten in place on a terminal, one line every ten seconds in a log.
class LiveLine {
 public:
  explicit LiveLine(const Environment& environment) : environment_(environment) {}
  ~LiveLine() { clear(); }
  void show(const report::Progress& progress) {
    if (environment_.err_is_terminal) {
      fmt::print(environment_.err, "\r\x1b[K{}", report::progress_line(progress));
      std::fflush(environment_.err);
      shown_ = true;
    } else if (progress.elapsed >= next_) {
      fmt::print(environment_.err, "{}\n", report::progress_line(progress));
      next_ = progress.elapsed + std::chrono::seconds{10};
    }
  }
  void clear() {
    if (shown_) fmt::print(environment_.err, "\r\x1b[K");
    shown_ = false;
  }

 private:
  const Environment& environment_;
  Duration next_{};
  bool shown_ = false;
};

engine::Run* interrupted_run = nullptr;  // for the signal handler, while a run is under way

report::NamedCounts named(const acs::Totals& totals) {
  return {{"devices", totals.devices},          {"informs answered", totals.sum.informs},
          {"sessions", totals.sum.sessions},    {"broken", totals.sum.broken},
          {"refused", totals.sum.refused},      {"faulted", totals.sum.faulted},
          {"bad requests", totals.bad_requests}};
}

bool write_file(const std::filesystem::path& path, const std::string& text) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.flush();
  return out.good();
}

// Results to where they were asked for; false when the disk would not take them.
bool write_results(const Environment& environment, const RunFlags& flags, const report::RunResults& results) {
  std::vector<std::pair<std::filesystem::path, std::string>> files;
  if (!flags.json_file.empty()) files.emplace_back(flags.json_file, report::results_json(results));
  if (!flags.directory.empty()) {
    const std::filesystem::path directory(flags.directory);
    files.emplace_back(directory / "results.json", report::results_json(results));
    files.emplace_back(directory / "summary.txt", report::summary(results));
  }
  bool all = true;
  for (const auto& [path, text] : files) {
    if (write_file(path, text)) continue;
    fmt::print(environment.err, "cpefleet: {} could not be written\n", path.string());
    all = false;
  }
  return all;
}

void note_restored(const Environment& environment, const std::string& file,
                   const engine::FleetState::Restored& restored, bool builtin_acs) {
  if (restored.devices == 0) return;
  fmt::print(environment.err, "cpefleet: note: {}: devices that go on where they were: {:L}\n", file, restored.devices);
  if (builtin_acs)
    fmt::print(
        environment.err,
        "cpefleet: note: the built-in ACS is another one in each run, so all devices bootstrap there; for one that "
        "stays: cpefleet acs, and --acs\n");
  if (restored.dropped == 0) return;
  fmt::print(
      environment.err,
      "cpefleet: note: {}: values and rows left out, because the profiles have no place for them any more: {:L}\n",
      file, restored.dropped);
}

int run(const Environment& environment, RunFlags& flags) {
  const auto drain = parse_duration(flags.drain);
  if (!drain) return bad(environment, "--drain: " + drain.error().message());
  const auto descriptor_limit = raise_descriptor_limit();
  PlanLoader loader(environment);
  Diagnostics diagnostics;
  auto plan = loader.load(flags.source, diagnostics);
  if (!plan) {
    fmt::print(environment.err, "{}cpefleet: nothing was started\n", diagnostics.text());
    return value(report::ExitCode::bad_configuration);
  }

  const SystemClock clock;
  std::unique_ptr<BuiltinAcs> acs;
  if (plan->acs.builtin) {
    auto started = BuiltinAcs::start({}, "127.0.0.1", 0, clock);
    if (!started) return bad(environment, started.error().message());
    acs = std::move(*started);
    plan = scenario::with_acs_url(*plan, acs->url());
  }
  std::unique_ptr<engine::FleetState> state;
  if (!flags.state_file.empty()) {
    auto opened = engine::FleetState::open(flags.state_file, *plan, random_secret());
    if (!opened) return bad(environment, opened.error().message());
    state = std::move(*opened);
  }
  std::unique_ptr<engine::ConnectionRequests> requests;
  if (engine::ConnectionRequests::wanted(*plan, acs != nullptr)) {
    auto made = engine::ConnectionRequests::listen(*plan, state ? state->secret() : random_secret());
    if (!made) return bad(environment, made.error().message());
    requests = std::move(*made);
    plan = requests->reachable(*plan);
    for (const auto& note : requests->notes()) fmt::print(environment.err, "cpefleet: note: {}\n", note);
  }
  const auto targets = resolve_targets(*plan, flags.allowed_hosts);
  if (!targets) return bad(environment, targets.error().message());

  std::unique_ptr<engine::UdpRequests> udp;
  if (engine::UdpRequests::wanted(*plan, acs != nullptr)) {
    auto made = engine::UdpRequests::listen(*plan, {targets->pinned, targets->allowed_hosts});
    if (!made) return bad(environment, made.error().message());
    udp = std::move(*made);
    plan = udp->reachable(*plan);
  }

  auto certificates = loader.certificates(plan);
  if (!certificates) return bad(environment, certificates.error().message());

  const auto needs = estimate(*plan);
  for (const auto& note : needs.missing) fmt::print(environment.err, "cpefleet: {}\n", note);
  for (const auto& warning : plan->warnings) fmt::print(environment.err, "cpefleet: note: {}\n", warning);

  engine::RunOptions options;
  options.threads = flags.threads != 0 ? flags.threads : 1;
  options.drain = *drain;
  options.in_flight_is_users = plan->limits.in_flight.has_value();
  options.acs_shown = acs ? "built-in, " + acs->url() : plan->acs.url;
  options.version = CPEFLEET_VERSION;
  options.connection_requests = requests.get();
  options.udp = udp.get();
  options.secret = random_secret();
  options.state = state.get();
  options.files = socket_files(*plan, *targets, needs.files, options.threads, *certificates);
  options.descriptor_limit = descriptor_limit;
  LiveLine line(environment);
  if (!flags.quiet) options.progress = [&line](const report::Progress& progress) { line.show(progress); };

  options.on_interrupt = [&] {
    line.clear();
    fmt::print(environment.err, "interrupted: waiting up to {} for what is under way; ^C again ends at once\n",
               format_duration(*drain));
  };

  engine::Run run(plan, clock, options,
                  socket_transport(*plan, *targets, needs.in_flight, options.threads, std::move(*certificates)));
  if (state) {
    const auto restored = run.restore();
    if (!restored) return bad(environment, restored.error().message());
    note_restored(environment, flags.state_file, *restored, acs != nullptr);
  }
  interrupted_run = &run;
  const SignalGuard signals([] { interrupted_run->interrupt(); });
  auto results = run.execute();
  line.clear();
  if (acs) results.acs_totals = named(acs->totals());
  if (!write_results(environment, flags, results)) results.exit_codes.push_back(report::ExitCode::incomplete);
  fmt::print(environment.out, "{}", report::summary(results));
  return value(report::foremost(results.exit_codes));
}

}  // namespace

void add_run(CLI::App& app, Environment& environment, Action& action) {
  auto* command = app.add_subcommand("run", "run a scenario; without --acs it starts the built-in ACS");
  auto flags = std::make_shared<RunFlags>();
  add_plan_flags(*command, flags->source);
  command->add_option("--threads", flags->threads, "shards, one thread each; default 1")
      ->envname("CPEFLEET_THREADS")
      ->check(CLI::Range(1, 256))
      ->type_name("NUMBER");
  command->add_option("--drain", flags->drain, "how long to wait at the end for sessions, retries and files under way")
      ->type_name("DURATION")
      ->capture_default_str();
  command->add_option("--allow-host", flags->allowed_hosts, "a public host that may be contacted; may be repeated")
      ->type_name("HOST");
  command->add_option("--json", flags->json_file, "write the results as JSON to this file")->type_name("FILE");
  command->add_option("--out", flags->directory, "write results.json and summary.txt into this directory")
      ->type_name("DIRECTORY");
  command
      ->add_option("--state", flags->state_file,
                   "keep the devices in this file: a later run goes on where this one ended, or was killed")
      ->type_name("FILE");
  command->add_flag("--quiet", flags->quiet, "no live line");
  command->footer(
      "Examples:\n"
      "  cpefleet run builtin:quickstart\n"
      "  cpefleet run --profile gxp2170 --count 1000 --rate 50/s --acs http://127.0.0.1:7547/");
  command->callback([&environment, &action, flags] {
    check_plan_flags(flags->source);
    action = [&environment, flags] { return run(environment, *flags); };
  });
}

}  // namespace cpefleet::sim
