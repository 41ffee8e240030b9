// SPDX-License-Identifier: Apache-2.0
#include "acs/transfer_book.hpp"

#include <fmt/format.h>
#include <optional>

#include "acs/files.hpp"
#include "base/text.hpp"

namespace cpefleet::acs {
namespace {

using What = TransferAsk::What;

constexpr std::string_view kKey = "file";  // "file-2-1": the second of the asks, for the first time

bool is_upload(const TransferAsk& ask) { return ask.what == What::send_config || ask.what == What::send_log; }

// Which of the asks; none of another one's key.
std::optional<std::size_t> which_of(std::string_view key, std::size_t count) {
  const auto parts = split(key, '-');
  if (parts.size() != 3 || parts[0] != kKey) return std::nullopt;
  const auto number = parse_uint(parts[1]);
  if (!number || *number == 0 || *number > count) return std::nullopt;
  return *number - 1;
}

}  // namespace

void TransferBook::informed(const DeviceEntry& device, const InformSummary& inform) {
  auto& entry = entries_[&device];
  entry.items.resize(asks_.size());
  entry.next = 0;
  entry.software_version = inform.software_version;
  if (!inform.bootstrap) return;
  for (auto& item : entry.items) {
    if (item.state == State::asked || item.state == State::owed) ++totals_.dropped;
    item.state = State::fresh;
  }
}

std::string TransferBook::next(const DeviceEntry& device, const FileAccess& files) {
  auto& entry = entries_[&device];
  if (files.origin.empty()) return {};
  for (; entry.next < entry.items.size(); ++entry.next) {
    const auto& ask = asks_[entry.next];
    auto& item = entry.items[entry.next];
    if (item.state == State::asked) {
      ++totals_.dropped;
      item.state = State::fresh;
    }
    if (item.state != State::fresh) continue;
    if (ask.what == What::firmware && ask.version == entry.software_version) continue;
    item.state = State::asked;
    ++totals_.asked;
    return request_for(device, entry.next, ++item.attempts, files);
  }
  return {};
}

std::string TransferBook::request_for(const DeviceEntry& device, std::size_t which, std::uint32_t attempt,
                                      const FileAccess& files) const {
  const auto& ask = asks_[which];
  TransferRequest request;
  request.command_key = fmt::format("{}-{}-{}", kKey, which + 1, attempt);
  request.username = files.username;
  request.password = files.password;
  request.delay_seconds = ask.delay_s;
  switch (ask.what) {
    case What::firmware:
      request.file_type = "1 Firmware Upgrade Image";
      request.url = fmt::format("{}/files/firmware/image.bin?version={}", files.origin, ask.version);
      if (ask.bytes != 0) request.url += fmt::format("&size={}", ask.bytes);
      request.file_size = ask.bytes;
      break;
    case What::config:
      request.file_type = "3 Vendor Configuration File";
      request.url = fmt::format("{}/files/config/settings.xml?{}", files.origin, ask.query);
      break;
    case What::send_config:
      request.file_type = "1 Vendor Configuration File";
      request.url = fmt::format("{}/files/{}.cfg", files.origin, query_escaped(device.first));
      break;
    case What::send_log:
      request.file_type = "2 Vendor Log File";
      request.url = fmt::format("{}/files/{}.log", files.origin, query_escaped(device.first));
      break;
  }
  return is_upload(ask) ? upload(request) : download(request);
}

Answer TransferBook::take(const DeviceEntry& device, const xml::Element& message) {
  auto& entry = entries_[&device];
  if (entry.next >= entry.items.size() || entry.items[entry.next].state != State::asked) return Answer::unexpected;
  auto& item = entry.items[entry.next];
  if (message.local_name() == "Fault") {
    ++totals_.refused;
    item.state = State::over;
    return Answer::fault;
  }
  if (message.local_name() != (is_upload(asks_[entry.next]) ? "UploadResponse" : "DownloadResponse"))
    return Answer::unexpected;
  const bool at_once = trim(message.child("Status").text()) == "0";
  if (at_once) ++totals_.done;
  item.state = at_once ? State::over : State::owed;
  return Answer::good;
}

void TransferBook::completed(const DeviceEntry& device, std::string_view command_key, int fault) {
  auto& entry = entries_[&device];
  const auto which = which_of(command_key, entry.items.size());
  if (!which || (entry.items[*which].state != State::asked && entry.items[*which].state != State::owed)) {
    ++totals_.repeated;
    return;
  }
  entry.items[*which].state = State::over;
  ++(fault == 0 ? totals_.done : totals_.failed[fault]);
}

}  // namespace cpefleet::acs
