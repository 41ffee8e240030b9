// SPDX-License-Identifier: Apache-2.0
#include "base/url.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

#include "base/text.hpp"

namespace cpefleet {
namespace {

namespace urls = boost::urls;

std::string_view view(urls::string_view text) { return {text.data(), text.size()}; }

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Where the authority ends: "http://" and what follows up to the path, query or fragment; 0 without one.
std::size_t authority_end(std::string_view text) {
  const auto slashes = text.find("//");
  const auto path = text.find_first_of("/?#");
  if (slashes == std::string_view::npos || slashes != path) return 0;
  return std::min(text.find_first_of("/?#", slashes + 2), text.size());
}

// For messages: without what stands before an '@' in the authority, and without the query. Both may be secrets; where
// it cannot be told which of them an '@' is in, nothing but the scheme is left.
std::string shown(std::string_view text) {
  const auto slashes = text.find("//");
  const auto start = slashes == std::string_view::npos ? 0 : slashes + 2;
  const auto at = text.rfind('@');
  const auto query = text.find_first_of("?#");
  std::string out(text.substr(0, start));
  if (at != std::string_view::npos && query < at) return out.substr(0, query) + "...";
  out += at == std::string_view::npos || at < start ? text.substr(start) : text.substr(at + 1);
  out.resize(std::min(out.find_first_of("?#"), out.size()));
  std::replace_if(out.begin(), out.end(), is_control, '?');
  return out;
}

// Lenient in: characters that must be escaped in path and query (space, quotes, UTF-8, ...) and are not, get escaped,
// as browsers do. The authority is left as it is: there, they are mistakes.
std::string escape_illegal(std::string_view text) {
  constexpr std::string_view kAllowed = "-._~:/?#@!$&'()*+,;=";
  const auto start = authority_end(text);
  std::string out(text.substr(0, start));
  bool fragment = false;
  for (std::size_t i = start; i < text.size(); ++i) {
    const char c = text[i];
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool escape = c == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]);
    const bool second_hash = c == '#' && fragment;
    if (alnum || escape || (kAllowed.find(c) != std::string_view::npos && !second_hash))
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    fragment |= c == '#';
  }
  return out;
}

// Most URLs need no copy.
bool needs_escapes(std::string_view text) {
  return text.find_first_of(" \"<>\\^`{|}%[]") != std::string_view::npos ||
         std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }) ||
         std::count(text.begin(), text.end(), '#') > 1;
}

bool is_host_name(std::string_view host) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  };
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), fits);
}

Result<Url> from_view(const urls::url_view& parsed, std::string_view text) {
  Url out;
  out.scheme = to_lower(view(parsed.scheme()));
  if (!parsed.has_authority())
    return failure(fmt::format("\"{}\" is not an absolute URL: it must begin with http:// or https://", shown(text)));
  if (out.scheme != "http" && out.scheme != "https")
    return failure(
        fmt::format("the scheme \"{}\" of \"{}\" is not supported: only http and https are", out.scheme, shown(text)));
  if (parsed.has_userinfo())  // P-81
    return failure(
        fmt::format("the URL of \"{}\" has user:password in it: give them as username and password", shown(text)));
  switch (parsed.host_type()) {
    case urls::host_type::ipv6: out.host = parsed.host_ipv6_address().to_string(); break;
    case urls::host_type::ipv4:
    case urls::host_type::name: out.host = to_lower(view(parsed.encoded_host())); break;
    case urls::host_type::none:
    case urls::host_type::ipvfuture: break;
  }
  if (parsed.host_type() != urls::host_type::ipv6 && !is_host_name(out.host))
    return failure(fmt::format("\"{}\" has no valid host name", shown(text)));
  out.port = out.tls() ? 443 : 80;
  if (parsed.has_port() && !parsed.port().empty()) {
    // Boost.URL 1.81 takes the port 99999 for 34463.
    const auto port = parse_uint(view(parsed.port()));
    if (!port || *port < 1 || *port > 65535)
      return failure(fmt::format("the port {} of \"{}\" is not in 1..65535", view(parsed.port()), shown(text)));
    out.port = static_cast<std::uint16_t>(*port);
  }
  // Boost.URL 1.81 takes "http://h:x/" for host "h", an empty port and the path "x/".
  const auto path = view(parsed.encoded_path());
  if (!path.empty() && path.front() != '/') return failure(fmt::format("\"{}\" has no valid port", shown(text)));
  out.target = view(parsed.encoded_target());
  if (out.target.empty() || out.target.front() != '/') out.target.insert(0, 1, '/');
  return out;
}

}  // namespace

std::string Url::origin() const {
  std::string out = scheme;
  const bool brackets = host.find(':') != std::string::npos;
  out.append(brackets ? "://[" : "://").append(host);
  if (brackets) out += ']';
  if (port != (tls() ? 443 : 80)) out.append(":").append(std::to_string(port));
  return out;
}

std::string_view Url::path() const { return std::string_view(target).substr(0, target.find('?')); }

Result<Url> parse_url(std::string_view text) {
  text = trim(text);
  if (text.empty()) return failure("the URL is empty");
  if (std::any_of(text.begin(), text.end(), is_control))
    return failure(fmt::format("\"{}\" has control characters in it", shown(text)));
  const auto colon = text.find("://");
  if (colon == std::string_view::npos || text.find_first_of("/?#") != colon + 1)
    return failure(fmt::format("\"{}\" is not an absolute URL: it must begin with http:// or https://", shown(text)));
  std::string escaped;
  if (needs_escapes(text)) escaped = escape_illegal(text);
  const std::string_view source = escaped.empty() ? text : std::string_view(escaped);
  const auto parsed = urls::parse_uri({source.data(), source.size()});
  if (!parsed) return failure(fmt::format("\"{}\" is not a URL: {}", shown(text), parsed.error().message()));
  return from_view(*parsed, text);
}

Result<Url> resolve_url(const Url& base, std::string_view reference) {
  reference = trim(reference);
  if (std::any_of(reference.begin(), reference.end(), is_control))
    return failure(fmt::format("\"{}\" has control characters in it", shown(reference)));
  const auto source = needs_escapes(reference) ? escape_illegal(reference) : std::string(reference);
  const auto base_text = base.text();
  const auto base_view = urls::parse_uri(base_text);
  const auto reference_view = urls::parse_uri_reference(source);
  if (!base_view || !reference_view) return failure(fmt::format("\"{}\" is not a URL", shown(reference)));
  urls::url resolved(*base_view);
  if (!resolved.resolve(*reference_view)) return failure(fmt::format("\"{}\" is not a URL", shown(reference)));
  auto out = from_view(resolved, reference);
  if (!out) return out;
  // RFC 3986 5.2.4 drops what leads above the root; Boost.URL 1.81 keeps it.
  while (out->target.starts_with("/../")) out->target.erase(0, 3);
  if (out->path() == "/..") out->target.erase(1, 2);
  return out;
}

}  // namespace cpefleet
