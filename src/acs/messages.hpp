// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "xml/document.hpp"

// What the built-in ACS reads of a CPE's envelopes, and the envelopes it writes. The views point into the Envelope.
namespace cpefleet::acs {

// Opened, not read: `message` is the first element of the Body. Found by local name, so that a CPE with odd prefixes
// is served as other ACSs serve it.
struct Envelope {
  xml::Document document;
  xml::Element message;
  std::string_view id;  // text of cwmp:ID, "" for none
};
// The error is the text of the 400.
[[nodiscard]] Result<Envelope> open_envelope(std::string body);

// N of urn:dslforum-org:cwmp-1-N when this ACS speaks it.
[[nodiscard]] std::optional<int> cwmp_version(const xml::Element& message);

struct InformSummary {
  std::string device_id;         // OUI-ProductClass-Serial
  std::string short_id;          // OUI-Serial
  std::string escaped_id;        // as device_id, percent-encoded after H-22
  std::string root;              // "Device." or "InternetGatewayDevice."
  std::string software_version;  // "" when it is not told
  bool boot = false;
  bool bootstrap = false;
  bool periodic = false;
  std::vector<std::pair<std::string, std::string>> commands;  // M events with their CommandKeys
  std::uint32_t retry_count = 0;
};
// Empty when the device cannot be told from it.
[[nodiscard]] std::optional<InformSummary> read_inform(const xml::Element& inform);

// --- written -----------------------------------------------------------------------------------------------------

[[nodiscard]] std::string envelope(int version, std::string_view id, std::string_view body);

// Bodies. Arguments are escaped here.
[[nodiscard]] std::string inform_response();
[[nodiscard]] std::string get_rpc_methods();
[[nodiscard]] std::string get_rpc_methods_response();
[[nodiscard]] std::string get_parameter_names(std::string_view path, bool next_level = false);
[[nodiscard]] std::string get_parameter_values(const std::vector<std::string>& names);
[[nodiscard]] std::string get_parameter_attributes(const std::vector<std::string>& names);
[[nodiscard]] std::string set_notification(std::string_view name, std::string_view notification);
[[nodiscard]] std::string add_object(std::string_view table, std::string_view parameter_key = {});
[[nodiscard]] std::string delete_object(std::string_view instance, std::string_view parameter_key = {});
[[nodiscard]] std::string reboot(std::string_view command_key);
[[nodiscard]] std::string schedule_inform(std::uint64_t delay_seconds, std::string_view command_key);
// Download and Upload (A.3.2.8, A.4.1.5); an Upload has no size.
struct TransferRequest {
  std::string command_key;
  std::string file_type;
  std::string url;
  std::string username;
  std::string password;
  std::uint64_t file_size = 0;
  std::uint64_t delay_seconds = 0;
};
[[nodiscard]] std::string download(const TransferRequest& request);
[[nodiscard]] std::string upload(const TransferRequest& request);
[[nodiscard]] std::string empty_message(std::string_view name);
[[nodiscard]] std::string fault(int code, std::string_view text);

// Collects the arguments of one SetParameterValues.
class SetParameterValuesWriter {
 public:
  void add(std::string_view name, std::string_view xsd_type, std::string_view value);
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::string body(std::string_view parameter_key = {}) const;

 private:
  std::string values_;
  std::size_t count_ = 0;
};

}  // namespace cpefleet::acs
