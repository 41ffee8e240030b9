// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "acs/core.hpp"
#include "acs/dialogue.hpp"
#include "acs/errands.hpp"

namespace cpefleet::acs {

using DeviceEntry = std::pair<const std::string, DeviceRecord>;  // node of Core::devices(); its address is stable

struct Session {
  std::uint64_t cookie = 0;
  std::uint64_t connection = 0;  // the last one seen
  DeviceEntry* device = nullptr;
  TimePoint last{};
  int version = 0;                       // of CWMP, as the Inform's namespace had it
  std::uint64_t awaited_id = 0;          // cwmp:ID of the request under way, 0 for none
  std::unique_ptr<Bootstrap> bootstrap;  // one of the two, or none
  std::unique_ptr<Errands> errands;
  bool asks_for_files = false;  // behind the bootstrap
  std::string origin;           // of this ACS, as the device calls it
};

// The sessions under way, found by cookie, by connection and by device, oldest activity first. A device has one at
// most, a connection carries one at most.
class Sessions {
 public:
  // Neither the device nor the connection may have one.
  Session& start(std::uint64_t cookie, std::uint64_t connection, DeviceEntry& device, TimePoint now);
  void end(Session& session);
  // Marks activity; the session moves to this connection.
  void touch(Session& session, std::uint64_t connection, TimePoint now);

  [[nodiscard]] Session* by_cookie(std::uint64_t cookie);
  [[nodiscard]] Session* by_connection(std::uint64_t connection);
  [[nodiscard]] Session* by_device(const DeviceEntry& device);
  // The one idle for longest; null when there is none.
  [[nodiscard]] Session* oldest() { return list_.empty() ? nullptr : &list_.front(); }
  [[nodiscard]] std::size_t size() const { return list_.size(); }

 private:
  using Place = std::list<Session>::iterator;
  std::list<Session> list_;
  std::unordered_map<std::uint64_t, Place> by_cookie_;
  std::unordered_map<std::uint64_t, Place> by_connection_;
  std::unordered_map<const DeviceEntry*, Place> by_device_;
};

}  // namespace cpefleet::acs
