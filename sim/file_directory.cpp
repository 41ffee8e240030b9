// SPDX-License-Identifier: Apache-2.0
#include "file_directory.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace cpefleet::sim {
namespace {

std::shared_ptr<const std::string> read_all(int descriptor, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t at = 0;
  while (at < size) {
    const auto got = ::read(descriptor, bytes.data() + at, size - at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return nullptr;
    at += static_cast<std::size_t>(got);
  }
  return std::make_shared<const std::string>(std::move(bytes));
}

}  // namespace

Result<FileDirectory> FileDirectory::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return failure(fmt::format("--files {}: {}", path, std::strerror(errno)));
  return FileDirectory(descriptor);
}

FileDirectory::FileDirectory(FileDirectory&& other) noexcept
    : directory_(std::exchange(other.directory_, -1)), known_(std::move(other.known_)) {}

FileDirectory::~FileDirectory() {
  if (directory_ >= 0) ::close(directory_);
}

std::shared_ptr<const std::string> FileDirectory::file(std::string_view name) {
  const std::string plain{name};
  if (plain.empty() || plain.find('/') != std::string::npos || plain == "." || plain == "..") return nullptr;
  // O_NONBLOCK: opening a pipe must not wait for its writer.
  const int descriptor = ::openat(directory_, plain.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return nullptr;
  struct stat is {};
  std::shared_ptr<const std::string> bytes;
  if (::fstat(descriptor, &is) == 0 && S_ISREG(is.st_mode) &&
      static_cast<std::uint64_t>(is.st_size) <= kMaxServedFile) {
    std::erase_if(known_, [](const auto& one) { return one.second.bytes.expired(); });
    const auto size = static_cast<std::size_t>(is.st_size);
    const auto found = known_.find(plain);
    if (found != known_.end() && found->second.changed == is.st_mtim.tv_sec &&
        found->second.changed_ns == is.st_mtim.tv_nsec)
      bytes = found->second.bytes.lock();
    if (!bytes || bytes->size() != size) {
      bytes = read_all(descriptor, size);
      if (bytes) known_[plain] = {bytes, is.st_mtim.tv_sec, is.st_mtim.tv_nsec};
    }
  }
  ::close(descriptor);
  return bytes;
}

}  // namespace cpefleet::sim
