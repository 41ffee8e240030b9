// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>

#include "cwmp/session/machine.hpp"
#include "device/session_view.hpp"
#include "engine/session_journal.hpp"
#include "engine/shard.hpp"
#include "transport/transport.hpp"

namespace cpefleet::engine {

// One session under way: what its coroutine works with. Owned by the coroutine. Thread: the shard.
struct Session {
  Session(Shard& shard, Shard::Slot& slot, std::unique_ptr<transport::Channel> channel, const journal::Context& context,
          const SinkList& sinks, TimePoint planned);

  Shard& shard;
  Shard::Slot& slot;
  std::unique_ptr<transport::Channel> channel;
  TimePoint planned;
  TimePoint started;
  Duration paced{};
  SessionJournal journal;
  device::SessionView view;
  cwmp::InterceptorChain interceptors;
  std::optional<cwmp::SessionMachine> machine;  // none when the device's ACS URL is no URL
  std::string url_error;
  bool abort = false;
  Callback* sleeping = nullptr;  // the pause under way
  std::size_t position = 0;      // among the shard's running sessions
};

// Drives one session to its end: performs the machine's actions, nothing else.
boost::asio::awaitable<void> drive(std::unique_ptr<Session> session);

}  // namespace cpefleet::engine
