// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <fmt/format.h>

#include "scenario/load_text.hpp"
#include "scenario/loading.hpp"

// The flags form is written down as a scenario and read like one, so that both mean the same by the same words. Each flag
// has a line of its own: what is wrong with it is reported by its name.
namespace cpefleet::scenario {
namespace {

constexpr std::string_view kFile = "flags";

// As a double-quoted scalar. `$` is doubled before a brace: flags are not searched for variables, the shell does that.
[[nodiscard]] std::string quote(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\\') out += '\\';
    if (c == '$' && i + 1 < text.size() && text[i + 1] == '{') out += '$';
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

// The profile's own name, where it can be one of a group: default MACs hang on it.
[[nodiscard]] std::string group_name(std::string_view profile) {
  std::string_view name = profile.substr(profile.rfind('/') + 1);  // npos + 1 is 0
  if (name.size() > 5 && name.substr(name.size() - 5) == ".yaml") name.remove_suffix(5);
  return is_plain_name(name) && name != "all" ? std::string(name) : "fleet";
}

// A key that names the place is left out: the flag does so already.
[[nodiscard]] std::string without_key(const std::string& message) {
  if (message.rfind('`', 0) != 0) return message;
  const std::size_t end = message.find("`: ", 1);
  return end == std::string::npos || end > message.find(' ') ? message : message.substr(end + 3);
}

// A text and which flag each of its lines comes from.
class Lines {
 public:
  void add(std::string_view flag, const std::string& line) {
    text_ += line + '\n';
    flags_.emplace_back(flag);
  }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] Location where(const Location& at) const {
    if (at.file != kFile || at.line < 1 || static_cast<std::size_t>(at.line) > flags_.size()) return at;
    return {flags_[static_cast<std::size_t>(at.line) - 1], 0, 0};
  }

 private:
  std::string text_;
  std::vector<std::string> flags_;
};

[[nodiscard]] Lines write_down(const FlagsForm& flags) {
  Lines lines;
  lines.add("flags", "version: 1");
  lines.add("flags", "name: " + quote(group_name(flags.profile)));
  lines.add("flags", "fleet:");
  lines.add("flags", "  - group: " + quote(group_name(flags.profile)));
  lines.add("--profile", "    profile: " + quote(flags.profile));
  if (!flags.firmware.empty()) lines.add("--firmware", "    firmware: " + quote(flags.firmware));
  lines.add("--count", "    count: " + quote(flags.count));
  if (flags.start_known) lines.add("flags", "    start: known");
  lines.add("flags", "phases:");
  lines.add("flags", "  - name: run");
  lines.add("flags", "    do: boot");
  const std::string rate = quote(flags.rate.empty() ? "100/s" : flags.rate);
  const bool repeated = !flags.rate.empty() && !flags.duration.empty();
  lines.add("--rate",
            "    arrivals: " + (repeated ? "{ constant: " + rate + " }" : "{ once: { rate: " + rate + " } }"));
  if (!flags.duration.empty()) lines.add("--duration", "    for: " + quote(flags.duration));
  return lines;
}

}  // namespace

std::shared_ptr<const Plan> plan_from_flags(const FlagsForm& flags, const World& world, const Overrides& overrides,
                                            Diagnostics& diagnostics) {
  const Lines lines = write_down(flags);
  Diagnostics found;
  auto plan = load_text(lines.text(), std::string(kFile), world, overrides, found);
  for (const Diagnostic& d : found.list()) {
    const Location where = lines.where(d.where);
    diagnostics.add(where, where.file.rfind("--", 0) == 0 ? without_key(d.message) : d.message);
  }
  return plan;
}

}  // namespace cpefleet::scenario
