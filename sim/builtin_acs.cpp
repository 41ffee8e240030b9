// SPDX-License-Identifier: Apache-2.0
#include "builtin_acs.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>
#include <utility>

#include "transport/http_server.hpp"

namespace cpefleet::sim {
namespace {

transport::ServerReply serve(acs::Core& core, const Clock& clock, transport::ServerRequest request) {
  acs::Request asked;
  asked.connection = request.connection;
  asked.method = std::move(request.method);
  asked.target = std::move(request.target);
  asked.headers = std::move(request.headers);
  asked.body = std::move(request.body);
  auto answer = core.handle(asked, clock.now());
  transport::ServerReply reply;
  switch (answer.fate) {
    case acs::Reply::Fate::answer: reply.fate = transport::ServerReply::Fate::answer; break;
    case acs::Reply::Fate::close_without_answer: reply.fate = transport::ServerReply::Fate::close_without_answer; break;
    case acs::Reply::Fate::reset: reply.fate = transport::ServerReply::Fate::reset; break;
    case acs::Reply::Fate::stall: reply.fate = transport::ServerReply::Fate::stall; break;
  }
  reply.status = answer.status;
  reply.headers = std::move(answer.headers);
  reply.body = std::move(answer.body);
  reply.close = answer.close;
  reply.delay = answer.delay;
  return reply;
}

}  // namespace

struct BuiltinAcs::Impl {
  Impl(const acs::Options& options, const Clock& c) : clock(c), core(options) {}
  ~Impl() {
    boost::asio::post(io, [this] { server.reset(); });
    guard.reset();
    if (thread.joinable()) thread.join();
  }

  const Clock& clock;
  acs::Core core;
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard = boost::asio::make_work_guard(io);
  std::unique_ptr<transport::HttpServer> server;
  std::string url;
  std::thread thread;
};

BuiltinAcs::BuiltinAcs(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BuiltinAcs::~BuiltinAcs() = default;

Result<std::unique_ptr<BuiltinAcs>> BuiltinAcs::start(const acs::Options& options, const std::string& address,
                                                      std::uint16_t port, const Clock& clock) {
  auto impl = std::make_unique<Impl>(options, clock);
  transport::ServerOptions listen;
  listen.address = address;
  listen.port = port;
  auto server = transport::HttpServer::listen(
      impl->io, std::move(listen),
      [state = impl.get()](transport::ServerRequest request) {
        return serve(state->core, state->clock, std::move(request));
      },
      [state = impl.get()](std::uint64_t connection) { state->core.connection_closed(connection); });
  if (!server) return tl::unexpected<Error>(server.error());
  impl->server = std::move(*server);
  impl->url = impl->server->url() + "/";
  impl->thread = std::thread([state = impl.get()] { state->io.run(); });
  return std::unique_ptr<BuiltinAcs>(new BuiltinAcs(std::move(impl)));
}

std::string BuiltinAcs::url() const { return impl_->url; }

acs::Totals BuiltinAcs::totals() const {
  std::promise<acs::Totals> asked;
  auto answer = asked.get_future();
  boost::asio::post(impl_->io, [this, &asked] { asked.set_value(impl_->core.totals()); });
  return answer.get();
}

}  // namespace cpefleet::sim
