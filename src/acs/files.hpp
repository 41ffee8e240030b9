// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "acs/auth.hpp"
#include "acs/core.hpp"
#include "base/result.hpp"
#include "base/template.hpp"
#include "base/time.hpp"

// The files that devices of the built-in ACS fetch and send, and where its redirector sends them: (request, state) → reply,
// without I/O, beside the core.
//
//   GET /files/firmware/NAME?size=20MB&version=1.0.11.106&model=GXP2170   an image made on the fly; model may be left out
//   GET /files/config/NAME?P270=lab&P4506=1                               a gs_provision file of version 1
//   GET /files/bytes/20MB                                                 filler, for a TR-143 download
//   GET /files/NAME                                                       a file of the directory
//   PUT /files/...                                                        201; its name, size and beginning are kept
//   GET /gs/cfg*.xml                                                      with a Redirect: where the ACS is
//
// `wait=300ms` in any query holds the reply back.
namespace cpefleet::acs {

// What the redirector (the vendor's is at fm.grandstream.com/gs) tells a device of its ACS.
struct Redirect {
  std::string url;    // P4503; "": this server, by the name the device called it
  Template username;  // P4504, P4505, left out where empty; {mac} is the one in the file's name
  Template password;
  std::uint32_t inform_interval = 300;  // P4507; P4506 is 1
};

struct FileOptions {
  std::string username;  // "": everybody is served
  std::string password;
  // A file of the directory by its plain name; nullptr when there is none. The bytes live as long as replies need them.
  std::function<std::shared_ptr<const std::string>(std::string_view name)> directory;
  std::shared_ptr<const Redirect> redirect;
  std::uint64_t seed = 1;  // of nonces
};

constexpr std::uint64_t kMaxMadeBytes = 1ULL << 30;  // of a file made on the fly
constexpr std::uint64_t kMinImageBytes = 256;        // room for its head
constexpr std::uint64_t kMaxUploadBytes = 1ULL << 30;
constexpr std::size_t kKeptOfUpload = 1024;
constexpr std::size_t kKeptUploads = 64;  // the latest

struct ReceivedFile {
  std::string name;  // of the target, behind /files/
  std::uint64_t bytes = 0;
  std::string head;
};

// Bytes sent are those of the replies: a client that goes away in the middle counts as if it had taken all.
struct FileTotals {
  std::uint64_t fetched = 0;  // GET answered 200, the redirector's files not among them
  std::uint64_t bytes_fetched = 0;
  std::uint64_t received = 0;  // PUT
  std::uint64_t bytes_received = 0;
  std::uint64_t redirected = 0;
  std::uint64_t missing = 0;       // 404
  std::uint64_t unauthorized = 0;  // 401 for wrong credentials
  std::uint64_t bad_requests = 0;  // 400, 405
};

// Thread: one, the core's.
class Files {
 public:
  explicit Files(FileOptions options);

  // Whether a target is its, and not the core's.
  [[nodiscard]] bool serves(std::string_view target) const;
  [[nodiscard]] Reply handle(const Request& request, TimePoint now);

  [[nodiscard]] const FileTotals& totals() const { return totals_; }
  [[nodiscard]] const std::deque<ReceivedFile>& received() const { return received_; }

 private:
  [[nodiscard]] Reply answer(const Request& request, TimePoint now);
  [[nodiscard]] std::optional<Reply> refused(const Request& request, TimePoint now);
  [[nodiscard]] Reply fetch(std::string_view path, std::string_view query);
  [[nodiscard]] Reply firmware(std::string_view query);
  [[nodiscard]] Reply from_directory(std::string_view name);
  [[nodiscard]] Reply redirect(const Request& request, std::string_view name);
  [[nodiscard]] Reply receive(const Request& request, std::string_view path);
  [[nodiscard]] Reply bad(std::string_view why);
  [[nodiscard]] Reply missing();

  FileOptions options_;
  DigestCheck digest_;
  std::shared_ptr<const std::string> filler_;
  FileTotals totals_;
  std::deque<ReceivedFile> received_;
};

// The origin a client called this server by, from its Host header: "http://127.0.0.1:7547"; "" when that is none.
[[nodiscard]] std::string origin_of(const Request& request);

// Whether a key is a P-value's: "P270".
[[nodiscard]] bool is_setting(std::string_view key);

// Percent-encoded, for a part of a path or a query.
[[nodiscard]] std::string query_escaped(std::string_view text);

}  // namespace cpefleet::acs
