// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/url.hpp"
#include "cwmp/session/host.hpp"
#include "cwmp/session/interceptor.hpp"
#include "journal/cause.hpp"
#include "journal/journal.hpp"

// The CWMP session (TR-069 3.7.1) without I/O: next(event) → action. It knows SOAP, RPCs, HoldRequests, authentication,
// cookies, redirects, Retry-After, when to send the empty POST and when the session is over. It has never seen a socket.
//
//              Begin                        InformResponse                   empty reply, nothing held back
//   (new) ───────────▶ informing ───────────────────────▶ open ───────────────────────────────────────────▶ (End)
//                        │  ▲ 401, redirect, 8005:        │  ▲ request of the ACS → answer it
//                        │  └─ same message again         │  └ own request → wait for its answer, then the next
//                        ▼                                ▼
//                   Failure / bad reply ──────────────▶ (End, cause)
namespace cpefleet::cwmp {

// --- events ---------------------------------------------------------------------------------------------------

struct Begin {};

struct Header {
  std::string name;  // as received; compared without case
  std::string value;
};

// The whole reply to the last POST.
struct HttpReply {
  int status = 0;
  std::vector<Header> headers;  // only those the machine reads need to be here: see wants_header()
  std::string body;
  bool connection_closed = false;  // the connection cannot be used for the next POST
};

// The transport could not get a reply.
struct TransportFailure {
  Cause cause = Cause::connect_failed;
  std::string detail;
};

using SessionEvent = std::variant<Begin, HttpReply, TransportFailure>;

// --- actions --------------------------------------------------------------------------------------------------

// POST `body` to `url`. Views and pointers stay valid until the next call of next().
struct SendPost {
  const Url* url = nullptr;
  PostKind kind = PostKind::empty;
  std::string_view message;        // what is sent, for pacing and the journal ("" for the empty POST)
  std::string_view body;           // empty for PostKind::empty, which carries neither SOAPAction nor Content-Type (H-5)
  std::string_view authorization;  // value of Authorization, "" for none
  std::string_view cookie;         // value of Cookie, "" for none
  bool ends_session_if_empty = false;                       // an empty answer to this POST ends the session (S-7)
  const std::vector<std::string>* extra_headers = nullptr;  // may be null
};

struct SessionOutcome {
  Cause cause = Cause::none;
  std::string detail;
  std::optional<std::chrono::seconds> retry_after;  // of a 503 (or 429): wait at least this long
  bool inform_accepted = false;                     // the session was established before it ended
  std::uint32_t rpcs = 0;                           // requests of the ACS that were answered
};

struct End {
  SessionOutcome outcome;
};

using Action = std::variant<SendPost, End>;

// --- configuration ---------------------------------------------------------------------------------------------

struct SessionLimits {
  std::uint32_t rpcs_per_session = 1000;
  std::uint32_t redirects = 5;       // consecutive (H-17)
  std::uint32_t retry_requests = 3;  // how often a message is sent again after 8005 (S-12)
  std::uint32_t cookies = 16;        // per session; bytes are bounded too (H-13 asks for at least 512)
};

struct SessionConfig {
  Url url;  // ManagementServer.URL
  Version version = Version::v1_0;
  bool version_fallback = true;  // 1.1 refused as unknown namespace → 1.0 (S-15)
  bool strict = false;           // a finding fails the session
  SessionLimits limits;
  std::uint64_t random = 0;  // seeds the cnonces and message IDs of this session
};

// Journal entries of one session leave through this; the engine adds context and time. The machine writes Sent, Rpc
// (without `took`: it has no clock), InformAccepted, Challenged, Redirected, Finding and the CapHit of rpcs_per_session;
// the other entries are the engine's.
class JournalWriter {
 public:
  virtual ~JournalWriter() = default;
  virtual void write(const journal::Entry& entry) = 0;
};

class SessionMachine {
 public:
  // `host`, `chain` and `writer` outlive the machine.
  SessionMachine(SessionConfig config, SessionHost& host, InterceptorChain& chain, JournalWriter& writer);
  ~SessionMachine();
  SessionMachine(const SessionMachine&) = delete;
  SessionMachine& operator=(const SessionMachine&) = delete;

  // Begin first, then one HttpReply or TransportFailure for every SendPost, until End. Never throws on what came from
  // the ACS.
  [[nodiscard]] Action next(SessionEvent event);

  // Ends the session from outside: a cap on time, the end of the run.
  [[nodiscard]] End abort(Cause cause, std::string detail);

  // Whether the machine reads this header, so that a transport need not copy the others. Case does not matter.
  [[nodiscard]] static bool wants_header(std::string_view name);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cpefleet::cwmp
