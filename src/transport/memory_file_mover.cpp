// SPDX-License-Identifier: Apache-2.0
#include "transport/memory_file_mover.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <unordered_set>
#include <utility>

#include "base/units.hpp"
#include "transport/outcome_handler.hpp"

namespace cpefleet::transport {
namespace {

using FileHandler = ResultHandler<FileResult>;
using Fate = MemoryFileReply::Fate;

constexpr std::uint64_t kSegment = 1448;
constexpr std::uint64_t kSegmentHeaders = 52;

Duration time_of(std::uint64_t bytes, std::uint64_t speed) {
  if (speed == 0) return {};
  return Duration{static_cast<Duration::rep>(static_cast<double>(bytes) * 1e9 / static_cast<double>(speed))};
}

}  // namespace

struct MemoryFileMover::Core {
  boost::asio::any_io_executor executor;
  const Clock& clock;
  VirtualTimers& timers;
  Handler handler;
  MemoryFileMoverOptions options;
  std::unordered_set<const MemoryTransfer*> transfers{};
  std::uint64_t moved_before = 0;  // by transfers that are over
  bool shut_down = false;

  void complete_later(FileHandler waiter, FileResult result) const {
    boost::asio::post(executor, [waiter = std::move(waiter), result = std::move(result)]() mutable {
      waiter.complete(std::move(result));
    });
  }
};

// One run under way. Timers hold it weakly: when the transfer drops it, they come to nothing.
struct MemoryFileMover::Run {
  FileRequest request;
  FileHandler waiter;
  TimePoint limit{};          // of the total timeout
  std::uint64_t speed = 0;    // the slower of the link and the request
  std::uint64_t flowing = 0;  // bytes on their way since times.first_byte
  FileTimes times;

  [[nodiscard]] bool put() const { return request.method == FileRequest::Method::put; }
  [[nodiscard]] std::uint64_t moved(TimePoint now) const {
    if (!times.first_byte || now < *times.first_byte) return 0;
    if (speed == 0) return flowing;
    const double seconds = std::chrono::duration<double>(now - *times.first_byte).count();
    return std::min(flowing, static_cast<std::uint64_t>(seconds * static_cast<double>(speed)));
  }
};

class MemoryFileMover::MemoryTransfer final : public FileTransfer {
 public:
  explicit MemoryTransfer(std::shared_ptr<Core> core) : core_(std::move(core)) { core_->transfers.insert(this); }
  MemoryTransfer(const MemoryTransfer&) = delete;
  MemoryTransfer& operator=(const MemoryTransfer&) = delete;
  ~MemoryTransfer() override {
    cancel();
    core_->moved_before += moved_;
    core_->transfers.erase(this);
  }

  boost::asio::awaitable<FileResult> run(FileRequest request) override {
    // The transfer may be gone when this begins.
    return wait_for_result<FileResult>([this, core = core_, alive = std::weak_ptr<char>(alive_),
                                        request = std::move(request)](FileHandler waiter) mutable {
      if (!alive.expired()) return start(std::move(request), std::move(waiter));
      FileResult gone;
      gone.detail = "the transfer was given up";
      core->complete_later(std::move(waiter), std::move(gone));
    });
  }

  void cancel() override {
    if (!run_) return;
    FileResult result = ended(FileEnd::aborted, "the transfer was given up");
    const auto run = std::exchange(run_, nullptr);
    core_->complete_later(std::move(run->waiter), std::move(result));
  }

  std::uint64_t moved() const override { return run_ ? run_->moved(core_->clock.now()) : moved_; }

 private:
  void start(FileRequest request, FileHandler waiter) {
    const bool again = std::exchange(used_, true);
    const auto run = std::make_shared<Run>();
    run->request = std::move(request);
    run->waiter = std::move(waiter);
    if (again) {
      FileResult twice;
      twice.end = FileEnd::bad_request;
      twice.detail = "a transfer runs once";
      return core_->complete_later(std::move(run->waiter), std::move(twice));
    }
    run_ = run;
    if (core_->shut_down) return cancel();
    run->waiter.on_cancellation([this, weak = std::weak_ptr<Run>(run)] {
      if (!weak.expired()) cancel();
    });
    const TimePoint now = core_->clock.now();
    run->limit = now + run->request.total_timeout;
    run->speed = core_->options.speed;
    if (run->request.speed != 0) {
      run->speed = run->speed == 0 ? run->request.speed : std::min(run->speed, run->request.speed);
    }
    if (run->request.url.tls()) {
      return end_at(now, FileEnd::tls_failed, "https cannot be simulated in memory: use an http URL or real sockets");
    }
    run->times.tcp_open_request = now;
    const Duration connecting = core_->options.connect_time;
    if (connecting > run->request.connect_timeout) {
      return end_at(now + run->request.connect_timeout, FileEnd::connect_failed,
                    fmt::format("no connection within {}", format_duration(run->request.connect_timeout)));
    }
    const TimePoint arrived = now + connecting + core_->options.one_way;
    if (arrived > run->limit) return end_late();
    later(arrived, [this] { arrive(); });
  }

  // The head of the request is with the handler.
  void arrive() {
    Run& run = *run_;
    const FileRequest& request = run.request;
    const std::uint64_t size = request.body.empty() ? request.filler_bytes : request.body.size();
    const TimePoint sent = core_->clock.now() - core_->options.one_way;
    const MemoryFileReply reply =
        core_->handler({request.method, request.url, request.username, request.password, request.user_agent,
                        request.body, run.put() ? size : 0, request.device});
    if (reply.fate == Fate::refuse) return end_at(sent, FileEnd::connect_failed, "no connection: Connection refused");
    run.times.tcp_open_response = sent;
    run.times.request_sent = sent;
    run.put() ? upload(reply, size, sent) : download(reply);
  }

  void upload(const MemoryFileReply& reply, std::uint64_t size, TimePoint sent) {
    Run& run = *run_;
    run.times.first_byte = sent;
    const bool whole = reply.fate == Fate::answer;
    run.flowing = whole ? size : std::min(reply.at, size);
    const TimePoint flowed = sent + time_of(run.flowing, run.speed);
    if (!whole) return broken(reply.fate, flowed);
    const Duration silence = 2 * core_->options.one_way + reply.delay;
    if (silence > run.request.stall_timeout) return broken(Fate::stall, flowed);
    run.times.last_byte = flowed + silence;
    answered(reply, flowed + silence);
  }

  void download(const MemoryFileReply& reply) {
    Run& run = *run_;
    const TimePoint first = core_->clock.now() + reply.delay + core_->options.one_way;
    if (first - *run.times.request_sent > run.request.stall_timeout)
      return broken(Fate::stall, *run.times.request_sent);
    run.times.first_byte = first;
    if (reply.status >= 300) {
      run.times.last_byte = first;
      return answered(reply, first);
    }
    const std::uint64_t size = reply.body.empty() ? reply.filler_bytes : reply.body.size();
    if (size > run.request.max_bytes) {
      return end_at(first, FileEnd::too_big, fmt::format("more than {} bytes", format_count(run.request.max_bytes)));
    }
    const bool whole = reply.fate == Fate::answer;
    run.flowing = whole ? size : std::min(reply.at, size);
    kept_ = reply.body.substr(0, std::min(run.request.keep_bytes, run.flowing));
    const TimePoint flowed = first + time_of(run.flowing, run.speed);
    run.times.last_byte = flowed;
    if (!whole) return broken(reply.fate, flowed);
    answered(reply, flowed);
  }

  void broken(Fate fate, TimePoint at) {
    if (fate == Fate::cut) return end_at(at, FileEnd::cut, "the connection was closed in the middle");
    const Duration patience = run_->request.stall_timeout;
    end_at(at + patience, FileEnd::stalled, fmt::format("not a byte for {}", format_duration(patience)));
  }

  void answered(const MemoryFileReply& reply, TimePoint at) {
    status_ = reply.status;
    FileEnd end = reply.status >= 300 ? FileEnd::refused : FileEnd::ok;
    if (reply.status == 401 || reply.status == 403 || reply.status == 407) end = FileEnd::unauthorized;
    if (reply.status == 404 || reply.status == 410) end = FileEnd::not_found;
    end_at(at, end, fmt::format("status {}", reply.status));
  }

  // Unless the total timeout comes first.
  void end_at(TimePoint at, FileEnd end, std::string why) {
    if (at > run_->limit) return end_late();
    later(at, [this, end, why = std::move(why)] { finish(ended(end, why)); });
  }

  void end_late() {
    later(run_->limit, [this] {
      status_ = 0;
      finish(
          ended(FileEnd::timed_out, fmt::format("not done within {}", format_duration(run_->request.total_timeout))));
    });
  }

  FileResult ended(FileEnd end, std::string_view why) {
    const TimePoint now = core_->clock.now();
    moved_ = run_->moved(now);
    FileResult result;
    result.end = end;
    result.status = status_;
    if (end != FileEnd::ok) {
      const Url& url = run_->request.url;
      result.detail = fmt::format("{} {}{}: {}", run_->put() ? "PUT" : "GET", url.origin(), url.path(), why);
    }
    result.bytes = moved_;
    result.kept = kept_.substr(0, moved_);
    result.times = run_->times;
    // What was foreseen and did not come.
    if (result.times.first_byte > now) result.times.first_byte.reset();
    if (result.times.last_byte > now) result.times.last_byte.reset();
    result.traffic.http_bytes = moved_;
    result.traffic.interface_bytes = moved_ + (moved_ + kSegment - 1) / kSegment * kSegmentHeaders;
    return result;
  }

  // The transfer may be gone when this returns.
  void finish(FileResult result) {
    const auto run = std::exchange(run_, nullptr);
    run->waiter.complete(std::move(result));
  }

  template <class Call>
  void later(TimePoint at, Call call) {
    // std::function copies; what it copies is shared.
    auto shared = std::make_shared<Call>(std::move(call));
    core_->timers.call_at(at, [this, shared, weak = std::weak_ptr<Run>(run_)] {
      if (weak.expired()) return;  // the transfer is there as long as its run is
      if (core_->shut_down) return cancel();
      (*shared)();
    });
  }

  std::shared_ptr<Core> core_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
  std::shared_ptr<Run> run_;
  bool used_ = false;
  int status_ = 0;
  std::string kept_;
  std::uint64_t moved_ = 0;
};

MemoryFileMover::MemoryFileMover(boost::asio::any_io_executor executor, const Clock& clock, VirtualTimers& timers,
                                 Handler handler, MemoryFileMoverOptions options)
    : core_(std::make_shared<Core>(Core{std::move(executor), clock, timers, std::move(handler), options})) {}

MemoryFileMover::~MemoryFileMover() { core_->shut_down = true; }

bool MemoryFileMover::can_start() const {
  return !core_->shut_down && core_->transfers.size() < core_->options.max_transfers;
}

std::unique_ptr<FileTransfer> MemoryFileMover::open() {
  return can_start() ? std::make_unique<MemoryTransfer>(core_) : nullptr;
}

std::size_t MemoryFileMover::running() const { return core_->transfers.size(); }

std::uint64_t MemoryFileMover::moved() const {
  std::uint64_t sum = core_->moved_before;
  for (const MemoryTransfer* transfer : core_->transfers) sum += transfer->moved();
  return sum;
}

}  // namespace cpefleet::transport
