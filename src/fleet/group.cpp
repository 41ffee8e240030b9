// SPDX-License-Identifier: Apache-2.0
#include "fleet/group.hpp"

#include <algorithm>
#include <fmt/compile.h>
#include <fmt/format.h>
#include <iterator>

#include "base/rng.hpp"
#include "fleet/name_hash.hpp"

namespace cpefleet::fleet {
namespace {

// In the order of the names below: the first kFields can be set under `identity`, the rest is derived.
enum class Place : std::uint8_t {
  manufacturer,
  oui,
  product_class,
  serial,
  mac,
  lan_ip,
  model_name,
  hardware_version,
  i,
  software_version,
  device_id,
  group,
  acs_url,
  acs_username,
  acs_password,
};
constexpr std::size_t kFields = 8;
constexpr std::array<std::string_view, 15> kPlaces = {
    "manufacturer",     "oui", "product_class",    "serial",    "mac",   "lan_ip",  "model_name",
    "hardware_version", "i",   "software_version", "device_id", "group", "acs_url", "acs_username",
    "acs_password"};

constexpr std::string_view kGrandstreamOui = "000B82";

// Upper case, without separators: what is written `00:0b:82:...` or `000b82...` is the same address.
void normalise_mac(std::string& mac) {
  std::erase_if(mac, [](char c) { return c == ':' || c == '-' || c == '.'; });
  for (char& c : mac) {
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  }
}

void append_escaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (plain) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
}

}  // namespace

std::span<const std::string_view> place_names() { return kPlaces; }
std::span<const std::string_view> identity_names() { return std::span(kPlaces).first(kFields); }

void append_device_id(const Identity& identity, std::string& out) {
  append_escaped(identity.oui, out);
  out += '-';
  if (!identity.product_class.empty()) {
    append_escaped(identity.product_class, out);
    out += '-';
  }
  append_escaped(identity.serial, out);
}

// Where each part of an identity comes from: the column of the CSV (an empty cell does not count), else the template.
struct FieldSources {
  struct Field {
    std::optional<std::size_t> column;
    Template text;
  };
  std::array<Field, kFields> fields;
};

namespace {

[[nodiscard]] std::string profile_default(const Group& group, std::size_t field) {
  const profile::IdentityDefaults none;
  const profile::IdentityDefaults& defaults = group.profile ? group.profile->identity : none;
  const auto or_else = [](const std::string& text, std::string_view otherwise) {
    return text.empty() ? std::string(otherwise) : text;
  };
  switch (static_cast<Place>(field)) {
    case Place::manufacturer: return or_else(defaults.manufacturer, "Grandstream");
    case Place::oui: return or_else(defaults.oui, kGrandstreamOui);
    case Place::product_class: return defaults.product_class;
    case Place::serial: return or_else(defaults.serial, "{mac}");
    case Place::model_name: return or_else(defaults.model_name, "{product_class}");
    case Place::hardware_version: return defaults.hardware_version;
    default:  // mac and lan_ip are computed
      return {};
  }
}

[[nodiscard]] Result<FieldSources> make_sources(const Group& group) {
  FieldSources sources;
  for (std::size_t i = 0; i < kFields; ++i) {
    FieldSources::Field& field = sources.fields[i];
    if (group.csv) field.column = group.csv->column(kPlaces[i]);
    const auto given = group.identity.find(kPlaces[i]);
    if (given != group.identity.end() && !given->second.text().empty()) {
      field.text = given->second;
      continue;
    }
    Result<Template> compiled = Template::compile(profile_default(group, i));
    if (!compiled) return failure(fmt::format("{} of the profile: {}", kPlaces[i], compiled.error().message()));
    field.text = std::move(*compiled);
  }
  return sources;
}

// The values of one device, looked up by name. Lives for one expansion.
class DeviceValues {
 public:
  DeviceValues(const Group& group, const FieldSources& sources, std::uint32_t index)
      : group_(group), sources_(sources), index_(index) {}

  void expand(const Template& what, std::string& out) {
    what.expand([this](std::string_view name, std::string& value) { return look_up(name, value); }, out);
  }

  [[nodiscard]] Identity identity() {
    Identity all;
    for (auto [place, text] : {std::pair{Place::manufacturer, &all.manufacturer}, std::pair{Place::oui, &all.oui},
                               std::pair{Place::product_class, &all.product_class},
                               std::pair{Place::serial, &all.serial}, std::pair{Place::mac, &all.mac}}) {
      append(place, *text);
    }
    return all;
  }

  bool look_up(std::string_view name, std::string& out) {
    const auto found = std::find(kPlaces.begin(), kPlaces.end(), name);
    if (found != kPlaces.end()) return append(static_cast<Place>(found - kPlaces.begin()), out);
    if (name.substr(0, 4) == "csv.") return append_cell(name.substr(4), out);
    if (name.substr(0, 5) == "pool.") return append_address(name.substr(5), out);
    return false;
  }

 private:
  bool append(Place place, std::string& out) {
    // serial: "{mac}" and mac: "{serial}" must end.
    const std::uint32_t bit = 1u << static_cast<unsigned>(place);
    if ((busy_ & bit) != 0) return false;
    busy_ |= bit;
    if (static_cast<std::size_t>(place) < kFields) {
      append_field(place, out);
    } else {
      append_derived(place, out);
    }
    busy_ &= ~bit;
    return true;
  }

  void append_field(Place place, std::string& out) {
    const FieldSources::Field& field = sources_.fields[static_cast<std::size_t>(place)];
    const std::size_t start = out.size();
    if (field.column) out += group_.csv->cell(index_, *field.column);
    if (out.size() == start) expand(field.text, out);
    if (place == Place::mac) {
      if (out.size() == start) append_default_mac(out);
      std::string mac = out.substr(start);
      normalise_mac(mac);
      out.replace(start, std::string::npos, mac);
    }
    if (place == Place::lan_ip && out.size() == start) append_default_address(out);
  }

  void append_derived(Place place, std::string& out) {
    switch (place) {
      case Place::i: fmt::format_to(std::back_inserter(out), "{}", index_); break;
      case Place::software_version:
        if (!group_.firmware.empty()) out += group_.firmware_of(index_).version;
        break;
      case Place::device_id: append_device_id(identity(), out); break;
      case Place::group: out += group_.name; break;
      case Place::acs_url: expand(group_.acs_url, out); break;
      case Place::acs_username: expand(group_.acs_username, out); break;
      case Place::acs_password: expand(group_.acs_password, out); break;
      default: break;
    }
  }

  void append_default_mac(std::string& out) {
    const std::uint32_t number = (group_.mac_base + index_) & 0xffffff;
    fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}{:06X}"), kGrandstreamOui, number);
  }

  // 10.0.0.0/8 by the device's place in the whole fleet, from 10.0.0.1 on.
  void append_default_address(std::string& out) {
    const std::uint64_t n = (group_.pool_offset + index_) % ((1u << 24) - 2) + 1;
    fmt::format_to(std::back_inserter(out), FMT_COMPILE("10.{}.{}.{}"), n >> 16, (n >> 8) & 0xff, n & 0xff);
  }

  bool append_cell(std::string_view column, std::string& out) {
    const auto number = group_.csv ? group_.csv->column(column) : std::nullopt;
    if (!number) return false;
    out += group_.csv->cell(index_, *number);
    return true;
  }

  bool append_address(std::string_view name, std::string& out) {
    const auto pool = group_.pools.find(name);
    if (pool == group_.pools.end() || pool->second.capacity() == 0) return false;
    const auto start = group_.pool_starts.find(name);
    const std::uint64_t first = start == group_.pool_starts.end() ? group_.pool_offset : start->second;
    pool->second.append((first + index_) % pool->second.capacity(), out);
    return true;
  }

  const Group& group_;
  const FieldSources& sources_;
  std::uint32_t index_;
  std::uint32_t busy_ = 0;
};

// Groups that were not prepared (in tests) get sources for the one call.
template <class Use>
auto with_values(const Group& group, std::uint32_t index, Use&& use) {
  if (group.sources) return use(DeviceValues(group, *group.sources, index));
  FieldSources sources;
  if (Result<FieldSources> made = make_sources(group)) sources = std::move(*made);
  return use(DeviceValues(group, sources, index));
}

}  // namespace

Result<void> Group::prepare() {
  Result<FieldSources> made = make_sources(*this);
  if (!made) return tl::unexpected<Error>(made.error());
  sources = std::make_shared<const FieldSources>(std::move(*made));
  return {};
}

Identity Group::identity_of(std::uint32_t index) const {
  return with_values(*this, index, [](DeviceValues values) { return values.identity(); });
}

bool Group::append_place(std::string_view place, std::uint32_t index, std::string& out) const {
  return with_values(*this, index, [&](DeviceValues values) { return values.look_up(place, out); });
}

void Group::expand(const Template& what, std::uint32_t index, std::string& out) const {
  with_values(*this, index, [&](DeviceValues values) { values.expand(what, out); });
}

std::vector<std::string> Group::places_in(std::string_view place) const {
  if (place == "device_id") return {"oui", "product_class", "serial"};
  const Template* text = nullptr;
  FieldSources made;
  if (place == "acs_url") text = &acs_url;
  if (place == "acs_username") text = &acs_username;
  if (place == "acs_password") text = &acs_password;
  const auto fields = identity_names();
  if (const auto field = std::find(fields.begin(), fields.end(), place); field != fields.end()) {
    if (Result<FieldSources> all = make_sources(*this)) made = std::move(*all);
    text = &made.fields[static_cast<std::size_t>(field - fields.begin())].text;
  }
  std::vector<std::string> names;
  if (text != nullptr) {
    for (const std::string_view inside : text->names()) names.emplace_back(inside);
  }
  return names;
}

const profile::Firmware& Group::firmware_of(std::uint32_t index) const {
  double left = unit(draw(seed, Stream::firmware_choice, name_hash(name), index));
  for (const FirmwareShare& share : firmware) {
    if (left < share.share) return *share.firmware;
    left -= share.share;
  }
  return *firmware.back().firmware;
}

}  // namespace cpefleet::fleet
