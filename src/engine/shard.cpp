// SPDX-License-Identifier: Apache-2.0
#include "engine/shard.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <ctime>
#include <utility>

#include "engine/file_desk.hpp"
#include "engine/phase_runner.hpp"
#include "engine/request_desk.hpp"
#include "engine/session.hpp"
#include "engine/udp_desk.hpp"
#include "journal/redact.hpp"

namespace cpefleet::engine {
namespace {

namespace asio = boost::asio;
using metrics::Id;

// Few enough for the processor's caches, enough for events to come in batches.
constexpr unsigned kStartsPerTurn = 16;

void bump(std::atomic<std::uint64_t>& counter, std::int64_t by = 1) {
  // One writer: no read-modify-write is needed.
  counter.store(counter.load(std::memory_order_relaxed) + static_cast<std::uint64_t>(by), std::memory_order_relaxed);
}

}  // namespace

std::string_view to_string(device::OwnTrigger trigger) {
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
  return "none";
}

Shard::Shard(std::shared_ptr<const scenario::Plan> plan, const Clock& clock, Options options,
             const TransportFactory& transport)
    : plan_(std::move(plan)),
      clock_(clock),
      options_(std::move(options)),
      collector_(static_cast<std::uint32_t>(plan_->phases.size()), static_cast<std::uint32_t>(plan_->fleet.size())) {
  sinks_.add(collector_);
  sinks_.add(samples_);
  for (auto* sink : options_.sinks) sinks_.add(*sink);
  if (options_.udp != nullptr) udp_desk_ = std::make_unique<UdpDesk>(*this, *options_.udp);
  phases_.resize(plan_->phases.size());
  gauges_.resize(plan_->fleet.size());
  holds_.resize(plan_->fleet.size());
  std::uint64_t position = 0;
  for (std::uint32_t g = 0; g < plan_->fleet.size(); ++g) {
    first_.push_back(position);
    const auto context = device_context(g);
    for (std::uint32_t i = 0; i < context.group.count; ++i, ++position) {
      if (position % options_.shards != options_.number) continue;
      ++gauges_[g].devices;
      auto& slot = devices_.emplace_back(device::Device(context, i), g);
      touch(slot);
      slot.unsaved = false;  // nothing that another run would not make again
    }
  }
  files_ = std::make_unique<FileDesk>(*this, options_.files ? options_.files(*this) : nullptr);
  transport_ = transport(*this);
}

Shard::~Shard() {
  for (auto& slot : devices_) wheel_.cancel(slot);
  phases_.clear();
}

device::Context Shard::device_context(std::uint32_t group) const {
  return {*plan_->fleet[group].group, clock_, udp_desk_.get()};
}

std::uint64_t Shard::position(std::uint32_t group, std::uint32_t index) const { return first_[group] + index; }

Shard::Slot* Shard::find(std::uint32_t group, std::uint32_t index) {
  const auto at = position(group, index);
  return at % options_.shards == options_.number ? &devices_[at / options_.shards] : nullptr;
}

Shard::Slot* Shard::at(std::uint64_t position) {
  const auto place = position / options_.shards;
  return position % options_.shards == options_.number && place < devices_.size() ? &devices_[place] : nullptr;
}

RequestDesk& Shard::desk() {
  if (!desk_) desk_ = std::make_unique<RequestDesk>(*this, options_.secret);
  return *desk_;
}

Result<std::size_t> Shard::restore(std::uint32_t group, std::uint32_t index, std::string_view bytes) {
  auto& slot = *find(group, index);
  const auto context = device_context(group);
  const auto schema_of = [&](std::string_view version) -> const datamodel::Schema& {
    return *slot.device.firmware_of(context, version).schema;
  };
  auto decoded = state::decode(bytes, schema_of);
  if (!decoded) return tl::unexpected<Error>(decoded.error());
  slot.device.restore(context, std::move(decoded->record));
  touch(slot);
  slot.unsaved = false;
  return decoded->dropped;
}

void Shard::save(Slot& slot, const state::DeviceRecord& record, state::Store::Done done) {
  const auto& schema = *slot.device.firmware(device_context(slot.group)).schema;
  slot.unsaved = false;
  options_.store->save({slot.group, slot.device.index()}, state::encode(record, schema), std::move(done));
}

void Shard::save_rest() {
  if (!keeps_state()) return;
  for (auto& slot : devices_) {
    if (slot.unsaved && slot.device.powered()) save(slot, slot.device.record(device_context(slot.group)));
  }
}

const Result<Url>& Shard::parsed(const std::string& acs_url) {
  if (acs_url != last_url_text_ || acs_url.empty()) {
    last_url_ = parse_url(acs_url);
    last_url_text_ = acs_url;
  }
  return last_url_;
}

void Shard::for_each_device(const std::vector<std::uint32_t>& groups, const std::function<void(Slot&)>& visit) {
  for (auto& slot : devices_) {
    if (std::binary_search(groups.begin(), groups.end(), slot.group)) visit(slot);
  }
}

// --- time ------------------------------------------------------------------------------------------------------------

void Shard::schedule(TimerNode& node, TimePoint due) {
  wheel_.schedule(node, due);
  if (!pumping_ && due < armed_for_) arm_pump();
}

void Shard::arm_pump() {
  if (options_.simulated) return;
  const auto next = wheel_.next_expiry();
  if (next == armed_for_) return;
  const auto now = clock_.now();
  if (next <= now) return pump_soon(now);
  armed_for_ = next;
  if (next == kNever) return;
  timer_.expires_after(next - now);  // cancels the wait before
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) pump();
  });
}

// In turns with the sockets, and without a timer: setting one costs some 20 us in a virtual machine.
void Shard::pump_soon(TimePoint now) {
  armed_for_ = now;
  if (std::exchange(pump_posted_, true)) return;
  asio::post(io_, [this] {
    pump_posted_ = false;
    if (armed_for_ <= clock_.now()) pump();
  });
}

void Shard::pump() {
  if (armed_for_ != kNever) loop_lag_.add(std::max(clock_.now() - armed_for_, Duration{}));
  armed_for_ = kNever;
  pumping_ = true;
  starts_this_turn_ = 0;
  wheel_.advance(
      clock_.now(), [](void* self, TimerNode& node) { static_cast<Shard*>(self)->fire(node); }, this);
  serve_deferred();
  pumping_ = false;
  arm_pump();
}

void Shard::fire(TimerNode& node) {
  const bool device = node.kind() == TimerNode::Kind::device;
  if (device && (turn_is_full() || (wheel_.has_deferred() && !options_.simulated))) return wheel_.defer(node);
  serve(node);
}

void Shard::serve(TimerNode& node) {
  try {
    if (node.kind() == TimerNode::Kind::device) {
      device_due(static_cast<Slot&>(node));
    } else {
      static_cast<Callback&>(node).run();
    }
  } catch (...) {  // a defect of ours must not silence the others
    record_defect(std::current_exception());
  }
}

// Those that a full turn kept waiting, in the order in which they were put off.
void Shard::serve_deferred() {
  bool lag_is_known = false;
  while (!turn_is_full()) {
    TimerNode* node = wheel_.next_deferred();
    if (node == nullptr) return;
    if (node->kind() == TimerNode::Kind::device && !std::exchange(lag_is_known, true)) {
      loop_lag_.add(clock_.now() - TimerWheel::due_of(*node));
    }
    serve(*node);
  }
}

void Shard::catching_up(int more) { bump(live_.catching_up, more); }

void Shard::defer(TimerNode& node) {
  wheel_.defer(node);
  if (!pumping_) arm_pump();
}

bool Shard::behind(std::uint32_t phase, TimePoint at) const {
  if (options_.simulated) return false;
  for (std::uint32_t p = 0; p < phases_.size(); ++p) {
    if (p != phase && phases_[p] && phases_[p]->behind(at)) return true;
  }
  return false;
}

bool Shard::turn_is_full() const { return starts_this_turn_ >= kStartsPerTurn && !options_.simulated; }

void Shard::run() {
  auto guard = asio::make_work_guard(io_);
  arm_pump();
  for (;;) {
    try {
      io_.run();
      return;
    } catch (...) {
      record_defect(std::current_exception());
    }
  }
}

void Shard::stop() { io_.stop(); }

TimePoint Shard::step() {
  do {
    io_.restart();
    io_.poll();
    wheel_.advance(
        clock_.now(), [](void* self, TimerNode& node) { static_cast<Shard*>(self)->fire(node); }, this);
    io_.restart();
  } while (io_.poll() > 0);
  return wheel_.next_expiry();
}

// --- the run ------------------------------------------------------------------------------------------------------------

void Shard::begin_phase(std::uint32_t phase, TimePoint at) {
  phases_[phase] = std::make_unique<PhaseRunner>(*this, phase, at);
}

void Shard::settle_before(std::uint32_t phase, TimePoint at) {
  for (std::uint32_t p = 0; p < phases_.size(); ++p) {
    if (p != phase && phases_[p]) phases_[p]->settle(at);
  }
}

std::vector<std::uint32_t> Shard::hold(Hold what, const std::vector<std::uint32_t>& groups) {
  std::vector<std::uint32_t> first;
  for (const auto g : groups) {
    if (holds_[g][static_cast<std::size_t>(what)]++ == 0) first.push_back(g);
  }
  return first;
}

std::vector<std::uint32_t> Shard::release(Hold what, const std::vector<std::uint32_t>& groups) {
  std::vector<std::uint32_t> last;
  for (const auto g : groups) {
    if (--holds_[g][static_cast<std::size_t>(what)] == 0) last.push_back(g);
  }
  return last;
}

void Shard::end_phase(std::uint32_t phase, TimePoint at) {
  if (phases_[phase]) phases_[phase]->end_at(at);
}

void Shard::drain() {
  draining_ = true;
  for (auto& phase : phases_) {
    if (phase) phase->end();
  }
}

void Shard::abort_sessions() {
  draining_ = aborting_ = true;
  for (auto& phase : phases_) {
    if (phase) phase->give_up();
  }
  for (auto& phase : phases_) phase.reset();
  const auto running = sessions_;  // waking one may end it at once
  files_->abort();
  for (auto* session : running) {
    session->abort = true;
    session->channel->cancel();
    if (session->sleeping != nullptr) schedule(*session->sleeping, clock_.now());
  }
}

void Shard::planned_start(Slot& slot, const device::Stimulus& stimulus, std::uint32_t phase, TimePoint planned) {
  auto& numbers = collector_;
  numbers.count(Id::sessions_planned, phase, slot.group);
  bump(live_.planned);
  const auto drop = [&](std::string_view reason) {
    numbers.count(Id::sessions_dropped, phase, slot.group, reason);
    bump(live_.dropped);
  };
  if (aborting_) return drop("run_over");
  if (slot.device.could_start()) {
    if (clock_.now() - planned > plan_->limits.max_lag) return drop("max_lag");
    if (!transport_->can_open()) return drop("in_flight");
  }
  const auto merge = [&](std::string_view reason) {
    numbers.count(Id::sessions_merged, phase, slot.group, reason);
    bump(live_.merged);
  };
  const auto skip = [&](std::string_view reason) {
    numbers.count(Id::sessions_skipped, phase, slot.group, reason);
    bump(live_.skipped);
  };
  switch (slot.device.stimulate(device_context(slot.group), stimulus)) {
    case device::Admission::start:
      numbers.count(Id::sessions_started, phase, slot.group);
      bump(live_.started);
      numbers.duration(Id::start_lateness, phase, slot.group, clock_.now() - planned);
      start_session(slot, phase, planned, "phase");
      break;
    case device::Admission::merged_in_session: merge("in_session"); break;
    case device::Admission::merged_retry_wait: merge("retry_wait"); break;
    case device::Admission::merged_provisioning: merge("provisioning"); break;
    case device::Admission::skipped_offline: skip("offline"); break;
    case device::Admission::skipped_no_line: skip("no_line"); break;
    case device::Admission::quiet: skip("nothing_to_tell"); break;
    case device::Admission::done: break;
  }
  touch(slot);
}

void Shard::device_due(Slot& slot) {
  if (aborting_) return;
  const auto due = slot.device.on_timer(device_context(slot.group));
  const bool under_way = due.trigger == device::OwnTrigger::retry || due.trigger == device::OwnTrigger::follow_up ||
                         due.trigger == device::OwnTrigger::connection_request ||
                         due.trigger == device::OwnTrigger::transfer || due.trigger == device::OwnTrigger::diagnostics;
  if (due.trigger != device::OwnTrigger::none && (under_way || !draining_)) own_session(slot, due.trigger, due.due);
  files_->serve(slot);
  touch(slot);
}

void Shard::own_session(Slot& slot, device::OwnTrigger trigger, TimePoint due) {
  if (!transport_->can_open()) {
    slot.device.postpone(trigger, clock_.now() + std::chrono::seconds{1});
    return;
  }
  if (trigger == device::OwnTrigger::retry) {
    collector_.count(Id::retries, journal::kNoPhase, slot.group);
    collector_.duration(Id::retry_lateness, journal::kNoPhase, slot.group, clock_.now() - due);
  } else {
    collector_.count(Id::own_sessions, journal::kNoPhase, slot.group, to_string(trigger));
  }
  start_session(slot, journal::kNoPhase, due, to_string(trigger));
}

void Shard::start_session(Slot& slot, std::uint32_t phase, TimePoint planned, std::string_view trigger) {
  transport::ChannelOptions options;
  options.device = journal::DeviceRef{slot.group, slot.device.index()};
  options.connect_timeout = plan_->limits.connect_timeout;
  options.response_timeout = plan_->limits.response_timeout;
  options.message_size = plan_->limits.message_size;
  options.wants_header = &cwmp::SessionMachine::wants_header;

  journal::Context context;
  context.device = {slot.group, slot.device.index()};
  context.phase = phase;
  context.session = (static_cast<std::uint64_t>(options_.number) << 48) | next_session_++;
  context.at = clock_.now();
  context.planned = planned;
  auto session = std::make_unique<Session>(*this, slot, transport_->open(std::move(options)), context, sinks_, planned);

  ++starts_this_turn_;
  collector_.count(Id::attempts, phase, slot.group);
  bump(live_.attempts);
  bump(live_.in_flight);
  ++gauges_[slot.group].in_flight;
  session->journal.write(journal::SessionStarted{planned, trigger, slot.device.retry_count()});
  session->position = sessions_.size();
  sessions_.push_back(session.get());
  asio::co_spawn(io_, drive(std::move(session)), [this](const std::exception_ptr& failed) {
    if (failed) record_defect(failed);
  });
}

void Shard::session_over(Slot& slot, Session& session, const cwmp::SessionOutcome& outcome) {
  // What an ACS wrote into an error text is not known to be free of secrets.
  const auto detail = outcome.cause == Cause::none ? std::string() : journal::redact_secrets(outcome.detail);
  session.journal.write(
      journal::Ended{outcome.cause, detail, session.planned, session.started, session.paced, outcome.rpcs});
  --gauges_[slot.group].in_flight;
  bump(outcome.cause == Cause::none ? live_.done : live_.failed);
  sessions_.back()->position = session.position;
  std::swap(sessions_[session.position], sessions_.back());
  sessions_.pop_back();

  const auto context = device_context(slot.group);
  const auto trigger = slot.device.session_ended(context, session.view, outcome);
  if (keeps_state()) save(slot, slot.device.record(context));
  // Before the next session, so that one behind the other leaves files their turn, and a run that drains sees the one or
  // the other.
  files_->serve(slot);
  if (trigger != device::OwnTrigger::none && !aborting_) own_session(slot, trigger, clock_.now());
  touch(slot);
  bump(live_.in_flight, -1);  // last: whoever sees none in flight sees the backlog they left
}

void Shard::touch(Slot& slot) {
  slot.unsaved = true;
  if (slot.files != 0) files_->check(slot);
  if (aborting_) return wheel_.cancel(slot);
  const auto due = slot.device.next_due();
  if (due == kNever)
    wheel_.cancel(slot);
  else
    schedule(slot, due);
  if (const bool backlog = slot.device.has_backlog(); backlog != slot.counted_backlog) {
    slot.counted_backlog = backlog;
    bump(live_.backlog, backlog ? 1 : -1);
    gauges_[slot.group].backlog += backlog ? 1u : ~0ull;
  }
  if (const bool offline = slot.device.offline(); offline != slot.counted_offline) {
    slot.counted_offline = offline;
    bump(live_.offline, offline ? 1 : -1);
    gauges_[slot.group].offline += offline ? 1u : ~0ull;
  }
  if (const bool flashing = slot.device.flashing(); flashing != slot.counted_flashing) {
    slot.counted_flashing = flashing;
    gauges_[slot.group].files += flashing ? 1u : ~0ull;
    bump(live_.flashing, flashing ? 1 : -1);
  }
}

// --- asked from outside --------------------------------------------------------------------------------------------------

metrics::Snapshot Shard::snapshot() {
  live_.file_bytes.store(files_->moved(), std::memory_order_relaxed);
  auto out = collector_.snapshot();
  std::vector<bool> unmeasured;
  for (const auto& phase : plan_->phases) unmeasured.push_back(!phase.measured);
  out.set_unmeasured(std::move(unmeasured));
  for (std::uint32_t g = 0; g < gauges_.size(); ++g) {
    const auto gauge = [&](Id id, std::uint64_t value) { out.set_gauge({id, metrics::kOutsidePhases, g, {}}, value); };
    gauge(Id::devices, gauges_[g].devices);
    gauge(Id::in_flight, gauges_[g].in_flight);
    gauge(Id::files_under_way, gauges_[g].files);
    gauge(Id::backlog, gauges_[g].backlog);
    gauge(Id::devices_offline, gauges_[g].offline);
  }
  return out;
}

std::uint64_t Shard::gauge(Id id, const std::vector<std::uint32_t>& groups) const {
  std::uint64_t sum = 0;
  for (const auto group : groups) {
    const GroupGauges& gauges = gauges_[group];
    switch (id) {
      case Id::in_flight: sum += gauges.in_flight; break;
      case Id::devices_offline: sum += gauges.offline; break;
      case Id::files_under_way: sum += gauges.files; break;
      default: sum += gauges.backlog;
    }
  }
  return sum;
}

Duration Shard::cpu_time() const {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec};
}

void Shard::count_file(Slot& slot, int more) {
  slot.files = static_cast<std::uint8_t>(slot.files + more);
  gauges_[slot.group].files += static_cast<std::uint64_t>(more);
  bump(live_.files, more);
}

void Shard::count_waiting_files(const Slot& slot, int more) {
  gauges_[slot.group].files += static_cast<std::uint64_t>(more);
  bump(live_.files, more);
}

void Shard::sample_file(journal::DeviceRef device, const transport::FileResult& result) {
  auto& samples = file_samples_[result.end];
  if (samples.size() < FailureSamples::kPerCause) samples.push_back({device, result.detail, clock_.now()});
}

void Shard::record_defect(std::exception_ptr what) {
  if (!defect_) defect_ = std::move(what);
}

}  // namespace cpefleet::engine
