// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Profile files and the tables beside them on disk. Startup only.
namespace cpefleet::profile {

// The directories in which profiles are looked for, in this order.
class SearchPath {
 public:
  explicit SearchPath(std::vector<std::string> directories) : directories_(std::move(directories)) {}

  // A search path that looks beside a file first.
  [[nodiscard]] SearchPath beside(const std::string& file) const;
  // "gxp2170", "families/gxp21xx", or a file name that ends in .yaml; `from` is the file that asks, or "".
  [[nodiscard]] std::optional<std::string> profile_file(std::string_view name, std::string_view from) const;
  // A table: beside the file that asks, or in data/ of a directory.
  [[nodiscard]] std::optional<std::string> data_file(std::string_view name, std::string_view from) const;
  // Names of all profiles, sorted; those in families/ are left out.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::vector<std::string> directories_;
};

// The text of a file of at most 16 MiB; nothing when it cannot be read.
[[nodiscard]] std::optional<std::string> read_file(const std::string& file);
// File name without directory and ending.
[[nodiscard]] std::string stem(const std::string& file);

}  // namespace cpefleet::profile
