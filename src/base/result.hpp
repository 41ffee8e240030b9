// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace cpefleet {

// Why something could not be done, in words for the person who reads them: what, where, what to do.
// Not for CWMP faults (cwmp::Fault) nor for failed sessions (cwmp::SessionOutcome): those are domain values.
class Error {
 public:
  explicit Error(std::string message) : message_(std::move(message)) {}
  [[nodiscard]] const std::string& message() const { return message_; }

 private:
  std::string message_;
};

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> failure(std::string message) {
  return tl::unexpected<Error>(Error(std::move(message)));
}

}  // namespace cpefleet
