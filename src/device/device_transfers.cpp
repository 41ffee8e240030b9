// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/text.hpp"
#include "device/diagnostic_tests.hpp"
#include "device/firmware_image.hpp"
#include "device/known.hpp"
#include "device/lens.hpp"
#include "device/retry.hpp"
#include "device/session_view.hpp"
#include "device/transfers.hpp"
#include "provision/apply.hpp"
#include "provision/config_file.hpp"
#include "provision/write.hpp"

// Files, between sessions: when one is moved, and what becomes of it.
//
//   waiting ──due──▶ running ──ended──▶ done ──TransferCompleteResponse──▶ gone
//      ▲                │  │              ▲
//      └─── restart ────┘  └─▶ flashing ──┘  firmware: off-line, then another version
namespace cpefleet::device {
namespace {

using state::Transfer;
using What = TransferOrder::What;

constexpr std::string_view kLastLine = "end of log\n";

std::string_view file_name(const Transfer& transfer) {
  if (!transfer.target_file_name.empty()) return transfer.target_file_name;
  std::string_view path = transfer.url;
  path = path.substr(0, std::min(path.find_first_of("?#"), path.size()));
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool fits(fleet::FileRules::Failure::Of of, What what, bool upload) {
  using Of = fleet::FileRules::Failure::Of;
  switch (of) {
    case Of::any: return true;
    case Of::firmware: return what == What::firmware;
    case Of::configuration: return what == What::configuration && !upload;
    case Of::upload: return upload;
  }
  return false;
}

bool is_told_autonomously(const Transfers::Entry& entry) {
  return entry.what.autonomous && entry.what.stage == Transfer::Stage::done;
}

// An upload ends with 9011 or 9012 where a download has a code for each way to fail (P-95).
int code_of(const fleet::FileRules::Failure& failure, bool upload) {
  const int code = failure.fault;
  if (upload && (code == 0 || code == 9010 || (code >= 9013 && code <= 9019))) return 9011;
  return code == 0 ? 9010 : code;
}

// What the scenario has go wrong with this run, if anything.
const fleet::FileRules::Failure* planned_failure(const Context& context, std::uint32_t index,
                                                 const Transfers::Entry& entry) {
  const auto what = what_of(entry.what);
  const bool upload = entry.what.kind == Transfer::Kind::upload;
  std::uint64_t rule = 0;
  for (const auto& failure : context.group.files.failures) {
    const auto random = device_draw(context, Stream::transfer, index, std::uint64_t{entry.run} << 8 | rule++);
    if (fits(failure.of, what, upload) && unit(random) < failure.share) return &failure;
  }
  return nullptr;
}

}  // namespace

Transfers& Device::need_transfers() {
  auto& transfers = extra().transfers;
  if (!transfers) transfers = std::make_unique<Transfers>();
  return *transfers;
}

std::string_view Device::software_version(const Context& context) const {
  return extra_ && extra_->upgraded ? std::string_view(extra_->upgraded->version)
                                    : std::string_view(context.group.firmware_of(index_).version);
}

Transfers::Entry* Device::running_transfer() const {
  if (!extra_ || !extra_->transfers) return nullptr;
  for (auto& entry : extra_->transfers->entries) {
    if (entry.what.stage == Transfer::Stage::running) return &entry;
  }
  return nullptr;
}

bool Device::flash_pending() const { return boot_due() == kNever && flashing(); }

bool Device::flashing() const {
  return extra_ && extra_->transfers &&
         std::any_of(extra_->transfers->entries.begin(), extra_->transfers->entries.end(),
                     [](const auto& entry) { return entry.what.stage == Transfer::Stage::flashing; });
}

bool Device::has_upgrade_pending() const {
  return extra_ && extra_->transfers &&
         std::any_of(extra_->transfers->entries.begin(), extra_->transfers->entries.end(), [](const auto& entry) {
           return entry.what.stage != Transfer::Stage::done && what_of(entry.what) == What::firmware;
         });
}

bool Device::upgrading() const {
  const auto* running = running_transfer();
  return running != nullptr && what_of(running->what) == What::firmware;
}

// A file may be moved from then on; of a device that is between sessions and has its link.
TimePoint Device::transfer_due() const {
  if (!extra_ || in_session_ || !powered_) return kNever;
  if (extra_->provisioning) return extra_->provisioning->run == 0 ? extra_->provisioning->due : kNever;
  if (!extra_->transfers || flash_pending()) return kNever;
  const bool busy = running_transfer() != nullptr;
  auto due = kNever;
  for (const auto& entry : extra_->transfers->entries) {
    if (entry.what.stage == Transfer::Stage::waiting && !busy) due = std::min(due, entry.due);
    // While a retry is to come, it goes out with that.
    if (entry.what.stage == Transfer::Stage::done && !waits_for_retry()) due = std::min(due, entry.due);
  }
  return due;
}

std::optional<TransferOrder> Device::take_transfer(const Context& context) {
  const auto now = context.clock.now();
  if (offline() || in_session_ || !powered_ || flash_pending() || !extra_) return std::nullopt;
  if (extra_->provisioning) return take_provisioning(context);
  if (!extra_->transfers || running_transfer() != nullptr) return std::nullopt;
  Transfers::Entry* next = nullptr;
  for (auto& entry : extra_->transfers->entries) {
    if (entry.what.stage == Transfer::Stage::waiting && entry.due <= now && (next == nullptr || entry.due < next->due))
      next = &entry;
  }
  if (next == nullptr) return std::nullopt;
  next->what.stage = Transfer::Stage::running;
  next->run = ++attempts_;
  next->what.started = context.clock.wall(now);

  const auto& what = next->what;
  const auto& rules = context.group.files;
  TransferOrder order;
  order.run = next->run;
  order.what = what_of(what);
  order.upload = what.kind == Transfer::Kind::upload;
  order.url = what.url;
  order.username = what.username;
  order.password = what.password;
  order.speed = rules.speed;
  const Lens lens(*this, context);
  if (order.upload) {
    order.body = order.what == What::log ? log_text(context)
                                         : provision::write(context.group.profile->config.form, *context.group.profile,
                                                            lens.model, context.group.identity_of(index_).mac);
  } else if (order.what == What::firmware) {
    order.max_bytes = kMaxFirmwareBytes;
    order.keep_bytes = kImageHead;
  } else {
    order.max_bytes = order.keep_bytes = provision::kMaxFileBytes;
  }
  const auto* failure = planned_failure(context, index_, *next);
  const auto size = order.upload ? order.body.size() : std::size_t{what.file_size};
  order.planned_cut = failure != nullptr && failure->at && size != 0 && !order.upload;
  if (order.planned_cut)
    order.max_bytes = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(*failure->at * static_cast<double>(size)));
  return order;
}

bool Device::wants_transfer(std::uint32_t run) const {
  if (extra_ && extra_->provisioning) return extra_->provisioning->run == run;
  const auto* running = running_transfer();
  return running != nullptr && running->run == run;
}

void Device::put_back_transfer(std::uint32_t run, TimePoint when) {
  if (!wants_transfer(run)) return;
  if (extra_->provisioning) {
    extra_->provisioning->run = 0;
    extra_->provisioning->due = when;
    return;
  }
  auto* running = running_transfer();
  running->what.stage = Transfer::Stage::waiting;
  running->due = when;
}

bool Device::put_off_files(const Context& context) {
  if (!extra_) return false;
  const auto now = context.clock.now();
  bool any = extra_->diagnostics && extra_->diagnostics->offers();
  if (extra_->provisioning && extra_->provisioning->run == 0 && extra_->provisioning->due <= now) {
    extra_->provisioning->due = kNever;
    any = extra_->provisioning->no_place = true;
  }
  if (!extra_->transfers || running_transfer() != nullptr) return any;
  for (auto& entry : extra_->transfers->entries) {
    if (entry.what.stage != Transfer::Stage::waiting || entry.due > now) continue;
    entry.due = kNever;
    any = entry.no_place = true;
  }
  return any;
}

void Device::call_files(const Context& context) {
  if (!extra_) return;
  const auto now = context.clock.now();
  if (extra_->provisioning && std::exchange(extra_->provisioning->no_place, false)) extra_->provisioning->due = now;
  if (!extra_->transfers) return;
  for (auto& entry : extra_->transfers->entries) {
    if (std::exchange(entry.no_place, false)) entry.due = now;
  }
}

OwnTrigger Device::transfer_ended(const Context& context, const TransferEnd& end) {
  if (!wants_transfer(end.run)) return OwnTrigger::none;
  if (extra_->provisioning) return provisioning_ended(context, end);
  auto& entry = *running_transfer();
  entry.what.started = end.started;
  entry.what.completed = end.completed;
  const bool upload = entry.what.kind == Transfer::Kind::upload;
  const auto* planned = planned_failure(context, index_, entry);
  auto fault = planned != nullptr ? cwmp::FaultStruct{code_of(*planned, upload), planned->text} : fault_of(end, upload);
  bool wants_session = true;
  if (fault.code == 0 && entry.what.file_size == 0)
    entry.what.file_size = static_cast<std::uint32_t>(std::min<std::uint64_t>(end.bytes, UINT32_MAX));
  if (fault.code == 0 && !upload) {
    if (what_of(entry.what) == What::firmware) {
      fault = take_image(context, entry, end);
      wants_session = fault.code != 0;
    } else {
      fault = take_configuration(context, end.kept);
    }
  }
  if (wants_session) finish(context, *running_transfer(), std::move(fault));
  drop_untellable(context);
  if (in_session_) return OwnTrigger::none;  // its end looks for what is to be done
  return go_on_after_transfer(context);
}

// CWMP 1.0 has no message that tells of what the device did of its own accord.
void Device::drop_untellable(const Context& context) {
  if (!context.group.tells_autonomous) std::erase_if(extra_->transfers->entries, is_told_autonomously);
}

void Device::finish(const Context& context, Transfers::Entry& entry, cwmp::FaultStruct fault) {
  entry.what.stage = Transfer::Stage::done;
  entry.what.fault = fault.code;
  constexpr std::size_t kLongestText = 4 * 256;  // bytes; more of it than a FaultString has room for is not kept
  entry.what.fault_text = fault.text.substr(0, kLongestText);
  entry.due = context.clock.now();
}

// Between sessions: an image is written, a restart that waited begins, or the ACS is told.
OwnTrigger Device::go_on_after_transfer(const Context& context) {
  if (go_down(context)) return OwnTrigger::none;
  if (offline() || waits_for_retry()) return OwnTrigger::none;
  return take_due_results(context.clock.now()) ? OwnTrigger::transfer : OwnTrigger::none;
}

// Whether there is something to tell now. It counts as told by the session that begins; where that fails, its retry does.
bool Device::take_due_results(TimePoint now) {
  if (!extra_ || !extra_->transfers) return false;
  bool any = false;
  for (auto& entry : extra_->transfers->entries) {
    if (entry.what.stage != Transfer::Stage::done || entry.due > now) continue;
    any = true;
    entry.due = kNever;
  }
  return any;
}

// What an Inform told of and its session did not bring the answer to is told again: with the retry of a session that
// failed, else behind a wait of its own, so that an ACS that never answers is not asked without end.
void Device::settle_results(const Context& context, bool session_failed) {
  if (!extra_ || !extra_->transfers) return;
  auto& wanted = extra_->transfers->wanted;
  if (!session_failed) {
    // An ACS that did well with 1.0 will not be told; one that had its chance to answer is not asked again (V-5).
    if (extra_->transfers->told_in_1_0) std::erase_if(extra_->transfers->entries, is_told_autonomously);
    if (extra_->transfers->wanted_informed && !wanted.empty()) wanted.erase(wanted.begin());
  }
  for (auto& entry : extra_->transfers->entries) {
    if (!std::exchange(entry.informed, false)) {
      // There was no room for it in the Inform.
      if (entry.what.stage == Transfer::Stage::done && entry.due == kNever) entry.due = context.clock.now();
      continue;
    }
    entry.offered = false;
    entry.due = kNever;
    if (session_failed) continue;
    ++entry.tries;
    entry.due =
        context.clock.now() + retry_wait(entry.tries, device_draw(context, Stream::retry_wait, index_, attempts_));
  }
  if (extra_->transfers->entries.empty() && wanted.empty()) extra_->transfers.reset();
}

// Files of the device's own accord. Nobody has asked for them, so there is no command key.
Admission Device::act_on_file(const Context& context, const Stimulus& stimulus) {
  if (offline() || !powered_) return Admission::skipped_offline;
  if (!bootstrapped_ && !events_.has(SingleEvent::bootstrap)) bootstrap();
  if (stimulus.kind == Stimulus::Kind::request_download) {
    auto& wanted = need_transfers().wanted;
    if (std::find(wanted.begin(), wanted.end(), stimulus.file_type) == wanted.end())
      wanted.push_back(stimulus.file_type);
    return admit();
  }
  if (transfers() != nullptr && transfers()->entries.size() >= kMaxTransfers) return Admission::quiet;
  Transfer transfer;
  transfer.autonomous = true;
  transfer.file_type = stimulus.file_type;
  transfer.url = stimulus.url;
  need_transfers().entries.push_back({std::move(transfer), context.clock.now()});
  return Admission::quiet;
}

bool Device::wants_download() const { return extra_ && extra_->transfers && !extra_->transfers->wanted.empty(); }

// --- firmware -----------------------------------------------------------------------------------------------------------

cwmp::FaultStruct Device::take_image(const Context& context, Transfers::Entry& entry, const TransferEnd& end) {
  if (in_call()) return {9010, "Call in progress"};  // GQ082
  FirmwareImage image;
  image.head = end.kept;
  image.bytes = end.bytes;
  image.announced = entry.what.file_size;
  image.name = file_name(entry.what);
  image.scenario = context.group.files.firmware;
  image.present = software_version(context);
  auto version = judge(image, *context.group.profile);
  if (!version) return std::move(version.error());
  entry.what.stage = Transfer::Stage::flashing;
  entry.what.version = std::move(*version);
  return {};
}

void Device::begin_flash(const Context& context) {
  const auto promised = extra_->put_off;  // one restart serves both
  if (promised && promised->factory_reset) become_flashed(context);
  if (promised) {
    restart(context, *promised);
  } else {
    go_down_for_boot(context);
  }
  extra().boot_due += context.group.files.flash_time.value_or(context.group.profile->transfers.flash_time);
}

// P-86: told once it runs.
void Device::become_flashed(const Context& context) {
  if (!extra_ || !extra_->transfers) return;
  for (auto& entry : extra_->transfers->entries) {
    if (entry.what.stage != Transfer::Stage::flashing) continue;
    become(context, entry.what.version);
    entry.what.completed = context.clock.wall(context.clock.now());
    finish(context, entry, {});
  }
  drop_untellable(context);
}

void Device::become(const Context& context, const std::string& version) {
  const auto* before = firmware(context).schema.get();
  const auto& drawn = context.group.firmware_of(index_);
  if (version == drawn.version) {
    extra().upgraded.reset();
  } else {
    extra().upgraded = std::make_unique<Upgraded>(Upgraded{&context.group.profile->nearest_firmware(version), version});
  }
  const auto& schema = *firmware(context).schema;
  if (&schema == before) return;
  if (auto moved = state::decode_delta(state::encode(delta_, *before), schema)) delta_ = std::move(moved->delta);
}

// --- configuration and log -----------------------------------------------------------------------------------------------

cwmp::FaultStruct Device::take_configuration(const Context& context, std::string_view bytes) {
  const auto file = provision::parse(bytes);
  if (!file) return {9018, file.error().message()};
  provision::Applied applied;
  {
    Lens lens(*this, context);
    auto result = provision::apply(*file, *context.group.profile, lens.model, context.group.identity_of(index_).mac);
    if (!result) return {9018, result.error().message()};
    applied = std::move(*result);
  }
  follow_own_changes(context, applied.changed);
  if (!applied.changed.empty()) static_cast<void>(refresh_voice(context, true));
  if (!in_session_) arm_watch(context);
  static_cast<void>(tell(applied.notification));
  return {};
}

// Nobody has seen a device's log; this is one that can be told apart.
std::string Device::log_text(const Context& context) const {
  const auto now = context.clock.now();
  const auto identity = context.group.identity_of(index_);
  std::string out = fmt::format("{} {} {} log of {}\n", identity.manufacturer, identity.product_class,
                                software_version(context), identity.serial);
  out += fmt::format("{} boot\n", format_utc(context.clock.wall(booted_at_)));
  out += fmt::format("{} sessions with the ACS so far: {}, of these the last {} failed\n",
                     format_utc(context.clock.wall(now)), attempts_, retry_count_);
  out += kLastLine;
  return out;
}

// --- what happens to the device meanwhile -------------------------------------------------------------------------------

// The server sees the connection end.
void Device::transfers_lose_link(const Context& context) {
  if (!extra_) return;
  TransferEnd end;
  end.how = TransferEnd::How::cut;
  end.detail = "the device lost its link";
  end.completed = context.clock.wall(context.clock.now());
  if (extra_->provisioning && extra_->provisioning->run != 0) {
    extra_->provisioning->run = 0;  // asked again when the link is back
    return;
  }
  if (auto* running = running_transfer()) {
    end.started = running->what.started;
    running->what.completed = end.completed;
    finish(context, *running, fault_of(end, running->what.kind == Transfer::Kind::upload));
    drop_untellable(context);
  }
}

// A restart: what was under way begins anew behind it (B-1).
void Device::transfers_restart(TimePoint now) {
  if (auto* running = running_transfer()) {
    running->what.stage = Transfer::Stage::waiting;
    running->due = now;
  }
}

// V-6: results that no ACS has been told are undelivered events like others. What is still to come is told to whoever is
// the ACS then.
void Device::forget_transfers() {
  if (!extra_ || !extra_->transfers) return;
  std::erase_if(extra_->transfers->entries,
                [](const Transfers::Entry& entry) { return entry.what.stage == Transfer::Stage::done; });
  extra_->transfers->wanted.clear();
}

}  // namespace cpefleet::device
