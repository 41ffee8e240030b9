// SPDX-License-Identifier: Apache-2.0
#include "engine/file_desk.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>
#include <utility>

#include "base/url.hpp"

namespace cpefleet::engine {
namespace {

namespace asio = boost::asio;
using device::DiagnosticEnd;
using device::TransferEnd;
using metrics::Id;
using transport::FileEnd;

constexpr Duration kAgain = std::chrono::seconds{1};         // for what found no descriptor and no memory
constexpr Duration kLongest = std::chrono::hours{24};        // a speed limit may make an image take long
constexpr Duration kProvisioning = std::chrono::minutes{5};  // a device does not wait for its configuration for ever

TransferEnd::How how_of(const transport::FileResult& result) {
  using How = TransferEnd::How;
  constexpr int kServerError = 500;
  switch (result.end) {
    case FileEnd::ok: return How::done;
    case FileEnd::not_allowed:
    case FileEnd::resolve_failed:
    case FileEnd::connect_failed:
    case FileEnd::tls_failed: return How::unreachable;
    case FileEnd::unauthorized: return How::unauthorized;
    case FileEnd::not_found: return How::not_found;
    case FileEnd::refused: return result.status >= kServerError ? How::failed : How::not_found;
    case FileEnd::cut:
    case FileEnd::stalled:
    case FileEnd::timed_out: return How::cut;
    case FileEnd::too_big: return How::too_big;
    case FileEnd::bad_request:
    case FileEnd::bad_http:
    case FileEnd::no_descriptor:
    case FileEnd::no_memory:
    case FileEnd::aborted: break;
  }
  return How::failed;
}

DiagnosticEnd diagnostic_end_of(const transport::FileResult& result) {
  switch (result.end) {
    case FileEnd::ok: return DiagnosticEnd::completed;
    case FileEnd::bad_request:
    case FileEnd::not_allowed:
    case FileEnd::resolve_failed:
    case FileEnd::connect_failed:
    case FileEnd::tls_failed:
    case FileEnd::no_memory:
    case FileEnd::no_descriptor: return DiagnosticEnd::init_connection_failed;
    case FileEnd::unauthorized: return DiagnosticEnd::password_request_failed;
    case FileEnd::stalled:
    case FileEnd::timed_out: return result.times.first_byte ? DiagnosticEnd::timeout : DiagnosticEnd::no_response;
    case FileEnd::cut: return result.status == 0 ? DiagnosticEnd::no_response : DiagnosticEnd::transfer_failed;
    case FileEnd::not_found:
    case FileEnd::refused:
    case FileEnd::too_big:
    case FileEnd::bad_http:
    case FileEnd::aborted: break;
  }
  return DiagnosticEnd::transfer_failed;
}

}  // namespace

struct FileDesk::Job {
  Shard::Slot* slot = nullptr;
  std::unique_ptr<transport::FileTransfer> transfer;
  std::string_view kind;         // for the metrics
  std::uint32_t run = 0;         // of a file
  std::uint64_t diagnostic = 0;  // of a test; 0: it is a file
  bool upload = false;
  bool planned_cut = false;  // by the scenario
  TimePoint began;
};

FileDesk::FileDesk(Shard& shard, std::unique_ptr<transport::FileMover> mover)
    : shard_(shard), mover_(std::move(mover)) {}

FileDesk::~FileDesk() = default;

void FileDesk::serve(Shard::Slot& slot) {
  if (aborting_) return;
  const auto context = shard_.device_context(slot.group);
  const auto room = [this] { return !mover_ || mover_->can_start(); };
  while (room()) {
    auto order = slot.device.take_transfer(context);
    if (!order) break;
    begin(slot, std::move(*order));
  }
  while (room()) {
    const auto order = slot.device.take_diagnostic_order(context);
    if (!order) return;
    begin(slot, *order);
  }
  if (slot.device.offline() || !slot.device.put_off_files(context) || slot.waits_for_place) return;
  slot.waits_for_place = true;
  waiting_.push_back(&slot);
  shard_.count_waiting_files(slot, 1);
}

// A place is free: for those that wait, in their order.
void FileDesk::call_waiting() {
  while (!aborting_ && !waiting_.empty() && mover_->can_start()) {
    auto& slot = *waiting_.front();
    waiting_.pop_front();
    slot.waits_for_place = false;
    slot.device.call_files(shard_.device_context(slot.group));
    serve(slot);
    shard_.count_waiting_files(slot, -1);
    shard_.touch(slot);
  }
}

transport::FileRequest FileDesk::request_for(const Shard::Slot& slot) const {
  const auto& limits = shard_.plan().limits;
  transport::FileRequest request;
  request.device = journal::DeviceRef{slot.group, slot.device.index()};
  request.user_agent = shard_.plan().fleet[slot.group].group->profile->user_agent;
  request.connect_timeout = limits.connect_timeout;
  request.stall_timeout = limits.file_stall;
  request.total_timeout = kLongest;
  return request;
}

void FileDesk::begin(Shard::Slot& slot, device::TransferOrder order) {
  const auto& group = *shard_.plan().fleet[slot.group].group;
  auto job = std::make_shared<Job>();
  job->slot = &slot;
  job->kind = device::to_string(order.what);
  job->run = order.run;
  job->upload = order.upload;
  job->planned_cut = order.planned_cut;
  auto request = request_for(slot);
  request.method = order.upload ? transport::FileRequest::Method::put : transport::FileRequest::Method::get;
  request.username = std::move(order.username);
  request.password = std::move(order.password);
  request.body = std::move(order.body);
  if (order.max_bytes != 0) request.max_bytes = order.max_bytes;
  request.keep_bytes = order.keep_bytes;
  request.speed = order.speed;
  if (order.what == device::TransferOrder::What::provisioning) request.total_timeout = kProvisioning;
  if (order.what != device::TransferOrder::What::log && !group.profile->provisioning.user_agent.empty()) {
    request.user_agent =
        slot.device.expanded(shard_.device_context(slot.group), group.profile->provisioning.user_agent);
  }
  auto url = parse_url(order.url);
  if (url) request.url = std::move(*url);
  start(std::move(job), std::move(request), url ? std::string() : url.error().message());
}

void FileDesk::begin(Shard::Slot& slot, const device::DiagnosticOrder& order) {
  auto job = std::make_shared<Job>();
  job->slot = &slot;
  job->kind = order.upload ? "upload_test" : "download_test";
  job->diagnostic = order.run;
  job->upload = order.upload;
  auto request = request_for(slot);
  request.method = order.upload ? transport::FileRequest::Method::put : transport::FileRequest::Method::get;
  request.filler_bytes = order.upload ? order.length : 0;
  request.speed = shard_.plan().fleet[slot.group].group->files.speed;
  auto url = parse_url(order.url);
  if (url) request.url = std::move(*url);
  start(std::move(job), std::move(request), url ? std::string() : url.error().message());
}

void FileDesk::start(std::shared_ptr<Job> job, transport::FileRequest request, std::string url_error) {
  job->began = shard_.clock().now();
  if (mover_) job->transfer = mover_->open();
  if (!mover_ && url_error.empty()) url_error = "this run moves no files";
  shard_.count_file(*job->slot, 1);
  jobs_.push_back(job);
  auto coroutine = carry_out(std::move(job), std::move(request), std::move(url_error));
  asio::co_spawn(shard_.context(), std::move(coroutine), asio::detached);
}

asio::awaitable<void> FileDesk::carry_out(std::shared_ptr<Job> job, transport::FileRequest request,
                                          std::string url_error) {
  transport::FileResult result;
  if (url_error.empty()) {
    try {
      auto running = job->transfer->run(std::move(request));
      result = co_await std::move(running);
    } catch (...) {  // a defect of ours, or no memory
      shard_.record_defect(std::current_exception());
    }
  } else {
    result.end = FileEnd::connect_failed;
    result.detail = std::move(url_error);
  }
  ended(*job, std::move(result));
}

void FileDesk::cancel(const Job& job) {
  if (job.transfer) job.transfer->cancel();
}

bool FileDesk::wanted(const Job& job) {
  return job.diagnostic != 0 ? job.slot->device.diagnostic_wanted(job.diagnostic)
                             : job.slot->device.wants_transfer(job.run);
}

void FileDesk::check(Shard::Slot& slot) {
  for (const auto& job : jobs_) {
    if (job->slot != &slot) continue;
    if (!wanted(*job) || (job->diagnostic != 0 && slot.device.offline())) cancel(*job);
  }
}

void FileDesk::abort() {
  aborting_ = true;
  for (const auto* slot : waiting_) shard_.count_waiting_files(*slot, -1);
  waiting_.clear();
  for (const auto& job : jobs_) cancel(*job);
}

void FileDesk::count(const Job& job, const transport::FileResult& result) {
  auto& numbers = shard_.collector();
  const auto group = job.slot->group;
  const auto outside = journal::kNoPhase;
  numbers.count(Id::files, outside, group, job.kind);
  numbers.count(job.upload ? Id::file_bytes_sent : Id::file_bytes_received, outside, group, job.kind, result.bytes);
  if (result.end == FileEnd::ok) {
    numbers.duration(Id::file_duration, outside, group, shard_.clock().now() - job.began, job.kind);
  } else {
    numbers.count(Id::files_failed, outside, group, transport::to_string(result.end));
    shard_.sample_file({group, job.slot->device.index()}, result);
  }
}

void FileDesk::ended(Job& job, transport::FileResult result) {
  auto& slot = *job.slot;
  const auto here = std::find_if(jobs_.begin(), jobs_.end(), [&](const auto& each) { return each.get() == &job; });
  const auto keep = *here;  // until the end of this function
  jobs_.erase(here);
  job.transfer.reset();  // the connection goes before anything else happens
  if (job.planned_cut && result.end == FileEnd::too_big) result.detail = "broken off there by the scenario (`at`)";
  if (!aborting_) {
    try {
      tell(job, std::move(result));
    } catch (...) {  // a defect of ours, or no memory: the device goes on
      shard_.record_defect(std::current_exception());
      shard_.touch(slot);
    }
  }
  shard_.count_file(slot, -1);  // last: whoever sees none under way sees the session that tells of it
  if (mover_) call_waiting();
}

void FileDesk::tell(const Job& job, transport::FileResult result) {
  auto& slot = *job.slot;
  const auto context = shard_.device_context(slot.group);
  const auto now = shard_.clock().now();
  auto trigger = device::OwnTrigger::none;
  const bool no_room = result.end == FileEnd::no_descriptor || result.end == FileEnd::no_memory;
  if (job.diagnostic == 0 && no_room && wanted(job)) {
    slot.device.put_back_transfer(job.run, now + kAgain);
  } else if (wanted(job)) {
    count(job, result);
    trigger = job.diagnostic != 0 ? slot.device.diagnostic_ended(context, as_diagnostic(job, result))
                                  : slot.device.transfer_ended(context, as_transfer(job, std::move(result)));
  }
  if (shard_.keeps_state() && !slot.device.in_session()) shard_.save(slot, slot.device.record(context));
  if (trigger != device::OwnTrigger::none) shard_.own_session(slot, trigger, now);
  shard_.touch(slot);
}

device::TransferEnd FileDesk::as_transfer(const Job& job, transport::FileResult result) const {
  const auto& clock = shard_.clock();
  TransferEnd end;
  end.run = job.run;
  end.how = how_of(result);
  end.detail = std::move(result.detail);
  end.bytes = result.bytes;
  end.kept = std::move(result.kept);
  end.started = clock.wall(job.began);
  end.completed = clock.wall(clock.now());
  return end;
}

device::DiagnosticResult FileDesk::as_diagnostic(const Job& job, const transport::FileResult& result) const {
  const auto wall = [&](const std::optional<TimePoint>& at) {
    return at ? std::optional(shard_.clock().wall(*at)) : std::nullopt;
  };
  device::DiagnosticResult out;
  out.run = job.diagnostic;
  out.end = diagnostic_end_of(result);
  out.tcp_open_request = wall(result.times.tcp_open_request);
  out.tcp_open_response = wall(result.times.tcp_open_response);
  out.rom = wall(result.times.request_sent);
  out.bom = wall(result.times.first_byte);
  out.eom = wall(result.times.last_byte);
  out.test_bytes = result.traffic.http_bytes;
  out.total_bytes = result.traffic.interface_bytes;
  return out;
}

}  // namespace cpefleet::engine
