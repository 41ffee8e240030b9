// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace cpefleet::sim {

constexpr std::size_t kMaxServedFile = 256u << 20;

// The regular files that lie directly in one directory, read on demand. A file is in memory once, for as long as somebody
// is being sent it. Links are not followed, neither out nor inside. Thread: one at a time.
class FileDirectory {
 public:
  [[nodiscard]] static Result<FileDirectory> open(const std::string& path);
  FileDirectory(FileDirectory&& other) noexcept;
  FileDirectory& operator=(FileDirectory&&) = delete;
  ~FileDirectory();

  // nullptr: no such file, not a regular one, too large, or unreadable.
  [[nodiscard]] std::shared_ptr<const std::string> file(std::string_view name);

 private:
  struct Known {
    std::weak_ptr<const std::string> bytes;
    std::time_t changed = 0;
    long changed_ns = 0;
  };
  explicit FileDirectory(int descriptor) : directory_(descriptor) {}
  int directory_;
  std::map<std::string, Known, std::less<>> known_;
};

}  // namespace cpefleet::sim
