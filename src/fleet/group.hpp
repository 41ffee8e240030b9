// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/template.hpp"
#include "base/time.hpp"
#include "base/url.hpp"
#include "fleet/file_rules.hpp"
#include "fleet/reachable.hpp"
#include "profile/profile.hpp"

namespace cpefleet::fleet {

// IPv4 or IPv6 addresses handed out by index: `10.20.0.0/15`. Network and broadcast addresses of IPv4 are left out.
class AddressPool {
 public:
  [[nodiscard]] static Result<AddressPool> parse(std::string_view cidr);
  [[nodiscard]] std::uint64_t capacity() const { return capacity_; }
  [[nodiscard]] const std::string& range() const { return range_; }  // as it was written
  // `index` below capacity.
  void append(std::uint64_t index, std::string& out) const;
  // The inverse: empty for an address that is not handed out. Bytes in network order, four or sixteen; an IPv4 address
  // in IPv6's clothes (`::ffff:10.20.0.1`, as a socket of both families names it) is that IPv4 address.
  [[nodiscard]] std::optional<std::uint64_t> index_of(std::string_view address) const;
  [[nodiscard]] std::optional<std::uint64_t> index_of(std::span<const std::uint8_t> address) const;

 private:
  std::string range_;
  bool v6_ = false;
  std::array<std::uint8_t, 16> base_{};  // the first address handed out; IPv4 in the first four bytes
  std::uint64_t capacity_ = 0;
};

// Rows of a CSV file with one header line; column names are case-sensitive. Read once, shared.
class CsvTable {
 public:
  [[nodiscard]] static Result<CsvTable> parse(const std::string& text, std::string_view file);
  [[nodiscard]] std::size_t rows() const { return columns_.empty() ? 0 : ends_.size() / columns_.size(); }
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  [[nodiscard]] std::optional<std::size_t> column(std::string_view name) const;
  [[nodiscard]] std::string_view cell(std::size_t row, std::size_t column) const;

 private:
  std::vector<std::string> columns_;
  std::string cells_;                // all cells, one behind the other: a row costs its bytes and four a cell
  std::vector<std::uint32_t> ends_;  // where each cell ends in cells_
};

// A device's identity, expanded.
struct Identity {
  std::string manufacturer;
  std::string oui;
  std::string product_class;
  std::string serial;
  std::string mac;  // 12 upper-case hex digits
};

// The places a template over a device may name: i, mac, serial, oui, product_class, manufacturer, model_name,
// hardware_version, software_version, device_id, group, lan_ip, acs_url, acs_username, acs_password; besides pool.NAME
// and csv.COLUMN.
[[nodiscard]] std::span<const std::string_view> place_names();
// Those of them a group may set under `identity`.
[[nodiscard]] std::span<const std::string_view> identity_names();

// `OUI-ProductClass-SerialNumber`, without the class when there is none; whatever is neither letter, digit nor
// underscore is percent-encoded (H-22, TR-069 3.4.4; GenieACS forms its ids so).
void append_device_id(const Identity& identity, std::string& out);

struct FieldSources;

// What all devices of one group of the fleet share. Immutable during a run, read from all shards.
struct Group {
  std::string name;
  std::uint32_t number = 0;  // position in the fleet
  std::uint32_t count = 0;
  std::uint64_t seed = 0;  // the run's
  std::shared_ptr<const profile::Profile> profile;
  struct FirmwareShare {
    const profile::Firmware* firmware = nullptr;
    double share = 1;
  };
  std::vector<FirmwareShare> firmware;  // never empty; shares sum up to 1

  // Templates; an empty one means the profile's (or the built-in) default.
  std::map<std::string, Template, std::less<>> identity;  // "mac", "serial", "lan_ip", "oui", ...
  std::shared_ptr<const CsvTable> csv;  // row = index; its columns mac, serial, ... win over the templates
  std::map<std::string, AddressPool, std::less<>> pools;
  std::uint64_t pool_offset = 0;  // devices in the groups before: where this group's share of the pools starts ...
  std::map<std::string, std::uint64_t, std::less<>> pool_starts;  // ... unless it is said here for that pool
  std::uint32_t mac_base = 0;  // of default MAC addresses, 24 bits: see mac_ranges.hpp

  // The ACS, as templates over the identity.
  Template acs_url;
  Template acs_username;
  Template acs_password;
  Reachable reachable;
  FileRules files;
  bool start_known = false;
  bool own_timers = true;
  bool strict = false;
  bool tells_autonomous = false;                // speaks CWMP 1.1 to its ACS, which has AutonomousTransferComplete
  std::shared_ptr<const FieldSources> sources;  // made by prepare()

  // Compiles where each part of an identity comes from; once, when the members above are set. Without it everything
  // below still works, at the cost of compiling on each call. Fails on an ill-formed template in the profile.
  [[nodiscard]] Result<void> prepare();

  [[nodiscard]] Identity identity_of(std::uint32_t index) const;
  // Appends the value of one place ("lan_ip", "mac", "pool.office", "acs_url", ...); false when it is unknown.
  bool append_place(std::string_view place, std::uint32_t index, std::string& out) const;
  // Expands any template over the identity and the group's names. A place that refers to itself is left as written.
  void expand(const Template& what, std::uint32_t index, std::string& out) const;
  // The places that the value of a place is made from, as written: {"mac"} for "serial" of most profiles. For checks.
  [[nodiscard]] std::vector<std::string> places_in(std::string_view place) const;
  // By weighted draw from (seed, group, index).
  [[nodiscard]] const profile::Firmware& firmware_of(std::uint32_t index) const;
};

}  // namespace cpefleet::fleet
