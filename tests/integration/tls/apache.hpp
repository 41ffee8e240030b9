// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/url.hpp"
#include "support/apache_process.hpp"
#include "transport/http_server.hpp"

namespace cpefleet::test {

// What the server behind Apache was told of one request. Over plain HTTP the first three are empty.
struct Seen {
  std::string subject;   // SSL_CLIENT_S_DN
  std::string resumed;   // SSL_SESSION_RESUMED: Initial or Resumed
  std::string protocol;  // SSL_PROTOCOL: TLSv1.3
  std::string target;
  std::string body;
  friend bool operator==(const Seen&, const Seen&) = default;
};

// The project's own HTTP server on a thread of its own, and the requests it was sent.
class Backend {
 public:
  using Handler = std::function<transport::ServerReply(const Seen&)>;
  explicit Backend(Handler handler = {});  // none: 200 with a body to every request
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  ~Backend();
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] std::vector<Seen> seen() const;

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  mutable std::mutex mutex_;
  std::vector<Seen> seen_;
  Handler handler_;
  std::unique_ptr<transport::HttpServer> server_;
  std::thread thread_;
};

// A real Apache with certificates of Certificates::get(), which passes every request on to a backend together with what
// it knows of the client. Started in a directory of its own, ended with the object.
class Apache {
 public:
  struct Options {
    bool client_certificates = true;  // SSLVerifyClient require, else none
  };
  explicit Apache(std::uint16_t backend) : Apache(backend, Options()) {}
  Apache(std::uint16_t backend, Options options);

  void restart() { process_.restart(); }  // on the same ports

  // Two servers of one kind: TLS 1.3 only and TLS 1.2 only.
  [[nodiscard]] Url tls_1_3(const std::string& target = "/acs") const { return url(process_.port(0), target); }
  [[nodiscard]] Url tls_1_2(const std::string& target = "/acs") const { return url(process_.port(1), target); }

 private:
  [[nodiscard]] static Url url(std::uint16_t port, const std::string& target);
  [[nodiscard]] static std::string config(const std::string& in, const std::vector<std::uint16_t>& ports,
                                          std::uint16_t backend, Options options);

  ApacheProcess process_;
};

}  // namespace cpefleet::test
