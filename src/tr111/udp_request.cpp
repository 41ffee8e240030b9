// SPDX-License-Identifier: Apache-2.0
#include "tr111/udp_request.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/hex.hpp"
#include "base/text.hpp"

namespace cpefleet::tr111 {
namespace {

constexpr std::string_view kMethod = "GET ";
constexpr std::string_view kVersion = " HTTP/1.1";
constexpr std::string_view kScheme = "http://";
constexpr std::size_t kSignatureDigits = 40;

bool is_unreserved(char c) {  // RFC 3986, 2.3
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += '%';
      out += to_hex(static_cast<unsigned char>(c), 2);
    }
  }
  return out;
}

// A % that begins no escape stands for itself.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

// http://authority[/]?query
bool split_uri(std::string_view uri, std::string_view& authority, std::string_view& query) {
  if (!equal_ignoring_case(uri.substr(0, kScheme.size()), kScheme)) return false;
  uri.remove_prefix(kScheme.size());
  const std::size_t mark = uri.find('?');
  if (mark == std::string_view::npos) return false;
  authority = uri.substr(0, mark);
  if (authority.ends_with('/')) authority.remove_suffix(1);  // what libraries make of the empty path
  query = uri.substr(mark + 1);
  return !authority.empty() && authority.find('/') == std::string_view::npos;
}

std::string_view* field_of(UdpRequest& request, std::string_view name) {
  if (name == "ts") return &request.ts;
  if (name == "id") return &request.id;
  if (name == "un") return &request.username;
  if (name == "cn") return &request.nonce;
  return name == "sig" ? &request.signature : nullptr;
}

// Each of the five names once, in any order, and no other.
bool split_query(std::string_view query, UdpRequest& request) {
  std::size_t fields = 0;
  while (true) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return false;
    std::string_view* field = field_of(request, pair.substr(0, equals));
    if (field == nullptr || field->data() != nullptr) return false;
    *field = pair.substr(equals + 1);
    ++fields;
    if (end == query.size()) return fields == 5;
    query.remove_prefix(end + 1);
  }
}

std::string sign(std::string_view ts, std::string_view id, std::string_view username, std::string_view nonce,
                 std::string_view password) {
  std::string text;
  text.append(ts).append(id).append(username).append(nonce);
  return hmac_sha1_hex(password, text);
}

// Takes as long for a near miss as for any other.
bool same_signature(std::string_view expected, std::string_view given) {
  if (expected.size() != given.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    difference |= static_cast<unsigned>(hex_digit(expected[i])) ^ static_cast<unsigned>(hex_digit(given[i]));
  return difference == 0;
}

}  // namespace

DatagramKind kind_of(std::span<const std::byte> datagram) {
  if (datagram.empty()) return DatagramKind::other;
  if (std::to_integer<unsigned>(datagram[0]) <= 1) return DatagramKind::stun;
  return datagram[0] == std::byte{'G'} ? DatagramKind::udp_request : DatagramKind::other;
}

tl::expected<UdpRequest, std::string_view> parse_udp_request(std::string_view datagram) {
  const auto no = [](std::string_view reason) { return tl::unexpected<std::string_view>(reason); };
  if (datagram.size() > kMaxUdpRequest) return no("longer than 4096 bytes");
  std::string_view line = datagram.substr(0, datagram.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!line.starts_with(kMethod) || !line.ends_with(kVersion) || line.size() < kMethod.size() + kVersion.size())
    return no("its first line is no GET of HTTP/1.1");
  UdpRequest request;
  std::string_view query;
  const std::string_view uri = line.substr(kMethod.size(), line.size() - kMethod.size() - kVersion.size());
  if (!split_uri(uri, request.authority, query)) return no("its URI is not http://host:port?...");
  if (!split_query(query, request)) return no("its query is not exactly ts, id, un, cn, sig");
  const auto time = parse_uint(request.ts);
  const auto number = parse_uint(request.id);
  if (!time || !number) return no("ts or id is no unsigned number");
  request.time = *time;
  request.number = *number;
  if (request.signature.size() != kSignatureDigits) return no("sig has not 40 digits");
  for (const char c : request.signature)
    if (hex_digit(c) < 0) return no("sig is not hexadecimal");
  return request;
}

std::string username_of(const UdpRequest& request) { return unescaped(request.username); }

UdpVerdict UdpRequestGuard::check(std::string_view datagram, const UdpCredentials& credentials) {
  using Kind = UdpVerdict::Kind;
  const auto request = parse_udp_request(datagram);
  if (!request) return {Kind::ignored, request.error()};
  // Which form is signed where un or cn are escaped is nowhere said: the values, or else the text of the URI.
  const std::string username = unescaped(request->username);
  if (username != credentials.username && request->username != credentials.username)
    return {Kind::ignored, "un is not ConnectionRequestUsername"};
  const std::string of_values =
      sign(request->ts, request->id, username, unescaped(request->nonce), credentials.password);
  const std::string of_text = sign(request->ts, request->id, request->username, request->nonce, credentials.password);
  if (!same_signature(of_values, request->signature) && !same_signature(of_text, request->signature))
    return {Kind::ignored, "sig is not made with ConnectionRequestPassword"};
  const bool known = last_number_ != kNoNumber || request->time <= last_time_;
  const bool repeats = last_time_ != 0 && request->number == last_number_ && known;
  if (repeats) return {Kind::duplicate, "id is the last one's", true};
  if (request->time <= last_time_) return {Kind::ignored, "ts is not later than the last one's", true};
  last_time_ = request->time;
  last_number_ = request->number;
  return {Kind::accepted, {}, true};
}

std::string make_udp_request(const NewUdpRequest& request, const UdpCredentials& credentials) {
  const std::string ts = std::to_string(request.time);
  const std::string id = std::to_string(request.number);
  const std::string signature = sign(ts, id, credentials.username, request.nonce, credentials.password);
  std::string out(kMethod);
  out.append(kScheme).append(request.authority);
  out.append("?ts=").append(ts).append("&id=").append(id).append("&un=").append(escaped(credentials.username));
  out.append("&cn=").append(escaped(request.nonce)).append("&sig=").append(signature).append(kVersion);
  out.append("\r\nHost: ").append(request.authority).append("\r\nContent-Length: 0\r\n\r\n");
  return out;
}

}  // namespace cpefleet::tr111
