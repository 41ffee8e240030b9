// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "acs/core.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace cpefleet::sim {

// The built-in ACS behind a real HTTP server, on a thread of its own. A peer for demos and tests: everything it knows is
// in acs::Core. Stops when destroyed.
class BuiltinAcs {
 public:
  // `address` is numeric; port 0 takes any free one. The error names a port that is taken, and the ways out.
  [[nodiscard]] static Result<std::unique_ptr<BuiltinAcs>> start(const acs::Options& options,
                                                                 const std::string& address, std::uint16_t port,
                                                                 const Clock& clock);
  ~BuiltinAcs();
  BuiltinAcs(const BuiltinAcs&) = delete;
  BuiltinAcs& operator=(const BuiltinAcs&) = delete;

  [[nodiscard]] std::string url() const;  // http://127.0.0.1:PORT/
  // What it saw so far. Safe from any thread.
  [[nodiscard]] acs::Totals totals() const;

 private:
  struct Impl;
  explicit BuiltinAcs(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cpefleet::sim
