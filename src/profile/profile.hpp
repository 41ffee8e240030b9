// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/time.hpp"
#include "datamodel/schema.hpp"
#include "profile/diagnostics.hpp"
#include "profile/voice.hpp"

// What a device *is*: profiles/*.yaml compiled. Immutable, shared by all shards.
namespace cpefleet::profile {

// A quirk the profile switches on, by its name in the catalogue, with parameters.
struct QuirkUse {
  std::string id;
  std::map<std::string, std::string, std::less<>> parameters;
};

// Templates over {mac} {mac:lower} {serial} {oui} {product_class} {i} {csv.NAME} {pool.NAME} ..., expanded per device.
struct IdentityDefaults {
  std::string manufacturer;
  std::string oui;
  std::string product_class;
  std::string serial;  // template, e.g. "{mac:lower}"
  std::string model_name;
  std::string hardware_version;
};

struct Firmware {
  std::string version;  // SoftwareVersion
  std::shared_ptr<const datamodel::Schema> schema;
  std::string user_agent;          // of CWMP requests; "" = the profile's
  std::string origin = "assumed";  // how its data model is known: "documented: S2"
  VoiceNodes voice;                // of the schema
  DiagnosticNodes diagnostics;
};

// A method beyond the standard's (P-8), with the one answer it always gives.
struct VendorMethod {
  std::string name;                                        // "X_GRANDSTREAM_GetLog"
  std::vector<std::pair<std::string, std::string>> reply;  // elements of the response
  int fault = 0;                                           // instead: 9800 to 9899 are the vendors'
  std::string fault_text;
};

// A setting of the vendor's provisioning files ("P47") and the parameters behind which it stands; none for settings
// CWMP cannot reach.
struct PValue {
  std::vector<std::string> parameters;  // paths; rows as numbers, `{i}` or `{1..6}`
  bool host_port = false;               // it is "host[:port]": the texts among them hold the host, the numbers the port
  std::string meaning;
  std::string default_value;
  std::string origin;
};

// The forms of the vendor's configuration files.
enum class ConfigForm : std::uint8_t {
  xml1,  // <gs_provision version="1"><config version="1"><P271>1</P271>
  xml2,  // <gs_provision version="1"><config version="2"><item name="tr069.url">
  text,  // P271=1, a line each or joined by `&`
};

struct ConfigFiles {
  ConfigForm form = ConfigForm::xml1;  // that the device writes; it reads all
  std::string origin = "assumed";      // how that is known
  // Schema path of a parameter: its values as a file has them and as CWMP has them, where these differ.
  std::map<std::string, std::vector<std::pair<std::string, std::string>>, std::less<>> values;
  std::map<std::string, PValue, std::less<>> names;  // of version 2: "tr069.url"
};

// How a device takes new firmware, and which methods of file transfers it has beside Download and Upload.
struct Transfers {
  Duration flash_time = std::chrono::seconds{60};  // off-line while an image is written, before it boots
  std::vector<std::string> images;                 // file names of this model's firmware: "gxp2170fw.bin"
  std::vector<std::string> methods;                // GetQueuedTransfers, ScheduleDownload, ... (P-113)
};

// What a device asks its provisioning server for, templates over its identity; the first file that is there counts.
struct Provisioning {
  std::vector<std::string> files;  // "cfg{mac:lower}.xml"
  std::string user_agent;
};

struct Profile {
  std::string name;  // "gxp2170"
  std::string file;  // where it was read
  IdentityDefaults identity;
  std::vector<Firmware> firmware;    // in the order of the file; never empty
  std::size_t default_firmware = 0;  // the newest named, unless the file says otherwise
  std::vector<QuirkUse> quirks;
  std::map<std::string, PValue, std::less<>> pvalues;
  ConfigFiles config;
  Duration boot_time = std::chrono::seconds{30};  // off-line after a reboot
  std::uint16_t connection_request_port = 7547;
  std::string connection_request_path;  // "" = one that nobody can guess (C-1)
  std::string connection_request_realm = "CPE";
  bool connection_request_opaque = false;  // its challenges carry an opaque
  bool connection_request_close = false;   // a connection for each request, the challenge included
  std::vector<VendorMethod> methods;
  VoiceBehaviour voice;
  DiagnosticsBehaviour diagnostics;  // what pings and trace routes find
  Transfers transfers;
  Provisioning provisioning;
  bool cwmp_1_1 = false;   // offers cwmp-1-1 first
  std::string user_agent;  // of CWMP requests

  [[nodiscard]] const Firmware* find_firmware(std::string_view version) const;
  // The firmware whose data model stands for a version that the profile may not name: the newest that is not newer than
  // it, else the oldest.
  [[nodiscard]] const Firmware& nearest_firmware(std::string_view version) const;
  [[nodiscard]] bool has_quirk(std::string_view id) const;
};

// Loads a profile by name ("gxp2170") from the directories of the search path, or by file name (ends in .yaml).
// Every mistake goes to `diagnostics`; null when there was one. Startup only.
class Loader {
 public:
  explicit Loader(std::vector<std::string> directories);
  [[nodiscard]] std::shared_ptr<const Profile> load(std::string_view name_or_file, Diagnostics& diagnostics);
  // Names of all profiles on the search path, sorted (abstract ones, families/, left out).
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::vector<std::string> directories_;
  std::map<std::string, std::shared_ptr<const Profile>, std::less<>> cache_;
};

}  // namespace cpefleet::profile
