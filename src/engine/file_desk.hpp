// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "device/diagnostic_order.hpp"
#include "device/transfers.hpp"
#include "engine/shard.hpp"
#include "transport/file_mover.hpp"

namespace cpefleet::engine {

// The files that a shard's devices fetch and send, and the bytes of their TR-143 tests: takes from a device what it has
// due, has it moved, and tells the device how that went. Owned by the shard. Thread: the shard.
class FileDesk {
 public:
  FileDesk(Shard& shard, std::unique_ptr<transport::FileMover> mover);
  ~FileDesk();
  FileDesk(const FileDesk&) = delete;
  FileDesk& operator=(const FileDesk&) = delete;

  // Begins what the device has due. Without a mover every file fails as one that cannot be reached.
  void serve(Shard::Slot& slot);
  // Gives up what the device no longer wants: it lost its link, or restarted.
  void check(Shard::Slot& slot);
  // Ends everything; what was under way is told to nobody.
  void abort();
  [[nodiscard]] std::uint64_t moved() const { return mover_ ? mover_->moved() : 0; }

 private:
  struct Job;
  void begin(Shard::Slot& slot, device::TransferOrder order);
  void begin(Shard::Slot& slot, const device::DiagnosticOrder& order);
  // With an error there is no URL to go to.
  void start(std::shared_ptr<Job> job, transport::FileRequest request, std::string url_error);
  boost::asio::awaitable<void> carry_out(std::shared_ptr<Job> job, transport::FileRequest request,
                                         std::string url_error);
  void ended(Job& job, transport::FileResult result);
  void tell(const Job& job, transport::FileResult result);
  void call_waiting();
  void count(const Job& job, const transport::FileResult& result);
  [[nodiscard]] device::TransferEnd as_transfer(const Job& job, transport::FileResult result) const;
  [[nodiscard]] device::DiagnosticResult as_diagnostic(const Job& job, const transport::FileResult& result) const;
  [[nodiscard]] transport::FileRequest request_for(const Shard::Slot& slot) const;
  static void cancel(const Job& job);
  [[nodiscard]] static bool wanted(const Job& job);

  Shard& shard_;
  std::unique_ptr<transport::FileMover> mover_;
  std::vector<std::shared_ptr<Job>> jobs_;
  std::deque<Shard::Slot*> waiting_;  // for a place, the first come first
  bool aborting_ = false;
};

}  // namespace cpefleet::engine
