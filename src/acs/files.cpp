// SPDX-License-Identifier: Apache-2.0
#include "acs/files.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>
#include <utility>
#include <vector>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "base/url.hpp"
#include "xml/writer.hpp"

namespace cpefleet::acs {
namespace {

constexpr std::string_view kFiles = "/files/";
constexpr std::string_view kRedirector = "/gs/";
constexpr std::size_t kBlock = 64 * 1024;
constexpr std::size_t kLongestName = 255;
constexpr Duration kLongestWait = std::chrono::minutes{10};

using Settings = std::vector<std::pair<std::string, std::string>>;

// Path and query.
std::pair<std::string_view, std::string_view> parts_of(std::string_view target) {
  const auto question = std::min(target.find('?'), target.size());
  return {target.substr(0, question), target.substr(std::min(question + 1, target.size()))};
}

std::string unescaped(std::string_view text, bool form) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, code, 16).ptr == text.data() + i + 3) {
      out += static_cast<char>(code);
      i += 2;
    } else {
      out += form && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

Settings settings_of(std::string_view query) {
  Settings out;
  for (const auto part : split(query, '&')) {
    if (part.empty()) continue;
    const auto equals = std::min(part.find('='), part.size());
    const auto value = part.substr(std::min(equals + 1, part.size()));
    out.emplace_back(unescaped(part.substr(0, equals), true), unescaped(value, true));
  }
  return out;
}

std::string value_of(const Settings& settings, std::string_view key) {
  const auto found = std::find_if(settings.begin(), settings.end(), [&](const auto& one) { return one.first == key; });
  return found == settings.end() ? std::string{} : found->second;
}

std::string config_file(const Settings& settings, std::string_view mac) {
  std::string out = R"(<?xml version="1.0" encoding="UTF-8"?>)"
                    "\n<gs_provision version=\"1\">\n";
  if (!mac.empty()) out += fmt::format("<mac>{}</mac>\n", mac);
  out += "<config version=\"1\">\n";
  for (const auto& [key, value] : settings) {
    out += fmt::format("<{}>", key);
    xml::append_escaped(out, value);
    out += fmt::format("</{}>\n", key);
  }
  return out + "</config>\n</gs_provision>\n";
}

Reply text(int status, std::string body) {
  Reply reply;
  reply.status = status;
  reply.headers.emplace_back("Content-Type", "text/plain");
  reply.body = std::move(body);
  return reply;
}

Reply xml_file(std::string body) {
  Reply reply;
  reply.headers.emplace_back("Content-Type", "text/xml");
  reply.body = std::move(body);
  return reply;
}

// One part of a path, with nothing that leads elsewhere.
bool is_plain(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && name.front() != '.' &&
         std::none_of(name.begin(), name.end(),
                      [](char c) { return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20; });
}

// One line of an image's head.
bool is_word(std::string_view value) {
  return value.size() <= 64 && std::all_of(value.begin(), value.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// "000b82000001" of "cfg000b82000001.xml"; "" of other names.
std::string_view mac_of(std::string_view middle) {
  const bool digits = middle.size() == 12 && std::all_of(middle.begin(), middle.end(), [](char c) {
                        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
                      });
  return digits ? middle : std::string_view{};
}

}  // namespace

std::string origin_of(const Request& request) {
  const auto host = request.header("Host");
  if (host.empty() || host.find_first_of("/?#@ ") != std::string_view::npos) return {};
  const auto url = parse_url(fmt::format("http://{}/", host));
  return url ? url->origin() : std::string{};
}

// Nothing that would have to be escaped in an element's name either.
bool is_setting(std::string_view key) {
  return key.size() > 1 && key.size() <= 12 && key[0] == 'P' &&
         std::all_of(key.begin() + 1, key.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string query_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Files::Files(FileOptions options)
    : options_(std::move(options)),
      digest_(options_.password, options_.seed),
      filler_(std::make_shared<const std::string>(kBlock, 'x')) {}

bool Files::serves(std::string_view target) const {
  return target.starts_with(kFiles) || (options_.redirect && target.starts_with(kRedirector));
}

Reply Files::handle(const Request& request, TimePoint now) {
  Reply reply = answer(request, now);
  const auto wait = parse_duration(value_of(settings_of(parts_of(request.target).second), "wait"));
  if (wait) reply.delay = std::min(*wait, kLongestWait);
  return reply;
}

Reply Files::answer(const Request& request, TimePoint now) {
  auto [path, query] = parts_of(request.target);
  // A device from the factory has no credentials to show the redirector.
  if (path.starts_with(kRedirector)) return redirect(request, path.substr(kRedirector.size()));
  if (auto refusal = refused(request, now)) return std::move(*refusal);
  path.remove_prefix(kFiles.size());
  if (request.method == "PUT") return receive(request, path);
  if (request.method == "GET") {
    Reply reply = fetch(path, query);
    if (reply.status == 200) {
      ++totals_.fetched;
      totals_.bytes_fetched += reply.body.size() + reply.block_bytes;
    }
    return reply;
  }
  Reply reply = bad("GET or PUT");
  reply.status = 405;
  reply.headers.emplace_back("Allow", "GET, PUT");
  return reply;
}

std::optional<Reply> Files::refused(const Request& request, TimePoint now) {
  if (options_.username.empty() && options_.password.empty()) return std::nullopt;
  const auto header = request.header("Authorization");
  bool stale = false;
  bool wrong = !header.empty();
  if (header.size() > 6 && equal_ignoring_case(header.substr(0, 6), "Basic ")) {
    std::string login;
    if (base64_decode(trim(header.substr(6)), login) && login == options_.username + ":" + options_.password)
      return std::nullopt;
  } else {
    const auto outcome = digest_.check(request, now);
    const bool good_name = outcome.username == options_.username;
    if (outcome.verdict == DigestCheck::Verdict::ok && good_name) return std::nullopt;
    stale = outcome.verdict == DigestCheck::Verdict::stale && good_name;
    wrong = wrong && !stale;
  }
  if (wrong) ++totals_.unauthorized;
  Reply reply = text(401, "Unauthorized");
  reply.headers.emplace_back("WWW-Authenticate", digest_.challenge(now, stale));
  reply.headers.emplace_back("WWW-Authenticate", R"(Basic realm="cpefleet")");
  return reply;
}

Reply Files::fetch(std::string_view path, std::string_view query) {
  const auto below = [&](std::string_view folder) { return path.starts_with(folder) && path.size() > folder.size(); };
  if (below("firmware/")) return firmware(query);
  if (below("config/")) {
    auto settings = settings_of(query);
    std::erase_if(settings, [](const auto& one) { return one.first == "wait"; });
    for (const auto& [key, value] : settings) {
      if (!is_setting(key)) return bad("a configuration file has settings such as P270=lab");
    }
    return xml_file(config_file(settings, {}));
  }
  if (below("bytes/")) {
    const auto bytes = parse_bytes(path.substr(6));
    if (!bytes || *bytes > kMaxMadeBytes) return bad("a size such as 20MB, at most 1GiB");
    Reply reply;
    reply.headers.emplace_back("Content-Type", "application/octet-stream");
    reply.block = filler_;
    reply.block_bytes = *bytes;
    return reply;
  }
  return from_directory(path);
}

Reply Files::firmware(std::string_view query) {
  const auto settings = settings_of(query);
  const auto version = value_of(settings, "version");
  const auto model = value_of(settings, "model");
  const auto size_text = value_of(settings, "size");
  const auto size = size_text.empty() ? Result<std::uint64_t>(0) : parse_bytes(size_text);
  if (!size || *size > kMaxMadeBytes || (*size < kMinImageBytes && !size_text.empty()))
    return bad("size: such as 20MB, from 256 bytes to 1GiB");
  if (version.empty() || !is_word(version) || !is_word(model)) return bad("version: one such as 1.0.11.106");
  Reply reply;
  reply.headers.emplace_back("Content-Type", "application/octet-stream");
  // What the devices of this program read of an image.
  reply.body = "cpefleet firmware image\n";
  if (!model.empty()) reply.body += "model: " + model + "\n";
  reply.body += "version: " + version + "\n";
  if (*size > reply.body.size()) {
    reply.block = filler_;
    reply.block_bytes = *size - reply.body.size();
  }
  return reply;
}

Reply Files::from_directory(std::string_view name) {
  const auto plain = unescaped(name, false);
  if (!options_.directory || !is_plain(plain)) return missing();
  auto file = options_.directory(plain);
  if (!file) return missing();
  Reply reply;
  reply.headers.emplace_back("Content-Type", "application/octet-stream");
  reply.block_bytes = file->size();
  reply.block = std::move(file);
  return reply;
}

Reply Files::redirect(const Request& request, std::string_view name) {
  constexpr std::string_view kStart = "cfg";
  constexpr std::string_view kEnd = ".xml";
  if (request.method != "GET") return bad("GET");
  if (name.size() < kStart.size() + kEnd.size() || !name.starts_with(kStart) || !name.ends_with(kEnd) ||
      !is_plain(name))
    return missing();
  const auto& to = *options_.redirect;
  const auto origin = origin_of(request);
  if (to.url.empty() && origin.empty()) return bad("which host?");
  const auto mac = to_lower(mac_of(name.substr(kStart.size(), name.size() - kStart.size() - kEnd.size())));
  const auto filled = [&](const Template& source) {
    std::string out;
    source.expand(
        [&](std::string_view place, std::string& value) {
          if (place != "mac") return false;
          value += mac;
          return true;
        },
        out);
    return out;
  };
  Settings settings{{"P4503", to.url.empty() ? origin + "/" : to.url}};
  if (auto username = filled(to.username); !username.empty()) settings.emplace_back("P4504", std::move(username));
  if (auto password = filled(to.password); !password.empty()) settings.emplace_back("P4505", std::move(password));
  settings.emplace_back("P4506", "1");
  settings.emplace_back("P4507", std::to_string(to.inform_interval));
  ++totals_.redirected;
  return xml_file(config_file(settings, mac));
}

Reply Files::receive(const Request& request, std::string_view path) {
  if (path.empty() || path.size() > kLongestName) return bad("a name");
  ReceivedFile file;
  file.name = printable(unescaped(path, false));
  file.bytes = std::max<std::uint64_t>(request.body_bytes, request.body.size());
  file.head = request.body.substr(0, kKeptOfUpload);
  ++totals_.received;
  totals_.bytes_received += file.bytes;
  received_.push_back(std::move(file));
  if (received_.size() > kKeptUploads) received_.pop_front();
  return text(201, "");
}

Reply Files::bad(std::string_view why) {
  ++totals_.bad_requests;
  return text(400, std::string{why} + "\n");
}

Reply Files::missing() {
  ++totals_.missing;
  return text(404, "there is no such file\n");
}

}  // namespace cpefleet::acs
