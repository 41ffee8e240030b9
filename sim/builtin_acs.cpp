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

transport::ServerReply serve(acs::Core& core, acs::Files& files, const Clock& clock, transport::ServerRequest request) {
  acs::Request asked;
  asked.connection = request.connection;
  asked.method = std::move(request.method);
  asked.target = std::move(request.target);
  asked.headers = std::move(request.headers);
  asked.body = std::move(request.body);
  asked.body_bytes = request.body_bytes;
  auto answer = files.serves(asked.target) ? files.handle(asked, clock.now()) : core.handle(asked, clock.now());
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
  reply.block = std::move(answer.block);
  reply.block_bytes = answer.block_bytes;
  reply.close = answer.close;
  reply.delay = answer.delay;
  return reply;
}

}  // namespace

struct BuiltinAcs::Impl {
  Impl(const acs::Options& options, acs::FileOptions file_options, const Clock& c)
      : clock(c), core(options), files(std::move(file_options)) {}
  ~Impl() {
    boost::asio::post(io, [this] { server.reset(); });
    guard.reset();
    if (thread.joinable()) thread.join();
  }

  // On the thread that has it all.
  template <typename Question>
  auto ask(Question question) {
    std::promise<decltype(question())> asked;
    auto answer = asked.get_future();
    boost::asio::post(io, [&] { asked.set_value(question()); });
    return answer.get();
  }

  const Clock& clock;
  acs::Core core;
  acs::Files files;
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard = boost::asio::make_work_guard(io);
  std::unique_ptr<transport::HttpServer> server;
  std::string url;
  std::thread thread;
};

BuiltinAcs::BuiltinAcs(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BuiltinAcs::~BuiltinAcs() = default;

Result<std::unique_ptr<BuiltinAcs>> BuiltinAcs::start(const acs::Options& options, const std::string& address,
                                                      std::uint16_t port, const Clock& clock, acs::FileOptions files) {
  auto impl = std::make_unique<Impl>(options, std::move(files), clock);
  transport::ServerOptions listen;
  listen.address = address;
  listen.port = port;
  listen.puts = {acs::kKeptOfUpload, acs::kMaxUploadBytes};
  auto server = transport::HttpServer::listen(
      impl->io, std::move(listen),
      [state = impl.get()](transport::ServerRequest request) {
        return serve(state->core, state->files, state->clock, std::move(request));
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
  return impl_->ask([state = impl_.get()] { return state->core.totals(); });
}

acs::FileTotals BuiltinAcs::file_totals() const {
  return impl_->ask([state = impl_.get()] { return state->files.totals(); });
}

std::vector<acs::ReceivedFile> BuiltinAcs::received() const {
  return impl_->ask([state = impl_.get()] {
    const auto& files = state->files.received();
    return std::vector<acs::ReceivedFile>(files.begin(), files.end());
  });
}

}  // namespace cpefleet::sim
