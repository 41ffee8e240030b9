// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>

// The little HTTP that the raw client and the stub ACS share. A head is everything up to and including the empty line.
namespace cpefleet::bench {

inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

inline bool same_word(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

// Length of the head, 0 while it is not complete.
inline std::size_t head_length(std::string_view data) {
  const std::size_t end = data.find("\r\n\r\n");
  return end == std::string_view::npos ? 0 : end + 4;
}

// Value of the first header of that name, "" when there is none.
inline std::string_view header(std::string_view head, std::string_view name) {
  std::size_t at = head.find("\r\n");
  while (at != std::string_view::npos && at + 2 < head.size()) {
    const std::size_t begin = at + 2;
    const std::size_t end = head.find("\r\n", begin);
    if (end == std::string_view::npos || end == begin) break;
    const std::string_view line = head.substr(begin, end - begin);
    if (line.size() > name.size() && line[name.size()] == ':' && same_word(line.substr(0, name.size()), name)) {
      const std::size_t value = line.find_first_not_of(" \t", name.size() + 1);
      return value == std::string_view::npos ? std::string_view{} : line.substr(value);
    }
    at = end;
  }
  return {};
}

// Content-Length; 0 when absent, -1 when it is no number or the body is chunked (neither end here sends that).
inline long content_length(std::string_view head) {
  if (!header(head, "Transfer-Encoding").empty()) return -1;
  const std::string_view text = header(head, "Content-Length");
  if (text.empty()) return 0;
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= 0 ? value : -1;
}

inline void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

inline double cpu_seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
}

[[noreturn]] inline void die(const char* what) {
  std::perror(what);
  std::exit(2);
}

// `--name value` and `--flag`, nothing else.
class Arguments {
 public:
  Arguments(int argc, char** argv) : argc_(argc), argv_(argv) {}
  [[nodiscard]] const char* text(const char* name, const char* otherwise) const {
    for (int i = 1; i + 1 < argc_; ++i) {
      if (std::strcmp(argv_[i], name) == 0) return argv_[i + 1];
    }
    return otherwise;
  }
  [[nodiscard]] long number(const char* name, long otherwise) const {
    const char* value = text(name, nullptr);
    return value == nullptr ? otherwise : std::strtol(value, nullptr, 10);
  }
  [[nodiscard]] bool flag(const char* name) const {
    for (int i = 1; i < argc_; ++i) {
      if (std::strcmp(argv_[i], name) == 0) return true;
    }
    return false;
  }

 private:
  int argc_;
  char** argv_;
};

}  // namespace cpefleet::bench
