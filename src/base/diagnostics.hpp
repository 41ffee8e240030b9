// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cpefleet {

// Where something stands in a file. Lines and columns count from 1; 0 means the file as a whole.
struct Location {
  std::string file;
  int line = 0;
  int column = 0;
};

// One mistake in a scenario or profile.
struct Diagnostic {
  Location where;
  std::string message;
};

// Collects every mistake so that all of them are shown at once. Owned by the caller of a loader.
class Diagnostics {
 public:
  void add(Location where, std::string message) { list_.push_back({std::move(where), std::move(message)}); }
  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] std::size_t size() const { return list_.size(); }
  [[nodiscard]] const std::vector<Diagnostic>& list() const { return list_; }
  // One line each, `file:line:col: message`, in the order of the file.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Diagnostic> list_;
};

}  // namespace cpefleet
