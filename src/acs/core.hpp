// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "acs/transfers.hpp"
#include "base/time.hpp"

// The built-in ACS: (request, state) → reply, without I/O. A peer for demos and tests, not a product: it bootstraps a
// new device for real and counts what it saw, so that the fleet's own counts can be held against it.
namespace cpefleet::acs {

struct Request {
  std::uint64_t connection = 0;  // unique per TCP connection
  std::string method;            // "POST"
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;                                                    // of an upload perhaps the beginning only
  std::uint64_t body_bytes = 0;                                        // of an upload: all of it
  [[nodiscard]] std::string_view header(std::string_view name) const;  // case-insensitive, "" when absent
};

struct Reply {
  enum class Fate : std::uint8_t { answer, close_without_answer, reset, stall };
  Fate fate = Fate::answer;
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Behind the body: this block again and again, until there are so many bytes. Shared by replies.
  std::shared_ptr<const std::string> block;
  std::uint64_t block_bytes = 0;
  bool close = false;  // close the connection after the reply
  Duration delay{};    // before anything is sent
};

struct Options {
  bool digest = false;   // ask for HTTP Digest
  std::string username;  // expected; "" accepts any user name
  std::string password;
  std::uint32_t inform_interval = 300;  // set on a device at its first contact
  bool bootstrap = true;                // false: every session is Inform, empty, 204
  bool errands = false;                 // sessions of a bootstrapped device: hold it to its word, send it on errands
  bool close_after_session = true;      // `Connection: close` on the 204
  Duration delay{};                     // before every reply
  double refuse_share = 0;              // of new sessions, answered 503 ...
  std::uint32_t retry_after = 0;        // ... with this Retry-After in seconds, none when 0
  double fault_share = 0;               // of Informs, answered with a fault 8001
  double close_share = 0;               // of requests, answered by closing
  // Asked of each device once it is bootstrapped; not with errands, which ask for files themselves.
  std::vector<TransferAsk> transfers;
  std::string file_username;  // what the file server wants, for Download and Upload
  std::string file_password;
  std::uint64_t seed = 1;
};

// What the ACS saw of one device. informs == sessions + broken + sessions still open, always. Events and RetryCount are
// those of Informs that were answered with InformResponse.
struct DeviceRecord {
  std::uint64_t informs = 0;     // answered with InformResponse
  std::uint64_t sessions = 0;    // ended as they should
  std::uint64_t broken = 0;      // given up: replaced by a new Inform, or their connection went away
  std::uint64_t refused = 0;     // 503
  std::uint64_t faulted = 0;     // 8001
  std::uint64_t requests = 0;    // all of them, the closed ones too; 401 and 400 left out
  std::uint64_t closed = 0;      // requests answered by closing (Options::close_share)
  std::uint64_t cpe_faults = 0;  // faults it answered, unusable answers included
  std::uint64_t boots = 0;       // Informs with 1 BOOT
  std::uint64_t bootstraps = 0;
  std::uint64_t periodics = 0;
  std::uint32_t last_retry_count = 0;
  std::uint32_t parameters = 0;  // seen in the GetParameterNames of its tree
  bool provisioned = false;      // a bootstrap ran to its end since the last 0 BOOTSTRAP
};

struct Totals {
  std::uint64_t requests = 0;
  std::uint64_t devices = 0;
  std::uint64_t open_sessions = 0;
  DeviceRecord sum;                // its last_retry_count is the highest seen, its provisioned stays false
  std::uint64_t provisioned = 0;   // devices
  std::uint64_t challenges = 0;    // 401 for want of credentials or a fresh nonce
  std::uint64_t unauthorized = 0;  // 401 for wrong credentials
  std::uint64_t bad_requests = 0;  // broken XML, out of order, unknown session
  std::uint64_t wrong_ids = 0;     // answers whose cwmp:ID was not the request's (E-7); accepted all the same
  TransferTotals transfers;
  // With Options::errands.
  std::uint64_t promises = 0;         // of devices, checked; each counts once, however often it is looked at
  std::uint64_t broken_promises = 0;  // what was found to be otherwise, among them or beside them
  std::vector<std::string> broken;    // the first kMostTexts of them, for people
  static constexpr std::size_t kMostTexts = 20;
};

// What the ACS sets as ConnectionRequestPassword; the user name is the device id itself.
[[nodiscard]] std::string connection_request_password(std::string_view device_id, std::uint64_t seed);

// Content-Length, Date and Connection of a reply are the server's to write. `now` never goes back.
// Thread: one; the server that drives it keeps to that.
class Core {
 public:
  explicit Core(Options options);
  ~Core();
  [[nodiscard]] Reply handle(const Request& request, TimePoint now);
  // Whoever closed it, the ACS itself included.
  void connection_closed(std::uint64_t connection);

  [[nodiscard]] const Totals& totals() const;
  // By `OUI-ProductClass-Serial`; `OUI-Serial` where the ProductClass is empty.
  [[nodiscard]] const std::map<std::string, DeviceRecord, std::less<>>& devices() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cpefleet::acs
