// SPDX-License-Identifier: Apache-2.0
#include "cwmp/session/cookies.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "cwmp/session/http_date.hpp"

namespace cpefleet::cwmp {
namespace {

// "Long ago" for an Expires that has no Date beside it; servers delete cookies with 1970 or 1994.
constexpr std::chrono::sys_seconds kLongAgo = std::chrono::sys_days{std::chrono::year{2020} / 1 / 1};

std::string_view unquoted(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

// Cuts `text` at the first `separator` outside quotes and returns what stands before it.
std::string_view cut(std::string_view& text, char separator) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '\\' && quoted) {
      ++at;
    } else if (text[at] == '"') {
      quoted = !quoted;
    } else if (text[at] == separator && !quoted) {
      break;
    }
  }
  at = std::min(at, text.size());
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return head;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

bool is_ip_address(std::string_view host) {
  return host.find(':') != std::string_view::npos || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

// RFC 6265 5.1.3.
bool domain_matches(std::string_view host, std::string_view domain) {
  if (host == domain) return true;
  return host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.' &&
         !is_ip_address(host);
}

// RFC 6265 5.1.4.
bool path_matches(std::string_view path, std::string_view cookie_path) {
  if (!path.starts_with(cookie_path)) return false;
  return path.size() == cookie_path.size() || cookie_path.ends_with('/') || path[cookie_path.size()] == '/';
}

std::string default_path(const Url& url) {
  const std::string_view path = url.path();
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos || slash == 0 ? "/" : std::string(path.substr(0, slash));
}

}  // namespace

// One cookie as written, before the rules of storing it.
struct CookieJar::Attributes {
  std::string_view name;
  std::string_view value;
  std::string_view domain;
  std::string_view path;
  bool secure = false;
  bool version1 = false;
  bool expired = false;

  static Attributes parse(std::string_view text, std::optional<std::chrono::sys_seconds> date) {
    Attributes out;
    std::string_view pair = cut(text, ';');
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos) {
      out.name = trim(pair.substr(0, equals));
      out.value = trim(pair.substr(equals + 1));
    }
    bool max_age = false;  // prevails over Expires
    while (!text.empty()) {
      std::string_view value = cut(text, ';');
      const std::size_t at = value.find('=');
      const std::string_view key = trim(value.substr(0, at));
      value = at == std::string_view::npos ? std::string_view{} : unquoted(value.substr(at + 1));
      if (equal_ignoring_case(key, "Domain")) {
        out.domain = value;
      } else if (equal_ignoring_case(key, "Path")) {
        out.path = value;
      } else if (equal_ignoring_case(key, "Secure")) {
        out.secure = true;
      } else if (equal_ignoring_case(key, "Version")) {
        out.version1 = value == "1";
      } else if (equal_ignoring_case(key, "Max-Age")) {
        const auto age = parse_int(value);
        if (!age) continue;
        max_age = true;
        out.expired = *age <= 0;
      } else if (equal_ignoring_case(key, "Expires") && !max_age) {
        const auto expires = parse_http_date(value);
        out.expired = expires && *expires <= date.value_or(kLongAgo);
      }
    }
    return out;
  }
};

void CookieJar::set_cookie(const Url& url, std::string_view header, std::optional<std::chrono::sys_seconds> date) {
  take(url, Attributes::parse(header, date), false);
}

void CookieJar::set_cookie2(const Url& url, std::string_view header) {
  while (!header.empty()) take(url, Attributes::parse(cut(header, ','), std::nullopt), true);
}

void CookieJar::take(const Url& url, const Attributes& a, bool rfc2965) {
  if (a.name.empty() || a.name.front() == '$' || has_control_character(a.name) || has_control_character(a.value)) {
    return;
  }
  Cookie cookie;
  cookie.name = a.name;
  cookie.value = a.value;
  cookie.secure = a.secure;
  cookie.version1 = rfc2965 && a.version1;
  cookie.path_given =
      a.path.starts_with('/') && a.path.find('"') == std::string_view::npos && !has_control_character(a.path);
  cookie.path = cookie.path_given ? std::string(a.path) : default_path(url);
  cookie.domain = url.host;
  std::string domain = to_lower(a.domain);
  if (domain.starts_with('.')) domain.erase(0, 1);
  if (!domain.empty()) {
    if (!domain_matches(url.host, domain)) return;
    // A whole top-level domain is not a site's to set.
    if (domain != url.host && domain.find('.') == std::string::npos) return;
    cookie.host_only = is_ip_address(domain);
    cookie.domain = std::move(domain);
  }
  if (a.expired) {
    remove(cookie);
  } else {
    store(std::move(cookie));
  }
}

void CookieJar::remove(const Cookie& like) {
  std::erase_if(cookies_,
                [&](const Cookie& c) { return c.name == like.name && c.domain == like.domain && c.path == like.path; });
}

void CookieJar::store(Cookie cookie) {
  std::size_t total = bytes(cookie);
  for (const Cookie& c : cookies_) total += bytes(c);
  const auto same = std::find_if(cookies_.begin(), cookies_.end(), [&](const Cookie& c) {
    return c.name == cookie.name && c.domain == cookie.domain && c.path == cookie.path;
  });
  if (same != cookies_.end()) total -= bytes(*same);
  if (max_cookies_ == 0 || total > kMaxBytes) return;
  if (same != cookies_.end()) {
    *same = std::move(cookie);
    return;
  }
  if (cookies_.size() >= max_cookies_) cookies_.erase(cookies_.begin());
  cookies_.push_back(std::move(cookie));
}

std::size_t CookieJar::bytes(const Cookie& c) {
  return c.name.size() + c.value.size() + c.domain.size() + c.path.size();
}

bool CookieJar::matches(const Cookie& c, const Url& url) {
  if (c.secure && !url.tls()) return false;
  if (c.host_only ? url.host != c.domain : !domain_matches(url.host, c.domain)) return false;
  return path_matches(url.path(), c.path);
}

std::string CookieJar::header_for(const Url& url) const {
  std::vector<const Cookie*> chosen;
  for (const Cookie& c : cookies_) {
    if (matches(c, url)) chosen.push_back(&c);
  }
  // The more specific path first; the order of arrival among equals.
  std::stable_sort(chosen.begin(), chosen.end(),
                   [](const Cookie* a, const Cookie* b) { return a->path.size() > b->path.size(); });
  const bool version1 =
      !chosen.empty() && std::all_of(chosen.begin(), chosen.end(), [](const Cookie* c) { return c->version1; });
  std::string out = version1 ? "$Version=1" : "";
  for (const Cookie* c : chosen) {
    if (!out.empty()) out.append("; ");
    out.append(c->name).append("=").append(c->value);
    if (!version1) continue;
    if (c->path_given) out.append("; $Path=\"").append(c->path).append("\"");
    if (!c->host_only) out.append("; $Domain=\".").append(c->domain).append("\"");
  }
  return out;
}

}  // namespace cpefleet::cwmp
