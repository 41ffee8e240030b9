// SPDX-License-Identifier: Apache-2.0
#include "transport/curl_file_mover.hpp"

#include <utility>

#include "transport/curl_file_core.hpp"

namespace cpefleet::transport {
namespace {

class CurlFileTransfer final : public FileTransfer {
 public:
  explicit CurlFileTransfer(std::shared_ptr<CurlFileCore> core)
      : core_(std::move(core)), file_(std::make_shared<CurlFile>(*core_, core_->options())) {
    core_->enter();
  }
  CurlFileTransfer(const CurlFileTransfer&) = delete;
  CurlFileTransfer& operator=(const CurlFileTransfer&) = delete;
  ~CurlFileTransfer() override { core_->leave(*file_); }

  boost::asio::awaitable<FileResult> run(FileRequest request) override {
    return wait_for_result<FileResult>(
        [core = core_, file = file_, request = std::move(request)](FileHandler waiter) mutable {
          core->start(*file, std::move(request), std::move(waiter));
        });
  }

  void cancel() override { core_->cancel(*file_); }
  std::uint64_t moved() const override { return file_->moved; }

 private:
  std::shared_ptr<CurlFileCore> core_;
  std::shared_ptr<CurlFile> file_;
};

}  // namespace

CurlFileMover::CurlFileMover(boost::asio::any_io_executor executor, const Clock& clock, CurlFileMoverOptions options)
    : core_(std::make_shared<CurlFileCore>(std::move(executor), clock, std::move(options))) {}

CurlFileMover::~CurlFileMover() { core_->shut_down(); }

void CurlFileMover::pin(std::string host, std::vector<std::string> addresses) {
  core_->pin(std::move(host), std::move(addresses));
}

bool CurlFileMover::can_start() const { return core_->can_start(); }

std::unique_ptr<FileTransfer> CurlFileMover::open() {
  return can_start() ? std::make_unique<CurlFileTransfer>(core_) : nullptr;
}

std::size_t CurlFileMover::running() const { return core_->opened(); }

std::uint64_t CurlFileMover::moved() const { return core_->moved(); }

}  // namespace cpefleet::transport
