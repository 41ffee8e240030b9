// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "acs/core.hpp"
#include "acs/files.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace cpefleet::sim {

// The built-in ACS behind a real HTTP server, on a thread of its own. A peer for demos and tests: everything it knows is
// in acs::Core and, for files, in acs::Files. Stops when destroyed.
class BuiltinAcs {
 public:
  // `address` is numeric; port 0 takes any free one. The error names a port that is taken, and the ways out.
  [[nodiscard]] static Result<std::unique_ptr<BuiltinAcs>> start(const acs::Options& options,
                                                                 const std::string& address, std::uint16_t port,
                                                                 const Clock& clock, acs::FileOptions files = {});
  ~BuiltinAcs();
  BuiltinAcs(const BuiltinAcs&) = delete;
  BuiltinAcs& operator=(const BuiltinAcs&) = delete;

  [[nodiscard]] std::string url() const;  // http://127.0.0.1:PORT/
  // What it saw so far. Safe from any thread.
  [[nodiscard]] acs::Totals totals() const;
  [[nodiscard]] acs::FileTotals file_totals() const;
  [[nodiscard]] std::vector<acs::ReceivedFile> received() const;  // the latest uploads

 private:
  struct Impl;
  explicit BuiltinAcs(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cpefleet::sim
