// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "integration/transport/running_server.hpp"

namespace cpefleet::test {

// An ACS that tells each device once what to do about UDP connection requests, and keeps what it is told.
class NotifiedAcs {
 public:
  struct Settings {
    std::vector<std::pair<std::string, std::string>> values;  // below Device.ManagementServer.
    std::vector<std::string> notified;                        // the same, actively
  };
  explicit NotifiedAcs(Settings settings, const std::string& address = "127.0.0.1");
  [[nodiscard]] std::string url() const;

  struct Inform {
    std::string serial;
    std::vector<std::string> events;
    std::map<std::string, std::string> values;  // by their last name
    [[nodiscard]] bool has(const std::string& event) const;
  };
  [[nodiscard]] std::vector<Inform> informs() const;
  // How many had this event, of one device where it is named.
  [[nodiscard]] std::size_t count(const std::string& event, const std::string& serial = {}) const;
  // False when it did not happen in good time.
  [[nodiscard]] bool wait_for(const std::function<bool()>& what) const;
  // The value that the last Inform of a device had which had one.
  [[nodiscard]] std::string told(const std::string& serial, const std::string& name) const;
  // Answers nothing to Informs of this device from now on, until it is released.
  void hold(const std::string& serial);
  void release();

 private:
  void handle(const transport::ServerRequest& request, const transport::Responder& respond);
  [[nodiscard]] transport::ServerReply next(std::uint64_t connection);

  Settings settings_;
  mutable std::mutex mutex_;
  std::vector<Inform> informs_;
  std::map<std::uint64_t, std::pair<std::string, int>> sessions_;  // by connection: serial number, requests made
  std::map<std::string, bool> done_;                               // by serial number
  std::string held_;
  std::vector<std::function<void()>> waiting_;
  std::optional<transport::test::Running> server_;
};

}  // namespace cpefleet::test
