// SPDX-License-Identifier: Apache-2.0
#include "integration/tls/apache.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/text.hpp"
#include "integration/tls/certificates.hpp"

namespace cpefleet::test {
namespace {

std::string header(const transport::ServerRequest& request, std::string_view wanted) {
  for (const auto& [name, value] : request.headers) {
    if (equal_ignoring_case(name, wanted)) return value;
  }
  return {};
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

Apache::Apache(std::uint16_t backend, Options options)
    : process_(2, [&](const std::filesystem::path& directory, const std::vector<std::uint16_t>& ports) {
        return config(directory.string(), ports, backend, options);
      }) {}

Url Apache::url(std::uint16_t port, const std::string& target) {
  Url url;
  url.scheme = "https";
  url.host = "acs.example";
  url.port = port;
  url.target = target;
  return url;
}

std::string Apache::config(const std::string& in, const std::vector<std::uint16_t>& ports, std::uint16_t backend,
                           Options options) {
  const Certificates& files = Certificates::get();
  std::string text =
      ApacheProcess::load({"mpm_event", "authz_core", "headers", "proxy", "proxy_http", "socache_shmcb", "ssl"});
  text += fmt::format(
      "SSLSessionCache shmcb:{0}/sessions\n"
      "SSLCertificateFile {1}\nSSLCertificateKeyFile {2}\nSSLCACertificateFile {3}\nSSLVerifyClient {4}\n"
      "SSLVerifyDepth 3\n",
      in, files.path("server.pem"), files.path("server.key"), files.path("ca.pem"),
      options.client_certificates ? "require" : "none");
  for (std::size_t i = 0; i < ports.size(); ++i) {
    text += fmt::format(
        "Listen 127.0.0.1:{0}\n<VirtualHost 127.0.0.1:{0}>\nSSLEngine on\nSSLProtocol -all +{1}\n"
        "RequestHeader set X-Subject \"expr=%{{SSL_CLIENT_S_DN}}\"\n"
        "RequestHeader set X-Resumed \"%{{SSL_SESSION_RESUMED}}s\"\n"
        "RequestHeader set X-Protocol \"%{{SSL_PROTOCOL}}s\"\n"
        "ProxyPreserveHost on\nProxyPass / http://127.0.0.1:{2}/\n</VirtualHost>\n",
        ports[i], i == 0 ? "TLSv1.3" : "TLSv1.2", backend);
  }
  return text;
}

}  // namespace cpefleet::test
