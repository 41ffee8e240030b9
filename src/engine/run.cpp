// SPDX-License-Identifier: Apache-2.0
#include "engine/run.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

namespace cpefleet::engine {
namespace {

constexpr Duration kTurn = std::chrono::milliseconds{20};
constexpr Duration kSecond = std::chrono::seconds{1};

}  // namespace

// A shard with its thread, once that is started. It ends when the shard is stopped.
struct Run::Thread {
  explicit Thread(std::unique_ptr<Shard> s) : shard(std::move(s)) {}
  ~Thread() {
    shard->stop();
    if (thread.joinable()) thread.join();
  }
  void start() {
    thread = std::thread([this] { shard->run(); });
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  std::unique_ptr<Shard> shard;
  std::thread thread;
};

Run::Run(std::shared_ptr<const scenario::Plan> plan, const Clock& clock, RunOptions options,
         const Shard::TransportFactory& transport)
    : plan_(std::move(plan)), clock_(clock), options_(std::move(options)), director_(*plan_, clock.now()) {
  for (std::uint32_t i = 0; i < options_.threads; ++i) {
    Shard::Options of;
    of.number = i;
    of.shards = options_.threads;
    of.secret = options_.secret;
    if (options_.state != nullptr) of.store = &options_.state->store();
    of.udp = options_.udp;
    of.files = options_.files;
    if (options_.sinks) of.sinks = options_.sinks(i);
    threads_.push_back(std::make_unique<Thread>(std::make_unique<Shard>(plan_, clock_, std::move(of), transport)));
  }
}

Run::~Run() = default;

Result<FleetState::Restored> Run::restore() {
  std::vector<Shard*> shards;
  for (auto& thread : threads_) shards.push_back(thread->shard.get());
  return options_.state->restore(shards);
}

void Run::on_each_shard(const std::function<void(Shard&)>& what) {
  std::vector<std::future<void>> done;
  for (auto& thread : threads_) {
    auto task = std::make_shared<std::packaged_task<void()>>([&what, shard = thread->shard.get()] { what(*shard); });
    done.push_back(task->get_future());
    boost::asio::post(thread->shard->context(), [task] { (*task)(); });
  }
  for (auto& each : done) each.wait();  // all of them, before one that failed throws here
  for (auto& each : done) each.get();
}

std::uint64_t Run::live(std::atomic<std::uint64_t> LiveTotals::*counter) const {
  std::uint64_t sum = 0;
  for (const auto& thread : threads_) sum += (thread->shard->live().*counter).load(std::memory_order_relaxed);
  return sum;
}

std::uint64_t Run::gauge(const scenario::Phase& phase) {
  std::atomic<std::uint64_t> sum{0};
  on_each_shard([&](Shard& shard) { sum += shard.gauge(phase.until->metric, phase.groups); });
  return sum;
}

metrics::Snapshot Run::snapshot() {
  std::vector<metrics::Snapshot> parts(threads_.size());
  on_each_shard([&](Shard& shard) { parts[shard.number()] = shard.snapshot(); });
  metrics::Snapshot all;
  for (const auto& part : parts) all.merge(part);
  return all;
}

bool Run::threshold_aborts(TimePoint now) {
  const auto asks = [](const metrics::Threshold& t) {
    return std::any_of(t.conditions.begin(), t.conditions.end(), [](const auto& c) { return c.abort; });
  };
  if (std::none_of(plan_->thresholds.begin(), plan_->thresholds.end(), asks) || now - last_judged_ < kSecond)
    return false;
  last_judged_ = now;
  const auto judged = metrics::judge(plan_->thresholds, snapshot(), director_.lengths(now), now - director_.origin());
  return std::any_of(judged.begin(), judged.end(),
                     [](const metrics::Judged& j) { return j.abort && !j.passed && !j.no_data; });
}

void Run::show_progress(TimePoint now) {
  most_in_flight_ = std::max(most_in_flight_, live(&LiveTotals::in_flight));
  if (!options_.progress || now - last_progress_ < kSecond) return;
  report::Progress progress;
  progress.elapsed = now - director_.origin();
  for (std::size_t i = 0; i < plan_->phases.size(); ++i) {
    const auto& state = director_.states()[i];
    if (!state.begun || state.ended || *state.begins > now) continue;
    progress.phase = plan_->phases[i].name;
    if (state.ends && *state.ends > *state.begins)
      progress.phase_done = std::chrono::duration<double>(now - *state.begins) / (*state.ends - *state.begins);
  }
  progress.devices = plan_->devices();
  progress.started = live(&LiveTotals::attempts);
  progress.in_flight = live(&LiveTotals::in_flight);
  progress.done = live(&LiveTotals::done);
  progress.failed = live(&LiveTotals::failed);
  progress.backlog = live(&LiveTotals::backlog);
  progress.files = live(&LiveTotals::files);
  progress.file_bytes = live(&LiveTotals::file_bytes);
  const auto ended = progress.done + progress.failed;
  const auto passed = std::chrono::duration<double>(now - last_progress_).count();
  progress.rate = static_cast<double>(ended - last_ended_) / std::max(passed, 1e-3);
  progress.p99 = snapshot().durations(metrics::Id::session_duration).quantile(0.99);
  last_progress_ = now;
  last_ended_ = ended;
  options_.progress(progress);
}

Run::Stop Run::follow_phases() {
  const auto ask = [this](const scenario::Phase& phase) { return gauge(phase); };
  for (;;) {
    const auto now = clock_.now();
    if (interrupts_ > 0) return Stop::interrupted;
    if (threshold_aborts(now)) return Stop::aborted;
    for (const auto& command : director_.tick(now, ask)) {
      on_each_shard([&command](Shard& shard) {
        if (command.begin)
          shard.begin_phase(command.phase, command.at);
        else
          shard.end_phase(command.phase, command.at);
      });
    }
    show_progress(now);
    if (director_.finished()) return Stop::none;
    std::this_thread::sleep_for(kTurn);
  }
}

// What is under way may end: running sessions, and devices whose retry is still to come.
void Run::drain() {
  on_each_shard([](Shard& shard) { shard.drain(); });
  const auto until = clock_.now() + options_.drain;
  const int asked = interrupts_;
  for (;;) {
    const auto now = clock_.now();
    show_progress(now);
    if (now >= until || interrupts_ > asked) return;
    // A session may begin a file and a file a session between two looks: files are looked at before and behind.
    const bool files = live(&LiveTotals::files) + live(&LiveTotals::flashing) > 0;
    if (!files && live(&LiveTotals::catching_up) == 0 && live(&LiveTotals::in_flight) == 0 &&
        live(&LiveTotals::backlog) == 0 && live(&LiveTotals::files) + live(&LiveTotals::flashing) == 0)
      return;
    std::this_thread::sleep_for(kTurn);
  }
}

void Run::end_sessions() {
  on_each_shard([](Shard& shard) { shard.abort_sessions(); });
  // Nothing an ACS does can hold a cancelled exchange back; the bound is for a defect of ours.
  const auto until = clock_.now() + std::chrono::seconds{10};
  while (live(&LiveTotals::in_flight) + live(&LiveTotals::files) > 0 && clock_.now() < until)
    std::this_thread::sleep_for(kTurn);
}

bool Run::save_state() {
  if (options_.state == nullptr) return true;
  on_each_shard([](Shard& shard) { shard.save_rest(); });
  const auto closed = options_.state->close();
  if (!closed) not_saved_ = closed.error().message();
  return closed.has_value();
}

// Whoever posts to the shards ends before them, whichever way execute() is left. Doing it twice does no harm.
void Run::stop_posting() {
  if (options_.connection_requests != nullptr) options_.connection_requests->stop();
  if (options_.udp != nullptr) options_.udp->stop();
}

report::RunResults Run::execute() {
  struct Ending {
    Run& run;
    ~Ending() {
      run.stop_posting();
      if (run.options_.state != nullptr) static_cast<void>(run.options_.state->close());
    }
  } const ending{*this};
  report::Incidents incidents;
  for (auto& thread : threads_) thread->start();
  std::vector<Shard*> shards;
  for (auto& thread : threads_) shards.push_back(thread->shard.get());
  if (options_.connection_requests != nullptr) options_.connection_requests->serve(shards);
  if (options_.udp != nullptr) options_.udp->serve(shards);
  const auto stop = follow_phases();
  incidents.interrupted = stop == Stop::interrupted;
  incidents.aborted = stop == Stop::aborted;
  director_.stop(clock_.now());
  if (incidents.interrupted && options_.on_interrupt) options_.on_interrupt();
  if (interrupts_ < 2) drain();
  stop_posting();
  files_left_ = live(&LiveTotals::files);
  images_left_ = live(&LiveTotals::flashing);
  incidents.interrupted = incidents.interrupted || interrupts_ > 0;
  end_sessions();
  const auto ended = clock_.now();
  incidents.incomplete = !save_state();
  return collect(incidents, ended);
}

report::RunResults Run::collect(const report::Incidents& incidents_so_far, TimePoint ended) {
  auto incidents = incidents_so_far;
  report::RunResults out;
  out.scenario = plan_->name;
  out.file = plan_->file;
  out.acs_url = options_.acs_shown;
  out.seed = plan_->seed;
  out.threads = options_.threads;
  out.version = options_.version;
  out.wall_start = clock_.wall(director_.origin());
  out.duration = ended - director_.origin();
  out.devices = plan_->devices();
  for (const auto& group : plan_->fleet) out.groups.push_back(group.group->name);
  const auto lengths = director_.lengths(ended);
  for (std::size_t i = 0; i < plan_->phases.size(); ++i) {
    const auto& state = director_.states()[i];
    report::PhaseResult phase;
    phase.name = plan_->phases[i].name;
    phase.measured = plan_->phases[i].measured;
    if (state.begun) phase.started_at = *state.begins - director_.origin();
    phase.length = lengths[i];
    phase.timed_out = state.timed_out;
    out.phases.push_back(std::move(phase));
  }
  out.snapshot = snapshot();
  out.thresholds = metrics::judge(plan_->thresholds, out.snapshot, lengths, out.duration);
  out.warnings = plan_->warnings;
  if (!not_saved_.empty()) out.warnings.push_back(not_saved_);
  if (files_left_ + images_left_ > 0) {
    out.warnings.push_back(
        fmt::format("{} files on their way, {} images being written at the end: a longer --drain waits", files_left_,
                    images_left_));
  }
  if (options_.udp != nullptr) {
    for (auto& note : options_.udp->notes()) out.warnings.push_back(std::move(note));
  }

  metrics::Histogram lag;
  std::mutex merging;
  on_each_shard([&](Shard& shard) {
    const std::lock_guard lock(merging);
    out.health.cpu.push_back(std::chrono::duration<double>(shard.cpu_time()) / std::max(out.duration, kTurn));
    lag.merge(shard.loop_lag());
    for (const auto& [cause, samples] : shard.failure_samples().samples()) {
      for (const auto& sample : samples) {
        std::string id;
        fleet::append_device_id(plan_->fleet[sample.device.group].group->identity_of(sample.device.index), id);
        out.failures.push_back({std::string(to_string(cause)), sample.detail, id});
      }
    }
    for (const auto& [end, samples] : shard.file_samples()) {
      for (const auto& sample : samples) {
        std::string id;
        fleet::append_device_id(plan_->fleet[sample.device.group].group->identity_of(sample.device.index), id);
        out.failures.push_back({fmt::format("file {}", transport::to_string(end)), sample.detail, id});
      }
    }
    if (shard.defect()) incidents.internal_error = true;
  });
  out.health.loop_lag_p99 = lag.quantile(0.99);
  out.health.descriptors_used = most_in_flight_;
  out.health.descriptors_limit = options_.descriptor_limit;
  out.health.in_flight_is_users = options_.in_flight_is_users;
  report::fill_from_snapshot(out.health, out.snapshot);
  report::judge_health(out.health);
  out.exit_codes = report::verdict(out, incidents);
  return out;
}

}  // namespace cpefleet::engine
