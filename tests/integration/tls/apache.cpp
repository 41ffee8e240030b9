// SPDX-License-Identifier: Apache-2.0
#include "integration/tls/apache.hpp"

#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.hpp"
#include "integration/tls/certificates.hpp"

namespace cpefleet::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "/usr/sbin/apache2";
constexpr auto kPatience = std::chrono::seconds{20};

std::string header(const transport::ServerRequest& request, std::string_view wanted) {
  for (const auto& [name, value] : request.headers) {
    if (equal_ignoring_case(name, wanted)) return value;
  }
  return {};
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// Apache takes no port 0. Somebody else may get this one first: then it is tried again with others.
std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(fd);
  return ntohs(address.sin_port);
}

bool answers(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = loopback(port);
  const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return connected;
}

}  // namespace

Backend::Backend(Handler handler) : handler_(std::move(handler)) {
  auto server = transport::HttpServer::listen(io_, {}, [this](const transport::ServerRequest& request) {
    const Seen seen{header(request, "X-Subject"), header(request, "X-Resumed"), header(request, "X-Protocol"),
                    request.target, request.body};
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back(seen);
    }
    if (handler_) return handler_(seen);
    transport::ServerReply reply;
    reply.body = "<answer/>";
    return reply;
  });
  REQUIRE(server);
  server_ = std::move(*server);
  thread_ = std::thread([this] { io_.run(); });
}

Backend::~Backend() {
  io_.stop();
  thread_.join();
}

std::vector<Seen> Backend::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

Apache::Apache(std::uint16_t backend, Options options) {
  REQUIRE_MESSAGE(access(kProgram, X_OK) == 0, kProgram << " is not there: apt-get install apache2-bin");
  std::string name = (fs::temp_directory_path() / "cpefleet-apache-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  directory_ = name;
  for (int attempt = 0; attempt < 5; ++attempt) {
    ports_ = {free_port(), free_port()};
    config_ = config(backend, options);
    if (start()) return;
    stop();
  }
  const std::string why = log();
  fs::remove_all(directory_);
  FAIL("Apache does not start: " << why);
}

Apache::~Apache() {
  stop();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

Url Apache::url(std::uint16_t port, const std::string& target) {
  Url url;
  url.scheme = "https";
  url.host = "acs.example";
  url.port = port;
  url.target = target;
  return url;
}

std::string Apache::config(std::uint16_t backend, Options options) const {
  const Certificates& files = Certificates::get();
  std::string text;
  for (const char* module : {"mpm_event", "authz_core", "headers", "proxy", "proxy_http", "socache_shmcb", "ssl"}) {
    text += fmt::format("LoadModule {0}_module /usr/lib/apache2/modules/mod_{0}.so\n", module);
  }
  const std::string in = directory_.string();
  text += fmt::format(
      "ServerRoot {0}\nDefaultRuntimeDir {0}\nServerName acs.example\nPidFile {0}/pid\nErrorLog {0}/error.log\n"
      "LogLevel warn\nSSLSessionCache shmcb:{0}/sessions\n"
      "SSLCertificateFile {1}\nSSLCertificateKeyFile {2}\nSSLCACertificateFile {3}\nSSLVerifyClient {4}\n"
      "SSLVerifyDepth 3\n",
      in, files.path("server.pem"), files.path("server.key"), files.path("ca.pem"),
      options.client_certificates ? "require" : "none");
  if (geteuid() == 0) text += "User www-data\nGroup www-data\n";
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    text += fmt::format(
        "Listen 127.0.0.1:{0}\n<VirtualHost 127.0.0.1:{0}>\nSSLEngine on\nSSLProtocol -all +{1}\n"
        "RequestHeader set X-Subject \"expr=%{{SSL_CLIENT_S_DN}}\"\n"
        "RequestHeader set X-Resumed \"%{{SSL_SESSION_RESUMED}}s\"\n"
        "RequestHeader set X-Protocol \"%{{SSL_PROTOCOL}}s\"\n"
        "ProxyPreserveHost on\nProxyPass / http://127.0.0.1:{2}/\n</VirtualHost>\n",
        ports_[i], i == 0 ? "TLSv1.3" : "TLSv1.2", backend);
  }
  return text;
}

void Apache::restart() {
  stop();
  REQUIRE_MESSAGE(start(), log());
}

bool Apache::start() {
  const std::string file = (directory_ / "apache.conf").string();
  const std::string output = (directory_ / "output").string();
  std::ofstream(file) << config_;
  child_ = fork();
  REQUIRE(child_ >= 0);
  if (child_ == 0) {
    const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execl(kProgram, kProgram, "-X", "-f", file.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (waitpid(child_, nullptr, WNOHANG) == child_) {
      child_ = -1;
      return false;
    }
    if (answers(ports_[0]) && answers(ports_[1])) return true;
    usleep(20'000);
  }
  return false;
}

void Apache::stop() {
  if (child_ <= 0) return;
  kill(child_, SIGTERM);
  waitpid(child_, nullptr, 0);
  child_ = -1;
}

std::string Apache::log() const {
  std::string text;
  for (const char* name : {"output", "error.log"}) {
    std::ifstream in(directory_ / name);
    text.append(std::istreambuf_iterator<char>(in), {});
  }
  return text;
}

}  // namespace cpefleet::test
