// SPDX-License-Identifier: Apache-2.0
#include "transport/curl_transport.hpp"

#include <utility>

#include "transport/curl_core.hpp"

namespace cpefleet::transport {
namespace {

class CurlChannel final : public Channel {
 public:
  CurlChannel(std::shared_ptr<CurlCore> core, CurlSlot& slot) : core_(std::move(core)), slot_(slot) {}
  CurlChannel(const CurlChannel&) = delete;
  CurlChannel& operator=(const CurlChannel&) = delete;
  ~CurlChannel() override { core_->release(slot_); }

  boost::asio::awaitable<Outcome> post(Request request) override {
    return wait_for_outcome([core = core_, slot = &slot_, request](OutcomeHandler waiter) {
      core->start(*slot, request, std::move(waiter));
    });
  }

  void cancel() override { core_->cancel(slot_); }

 private:
  std::shared_ptr<CurlCore> core_;
  CurlSlot& slot_;  // gone after core_->shut_down(); the core does not look at it then
};

}  // namespace

CurlTransport::CurlTransport(boost::asio::any_io_executor executor, const Clock& clock, CurlTransportOptions options)
    : core_(std::make_shared<CurlCore>(std::move(executor), clock, std::move(options))) {}

CurlTransport::~CurlTransport() { core_->shut_down(); }

void CurlTransport::pin(std::string host, std::vector<std::string> addresses) {
  core_->pin(std::move(host), std::move(addresses));
}

bool CurlTransport::can_open() const { return core_->can_lend(); }

std::unique_ptr<Channel> CurlTransport::open(ChannelOptions options) {
  CurlSlot* slot = core_->acquire(std::move(options));
  return slot == nullptr ? nullptr : std::make_unique<CurlChannel>(core_, *slot);
}

std::size_t CurlTransport::open_channels() const { return core_->lent(); }

}  // namespace cpefleet::transport
