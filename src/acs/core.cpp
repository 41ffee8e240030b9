// SPDX-License-Identifier: Apache-2.0
#include "acs/core.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <unordered_map>

#include "acs/auth.hpp"
#include "acs/dialogue.hpp"
#include "acs/errands.hpp"
#include "acs/files.hpp"
#include "acs/ledger.hpp"
#include "acs/messages.hpp"
#include "acs/sessions.hpp"
#include "acs/transfer_book.hpp"
#include "base/crypto.hpp"
#include "base/hex.hpp"
#include "base/rng.hpp"
#include "base/text.hpp"

namespace cpefleet::acs {
namespace {

constexpr Duration kIdle = std::chrono::seconds{60};
constexpr int kSweepAtOnce = 8;  // more than one call can start, so that the sweep always catches up
constexpr std::string_view kCookieName = "session";

// What a draw is for: one device's refusals never depend on another device, nor on one another.
enum class Salt : std::uint64_t { cookie = 0xacc0'0001, refuse, fault, close, errands };

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

// The value of the session cookie in the Cookie headers, RFC 2109's quotes taken off.
std::optional<std::string_view> session_cookie(const Request& request) {
  for (const auto& [name, value] : request.headers) {
    if (!equal_ignoring_case(name, "Cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      const std::string_view pair = trim(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos || trim(pair.substr(0, equals)) != kCookieName) continue;
      std::string_view text = trim(pair.substr(equals + 1));
      if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
      return text;
    }
  }
  return std::nullopt;
}

bool is_answer(std::string_view name) { return name == "Fault" || name.ends_with("Response"); }

Reply plain(int status, std::string_view text, bool close) {
  Reply reply;
  reply.status = status;
  reply.headers.emplace_back("Content-Type", "text/plain");
  reply.body = text;
  reply.close = close;
  return reply;
}

Reply soap(int version, std::string_view id, std::string_view body) {
  Reply reply;
  reply.headers.reserve(4);
  reply.headers.emplace_back("Server", "cpefleet");
  reply.headers.emplace_back("Content-Type", "text/xml; charset=\"utf-8\"");
  reply.body = envelope(version, id, body);
  return reply;
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return {};
}

std::string connection_request_password(std::string_view device_id, std::uint64_t seed) {
  return md5_hex("connection request:" + to_hex(seed) + ":" + std::string{device_id}).substr(0, 16);
}

struct Core::Impl {
  explicit Impl(Options o)
      : options(std::move(o)), digest(options.password, options.seed), book(options.transfers, totals.transfers) {}

  Reply answer(const Request& request, TimePoint now);
  void sweep(TimePoint now);
  void give_up(Session& session);

  Session* find_session(const Request& request);
  std::optional<Reply> authenticate(const Request& request, TimePoint now, Session* session, const InformSummary* who);
  bool may_come(std::string_view username, const InformSummary& who) const;
  Reply unauthorized(TimePoint now, bool stale, bool close) const;
  Reply bad_request(Session* session, std::string_view why);

  Reply inform(const Request& request, const Envelope& envelope, TimePoint now);
  Reply start_session(const Request& request, DeviceEntry& device, const InformSummary& who, int version,
                      std::string_view id, TimePoint now);
  Reply empty_post(Session& session);
  Reply message(Session& session, const Envelope& envelope, TimePoint now);
  Reply cpe_request(const Session& session, const Envelope& envelope);
  void transfer_complete(const Session& session, const xml::Element& message);
  [[nodiscard]] FileAccess files_of(const Session& session) const {
    return {session.origin, options.file_username, options.file_password};
  }
  Reply cpe_answer(Session& session, const Envelope& envelope, TimePoint now);
  Reply proceed(Session& session);
  Reply end_session(Session& session);

  [[nodiscard]] bool asks_for_files() const { return !options.transfers.empty() && !options.errands; }
  void set_provisioned(DeviceRecord& device, bool provisioned);
  Ledger& ledger_of(const DeviceEntry& device);
  [[nodiscard]] std::uint64_t draw_base(Salt salt, std::string_view device) const;
  bool drawn(double share, Salt salt, std::string_view device, std::uint64_t counter) const;
  bool drawn_to_close(DeviceEntry& device);
  void count(DeviceRecord& device, std::uint64_t DeviceRecord::*what) {
    ++(device.*what);
    ++(totals.sum.*what);
  }

  Options options;
  DigestCheck digest;
  Sessions sessions;
  std::map<std::string, DeviceRecord, std::less<>> devices;
  Totals totals;
  std::unordered_map<const DeviceEntry*, Ledger> ledgers;  // with Options::errands
  TransferBook book;                                       // with Options::transfers
  std::uint64_t cookies = 0;
  std::uint64_t ids = 0;
};

// --- the way in ----------------------------------------------------------------------------------------------------

Reply Core::Impl::answer(const Request& request, TimePoint now) {
  if (request.method != "POST") {
    Reply reply = bad_request(nullptr, "Method not allowed");
    reply.status = 405;
    reply.headers.emplace_back("Allow", "POST");
    return reply;
  }
  std::optional<Envelope> envelope;
  if (!request.body.empty()) {
    auto opened = open_envelope(request.body);
    if (!opened) return bad_request(find_session(request), opened.error().message());
    envelope = std::move(*opened);
    if (envelope->message.local_name() == "Inform") return inform(request, *envelope, now);
  }

  Session* session = find_session(request);
  if (session == nullptr) return bad_request(nullptr, "Invalid session");
  if (auto refused = authenticate(request, now, session, nullptr)) return std::move(*refused);
  sessions.touch(*session, request.connection, now);
  if (drawn_to_close(*session->device)) {
    give_up(*session);
    Reply reply;
    reply.fate = Reply::Fate::close_without_answer;
    return reply;
  }
  return envelope ? message(*session, *envelope, now) : empty_post(*session);
}

void Core::Impl::sweep(TimePoint now) {
  for (int i = 0; i < kSweepAtOnce; ++i) {
    Session* oldest = sessions.oldest();
    if (oldest == nullptr || now - oldest->last <= kIdle) return;
    give_up(*oldest);
  }
}

void Core::Impl::give_up(Session& session) {
  count(session.device->second, &DeviceRecord::broken);
  sessions.end(session);
}

// A cookie wins over the connection, so that a session survives a connection closed in between (H-9). But a request
// that comes along on the connection of another session is somebody's mistake.
Session* Core::Impl::find_session(const Request& request) {
  Session* here = sessions.by_connection(request.connection);
  const auto cookie = session_cookie(request);
  if (!cookie) return here;
  const auto value = from_hex(*cookie);
  Session* named = value ? sessions.by_cookie(*value) : nullptr;
  return here != nullptr && here != named ? nullptr : named;
}

Reply Core::Impl::bad_request(Session* session, std::string_view why) {
  ++totals.bad_requests;
  if (session != nullptr) give_up(*session);
  return plain(400, why, true);
}

// --- authentication ------------------------------------------------------------------------------------------------

// A request without credentials passes on the connection whose Inform had them; everything else is challenged (H-21).
std::optional<Reply> Core::Impl::authenticate(const Request& request, TimePoint now, Session* session,
                                              const InformSummary* who) {
  if (!options.digest) return std::nullopt;
  const bool known_here = session != nullptr && session->connection == request.connection;
  if (known_here && request.header("Authorization").empty()) return std::nullopt;
  const DigestCheck::Outcome outcome = digest.check(request, now);
  const bool admitted = outcome.verdict == DigestCheck::Verdict::ok || outcome.verdict == DigestCheck::Verdict::stale;
  if (outcome.verdict == DigestCheck::Verdict::wrong ||
      (admitted && who != nullptr && !may_come(outcome.username, *who))) {
    ++totals.unauthorized;
    if (session != nullptr) give_up(*session);
    return unauthorized(now, false, true);
  }
  if (outcome.verdict == DigestCheck::Verdict::ok) return std::nullopt;
  ++totals.challenges;
  return unauthorized(now, outcome.verdict == DigestCheck::Verdict::stale, false);
}

bool Core::Impl::may_come(std::string_view username, const InformSummary& who) const {
  return options.username.empty() || username == options.username || username == who.device_id ||
         username == who.escaped_id || username == who.short_id;
}

Reply Core::Impl::unauthorized(TimePoint now, bool stale, bool close) const {
  Reply reply = plain(401, "Unauthorized", close);
  reply.headers.emplace_back("WWW-Authenticate", digest.challenge(now, stale));
  return reply;
}

// --- Inform --------------------------------------------------------------------------------------------------------

Reply Core::Impl::inform(const Request& request, const Envelope& envelope, TimePoint now) {
  const auto version = cwmp_version(envelope.message);
  if (!version) return bad_request(nullptr, "Unrecognized CWMP version");
  const auto who = read_inform(envelope.message);
  if (!who) {
    ++totals.bad_requests;
    return soap(*version, envelope.id, fault(8003, "Invalid arguments"));
  }
  if (auto refused = authenticate(request, now, nullptr, &*who)) return std::move(*refused);

  const auto [place, is_new] = devices.try_emplace(who->device_id);
  DeviceEntry& device = *place;
  if (is_new) ++totals.devices;
  // A new Inform is the end of whatever was under way, of this device or on this connection.
  if (Session* old = sessions.by_device(device)) give_up(*old);
  if (Session* old = sessions.by_connection(request.connection)) give_up(*old);

  if (options.errands) ledger_of(device).informed(*who, now);

  const std::string_view name = device.first;
  DeviceRecord& record = device.second;
  const std::uint64_t attempt = record.informs + record.refused + record.faulted;
  if (drawn_to_close(device)) {
    Reply reply;
    reply.fate = Reply::Fate::close_without_answer;
    return reply;
  }
  if (drawn(options.refuse_share, Salt::refuse, name, attempt)) {
    count(record, &DeviceRecord::refused);
    Reply reply = plain(503, "Service Unavailable", true);
    if (options.retry_after != 0) reply.headers.emplace_back("Retry-After", std::to_string(options.retry_after));
    return reply;
  }
  if (drawn(options.fault_share, Salt::fault, name, attempt)) {
    count(record, &DeviceRecord::faulted);
    return soap(*version, envelope.id, fault(8001, "Request denied"));
  }
  return start_session(request, device, *who, *version, envelope.id, now);
}

Reply Core::Impl::start_session(const Request& request, DeviceEntry& device, const InformSummary& who, int version,
                                std::string_view id, TimePoint now) {
  DeviceRecord& record = device.second;
  count(record, &DeviceRecord::informs);
  if (who.boot) count(record, &DeviceRecord::boots);
  if (who.bootstrap) count(record, &DeviceRecord::bootstraps);
  if (who.periodic) count(record, &DeviceRecord::periodics);
  record.last_retry_count = who.retry_count;
  totals.sum.last_retry_count = std::max(totals.sum.last_retry_count, who.retry_count);
  // A device that says 0 BOOTSTRAP has lost what was set on it (V-7).
  if (who.bootstrap) set_provisioned(record, false);

  const std::uint64_t key = mix64(options.seed ^ static_cast<std::uint64_t>(Salt::cookie));
  Session& session = sessions.start(mix64(key ^ ++cookies), request.connection, device, now);
  session.version = version;
  if (options.errands || !options.transfers.empty()) session.origin = origin_of(request);
  if (asks_for_files()) book.informed(device, who);
  if (options.bootstrap && !record.provisioned) {
    Bootstrap::Settings settings;
    settings.username = device.first;
    settings.password = connection_request_password(device.first, options.seed);
    settings.inform_interval = options.inform_interval;
    if (options.errands) settings.look_for = errand_parameters();
    session.bootstrap = std::make_unique<Bootstrap>(who.root, std::move(settings));
  } else if (options.errands && record.provisioned) {
    session.errands =
        std::make_unique<Errands>(ledger_of(device), draw_base(Salt::errands, device.first), files_of(session));
  }
  Reply reply = soap(version, id, inform_response());
  reply.headers.emplace_back("Set-Cookie", std::string{kCookieName} + "=" + to_hex(session.cookie));
  return reply;
}

// --- the rest of a session -----------------------------------------------------------------------------------------

Reply Core::Impl::empty_post(Session& session) {
  // An answer is due in the very next POST (S-3).
  if (session.awaited_id != 0) return bad_request(&session, "Bad session state");
  return proceed(session);
}

Reply Core::Impl::message(Session& session, const Envelope& envelope, TimePoint now) {
  const bool answer = is_answer(envelope.message.local_name());
  if (answer != (session.awaited_id != 0)) return bad_request(&session, "Bad session state");
  return answer ? cpe_answer(session, envelope, now) : cpe_request(session, envelope);
}

Reply Core::Impl::cpe_request(const Session& session, const Envelope& envelope) {
  const std::string_view name = envelope.message.local_name();
  if (name == "GetRPCMethods") return soap(session.version, envelope.id, get_rpc_methods_response());
  constexpr std::array<std::string_view, 3> acknowledged{"TransferComplete", "AutonomousTransferComplete",
                                                         "RequestDownload"};
  if (name == acknowledged.front()) transfer_complete(session, envelope.message);
  for (const std::string_view known : acknowledged) {
    if (name == known) return soap(session.version, envelope.id, empty_message(std::string{name} + "Response"));
  }
  return soap(session.version, envelope.id, fault(8000, "Method not supported"));
}

void Core::Impl::transfer_complete(const Session& session, const xml::Element& message) {
  const auto key = trim(message.child("CommandKey").text());
  // What cannot be read is no success.
  const auto code = parse_uint(trim(message.child("FaultStruct").child("FaultCode").text()));
  const int fault = code && *code < 10'000 ? static_cast<int>(*code) : -1;
  if (options.errands) ledger_of(*session.device).transferred(key, fault);
  if (asks_for_files()) book.completed(*session.device, key, fault);
}

Reply Core::Impl::cpe_answer(Session& session, const Envelope& envelope, TimePoint now) {
  if (envelope.id != to_hex(session.awaited_id)) ++totals.wrong_ids;
  DeviceRecord& record = session.device->second;
  const auto take = [&] {
    if (session.asks_for_files) return book.take(*session.device, envelope.message);
    return session.errands ? session.errands->take(envelope.message, now) : session.bootstrap->take(envelope.message);
  };
  const Answer answer = take();
  switch (answer) {
    case Answer::unexpected: return bad_request(&session, "Bad session state");
    case Answer::fault: count(record, &DeviceRecord::cpe_faults); break;
    case Answer::good: break;
  }
  return proceed(session);
}

Reply Core::Impl::proceed(Session& session) {
  std::string body;
  if (session.bootstrap && !session.asks_for_files) body = session.bootstrap->next();
  if (session.errands) body = session.errands->next();
  if (body.empty() && asks_for_files()) {
    session.asks_for_files = true;
    body = book.next(*session.device, files_of(session));
  }
  if (body.empty()) return end_session(session);
  session.awaited_id = ++ids;
  return soap(session.version, to_hex(session.awaited_id), body);
}

Reply Core::Impl::end_session(Session& session) {
  DeviceRecord& record = session.device->second;
  count(record, &DeviceRecord::sessions);
  if (session.bootstrap) {
    totals.sum.parameters += session.bootstrap->parameters() - record.parameters;
    record.parameters = session.bootstrap->parameters();
    set_provisioned(record, true);
    if (options.errands) {
      ledger_of(*session.device).bootstrapped(equipment_of(*session.bootstrap), session.bootstrap->added());
    }
  }
  sessions.end(session);
  Reply reply;
  reply.status = 204;
  reply.close = options.close_after_session;
  return reply;
}

void Core::Impl::set_provisioned(DeviceRecord& device, bool provisioned) {
  if (device.provisioned == provisioned) return;
  device.provisioned = provisioned;
  totals.provisioned += provisioned ? 1 : std::uint64_t(-1);
}

Ledger& Core::Impl::ledger_of(const DeviceEntry& device) {
  return ledgers.try_emplace(&device, device.first, totals).first->second;
}

std::uint64_t Core::Impl::draw_base(Salt salt, std::string_view device) const {
  return mix64(mix64(options.seed ^ static_cast<std::uint64_t>(salt)) ^ fnv1a(device));
}

bool Core::Impl::drawn(double share, Salt salt, std::string_view device, std::uint64_t counter) const {
  if (share <= 0) return false;
  return unit(mix64(draw_base(salt, device) ^ counter)) < share;
}

bool Core::Impl::drawn_to_close(DeviceEntry& device) {
  const std::uint64_t nth = device.second.requests;
  count(device.second, &DeviceRecord::requests);
  if (!drawn(options.close_share, Salt::close, device.first, nth)) return false;
  count(device.second, &DeviceRecord::closed);
  return true;
}

// --- Core ----------------------------------------------------------------------------------------------------------

Core::Core(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Core::~Core() = default;

Reply Core::handle(const Request& request, TimePoint now) {
  impl_->sweep(now);
  ++impl_->totals.requests;
  Reply reply = impl_->answer(request, now);
  reply.delay = impl_->options.delay;
  impl_->totals.open_sessions = impl_->sessions.size();
  return reply;
}

void Core::connection_closed(std::uint64_t connection) {
  if (Session* session = impl_->sessions.by_connection(connection)) impl_->give_up(*session);
  impl_->totals.open_sessions = impl_->sessions.size();
}

const Totals& Core::totals() const { return impl_->totals; }
const std::map<std::string, DeviceRecord, std::less<>>& Core::devices() const { return impl_->devices; }

}  // namespace cpefleet::acs
