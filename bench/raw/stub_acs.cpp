// SPDX-License-Identifier: Apache-2.0
// An ACS that knows two answers: InformResponse with a cookie, and 204 to the empty POST that brings the cookie back.
// One thread, so cheap that the client is what is measured. Counts go to stdout as JSON at SIGTERM or SIGINT.

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "http.hpp"

namespace {

using namespace cpefleet::bench;

constexpr const char* kUsage =
    "usage: stub_acs [--port N] [--busy-poll] [--close] [--record PREFIX] [--seconds N]\n"
    "  --port N         on 127.0.0.1; 0, the default, takes a free one. Printed as `port N`\n"
    "  --busy-poll      never sleep: a client pays for waking a sleeping peer\n"
    "  --close          close the connection behind the 204 (default: the client does)\n"
    "  --record PREFIX  write the first Inform and the first empty POST to PREFIX.inform and PREFIX.empty\n"
    "  --seconds N      end by itself (default 600)\n";

constexpr std::size_t kLargestRequest = 1u << 20;

struct Connection {
  std::string in;
  std::array<char, 16> cookie{};
  bool in_session = false;  // InformResponse sent, 204 not yet
};

struct Counts {
  std::uint64_t connections = 0;
  std::uint64_t informs = 0;
  std::uint64_t sessions = 0;  // 204 sent
  std::uint64_t bad_cookies = 0;
  std::uint64_t bad_requests = 0;
  std::uint64_t cut_sessions = 0;  // connection gone before the 204
  std::uint64_t open = 0;
  std::uint64_t most_open = 0;
};

volatile std::sig_atomic_t stop_asked = 0;
void ask_to_stop(int) { stop_asked = 1; }

class Stub {
 public:
  Stub(bool close_after, const char* record_to) : close_after_(close_after), record_to_(record_to) {}
  int listen_on(std::uint16_t port);
  void run(bool busy_poll, std::chrono::seconds at_most);
  void print() const;

 private:
  void accept_all();
  void read_from(int fd);
  bool serve(int fd, Connection& connection);  // false: the connection is done with
  bool answer(int fd, Connection& connection, std::string_view head, std::string_view body);
  bool answer_inform(int fd, Connection& connection, std::string_view body);
  bool refuse(int fd, std::uint64_t& counter);
  bool put(int fd, std::string_view bytes);
  void drop(int fd);
  void record(const char* suffix, std::string_view head, std::string_view body);

  int epoll_ = -1;
  int listener_ = -1;
  bool close_after_;
  const char* record_to_;
  bool inform_recorded_ = false;
  bool empty_recorded_ = false;
  std::uint64_t next_cookie_ = 0;
  std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor; kept for reuse
  std::string out_;
  Counts counts_;
};

int Stub::listen_on(std::uint16_t port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(listener_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // inherited by what it accepts
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, sizeof address) != 0) die("bind");
  if (listen(listener_, 65535) != 0) die("listen");
  socklen_t size = sizeof address;
  getsockname(listener_, generic, &size);
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener_;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
  return ntohs(address.sin_port);
}

void Stub::run(bool busy_poll, std::chrono::seconds at_most) {
  const auto until = std::chrono::steady_clock::now() + at_most;
  std::array<epoll_event, 512> events{};
  for (unsigned turn = 0; stop_asked == 0; ++turn) {
    const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), busy_poll ? 0 : 200);
    for (int i = 0; i < n; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener_) {
        accept_all();
      } else {
        read_from(fd);
      }
    }
    if ((turn & 1023U) == 0 && std::chrono::steady_clock::now() > until) break;
  }
}

void Stub::accept_all() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const auto slot = static_cast<std::size_t>(fd);
    if (connections_.size() <= slot) connections_.resize(slot + 1);
    if (!connections_[slot]) connections_[slot] = std::make_unique<Connection>();
    connections_[slot]->in.clear();
    connections_[slot]->in_session = false;
    ++counts_.connections;
    if (++counts_.open > counts_.most_open) counts_.most_open = counts_.open;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }
}

void Stub::read_from(int fd) {
  Connection& connection = *connections_[static_cast<std::size_t>(fd)];
  std::array<char, 16384> buffer;
  const ssize_t n = recv(fd, buffer.data(), buffer.size(), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return drop(fd);
  connection.in.append(buffer.data(), static_cast<std::size_t>(n));
  if (!serve(fd, connection)) drop(fd);
}

bool Stub::serve(int fd, Connection& connection) {
  for (;;) {
    const std::string_view data = connection.in;
    if (data.size() > kLargestRequest) return refuse(fd, counts_.bad_requests);
    const std::size_t head = head_length(data);
    if (head == 0) return true;
    const long body = content_length(data.substr(0, head));
    if (body < 0) return refuse(fd, counts_.bad_requests);
    const std::size_t whole = head + static_cast<std::size_t>(body);
    if (data.size() < whole) return true;
    if (!answer(fd, connection, data.substr(0, head), data.substr(head, whole - head))) return false;
    connection.in.erase(0, whole);
    if (connection.in.empty()) return true;
  }
}

bool Stub::answer(int fd, Connection& connection, std::string_view head, std::string_view body) {
  if (!head.starts_with("POST ")) return refuse(fd, counts_.bad_requests);
  if (!body.empty()) {
    if (!inform_recorded_) record(".inform", head, body);
    inform_recorded_ = true;
    return answer_inform(fd, connection, body);
  }
  if (!connection.in_session) return refuse(fd, counts_.bad_requests);
  const std::string_view cookie = header(head, "Cookie");
  const std::string_view own{connection.cookie.data(), connection.cookie.size()};
  if (cookie.size() < own.size() || cookie.find(own) == std::string_view::npos) {
    return refuse(fd, counts_.bad_cookies);
  }
  if (!empty_recorded_) record(".empty", head, body);
  empty_recorded_ = true;
  connection.in_session = false;
  ++counts_.sessions;
  constexpr std::string_view kept = "HTTP/1.1 204 No Content\r\nServer: stub\r\nContent-Length: 0\r\n\r\n";
  constexpr std::string_view closed =
      "HTTP/1.1 204 No Content\r\nServer: stub\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  return put(fd, close_after_ ? closed : kept) && !close_after_;
}

bool Stub::answer_inform(int fd, Connection& connection, std::string_view body) {
  ++counts_.informs;
  if (connection.in_session) ++counts_.cut_sessions;
  // The device's own version and ID, found without a parser: good enough for any client of a benchmark.
  constexpr std::string_view ns = "urn:dslforum-org:cwmp-1-";
  const std::size_t at = body.find(ns);
  const char version = at != std::string_view::npos && at + ns.size() < body.size() ? body[at + ns.size()] : '0';
  std::string_view id;
  if (const std::size_t tag = body.find(":ID"); tag != std::string_view::npos) {
    const std::size_t begin = body.find('>', tag);
    const std::size_t end = body.find('<', tag);
    if (begin != std::string_view::npos && end != std::string_view::npos && begin < end) {
      id = body.substr(begin + 1, end - begin - 1);
    }
  }
  std::uint64_t bits = ++next_cookie_ * 0x9e3779b97f4a7c15ULL;
  for (char& c : connection.cookie) {
    c = "0123456789abcdef"[bits >> 60U];
    bits <<= 4U;
  }
  std::string envelope = R"(<?xml version="1.0" encoding="UTF-8"?>
<soap-env:Envelope xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/")"
                         R"( xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/")"
                         R"( xmlns:xsd="http://www.w3.org/2001/XMLSchema")"
                         R"( xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cwmp=")";
  envelope += ns;
  envelope += version;
  envelope += R"("><soap-env:Header><cwmp:ID soap-env:mustUnderstand="1">)";
  envelope += id;
  envelope +=
      "</cwmp:ID></soap-env:Header><soap-env:Body><cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes>"
      "</cwmp:InformResponse></soap-env:Body></soap-env:Envelope>";
  out_ = "HTTP/1.1 200 OK\r\nServer: stub\r\nContent-Type: text/xml; charset=\"utf-8\"\r\nSet-Cookie: session=";
  out_.append(connection.cookie.data(), connection.cookie.size());
  out_ += "\r\nContent-Length: " + std::to_string(envelope.size()) + "\r\n\r\n";
  out_ += envelope;
  connection.in_session = true;
  return put(fd, out_);
}

bool Stub::refuse(int fd, std::uint64_t& counter) {
  ++counter;
  put(fd, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  return false;
}

// Replies are far smaller than a socket buffer: one that does not fit is a peer that never reads.
bool Stub::put(int fd, std::string_view bytes) {
  return send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

void Stub::drop(int fd) {
  Connection& connection = *connections_[static_cast<std::size_t>(fd)];
  if (connection.in_session) ++counts_.cut_sessions;
  connection.in_session = false;
  --counts_.open;
  close(fd);
}

void Stub::record(const char* suffix, std::string_view head, std::string_view body) {
  if (record_to_ == nullptr) return;
  std::FILE* file = std::fopen((std::string{record_to_} + suffix).c_str(), "wb");
  if (file == nullptr) die("--record");
  std::fwrite(head.data(), 1, head.size(), file);
  std::fwrite(body.data(), 1, body.size(), file);
  std::fclose(file);
}

void Stub::print() const {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "{\"connections\": %llu, \"informs\": %llu, \"sessions\": %llu, \"bad_cookies\": %llu, \"bad_requests\": %llu, "
      "\"cut_sessions\": %llu, \"most_open\": %llu, \"cpu_s\": %.3f}\n",
      static_cast<unsigned long long>(counts_.connections), static_cast<unsigned long long>(counts_.informs),
      static_cast<unsigned long long>(counts_.sessions), static_cast<unsigned long long>(counts_.bad_cookies),
      static_cast<unsigned long long>(counts_.bad_requests), static_cast<unsigned long long>(counts_.cut_sessions),
      static_cast<unsigned long long>(counts_.most_open), cpu_seconds(usage.ru_utime) + cpu_seconds(usage.ru_stime));
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv);
  if (arguments.flag("--help")) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  raise_descriptor_limit();
  struct sigaction action {};
  action.sa_handler = ask_to_stop;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  Stub stub(arguments.flag("--close"), arguments.text("--record", nullptr));
  std::printf("port %d\n", stub.listen_on(static_cast<std::uint16_t>(arguments.number("--port", 0))));
  std::fflush(stdout);
  stub.run(arguments.flag("--busy-poll"), std::chrono::seconds{arguments.number("--seconds", 600)});
  stub.print();
  return 0;
}
