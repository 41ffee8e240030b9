// SPDX-License-Identifier: Apache-2.0
#include "acs/transfers.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "acs/files.hpp"
#include "base/text.hpp"
#include "base/units.hpp"

namespace cpefleet::acs {
namespace {

// Of the 256 characters of a Download's URL (A.3.2.8), the rest is for where it is.
constexpr std::size_t kLongestQuery = 160;

Result<std::string> query_of(std::string_view settings) {
  std::string out;
  for (const auto setting : split(settings, '&')) {
    const auto equals = setting.find('=');
    const bool good = equals != std::string_view::npos && is_setting(setting.substr(0, equals));
    if (!good) return failure("config: takes settings such as P270=lab&P4506=1");
    if (!out.empty()) out += '&';
    out.append(setting.substr(0, equals + 1)).append(query_escaped(setting.substr(equals + 1)));
  }
  if (out.size() > kLongestQuery)
    return failure("config: too long for the URL of a Download; put the file into the directory of --files");
  return out;
}

}  // namespace

Result<TransferAsk> parse_download_ask(std::string_view text) {
  TransferAsk out;
  const auto colon = std::min(text.find(':'), text.size());
  const auto kind = text.substr(0, colon);
  auto rest = text.substr(std::min(colon + 1, text.size()));
  if (kind == "config") {
    auto query = query_of(rest);
    if (!query) return tl::unexpected<Error>(query.error());
    out.what = TransferAsk::What::config;
    out.query = std::move(*query);
    return out;
  }
  if (kind != "firmware") return failure("takes firmware:VERSION[:SIZE] or config:P270=lab&P4506=1");
  const auto second = std::min(rest.find(':'), rest.size());
  out.version = rest.substr(0, second);
  const bool good =
      !out.version.empty() && out.version.size() <= 32 &&
      std::all_of(out.version.begin(), out.version.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  if (!good) return failure("firmware: takes a version such as 1.0.11.106");
  if (second < rest.size()) {
    const auto bytes = parse_bytes(rest.substr(second + 1));
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    if (*bytes < kMinImageBytes || *bytes > kMaxMadeBytes) return failure("firmware: from 256 bytes to 1GiB");
    out.bytes = *bytes;
  }
  return out;
}

Result<TransferAsk> parse_upload_ask(std::string_view text) {
  TransferAsk out;
  if (text == "config") {
    out.what = TransferAsk::What::send_config;
  } else if (text == "log") {
    out.what = TransferAsk::What::send_log;
  } else {
    return failure("takes config or log");
  }
  return out;
}

std::uint64_t TransferTotals::all_failed() const {
  std::uint64_t out = 0;
  for (const auto& [code, count] : failed) out += count;
  return out;
}

}  // namespace cpefleet::acs
