// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "base/result.hpp"
#include "datamodel/delta.hpp"
#include "state/bytes.hpp"

// A delta inside a record. Entries name their node by its schema path ("Device.Profile.{i}.Name"), never by its id, because
// ids change with the profile; a path is written as what it does not share with the one before.
namespace cpefleet::state {

// Longer paths are refused when read; TR-069 allows 256 characters (A.2.2).
constexpr std::size_t kMaxPath = 4096;

void put_delta(std::string& out, const datamodel::Delta& delta, const datamodel::Schema& schema);

struct DecodedDelta {
  datamodel::Delta delta;
  // Entries left out because the schema has no such path any more, or something else there: an object where a parameter
  // was, a computed value where a stored one was.
  std::size_t dropped = 0;
};
// Fails the reader on anything that put_delta() does not write.
[[nodiscard]] DecodedDelta read_delta(ByteReader& reader, const datamodel::Schema& schema);

}  // namespace cpefleet::state
