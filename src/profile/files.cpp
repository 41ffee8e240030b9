// SPDX-License-Identifier: Apache-2.0
#include "profile/files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace cpefleet::profile {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kMaxBytes = 16U << 20;

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

// A name stays below the directory it is looked for in.
bool stays_inside(const fs::path& name) {
  return !name.empty() && name.is_relative() && std::find(name.begin(), name.end(), "..") == name.end();
}

}  // namespace

SearchPath SearchPath::beside(const std::string& file) const {
  auto directories = directories_;
  const auto directory = fs::path(file).parent_path();
  directories.insert(directories.begin(), directory.empty() ? "." : directory.string());
  return SearchPath(std::move(directories));
}

std::optional<std::string> SearchPath::profile_file(std::string_view name, std::string_view from) const {
  if (name.ends_with(".yaml") && from.empty()) return is_file(name) ? std::optional(std::string(name)) : std::nullopt;
  fs::path file(name);
  if (!stays_inside(file)) return std::nullopt;
  if (!name.ends_with(".yaml")) file += ".yaml";
  std::vector<fs::path> directories(directories_.begin(), directories_.end());
  if (!from.empty()) directories.insert(directories.begin(), fs::path(from).parent_path());
  for (const auto& directory : directories) {
    if (is_file(directory / file)) return (directory / file).string();
  }
  return std::nullopt;
}

std::optional<std::string> SearchPath::data_file(std::string_view name, std::string_view from) const {
  const fs::path file(name);
  if (!stays_inside(file)) return std::nullopt;
  const auto beside = fs::path(from).parent_path();
  std::vector<fs::path> candidates{beside / file, beside / "data" / file};
  for (const auto& directory : directories_) candidates.push_back(fs::path(directory) / "data" / file);
  const auto found = std::find_if(candidates.begin(), candidates.end(), is_file);
  return found == candidates.end() ? std::nullopt : std::optional(found->string());
}

std::vector<std::string> SearchPath::names() const {
  std::vector<std::string> out;
  for (const auto& directory : directories_) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory, error)) {
      if (entry.path().extension() == ".yaml" && is_file(entry.path())) out.push_back(entry.path().stem().string());
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::optional<std::string> read_file(const std::string& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error || size > kMaxBytes) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return std::nullopt;
  return text;
}

std::string stem(const std::string& file) { return fs::path(file).stem().string(); }

}  // namespace cpefleet::profile
