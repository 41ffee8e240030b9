// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/url.hpp"
#include "cwmp/session/host.hpp"
#include "cwmp/session/interceptor.hpp"
#include "cwmp/session/machine.hpp"

namespace cpefleet::test {

// The device under test, over all sessions of a transcript: a scripted one (scripted_host.hpp) or the real one
// (real_device.hpp).
class TestDevice {
 public:
  virtual ~TestDevice() = default;

  // The host lives until session_ended().
  virtual cwmp::SessionHost& begin_session() = 0;
  // Where the session goes, when the device has a mind of its own about that.
  [[nodiscard]] virtual std::optional<Url> acs_url() const { return std::nullopt; }
  [[nodiscard]] virtual cwmp::InterceptorChain interceptors() const { return {}; }
  // What the device is then: `idle`, `follow_up`, `retry_wait` or `offline`; "" for one that cannot say.
  virtual std::string session_ended(const cwmp::SessionOutcome& outcome) = 0;
  // `next>` of a transcript. "", or why no session starts so.
  virtual std::string wake(std::string_view how) = 0;
};

// Makes the device under test from the `device` lines of a transcript.
using HostFactory = std::function<std::unique_ptr<TestDevice>(const std::multimap<std::string, std::string>&)>;

}  // namespace cpefleet::test
