// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "connreq/throttle.hpp"
#include "cwmp/messages.hpp"
#include "cwmp/session/machine.hpp"
#include "datamodel/delta.hpp"
#include "datamodel/model.hpp"
#include "device/diagnostic_order.hpp"
#include "device/event_queue.hpp"
#include "device/stimulus.hpp"
#include "device/transfers.hpp"
#include "device/voice.hpp"
#include "fleet/group.hpp"
#include "state/record.hpp"
#include "tr111/stun_client.hpp"
#include "tr111/udp_request.hpp"

namespace cpefleet::device {

class DiagnosticTests;
struct Nat;
class SessionView;
class UdpPorts;

// What a device is given to look at whenever it acts. Both outlive the call.
struct Context {
  const fleet::Group& group;
  const Clock& clock;
  UdpPorts* udp = nullptr;  // null where there are no sockets
};

// One virtual CPE between sessions: what it remembers, and when it wants to speak next. Small on purpose (a million of
// them fit into memory): everything that can be computed from the group and the index is not stored. Owned by its shard
// in one array; does not move while a session runs. Thread: its shard. No I/O, no clock of its own.
//
//              stimulus, own timer            session_ended(none)
//     idle ─────────────────────────▶ in session ─────────────────▶ idle
//      ▲  retry due                       │ session_ended(cause)
//      └──────────────── retry wait ◀─────┘          rebooting: off-line until the boot time is over
class Device {
 public:
  Device(const Context& context, std::uint32_t index);
  Device(Device&&) noexcept;
  Device& operator=(Device&&) noexcept;
  ~Device();

  [[nodiscard]] std::uint32_t index() const { return index_; }  // within its group
  [[nodiscard]] std::size_t heap_bytes() const;

  // --- between sessions ---------------------------------------------------------------------------------------------
  // Whether a stimulus that wants a session would get Admission::start. Asked before stimulate() by a generator that
  // cannot start one now and therefore drops the stimulus altogether.
  [[nodiscard]] bool could_start() const { return !in_session_ && !offline() && !waits_for_retry() && !provisioning(); }
  // Queues what the stimulus means and says whether a session should start now.
  [[nodiscard]] Admission stimulate(const Context& context, const Stimulus& stimulus);

  // The earliest instant at which on_timer() wants to be called; kNever when there is none. May change with any call.
  [[nodiscard]] TimePoint next_due() const;
  // Called at or after next_due(). A trigger other than none asks for a session now; it was due at `due`.
  struct Due {
    OwnTrigger trigger = OwnTrigger::none;
    TimePoint due;
  };
  [[nodiscard]] Due on_timer(const Context& context);
  // A trigger that the generator could not serve now (no descriptor free): ask again at `when`.
  void postpone(OwnTrigger trigger, TimePoint when);
  // Stops and restarts the device's own periodic timer (`own_timers: false`, a `do: periodic` phase).
  void hold_periodic(const Context& context, bool held);

  [[nodiscard]] bool in_session() const { return in_session_; }
  [[nodiscard]] bool offline() const { return offline_ || boot_due() != kNever; }
  [[nodiscard]] bool waits_for_retry() const { return retry_due_ != kNever; }
  // Wants a session and has none: counted in `backlog`.
  [[nodiscard]] bool has_backlog() const;
  // An image is being written, or waits for it: the ACS is yet to be told.
  [[nodiscard]] bool flashing() const;
  [[nodiscard]] std::uint32_t retry_count() const { return retry_count_; }
  // Ever switched on; a factory device is off until its first boot.
  [[nodiscard]] bool powered() const { return powered_; }

  [[nodiscard]] const profile::Firmware& firmware(const Context& context) const;
  // SoftwareVersion: the scenario's, or what an upgrade made of it.
  [[nodiscard]] std::string_view software_version(const Context& context) const;
  // The firmware that a device with this version has, DeviceRecord::software_version.
  [[nodiscard]] const profile::Firmware& firmware_of(const Context& context, std::string_view version) const;

  // --- files (transfers.hpp; device_transfers.cpp) ----------------------------------------------------------------------
  // The next one to move, when one is due: asked after on_timer(). One at a time; between sessions.
  [[nodiscard]] std::optional<TransferOrder> take_transfer(const Context& context);
  // Whether an order is still wanted; one that is not is given up, and its end is of no interest.
  [[nodiscard]] bool wants_transfer(std::uint32_t run) const;
  // It could not be carried out (no descriptor, no memory): to be taken again at `when`.
  void put_back_transfer(std::uint32_t run, TimePoint when);
  // There is no place for what is due now: it waits for call_files(). False when nothing is due.
  [[nodiscard]] bool put_off_files(const Context& context);
  void call_files(const Context& context);
  // What follows: the ACS is told, the image is written, values change.
  [[nodiscard]] OwnTrigger transfer_ended(const Context& context, const TransferEnd& end);
  // A template over its identity, as it is now.
  [[nodiscard]] std::string expanded(const Context& context, std::string_view identity_template) const;
  [[nodiscard]] bool provisioning() const { return extra_ && extra_->provisioning; }

  // --- connection requests (TR-069 3.2.2) -----------------------------------------------------------------------------
  struct Login {
    std::string username;
    std::string password;
  };
  [[nodiscard]] Login connection_request_login(const Context& context) const;
  // Counts one that was authenticated; false when there were too many (C-7).
  [[nodiscard]] bool admit_connection_request(const Context& context, const connreq::ThrottlePolicy& policy);

  // --- being reached by UDP (TR-069 Annex G; device_nat.cpp) ------------------------------------------------------------
  // None is sent, and nothing is answered: udp_ports.hpp. A change that is to be told makes the device due.
  void stun_answer(const Context& context, tr111::StunPort at, tr111::Bytes datagram);
  void stun_server_known(const Context& context) { refresh_nat(context); }
  // The verdict only; a session is the stimulus connection_request.
  [[nodiscard]] tr111::UdpVerdict udp_request(const Context& context, std::string_view datagram);
  [[nodiscard]] bool does_stun() const;
  // Known while STUN finds a NAT in between.
  [[nodiscard]] tr111::Endpoint public_address() const;
  // The time stamp of the last accepted request, for whoever keeps it over a restart; 0: none.
  [[nodiscard]] std::uint64_t udp_request_ts() const;
  void restore_udp_request_ts(std::uint64_t ts);

  // --- diagnostics (TR-106, TR-143; device_diagnostics.cpp) -------------------------------------------------------------
  // A TR-143 test whose bytes are to be moved now. To be asked for behind each on_timer() until there is none; one that
  // is not taken comes again behind the next session. Then diagnostic_ended(), with true times and counts; where it is no
  // longer wanted (its parameters were written, the device restarted) the bytes may stop, and a result is dropped.
  [[nodiscard]] std::optional<DiagnosticOrder> take_diagnostic_order(const Context& context);
  [[nodiscard]] bool diagnostic_wanted(std::uint64_t run) const;
  void offer_diagnostics_again(const Context& context);
  // A trigger other than none asks for a session now.
  [[nodiscard]] OwnTrigger diagnostic_ended(const Context& context, const DiagnosticResult& result);

  // --- a session ------------------------------------------------------------------------------------------------------
  // The engine makes a SessionView, drives a SessionMachine with it, then calls session_ended() with both.
  // What the outcome means for the device: delivered or kept events, retry wait by the table and Retry-After, reboot,
  // factory reset, a changed ACS URL. follow_up asks for another session at once (S-14).
  [[nodiscard]] OwnTrigger session_ended(const Context& context, const SessionView& view,
                                         const cwmp::SessionOutcome& outcome);

  // --- kept over runs (--state) ---------------------------------------------------------------------------------------
  // Between sessions; during one it is SessionView's to say.
  [[nodiscard]] state::DeviceRecord record(const Context& context) const;
  // A device that was just made becomes the one of the record, as after a time without a network: what came due
  // meanwhile is due now, but periodic Informs, which spread anew; calls have ended; what it had to tell goes out as by a
  // first retry. Where its ACS is another one now, with 0 BOOTSTRAP.
  void restore(const Context& context, state::DeviceRecord record);

 private:
  friend class SessionView;
  struct Scheduled {
    TimePoint due;
    std::string command_key;
  };
  // Rare things, allocated when first needed.
  using Restart = state::PromisedRestart;  // asked for by the ACS
  struct Extra {
    std::vector<Scheduled> scheduled;              // pending ScheduleInforms, by due time
    TimePoint boot_due = kNever;                   // rebooting until then
    TimePoint watch_due = kNever;                  // something with active notification may have changed by itself then
    std::unique_ptr<Voice> voice;                  // once a line was enabled
    std::unique_ptr<Nat> nat;                      // while STUN is on, and once there was a UDP request
    std::unique_ptr<DiagnosticTests> diagnostics;  // while one is asked for or runs
    std::optional<Restart> put_off;                // until the session is over (S-9), and the last call (C4)
    std::unique_ptr<Transfers> transfers;
    std::unique_ptr<Upgraded> upgraded;
    std::unique_ptr<ProvisioningFetch> provisioning;  // while it is under way
    connreq::Throttle throttle;
  };
  class Lens;  // the device's data model, for the length of a function
  Extra& extra();
  [[nodiscard]] TimePoint boot_due() const { return extra_ ? extra_->boot_due : kNever; }
  void queue(SingleEvent event);
  void bootstrap();
  void boot(const Context& context);
  bool go_down(const Context& context);
  void restart(const Context& context, const Restart& how);
  Restart& promised_restart();
  [[nodiscard]] state::DeviceRecord record(const Context& context, std::string acs_url) const;
  void go_down_for_boot(const Context& context);
  void reset_to_factory(const Context& context);
  [[nodiscard]] bool in_call() const { return extra_ && extra_->voice && extra_->voice->in_call(); }
  // What a restart waits for.
  [[nodiscard]] bool busy() const { return in_call() || upgrading(); }
  [[nodiscard]] Transfers* transfers() const { return extra_ ? extra_->transfers.get() : nullptr; }
  Transfers& need_transfers();
  [[nodiscard]] Transfers::Entry* running_transfer() const;
  [[nodiscard]] TimePoint transfer_due() const;
  [[nodiscard]] bool has_upgrade_pending() const;
  [[nodiscard]] bool upgrading() const;  // the image is on its way
  [[nodiscard]] bool flash_pending() const;
  [[nodiscard]] bool wants_download() const;  // an RequestDownload is to be sent
  void finish(const Context& context, Transfers::Entry& entry, cwmp::FaultStruct fault);
  [[nodiscard]] OwnTrigger go_on_after_transfer(const Context& context);
  void drop_untellable(const Context& context);
  [[nodiscard]] bool take_due_results(TimePoint now);
  void settle_results(const Context& context, bool session_failed);
  [[nodiscard]] cwmp::FaultStruct take_image(const Context& context, Transfers::Entry& entry, const TransferEnd& end);
  void begin_flash(const Context& context);
  void become_flashed(const Context& context);
  void become(const Context& context, const std::string& version);
  [[nodiscard]] cwmp::FaultStruct take_configuration(const Context& context, std::string_view bytes);
  [[nodiscard]] std::string log_text(const Context& context) const;
  void transfers_lose_link(const Context& context);
  void transfers_restart(TimePoint now);
  void forget_transfers();
  [[nodiscard]] Admission act_on_file(const Context& context, const Stimulus& stimulus);
  void begin_provisioning(const Context& context);
  [[nodiscard]] std::optional<TransferOrder> take_provisioning(const Context& context);
  [[nodiscard]] OwnTrigger provisioning_ended(const Context& context, const TransferEnd& end);
  // What follows from values the device wrote itself. True when its ACS is another one now.
  bool follow_own_changes(const Context& context, const std::vector<std::string>& paths);
  [[nodiscard]] bool may_have_voice(const Context& context) const;
  // Lines follow what their Enable says now. `written`: somebody may have written it. True when it asks for a session.
  bool refresh_voice(const Context& context, bool written);
  [[nodiscard]] Voice::Time voice_time(const Context& context) const;
  // Something changed that is to be told at this level of notification: true when it asks for a session.
  bool tell(std::uint8_t notification);
  [[nodiscard]] Admission act(const Context& context, const Stimulus& stimulus);
  [[nodiscard]] Admission admit();  // a session is wanted: can it start?
  [[nodiscard]] bool watches_something() const;
  void arm_watch(const Context& context);
  DiagnosticTests& need_diagnostics(const Context& context);
  [[nodiscard]] TimePoint diagnostics_due() const;
  bool diagnostics_done(bool complete, std::uint8_t notification);
  // Somebody wrote these, all at once, and DiagnosticsState only to ask for a test.
  void diagnostics_written(const Context& context, datamodel::Model& model,
                           const std::vector<datamodel::Key>& parameters);
  void forget_diagnostics(const Context& context);
  void resume_diagnostics(const Context& context);
  void cut_diagnostics(const Context& context);
  std::optional<TimePoint> on_diagnostics_timer(const Context& context);  // when what is to be told was due
  [[nodiscard]] Nat* nat() const;
  Nat& need_nat();
  [[nodiscard]] TimePoint nat_due() const;
  template <class Call>
  void with_stun(const Context& context, const Call& call);
  void start_stun(const Context& context);  // of a device that is up from the start
  void refresh_nat(
      const Context& context);  // STUN as its settings say: after a boot, after somebody may have written them
  void catch_up_nat(const Context& context);  // what could not be done when it was due is due now
  void refresh_udp_login(const Context& context);
  void forget_binding();
  void drop_idle_nat();
  std::optional<TimePoint> on_nat_timer(const Context& context);
  void address_changed(const Context& context, bool detection_too);
  [[nodiscard]] bool tell_address(const Context& context);
  // An Inform told of it.
  void told(const Context& context, const datamodel::Model& model, const datamodel::Key& parameter);
  [[nodiscard]] bool holds_back(const Context& context, const datamodel::Model& model,
                                const datamodel::Key& parameter) const;
  // With `spread`, the first one comes at a random point of the interval, so that a fleet does not speak at once.
  void arm_periodic(const Context& context, bool spread);

  datamodel::Delta delta_;
  EventQueue events_;
  std::unique_ptr<Extra> extra_;
  TimePoint booted_at_{};
  TimePoint periodic_due_ = kNever;
  TimePoint retry_due_ = kNever;
  TimePoint wake_due_ = kNever;  // a session that is due apart from timers: a follow-up, a start that was postponed
  std::uint32_t index_ = 0;
  std::uint32_t retry_count_ = 0;
  std::uint32_t attempts_ = 0;  // all sessions ever begun: makes every draw of this device different
  bool in_session_ : 1 = false;
  bool offline_ : 1 = false;
  bool powered_ : 1 = false;
  bool bootstrapped_ : 1 = false;  // has met this ACS: no 0 BOOTSTRAP
  bool periodic_held_ : 1 = false;
  bool provisioned_ : 1 = false;  // has asked its provisioning server
};

[[nodiscard]] bool is_stun_setting(std::string_view path);

}  // namespace cpefleet::device
