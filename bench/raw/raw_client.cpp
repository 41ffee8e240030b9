// SPDX-License-Identifier: Apache-2.0
// The floor under any client: one thread, epoll, and bytes that were prepared before. It replays a minimal session -
// connect, Inform, its reply, the empty POST with the cookie, 204, close - and says what one costs in CPU time.

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "http.hpp"

namespace {

using namespace cpefleet::bench;
using Clock = std::chrono::steady_clock;

constexpr const char* kUsage =
    "usage: raw_client --port N --inform FILE [--empty FILE] [--concurrency N] [--seconds N] [--sessions N]\n"
    "                  [--sources N]\n"
    "  --inform FILE    head and body of the Inform's POST, sent as they are\n"
    "  --empty FILE     head of the empty POST; the value of its Cookie line is replaced (default: a short one)\n"
    "  --concurrency N  sessions under way (default 16)\n"
    "  --seconds N      start sessions for so long (default 5)\n"
    "  --sessions N     ... or until so many were started\n"
    "  --sources N      bind to 127.0.0.2 ... in turn, N addresses (default 0: the system's choice)\n";

constexpr std::uint64_t kHopeless = 1000;  // errors in a row
constexpr std::chrono::seconds kDrain{5};

struct Options {
  std::uint16_t port = 0;
  std::size_t concurrency = 16;
  std::chrono::seconds duration{5};
  std::uint64_t sessions = UINT64_MAX;
  std::uint32_t sources = 0;
  std::string inform;
  std::string empty_before;  // around the cookie's value
  std::string empty_after;
};

struct Slot {
  enum class State { unused, connecting, informed, emptied };
  State state = State::unused;
  int fd = -1;
  std::size_t received = 0;
  std::array<char, 8192> buffer;
};

class Client {
 public:
  explicit Client(const Options& options) : options_(options), slots_(options.concurrency) {}
  bool run();
  void print(double wall, const rusage& from, const rusage& to) const;

 private:
  void start(std::size_t index);
  void on_event(std::size_t index);
  bool read_reply(Slot& slot, std::string_view& head, bool& failed);
  bool send_empty(Slot& slot, std::string_view head);
  void finish(std::size_t index, bool good);

  Options options_;
  std::vector<Slot> slots_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  Clock::time_point last_start_;
  std::uint64_t started_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t errors_in_a_row_ = 0;
  std::size_t active_ = 0;
  std::vector<std::size_t> restart_;
  std::string out_;
};

void Client::start(std::size_t index) {
  Slot& slot = slots_[index];
  ++started_;
  ++active_;
  slot.received = 0;
  slot.state = Slot::State::connecting;
  slot.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (slot.fd < 0) return finish(index, false);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (options_.sources != 0) {
    const int on = 1;
    setsockopt(slot.fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + static_cast<std::uint32_t>(started_ % options_.sources));
    if (bind(slot.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return finish(index, false);
  }
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(options_.port);
  if (connect(slot.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS) {
    return finish(index, false);
  }
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  event.data.u64 = index;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, slot.fd, &event) != 0) finish(index, false);
}

void Client::on_event(std::size_t index) {
  Slot& slot = slots_[index];
  if (slot.state == Slot::State::connecting) {
    const ssize_t sent = send(slot.fd, options_.inform.data(), options_.inform.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(options_.inform.size())) return finish(index, false);
    slot.state = Slot::State::informed;
    return;  // the reply brings an edge of its own
  }
  if (slot.state == Slot::State::unused) return;
  std::string_view head;
  bool failed = false;
  if (!read_reply(slot, head, failed)) {
    if (failed) finish(index, false);
    return;
  }
  if (slot.state == Slot::State::emptied) return finish(index, head.starts_with("HTTP/1.1 204"));
  if (!head.starts_with("HTTP/1.1 200") || !send_empty(slot, head)) return finish(index, false);
  slot.received = 0;
  slot.state = Slot::State::emptied;
}

// True when a whole reply is there.
bool Client::read_reply(Slot& slot, std::string_view& head, bool& failed) {
  const ssize_t n = recv(slot.fd, slot.buffer.data() + slot.received, slot.buffer.size() - slot.received, 0);
  if (n <= 0) {
    failed = n == 0 || (errno != EAGAIN && errno != EINTR);
    return false;
  }
  slot.received += static_cast<std::size_t>(n);
  const std::string_view data{slot.buffer.data(), slot.received};
  const std::size_t length = head_length(data);
  if (length == 0) {
    failed = slot.received == slot.buffer.size();
    return false;
  }
  head = data.substr(0, length);
  const long body = content_length(head);
  failed = body < 0 || length + static_cast<std::size_t>(body) > slot.buffer.size();
  return !failed && data.size() >= length + static_cast<std::size_t>(body);
}

bool Client::send_empty(Slot& slot, std::string_view head) {
  std::string_view cookie = header(head, "Set-Cookie");
  cookie = cookie.substr(0, cookie.find(';'));
  if (cookie.empty()) return false;
  out_ = options_.empty_before;
  out_ += cookie;
  out_ += options_.empty_after;
  return send(slot.fd, out_.data(), out_.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(out_.size());
}

void Client::finish(std::size_t index, bool good) {
  Slot& slot = slots_[index];
  if (slot.fd >= 0) close(slot.fd);
  slot.fd = -1;
  slot.state = Slot::State::unused;
  --active_;
  if (good) {
    ++done_;
    errors_in_a_row_ = 0;
  } else {
    ++errors_;
    ++errors_in_a_row_;
  }
  restart_.push_back(index);
}

bool Client::run() {
  const auto begin = Clock::now();
  last_start_ = begin + options_.duration;
  for (std::size_t i = 0; i < slots_.size(); ++i) restart_.push_back(i);
  std::array<epoll_event, 512> events{};
  std::vector<std::size_t> idle;
  bool starting = true;
  for (;;) {
    const auto now = Clock::now();
    starting = starting && now < last_start_ && started_ < options_.sessions && errors_in_a_row_ < kHopeless;
    idle.swap(restart_);
    for (const std::size_t index : idle) {
      if (starting && started_ < options_.sessions) start(index);
    }
    idle.clear();
    if (!starting && active_ == 0) break;
    if (now > last_start_ + kDrain) break;  // whoever is still under way was never answered
    const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), restart_.empty() ? 100 : 0);
    for (int i = 0; i < n; ++i) on_event(events[static_cast<std::size_t>(i)].data.u64);
  }
  errors_ += active_;
  return errors_in_a_row_ < kHopeless;
}

void Client::print(double wall, const rusage& from, const rusage& to) const {
  const double user = cpu_seconds(to.ru_utime) - cpu_seconds(from.ru_utime);
  const double sys = cpu_seconds(to.ru_stime) - cpu_seconds(from.ru_stime);
  const double each = done_ == 0 ? 0 : 1e6 / static_cast<double>(done_);
  std::printf(
      "{\"sessions\": %llu, \"errors\": %llu, \"wall_s\": %.3f, \"sessions_per_s\": %.0f, "
      "\"cpu_us_per_session\": %.2f, \"user_us\": %.2f, \"sys_us\": %.2f}\n",
      static_cast<unsigned long long>(done_), static_cast<unsigned long long>(errors_), wall,
      static_cast<double>(done_) / wall, (user + sys) * each, user * each, sys * each);
}

std::string read_file(const char* path) {
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) die(path);
  std::string content;
  std::array<char, 4096> buffer;
  for (std::size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), file)) > 0;) content.append(buffer.data(), n);
  std::fclose(file);
  return content;
}

bool split_empty(const std::string& head, Options& options) {
  const std::string_view cookie = header(head, "Cookie");
  if (cookie.empty()) return false;
  const auto at = static_cast<std::size_t>(cookie.data() - head.data());
  options.empty_before = head.substr(0, at);
  options.empty_after = head.substr(at + cookie.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv);
  const char* inform = arguments.text("--inform", nullptr);
  Options options;
  options.port = static_cast<std::uint16_t>(arguments.number("--port", 0));
  if (arguments.flag("--help") || inform == nullptr || options.port == 0) {
    std::fputs(kUsage, stderr);
    return arguments.flag("--help") ? 0 : 2;
  }
  options.inform = read_file(inform);
  const char* empty = arguments.text("--empty", nullptr);
  const std::string short_one = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: x\r\nContent-Length: 0\r\n\r\n";
  if (!split_empty(empty != nullptr ? read_file(empty) : short_one, options)) {
    std::fputs("raw_client: the empty POST has no Cookie line to fill in\n", stderr);
    return 2;
  }
  options.concurrency = static_cast<std::size_t>(std::max(1L, arguments.number("--concurrency", 16)));
  options.duration = std::chrono::seconds{arguments.number("--seconds", 5)};
  if (const long sessions = arguments.number("--sessions", 0); sessions > 0) {
    options.sessions = static_cast<std::uint64_t>(sessions);
  }
  options.sources = static_cast<std::uint32_t>(std::max(0L, arguments.number("--sources", 0)));
  raise_descriptor_limit();

  Client client(options);
  rusage from{};
  rusage to{};
  getrusage(RUSAGE_SELF, &from);
  const auto begin = Clock::now();
  const bool hopeful = client.run();
  const std::chrono::duration<double> wall = Clock::now() - begin;
  getrusage(RUSAGE_SELF, &to);
  client.print(wall.count(), from, to);
  return hopeful ? 0 : 1;
}
