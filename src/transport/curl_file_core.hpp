// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "transport/curl_file.hpp"
#include "transport/curl_reactor.hpp"
#include "transport/name_pins.hpp"

namespace cpefleet::transport {

// The machinery behind CurlFileMover: which transfers are under way, their deadlines, redirects and shares of the speed.
// Shared by the mover and its transfers; after shut_down() nothing in here touches Asio or libcurl any more.
class CurlFileCore final : public CurlReactor {
 public:
  CurlFileCore(boost::asio::any_io_executor executor, const Clock& clock, CurlFileMoverOptions options);
  ~CurlFileCore() override;
  void shut_down();

  void pin(std::string host, std::vector<std::string> addresses) { pins_.pin(std::move(host), std::move(addresses)); }
  [[nodiscard]] bool can_start() const { return open() && opened_ < options_.max_transfers; }
  [[nodiscard]] std::size_t opened() const { return opened_; }
  [[nodiscard]] std::uint64_t moved() const { return moved_; }

  // For the transfers
  void enter() { ++opened_; }
  void leave(CurlFile& file);
  void start(CurlFile& file, FileRequest request, FileHandler waiter);
  void cancel(CurlFile& file);

  // For the files
  [[nodiscard]] const CurlFileMoverOptions& options() const { return options_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  void byte_moved(CurlFile& file);
  void rest(CurlFile& file);
  void connection_begins(CurlFile& file);
  void count(std::uint64_t bytes) { moved_ += bytes; }
  // Whether so many more may be kept; if so they count.
  [[nodiscard]] bool keep(std::uint64_t bytes);
  void let_go(std::uint64_t bytes) { kept_ -= bytes; }

 private:
  [[nodiscard]] std::optional<FileResult> begin(CurlFile& file);
  [[nodiscard]] std::optional<FileResult> begin_request(CurlFile& file);
  [[nodiscard]] std::optional<FileResult> follow(CurlFile& file);
  void over(CurlFile& file, FileResult result);
  void abort(CurlFile& file);
  void detach(CurlFile& file);
  void complete_later(FileHandler waiter, FileResult result);
  [[nodiscard]] std::uint64_t share_of(const CurlFile& file) const;
  void share_speed();
  void wake(CurlFile& file);

  void finished(CURL* easy, CURLcode code) override;
  void expire() override;
  [[nodiscard]] TimePoint next_deadline() const override;
  [[nodiscard]] bool busy() const override { return !active_.empty(); }

  CurlFileMoverOptions options_;
  NamePins pins_;
  Deadlines<CurlFile> progress_;
  Deadlines<CurlFile> total_;
  std::unordered_set<CurlFile*> active_;
  std::set<std::pair<TimePoint, CurlFile*>> resting_;  // by the end of their rest
  std::size_t opened_ = 0;
  std::uint64_t moved_ = 0;
  std::uint64_t kept_ = 0;
};

}  // namespace cpefleet::transport
