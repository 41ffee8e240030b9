// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.hpp"
#include "cwmp/events.hpp"
#include "device/session_view.hpp"
#include "device/transfers.hpp"

// Files, as far as an ACS sees them during a session: it asks for them, and is told how they came out.
namespace cpefleet::device {
namespace {

using state::Transfer;

constexpr std::size_t kMaxEvents = 64;  // EventList of the XSD

std::string text_of(WallTime at) { return at == state::kEarliest ? std::string() : format_utc(at); }

cwmp::CpeRequest complete(const Transfer& transfer) {
  const cwmp::FaultStruct fault{transfer.fault, transfer.fault_text};
  if (!transfer.autonomous)
    return cwmp::TransferComplete{transfer.command_key, fault, text_of(transfer.started), text_of(transfer.completed)};
  cwmp::AutonomousTransferComplete out;
  out.transfer_url = transfer.url;
  out.is_download = transfer.kind == Transfer::Kind::download;
  out.file_type = transfer.file_type;
  out.file_size = transfer.file_size;
  out.target_file_name = transfer.target_file_name;
  out.fault = fault;
  out.start_time = text_of(transfer.started);
  out.complete_time = text_of(transfer.completed);
  return out;
}

cwmp::TransferState state_of(const Transfer& transfer) {
  if (transfer.stage == Transfer::Stage::waiting) return cwmp::TransferState::not_started;
  if (transfer.stage == Transfer::Stage::done) return cwmp::TransferState::completed;
  return cwmp::TransferState::in_progress;
}

template <class Request>
Transfer transfer_of(const Request& request) {
  Transfer transfer;
  transfer.command_key = request.command_key;
  transfer.file_type = request.file_type;
  transfer.url = request.url;
  transfer.username = request.username;
  transfer.password = request.password;
  return transfer;
}

// Download, ScheduleDownload.
template <class Request>
Transfer download_of(const Request& request) {
  auto transfer = transfer_of(request);
  transfer.target_file_name = request.target_file_name;
  transfer.file_size = request.file_size;
  return transfer;
}

// In front of those with a greater number, and of those without one (V-11).
void insert_single(std::vector<cwmp::Event>& events, std::string_view code) {
  const auto number = [](std::string_view of) {
    int n = 0;
    for (std::size_t i = 0; i < of.size() && of[i] >= '0' && of[i] <= '9'; ++i) n = n * 10 + (of[i] - '0');
    return of.empty() || of[0] < '0' || of[0] > '9' ? 100 : n;
  };
  const auto at = std::find_if(events.begin(), events.end(),
                               [&](const cwmp::Event& event) { return number(event.code) >= number(code); });
  if (at == events.end() || at->code != code) events.insert(at, {std::string(code), {}});
}

}  // namespace

// V-4: as long as TransferComplete has no answer, every Inform has its events. They are not kept in the queue.
void SessionView::add_transfer_events(std::vector<cwmp::Event>& events, cwmp::Version version) {
  auto* transfers = device_.transfers();
  if (transfers == nullptr) return;
  std::vector<cwmp::Event> commands;
  for (auto& entry : transfers->entries) {
    const auto& what = entry.what;
    entry.informed = entry.offered = false;
    if (what.stage != Transfer::Stage::done || events.size() + commands.size() + 2 > kMaxEvents) continue;
    if (what.autonomous) {
      if (version == cwmp::Version::v1_0) continue;
      insert_single(events, cwmp::event::kAutonomousTransferComplete);
    } else {
      insert_single(events, cwmp::event::kTransferComplete);
      const bool download = what.kind == Transfer::Kind::download;
      commands.push_back(
          {std::string(download ? cwmp::event::kMDownload : cwmp::event::kMUpload), what.command_key});  // V-2
    }
    entry.informed = true;
  }
  transfers->told_in_1_0 = version == cwmp::Version::v1_0;
  transfers->wanted_informed = !transfers->wanted.empty();
  if (transfers->wanted_informed) insert_single(events, cwmp::event::kRequestDownload);
  events.insert(events.end(), std::make_move_iterator(commands.begin()), std::make_move_iterator(commands.end()));
}

std::optional<cwmp::CpeRequest> SessionView::next_request() {
  auto* transfers = device_.transfers();
  if (transfers == nullptr) return std::nullopt;
  for (const auto& entry : transfers->entries) {
    if (entry.informed && !entry.offered) return complete(entry.what);
  }
  if (transfers->wanted_informed && !transfers->wanted.empty())
    return cwmp::RequestDownload{transfers->wanted.front(), {}};
  return std::nullopt;
}

// A TransferComplete that the ACS refuses is not delivered, and is told again behind a wait. A RequestDownload is not
// repeated (V-5).
void SessionView::request_answered(const cwmp::CpeRequest& request, const std::optional<cwmp::Fault>& fault) {
  auto* transfers = device_.transfers();
  if (transfers == nullptr) return;
  if (std::holds_alternative<cwmp::RequestDownload>(request)) {
    if (!transfers->wanted.empty()) transfers->wanted.erase(transfers->wanted.begin());
    transfers->wanted_informed = !transfers->wanted.empty();
    return;
  }
  auto& entries = transfers->entries;
  const auto asked = std::find_if(entries.begin(), entries.end(),
                                  [](const Transfers::Entry& entry) { return entry.informed && !entry.offered; });
  if (asked == entries.end()) return;
  if (fault) {
    asked->offered = true;
  } else {
    entries.erase(asked);
  }
}

cwmp::CpeResponse SessionView::accept(Transfer transfer, std::uint32_t delay_seconds) {
  if (const auto* transfers = device_.transfers(); transfers != nullptr && transfers->entries.size() >= kMaxTransfers)
    return cwmp::make_fault(9004, "too many transfers are pending");
  const bool download = transfer.kind == Transfer::Kind::download;
  device_.need_transfers().entries.push_back(
      {std::move(transfer), context_.clock.now() + std::chrono::seconds{delay_seconds}});
  if (download) return cwmp::DownloadResponse{};
  return cwmp::UploadResponse{};
}

cwmp::CpeResponse SessionView::download(const cwmp::Download& request) {
  if (const auto fault = judge(request); fault.code != 0) return cwmp::make_fault(fault.code, fault.text);
  auto transfer = download_of(request);
  if (what_of(transfer) == TransferOrder::What::firmware && context_.group.profile->has_quirk("GQ083") &&
      device_.has_upgrade_pending())
    return cwmp::make_fault(9001, "Device is upgrading");
  return accept(std::move(transfer), request.delay_seconds);
}

cwmp::CpeResponse SessionView::upload(const cwmp::Upload& request) {
  if (const auto fault = judge(request, context_.group.strict); fault.code != 0)
    return cwmp::make_fault(fault.code, fault.text);
  auto transfer = transfer_of(request);
  transfer.kind = Transfer::Kind::upload;
  return accept(std::move(transfer), request.delay_seconds);
}

// One window at its beginning; what fails there is told, not tried again.
cwmp::CpeResponse SessionView::schedule_download(const cwmp::ScheduleDownload& request) {
  cwmp::Download as;
  as.file_type = request.file_type;
  as.url = request.url;
  as.file_size = request.file_size;
  if (const auto fault = judge(as); fault.code != 0) return cwmp::make_fault(fault.code, fault.text);
  if (request.windows.empty()) return cwmp::make_fault(9003, "TimeWindowList is empty");
  auto transfer = download_of(request);
  auto response = accept(std::move(transfer), request.windows.front().start);
  if (std::holds_alternative<cwmp::Fault>(response)) return response;
  return cwmp::ScheduleDownloadResponse{};
}

// 9021 where it is too late (CHECKLIST 15).
cwmp::CpeResponse SessionView::cancel_transfer(const cwmp::CancelTransfer& request) {
  auto* transfers = device_.transfers();
  if (transfers == nullptr) return cwmp::CancelTransferResponse{};
  const bool late = std::any_of(transfers->entries.begin(), transfers->entries.end(), [&](const auto& entry) {
    return entry.what.command_key == request.command_key && entry.what.stage == Transfer::Stage::flashing;
  });
  if (late) return cwmp::make_fault(9021, "the image is being written");
  std::erase_if(transfers->entries, [&](const auto& entry) {
    return !entry.what.autonomous && entry.what.command_key == request.command_key &&
           entry.what.stage != Transfer::Stage::done;
  });
  return cwmp::CancelTransferResponse{};
}

cwmp::CpeResponse SessionView::queued_transfers() {
  cwmp::GetQueuedTransfersResponse out;
  if (const auto* transfers = device_.transfers()) {
    for (const auto& entry : transfers->entries) {
      if (!entry.what.autonomous) out.transfers.push_back({entry.what.command_key, state_of(entry.what)});
    }
  }
  return out;
}

cwmp::CpeResponse SessionView::all_queued_transfers() {
  cwmp::GetAllQueuedTransfersResponse out;
  if (const auto* transfers = device_.transfers()) {
    for (const auto& entry : transfers->entries) {
      const auto& what = entry.what;
      out.transfers.push_back({what.command_key, state_of(what), what.kind == Transfer::Kind::download, what.file_type,
                               what.file_size, what.target_file_name});
    }
  }
  return out;
}

}  // namespace cpefleet::device
