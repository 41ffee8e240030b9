// SPDX-License-Identifier: Apache-2.0
#include "transport/curl_file_core.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <utility>

#include "base/units.hpp"

namespace cpefleet::transport {
namespace {

constexpr int kMaxRedirects = 5;

bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::uint64_t lower_limit(std::uint64_t a, std::uint64_t b) {
  if (a == 0 || b == 0) return std::max(a, b);
  return std::min(a, b);
}

}  // namespace

CurlFileCore::CurlFileCore(boost::asio::any_io_executor executor, const Clock& clock, CurlFileMoverOptions options)
    : CurlReactor(std::move(executor), clock), options_(std::move(options)) {}

CurlFileCore::~CurlFileCore() { shut_down(); }

void CurlFileCore::shut_down() {
  if (!open()) return;
  options_.speed = 0;  // nobody's share matters now
  while (!active_.empty()) abort(**active_.begin());
  close();
}

void CurlFileCore::leave(CurlFile& file) {
  file.gone = true;
  cancel(file);
  --opened_;
}

void CurlFileCore::cancel(CurlFile& file) {
  if (file.active) abort(file);
}

void CurlFileCore::start(CurlFile& file, FileRequest request, FileHandler waiter) {
  const bool first = !std::exchange(file.used, true);
  if (!first) {
    FileResult twice;
    twice.end = FileEnd::bad_request;
    twice.detail = "a transfer runs once";
    return complete_later(std::move(waiter), std::move(twice));
  }
  file.request = std::move(request);
  file.url = file.request.url;
  if (file.gone) return complete_later(std::move(waiter), ended(file, FileEnd::aborted, "the transfer was given up"));
  if (!open()) return complete_later(std::move(waiter), ended(file, FileEnd::aborted, "the run ended"));
  active_.insert(&file);
  file.active = true;
  watch();
  share_speed();
  file.waiter = std::move(waiter);
  if (auto failed = begin(file)) {
    FileHandler gone = std::move(file.waiter);
    detach(file);
    return complete_later(std::move(gone), std::move(*failed));
  }
  file.waiter.on_cancellation([this, alive = weak_from_this(), weak = file.weak_from_this()] {
    const auto self = alive.lock();
    const auto still = weak.lock();
    if (self && still && still->active) abort(*still);
  });
}

std::optional<FileResult> CurlFileCore::begin(CurlFile& file) {
  const FileRequest& request = file.request;
  if (has_controls(request.user_agent) || has_controls(request.username) || has_controls(request.password)) {
    return ended(file, FileEnd::bad_request, "a control character in the user agent or in the credentials");
  }
  file.source = SourceAddress::parse(request.source_address);
  if (!file.source) {
    return ended(file, FileEnd::connect_failed, fmt::format("{} is not a local address", request.source_address));
  }
  file.pace.set_speed(clock_.now(), share_of(file));
  if (!file.create(file_buffer(file.pace.speed()))) {
    return ended(file, FileEnd::aborted, "no memory for another transfer");
  }
  total_.set(file.total, clock_.now(), request.total_timeout);
  return begin_request(file);
}

std::optional<FileResult> CurlFileCore::begin_request(CurlFile& file) {
  file.peer.reset();
  // libcurl's cache is told each time: what that costs is nothing to a file.
  auto names = pins_.line(file.url);
  if (!names && !parse_ip(file.url.host)) {
    return ended(file, FileEnd::resolve_failed,
                 fmt::format("the name {0} was not resolved when the run began: --allow-host {0} has it resolved then",
                             file.url.host));
  }
  if (file.url.tls()) {
    const auto ready = file.tls.prepare(file.url.origin());
    if (!ready) return ended(file, FileEnd::tls_failed, ready.error().message());
  }
  file.prepare(names ? std::move(*names) : std::string());
  progress_.set(file.progress, clock_.now(), file.request.connect_timeout);
  add(file.easy);
  return std::nullopt;
}

// The next request of a redirect, or why there is none.
std::optional<FileResult> CurlFileCore::follow(CurlFile& file) {
  if (file.redirects == kMaxRedirects) {
    return ended(file, FileEnd::refused, fmt::format("more than {} redirects", kMaxRedirects));
  }
  auto target = resolve_url(file.url, file.location);
  if (!target) {
    return ended(file, FileEnd::refused,
                 fmt::format("status {} leads where nobody goes: {}", file.status, target.error().message()));
  }
  ++file.redirects;
  remove(file.easy);
  if (file.resting) resting_.erase({file.pace.ready(), &file});
  file.resting = false;
  if (target->origin() != file.url.origin() && !file.close_connection()) {
    return ended(file, FileEnd::aborted, "no memory for another connection");
  }
  file.url = std::move(*target);
  return begin_request(file);
}

void CurlFileCore::finished(CURL* easy, CURLcode code) {
  CurlFile& file = *static_cast<CurlFile*>(user_of(easy));
  const bool redirect = file.head_complete && !file.location.empty() &&
                        (file.status == 301 || file.status == 302 || file.status == 307 || file.status == 308 ||
                         (file.status == 303 && !file.put()));  // after a put it names a reply, not a place
  if (!redirect) return over(file, result_of(file, code));
  if (auto failed = follow(file)) over(file, std::move(*failed));
}

// The transfer may be gone when this returns.
void CurlFileCore::over(CurlFile& file, FileResult result) {
  FileHandler waiter = std::move(file.waiter);
  detach(file);
  waiter.complete(std::move(result));
}

void CurlFileCore::abort(CurlFile& file) {
  FileHandler waiter = std::move(file.waiter);
  FileResult result = ended(file, FileEnd::aborted, "the transfer was given up");
  detach(file);
  complete_later(std::move(waiter), std::move(result));
}

void CurlFileCore::detach(CurlFile& file) {
  progress_.clear(file.progress);
  total_.clear(file.total);
  if (file.resting) resting_.erase({file.pace.ready(), &file});
  file.resting = false;
  if (file.easy != nullptr) remove(file.easy);  // in the middle of a request this closes the connection
  file.destroy();
  file.active = false;
  active_.erase(&file);
  share_speed();
  if (active_.empty()) stop_watching();
}

// Never inside the caller: it may be the coroutine itself, or something that is being destroyed.
void CurlFileCore::complete_later(FileHandler waiter, FileResult result) {
  boost::asio::post(executor_, [waiter = std::move(waiter), result = std::move(result)]() mutable {
    waiter.complete(std::move(result));
  });
}

// --- time and speed -----------------------------------------------------------------------------

bool CurlFileCore::keep(std::uint64_t bytes) {
  if (bytes > options_.kept_bytes - std::min(options_.kept_bytes, kept_)) return false;
  kept_ += bytes;
  return true;
}

void CurlFileCore::byte_moved(CurlFile& file) {
  if (file.resting) return;
  progress_.set(file.progress, clock_.now(), file.request.stall_timeout);
}

// Nothing is asked of the server meanwhile.
void CurlFileCore::rest(CurlFile& file) {
  if (file.resting) return;
  file.resting = true;
  resting_.emplace(file.pace.ready(), &file);
  progress_.clear(file.progress);
}

void CurlFileCore::wake(CurlFile& file) {
  resting_.erase({file.pace.ready(), &file});
  file.resting = false;
  byte_moved(file);
  resume_file(file.easy);
  if (file.stop != CurlFile::Stop::none) over(file, result_of(file, CURLE_WRITE_ERROR));
}

void CurlFileCore::connection_begins(CurlFile& file) {
  progress_.set(file.progress, clock_.now(), file.request.connect_timeout);
}

void CurlFileCore::expire() {
  const TimePoint now = clock_.now();
  while (!resting_.empty() && resting_.begin()->first <= now) wake(*resting_.begin()->second);
  while (CurlFile* file = progress_.due(now)) over(*file, no_progress(*file));
  while (CurlFile* file = total_.due(now)) {
    FileResult late = ended(*file, FileEnd::timed_out,
                            fmt::format("not done within {}", format_duration(file->request.total_timeout)));
    over(*file, std::move(late));
  }
}

std::uint64_t CurlFileCore::share_of(const CurlFile& file) const {
  const std::uint64_t all = options_.speed == 0 ? 0 : std::max<std::uint64_t>(options_.speed / active_.size(), 1);
  return lower_limit(all, file.request.speed);
}

// Whenever a transfer comes or goes, all the others get another share.
void CurlFileCore::share_speed() {
  if (options_.speed == 0 || active_.empty()) return;
  const TimePoint now = clock_.now();
  for (CurlFile* file : active_) {
    if (file->resting) resting_.erase({file->pace.ready(), file});
    file->pace.set_speed(now, share_of(*file));
    if (file->resting) resting_.emplace(file->pace.ready(), file);
  }
  turn_soon();  // a rest may end sooner
}

TimePoint CurlFileCore::next_deadline() const {
  const TimePoint due = std::min(progress_.next(), total_.next());
  return resting_.empty() ? due : std::min(due, resting_.begin()->first);
}

}  // namespace cpefleet::transport
