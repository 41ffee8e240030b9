// SPDX-License-Identifier: Apache-2.0
#include "transcript.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "journal/cause.hpp"

namespace cpefleet::test {
namespace {

constexpr std::string_view kEnvelopeBegin =
    R"(<?xml version="1.0" encoding="UTF-8"?>)"
    "\n"
    R"(<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/" )"
    R"(xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" )"
    R"(xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cwmp="urn:dslforum-org:cwmp-1-0">)";

bool is_step(std::string_view line) {
  return line.starts_with("cpe>") || line.starts_with("acs<") || line.starts_with("acs!") ||
         line.starts_with("next>") || line.starts_with("expect ");
}

class Parser {
 public:
  Parser(std::string file, std::string_view text, const std::string& root) : root_(root), lines_(split(text, '\n')) {
    out_.file = std::move(file);
    out_.config.url = parse_url("http://acs.example:7547/cwmp").value();
    out_.config.random = 1;
  }

  Result<Transcript> parse() {
    while (at_ < lines_.size() && error_.empty()) {
      const std::string_view line = lines_[at_];
      if (line.starts_with("#") || trim(line).empty()) {
        ++at_;
      } else if (line.starts_with("cpe>")) {
        cpe_step();
      } else if (line.starts_with("acs<")) {
        acs_step();
      } else if (line.starts_with("acs!")) {
        failure_step();
      } else if (line.starts_with("next>")) {
        out_.steps.emplace_back(WakeStep{number(), std::string(trim(line.substr(5)))});
        ++at_;
      } else if (line.starts_with("expect ")) {
        expect();
      } else if (out_.steps.empty()) {
        head();
      } else {
        fail("neither a step nor an expectation");
      }
    }
    if (error_.empty() && (out_.name.empty() || out_.holds.empty() || out_.expects.empty())) {
      fail("a transcript needs name, holds and expect");
    }
    if (!error_.empty()) return failure(error_);
    return std::move(out_);
  }

 private:
  void fail(std::string_view what) { error_ = fmt::format("{}:{}: {}", out_.file, at_ + 1, what); }
  int number() const { return static_cast<int>(at_) + 1; }

  void head() {
    const std::string_view line = lines_[at_];
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return fail("expected `key: value`");
    const std::string_view key = line.substr(0, colon);
    const std::string value(trim(line.substr(colon + 1)));
    if (key == "name") {
      out_.name = value;
    } else if (key == "holds") {
      for (const std::string_view item : split(value, ' ')) {
        if (!item.empty()) out_.holds.emplace_back(item);
      }
    } else if (key == "url") {
      const auto url = parse_url(value);
      if (!url) return fail(url.error().message());
      out_.config.url = *url;
    } else if (key == "config") {
      for (const std::string_view item : split(value, ' ')) config(item);
    } else if (key == "versions") {
      for (const std::string_view item : split(value, ' ')) {
        out_.versions.push_back(item == "1.1" ? cwmp::Version::v1_1 : cwmp::Version::v1_0);
      }
    } else if (key == "device" && value.starts_with("real ")) {
      out_.device.emplace("real", trim(std::string_view(value).substr(5)));
    } else if (key.starts_with("device.")) {
      out_.device.emplace(key.substr(7), value);
    } else {
      return fail("unknown key");
    }
    if (error_.empty()) ++at_;
  }

  void config(std::string_view item) {
    if (item.empty()) return;
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos) return fail("expected key=value");
    const std::string_view key = item.substr(0, equals);
    const std::string_view value = item.substr(equals + 1);
    auto& c = out_.config;
    const auto n = static_cast<std::uint32_t>(parse_uint(value).value_or(0));
    if (key == "version") {
      c.version = value == "1.1" ? cwmp::Version::v1_1 : cwmp::Version::v1_0;
    } else if (key == "fallback") {
      c.version_fallback = value == "yes";
    } else if (key == "strict") {
      c.strict = value == "yes";
    } else if (key == "rpcs") {
      c.limits.rpcs_per_session = n;
    } else if (key == "redirects") {
      c.limits.redirects = n;
    } else if (key == "retries") {
      c.limits.retry_requests = n;
    } else if (key == "cookies") {
      c.limits.cookies = n;
    } else {
      fail("unknown config key");
    }
  }

  void cpe_step() {
    CpeStep step;
    step.line = number();
    step.message = trim(lines_[at_].substr(4));
    if (!step.message.starts_with("POST ")) return fail("expected `cpe> POST NAME` or `cpe> POST (empty)`");
    step.message = trim(std::string_view(step.message).substr(5));
    if (step.message == "(empty)") step.message.clear();
    for (++at_; at_ < lines_.size() && lines_[at_].starts_with("  "); ++at_) {
      const std::string_view line = trim(lines_[at_]);
      const std::size_t colon = line.find(": ");
      if (colon == std::string_view::npos) return fail("expected `assertion: value`");
      step.asserts.push_back({number(), std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 2)))});
    }
    out_.steps.emplace_back(std::move(step));
  }

  void acs_step() {
    AcsStep step;
    step.line = number();
    const auto words = split(trim(lines_[at_].substr(4)), ' ');
    if (words[0] == "capture") return capture(std::move(step), words);
    step.reply.status = static_cast<int>(parse_int(words[0]).value_or(0));
    bool inform_response = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[i] == "closed") {
        step.reply.connection_closed = true;
      } else if (words[i] == "InformResponse") {
        inform_response = true;
      } else {
        return fail("expected `acs< STATUS [closed] [InformResponse]`");
      }
    }
    for (++at_; at_ < lines_.size() && !trim(lines_[at_]).empty() && !is_step(lines_[at_]); ++at_) {
      const std::size_t colon = lines_[at_].find(':');
      if (colon == std::string_view::npos) return fail("expected a header line, or an empty line before the body");
      add_header(step.reply, lines_[at_]);
    }
    while (at_ < lines_.size() && trim(lines_[at_]).empty()) ++at_;
    const std::size_t begin = at_;
    while (at_ < lines_.size() && !is_step(lines_[at_])) ++at_;
    std::string body;
    for (std::size_t i = begin; i < at_; ++i) body.append(lines_[i]).append("\n");
    while (!body.empty() && body.back() == '\n') body.pop_back();
    if (inform_response && body.empty()) {
      body = "soap ID=%ID%: <cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>";
    }
    step.reply.body = expand_body(std::move(body));
    out_.steps.emplace_back(std::move(step));
  }

  // As a transport does it: only what the machine wants to see.
  static void add_header(cwmp::HttpReply& reply, std::string_view line) {
    const std::size_t colon = line.find(':');
    cwmp::Header header{std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1)))};
    if (equal_ignoring_case(header.name, "Connection") && equal_ignoring_case(header.value, "close")) {
      reply.connection_closed = true;
    }
    if (cwmp::SessionMachine::wants_header(header.name)) reply.headers.push_back(std::move(header));
  }

  // `acs< capture NAME [ID=..]`: a recorded reply, head in NAME.http and body, if any, in NAME.xml.
  void capture(AcsStep step, const std::vector<std::string_view>& words) {
    if (words.size() < 2) return fail("expected `acs< capture NAME`");
    const std::string stem = root_ + "/genieacs/" + std::string(words[1]);
    const auto head = read_file(stem + ".http");
    if (!head) return fail(head.error().message());
    bool chunked = false;
    std::size_t at = 0;
    const auto lines = split(*head, '\n');
    for (const std::string_view line : lines) {
      at += line.size() + 1;
      if (trim(line).empty()) break;
      if (line.starts_with("HTTP/1.1 ")) {
        step.reply.status = static_cast<int>(parse_int(line.substr(9, 3)).value_or(0));
      } else {
        chunked = chunked || to_lower(line).starts_with("transfer-encoding: chunked");
        add_header(step.reply, line);
      }
    }
    auto body = read_file(stem + ".xml").value_or(at < head->size() ? head->substr(at) : "");
    if (chunked) body = dechunked(body);
    if (words.size() > 2 && words[2].starts_with("ID=")) body = with_id(std::move(body), words[2].substr(3));
    step.reply.body = std::move(body);
    out_.steps.emplace_back(std::move(step));
    ++at_;
  }

  static std::string dechunked(std::string_view text) {
    std::string out;
    for (;;) {
      const std::size_t line = text.find('\n');
      const std::size_t size = std::stoul("0" + std::string(trim(text.substr(0, line))), nullptr, 16);
      if (line == std::string_view::npos || size == 0 || line + 1 + size > text.size()) return out;
      out.append(text.substr(line + 1, size));
      text.remove_prefix(line + 1 + size);
      text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
    }
  }

  // `soap [ID=..] [HOLD=..]: XML`, `file [ID=..]: NAME`, `escaped: TEXT`, or the body itself.
  std::string expand_body(std::string body) {
    if (body.starts_with("escaped: ")) return unescaped(std::string_view(body).substr(9));
    const std::size_t colon = body.find(": ");
    if (colon == std::string::npos || (!body.starts_with("soap") && !body.starts_with("file"))) return body;
    const auto words = split(std::string_view(body).substr(0, colon), ' ');
    std::optional<std::string> id;
    std::string hold;
    for (const std::string_view word : words) {
      if (word.starts_with("ID=")) id = word.substr(3);
      if (word.starts_with("HOLD=")) hold = word.substr(5);
    }
    std::string content(trim(std::string_view(body).substr(colon + 2)));
    if (body.starts_with("file")) {
      auto text = read_file(root_ + "/" + content);
      if (!text) {
        fail(text.error().message());
        return {};
      }
      return id ? with_id(*std::move(text), *id) : *std::move(text);
    }
    std::string header;
    if (id) header += "<cwmp:ID soap-env:mustUnderstand=\"1\">" + *id + "</cwmp:ID>";
    if (!hold.empty()) {
      header += "<cwmp:HoldRequests soap-env:mustUnderstand=\"1\">" + hold + "</cwmp:HoldRequests>";
    }
    // A SOAP header block of its own may stand before the body's element: `<Header>...</Header>`.
    if (content.starts_with("<Header>")) {
      const std::size_t end = content.find("</Header>");
      if (end != std::string::npos) {
        header += content.substr(8, end - 8);
        content.erase(0, end + 9);
      }
    }
    if (!header.empty()) header = "<soap-env:Header>" + header + "</soap-env:Header>";
    return fmt::format("{}{}<soap-env:Body>{}</soap-env:Body></soap-env:Envelope>", kEnvelopeBegin, header, content);
  }

  // \n, \t, \r, \xNN and \N*TEXT (TEXT a number of times, to the end of the line).
  static std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] != '\\' || at + 1 == text.size()) {
        out.push_back(text[at]);
        continue;
      }
      const char c = text[++at];
      if (c == 'x') {
        out.push_back(static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16)));
        at += 2;
      } else if (c >= '0' && c <= '9') {
        const std::size_t star = text.find('*', at);
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const auto times = parse_uint(text.substr(at, star - at)).value_or(0);
        for (std::uint64_t i = 0; i < times; ++i) out.append(text.substr(star + 1, end - star - 1));
        at = end;
      } else {
        out.push_back(c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c);
      }
    }
    return out;
  }

  static std::string with_id(std::string text, std::string_view id) {
    const std::size_t open = text.find(":ID ");
    const std::size_t begin = open == std::string::npos ? open : text.find('>', open);
    const std::size_t end = begin == std::string::npos ? begin : text.find('<', begin);
    if (end != std::string::npos) text.replace(begin + 1, end - begin - 1, id);
    return text;
  }

  void failure_step() {
    const auto cause = parse_cause(trim(lines_[at_].substr(4)));
    if (!cause) return fail("unknown cause");
    out_.steps.emplace_back(FailureStep{number(), {*cause, "by the transcript"}});
    ++at_;
  }

  void expect() {
    const std::string_view line = trim(lines_[at_].substr(7));
    if (line.starts_with("detail~")) {
      out_.expects.push_back({number(), "detail", std::string(line.substr(7))});
    } else {
      for (const std::string_view item : split(line, ' ')) {
        if (item.empty()) continue;
        const std::size_t equals = item.find('=');
        if (equals == std::string_view::npos) return fail("expected key=value");
        out_.expects.push_back({number(), std::string(item.substr(0, equals)), std::string(item.substr(equals + 1))});
      }
    }
    ++at_;
  }

  Transcript out_;
  const std::string& root_;
  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
  std::string error_;
};

}  // namespace

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return failure("cannot read " + path);
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

Result<Transcript> parse_transcript(std::string file, std::string_view text, const std::string& root) {
  return Parser(std::move(file), text, root).parse();
}

}  // namespace cpefleet::test
