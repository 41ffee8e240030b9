// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "base/url.hpp"
#include "device/device.hpp"
#include "engine/failure_samples.hpp"
#include "engine/session_journal.hpp"
#include "engine/timer_wheel.hpp"
#include "journal/journal.hpp"
#include "metrics/collector.hpp"
#include "scenario/plan.hpp"
#include "state/store.hpp"
#include "transport/file_mover.hpp"
#include "transport/transport.hpp"

namespace cpefleet::engine {

class FileDesk;
class PhaseRunner;
class RequestDesk;
class UdpDesk;
class UdpRequests;
struct Session;

// Read from the outside at any time, written by the shard only.
struct LiveTotals {
  std::atomic<std::uint64_t> planned{0}, started{0}, merged{0}, skipped{0}, dropped{0};
  std::atomic<std::uint64_t> attempts{0}, done{0}, failed{0};
  std::atomic<std::uint64_t> in_flight{0}, backlog{0}, offline{0};
  std::atomic<std::uint64_t> files{0};        // on their way, or waiting for a place
  std::atomic<std::uint64_t> flashing{0};     // devices that write an image
  std::atomic<std::uint64_t> file_bytes{0};   // moved, as of the last look
  std::atomic<std::uint64_t> catching_up{0};  // phases that are over and whose due starts are not all carried out yet
};

// A timer with a function behind it. Cancelled when destroyed.
class Callback : public TimerNode {
 public:
  Callback(TimerWheel& wheel, std::function<void()> what)
      : TimerNode(Kind::callback), run(std::move(what)), wheel_(wheel) {}
  ~Callback() { wheel_.cancel(*this); }
  std::function<void()> run;

 private:
  TimerWheel& wheel_;
};

// One thread's part of a run: its io_context, its timers, its transport, its slice of the devices (device n of the fleet
// belongs to shard n mod shards). Shares nothing; the outside talks to it by posting to executor().
// Lives from before the first phase to after the last session. Everything but the constructor, live() and executor() is
// called on the shard's own thread.
class Shard {
 public:
  // Makes the transport of this shard; called once, in the constructor.
  using TransportFactory = std::function<std::unique_ptr<transport::Transport>(Shard&)>;
  using FileMoverFactory = std::function<std::unique_ptr<transport::FileMover>(Shard&)>;
  struct Options {
    std::uint32_t number = 0;
    std::uint32_t shards = 1;
    bool simulated = false;             // time is moved by step(), not by a clock
    std::vector<journal::Sink*> sinks;  // beside the collector; each used by this shard alone
    std::string secret;                 // of nonces in connection requests
    state::Store* store = nullptr;      // what devices remember over runs; outlives the shard
    UdpRequests* udp = nullptr;         // outlives the shard; null: no UDP
    FileMoverFactory files;             // called once, in the constructor; empty: no file can be reached
  };

  Shard(std::shared_ptr<const scenario::Plan> plan, const Clock& clock, Options options,
        const TransportFactory& transport);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // --- the thread -------------------------------------------------------------------------------------------------
  // Runs until stop(). Real time only.
  void run();
  void stop();
  // Simulated time: does everything that is due at clock.now(), and says when there is something to do again.
  TimePoint step();
  [[nodiscard]] boost::asio::io_context& context() { return io_; }

  // --- the run -------------------------------------------------------------------------------------------------------
  void begin_phase(std::uint32_t phase, TimePoint at);
  void end_phase(std::uint32_t phase, TimePoint at);
  // Nothing new from now on: phases end, devices' own timers start no session; what is under way, retries and follow-ups
  // included, goes on.
  void drain();
  // Ends what is left: every running session fails as `aborted`.
  void abort_sessions();

  [[nodiscard]] std::uint32_t number() const { return options_.number; }
  [[nodiscard]] std::uint32_t shards() const { return options_.shards; }
  [[nodiscard]] const LiveTotals& live() const { return live_; }
  [[nodiscard]] metrics::Snapshot snapshot();
  [[nodiscard]] const FailureSamples& failure_samples() const { return samples_; }
  [[nodiscard]] const std::map<transport::FileEnd, std::vector<FailureSamples::Sample>>& file_samples() const {
    return file_samples_;
  }
  [[nodiscard]] std::size_t devices() const { return devices_.size(); }
  // backlog, in_flight or devices_offline, over these groups.
  [[nodiscard]] std::uint64_t gauge(metrics::Id id, const std::vector<std::uint32_t>& groups) const;
  // CPU time of the shard's thread so far.
  [[nodiscard]] Duration cpu_time() const;
  [[nodiscard]] const metrics::Histogram& loop_lag() const { return loop_lag_; }
  [[nodiscard]] std::exception_ptr defect() const { return defect_; }

  // --- for the engine's own parts -----------------------------------------------------------------------------------------
  struct Slot : TimerNode {
    Slot(device::Device d, std::uint32_t g) : TimerNode(Kind::device), device(std::move(d)), group(g) {}
    device::Device device;
    std::uint32_t group;
    bool counted_backlog = false;
    bool counted_offline = false;
    bool counted_flashing = false;
    bool unsaved = false;          // changed since the store was last given it
    std::uint8_t files = 0;        // of the device's that are on their way
    bool waits_for_place = false;  // with a file
  };
  // --- kept over runs (--state) -------------------------------------------------------------------------------------
  // Before run(): a device of this shard takes up what it was. How many of its values have no place any more, or why
  // the bytes cannot be read.
  [[nodiscard]] Result<std::size_t> restore(std::uint32_t group, std::uint32_t index, std::string_view bytes);
  [[nodiscard]] bool keeps_state() const { return options_.store != nullptr; }
  // `done`: on the store's thread, when it is safe.
  void save(Slot& slot, const state::DeviceRecord& record, state::Store::Done done = {});
  // Devices that changed outside of sessions. At the end of the run.
  void save_rest();

  // Null when the device belongs to another shard.
  [[nodiscard]] Slot* find(std::uint32_t group, std::uint32_t index);
  // By position in the fleet.
  [[nodiscard]] Slot* at(std::uint64_t position);
  [[nodiscard]] std::uint64_t position(std::uint32_t group, std::uint32_t index) const;
  void for_each_device(const std::vector<std::uint32_t>& groups, const std::function<void(Slot&)>& visit);
  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] const scenario::Plan& plan() const { return *plan_; }
  [[nodiscard]] bool draining() const { return draining_; }
  [[nodiscard]] RequestDesk& desk();
  [[nodiscard]] UdpDesk* udp_desk() { return udp_desk_.get(); }  // null: no UDP
  [[nodiscard]] metrics::Collector& collector() { return collector_; }
  [[nodiscard]] LiveTotals& totals() { return live_; }
  TimerWheel& wheel() { return wheel_; }
  void schedule(TimerNode& node, TimePoint due);
  // Enough sessions were begun in this turn of the loop: what those under way have received comes first. A shard that
  // cannot keep up then starts late, and says so, instead of keeping thousands of sessions waiting for itself: they would
  // cost twice as much each, and their delay would look like the ACS's.
  [[nodiscard]] bool turn_is_full() const;
  // For what a full turn kept from its work: its turn comes behind those who wait already.
  void defer(TimerNode& node);
  void catching_up(int more);
  // Whether another phase still has a start to carry out that was due by then.
  [[nodiscard]] bool behind(std::uint32_t phase, TimePoint at) const;
  [[nodiscard]] device::Context device_context(std::uint32_t group) const;
  // A planned start of a phase, at its time.
  void planned_start(Slot& slot, const device::Stimulus& stimulus, std::uint32_t phase, TimePoint planned);
  // After anything that may have changed when the device wants to be called, or what it counts as.
  void touch(Slot& slot);
  // What several phases may want of one group at a time: its link down, its periodic timers held.
  enum class Hold : std::uint8_t { offline, periodic };
  // The groups among these for which this phase is the first to want it, or at its end the last.
  [[nodiscard]] std::vector<std::uint32_t> hold(Hold what, const std::vector<std::uint32_t>& groups);
  [[nodiscard]] std::vector<std::uint32_t> release(Hold what, const std::vector<std::uint32_t>& groups);
  // A phase begins: what the others still have to do up to this instant, their end included, comes first.
  void settle_before(std::uint32_t phase, TimePoint at);
  // An ACS URL taken apart. Nearly always the same one as for the session before: that one is kept.
  [[nodiscard]] const Result<Url>& parsed(const std::string& acs_url);
  // Another file of the device is on its way, or one less.
  void count_file(Slot& slot, int more);
  void count_waiting_files(const Slot& slot, int more);  // for a place
  // One that failed, among the samples.
  void sample_file(journal::DeviceRef device, const transport::FileResult& result);
  // Begins a session that the device itself asks for.
  void own_session(Slot& slot, device::OwnTrigger trigger, TimePoint due);
  void session_over(Slot& slot, Session& session, const cwmp::SessionOutcome& outcome);
  void record_defect(std::exception_ptr what);

 private:
  void fire(TimerNode& node);
  void serve(TimerNode& node);
  void serve_deferred();
  void device_due(Slot& slot);
  void start_session(Slot& slot, std::uint32_t phase, TimePoint planned, std::string_view trigger);
  void arm_pump();
  void pump_soon(TimePoint now);
  void pump();

  std::shared_ptr<const scenario::Plan> plan_;
  const Clock& clock_;
  Options options_;
  boost::asio::io_context io_{1};
  boost::asio::steady_timer timer_{io_};
  TimePoint armed_for_ = kNever;
  bool pumping_ = false;
  bool pump_posted_ = false;
  unsigned starts_this_turn_ = 0;
  bool draining_ = false;
  bool aborting_ = false;
  TimerWheel wheel_;
  std::vector<std::uint64_t> first_;  // first global position of each group
  struct GroupGauges {
    std::uint64_t devices = 0, in_flight = 0, backlog = 0, offline = 0, files = 0;
  };
  std::vector<GroupGauges> gauges_;
  std::vector<std::array<std::uint32_t, 2>> holds_;  // by group, then by Hold
  std::deque<Slot> devices_;
  metrics::Collector collector_;
  FailureSamples samples_;
  std::map<transport::FileEnd, std::vector<FailureSamples::Sample>> file_samples_;
  SinkList sinks_;
  LiveTotals live_;
  metrics::Histogram loop_lag_;
  std::vector<std::unique_ptr<PhaseRunner>> phases_;
  std::vector<Session*> sessions_;  // running ones
  std::uint64_t next_session_ = 0;
  std::string last_url_text_;
  Result<Url> last_url_{failure("no URL")};
  std::exception_ptr defect_;
  std::unique_ptr<RequestDesk> desk_;  // once there was a request
  std::unique_ptr<UdpDesk> udp_desk_;
  std::unique_ptr<FileDesk> files_;
  std::unique_ptr<transport::Transport> transport_;  // last: destroyed before what its callbacks use
};

[[nodiscard]] std::string_view to_string(device::OwnTrigger trigger);

}  // namespace cpefleet::engine
