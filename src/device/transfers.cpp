// SPDX-License-Identifier: Apache-2.0
#include "device/transfers.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/url.hpp"
#include "provision/config_file.hpp"

namespace cpefleet::device {
namespace {

constexpr std::string_view kFirmware = "1 Firmware Upgrade Image";
constexpr std::string_view kConfiguration = "3 Vendor Configuration File";
constexpr std::string_view kOldConfiguration = "1 Vendor Configuration File";  // of Upload in the schemas (C1)
constexpr std::string_view kLog = "2 Vendor Log File";

// "3 Vendor Configuration File", also with a number behind it, as TP-181 has it.
bool is_type(std::string_view text, std::string_view type) {
  if (!text.starts_with(type)) return false;
  const auto rest = text.substr(type.size());
  return rest.empty() || (rest.size() > 1 && rest.front() == ' ' && parse_uint(rest.substr(1)).has_value());
}

cwmp::FaultStruct judge_url(const std::string& text) {
  const auto colon = text.find(':');
  const auto scheme = to_lower(text.substr(0, colon == std::string::npos ? 0 : colon));
  if (scheme != "http" && scheme != "https")
    return {9013, fmt::format("{} is not supported for files", scheme.empty() ? "a URL without a scheme" : scheme)};
  if (const auto url = parse_url(text); !url) return {9003, "URL: " + url.error().message()};
  return {};
}

}  // namespace

std::string_view to_string(TransferOrder::What what) {
  switch (what) {
    case TransferOrder::What::firmware: return "firmware";
    case TransferOrder::What::configuration: return "configuration";
    case TransferOrder::What::log: return "log";
    case TransferOrder::What::provisioning: return "provisioning";
  }
  return "";
}

std::size_t Transfers::heap_bytes() const {
  std::size_t n = sizeof(Transfers) + entries.capacity() * sizeof(Entry);
  for (const auto& entry : entries) {
    for (const auto* text : {&entry.what.command_key, &entry.what.file_type, &entry.what.url, &entry.what.username,
                             &entry.what.password, &entry.what.target_file_name, &entry.what.fault_text})
      n += text->capacity() > 15 ? text->capacity() + 1 : 0;
  }
  return n;
}

cwmp::FaultStruct judge(const cwmp::Download& request) {
  const bool firmware = request.file_type == kFirmware;
  if (!firmware && !is_type(request.file_type, kConfiguration))
    return {9003, "FileType: only 1 Firmware Upgrade Image and 3 Vendor Configuration File"};
  if (auto fault = judge_url(request.url); fault.code != 0) return fault;
  const std::uint64_t most = firmware ? kMaxFirmwareBytes : provision::kMaxFileBytes;
  if (request.file_size > most) return {9004, fmt::format("FileSize: at most {} bytes", most)};
  return {};
}

cwmp::FaultStruct judge(const cwmp::Upload& request, bool strict) {
  const bool known = request.file_type == kOldConfiguration || request.file_type == kLog ||
                     (!strict && is_type(request.file_type, kConfiguration));
  if (!known) return {9003, "FileType: a configuration file or 2 Vendor Log File"};
  return judge_url(request.url);
}

TransferOrder::What what_of(const state::Transfer& transfer) {
  if (transfer.kind == state::Transfer::Kind::upload)
    return transfer.file_type == kLog ? TransferOrder::What::log : TransferOrder::What::configuration;
  return transfer.file_type == kFirmware ? TransferOrder::What::firmware : TransferOrder::What::configuration;
}

cwmp::FaultStruct fault_of(const TransferEnd& end, bool upload) {
  using How = TransferEnd::How;
  cwmp::FaultStruct out;
  out.text = end.detail;
  switch (end.how) {
    case How::done: return {};
    case How::unauthorized: out.code = 9012; return out;
    case How::unreachable: out.code = 9015; break;
    case How::not_found: out.code = 9016; break;
    case How::cut: out.code = 9017; break;
    case How::too_big:
    case How::failed: out.code = 9010; break;
  }
  if (upload) out.code = 9011;
  return out;
}

}  // namespace cpefleet::device
