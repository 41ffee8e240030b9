// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "cwmp/messages.hpp"
#include "profile/profile.hpp"

namespace cpefleet::device {

// How much of an image's beginning is looked at.
constexpr std::uint64_t kImageHead = 4096;

// What a device makes of a file that came as firmware: the version it becomes, or why not (P-87). Nobody has the vendor's
// images: any file will do. Its version is, in this order, what the scenario says, what the file says of itself, what
// its name says ("gxp2170-1.0.11.106.bin"); a file that is called as the model's own are ("gxp2170fw.bin") is the newest
// version of the profile. A file says it in lines of text at its beginning:
//   cpefleet firmware image
//   model: GXP2170
//   version: 1.0.11.106
// The fault numbers of refusals are assumed (GQ081: only texts are known).
struct FirmwareImage {
  std::string_view head;  // of the file
  std::uint64_t bytes = 0;
  std::uint64_t announced = 0;  // FileSize; 0: unknown
  std::string_view name;        // TargetFileName, or the last part of the URL's path
  std::string_view scenario;    // the version the scenario gives to any image; "": none
  std::string_view present;     // what the device runs
};
[[nodiscard]] tl::expected<std::string, cwmp::FaultStruct> judge(const FirmwareImage& image,
                                                                 const profile::Profile& profile);

}  // namespace cpefleet::device
