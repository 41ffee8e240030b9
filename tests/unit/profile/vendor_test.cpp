// SPDX-License-Identifier: Apache-2.0
#include "profile/csv.hpp"
#include "profile/csv_model.hpp"
#include "support.hpp"

using namespace cpefleet;
using namespace cpefleet::profile;

namespace {

constexpr std::string_view kHeader =
    "\"# a comment, with a comma\"\n"
    "path,type,writable,active_notification_allowed,read_returns_empty,range_or_enum,models,note\n";

Draft import(std::string_view rows, std::string_view model, Draft draft = {}) {
  Diagnostics diagnostics;
  const auto table = Csv::parse(std::string(kHeader) + std::string(rows), "v.csv", vendor_columns(), diagnostics);
  add_vendor(draft, table, model, diagnostics);
  REQUIRE_MESSAGE(diagnostics.empty(), diagnostics.text());
  return draft;
}

}  // namespace

TEST_CASE("a row is for the models it names, and for none when it is not implemented") {
  auto draft = import(
      "Device.A,string,W,yes,,maxlen 64,all,\n"
      "Device.B,string,W,yes,,,HT801 HT802,\n"
      "Device.C,string,W,yes,,,HT80,\n"
      "Device.D,string,W,yes,,,NOT IMPLEMENTED,\n",
      "HT802");
  CHECK(draft.builder.paths() == std::vector<std::string>{"Device.", "Device.A", "Device.B"});
}

TEST_CASE("numbers and placeholders in a path are rows, a missing root is added") {
  auto draft = import(
      "DeviceSummary,string,R,yes,,,all,\n"
      "Device.S.1.T.{i}.,object,W,no,,,all,\n"
      "Device.S.1.T.{i}.L.{n}.X,UnsignedInt,W,no,yes,1..4,all,a note\n",
      "HT802");
  CHECK(draft.builder.edit("Device.DeviceSummary") != nullptr);
  CHECK(draft.builder.edit("Device.S.{i}.T.{i}.")->writable);
  const auto& x = *draft.builder.edit("Device.S.{i}.T.{i}.L.{i}.X");
  CHECK(x.type == datamodel::Type::unsigned_integer);
  CHECK(x.hidden);
  CHECK(x.active_denied);
  CHECK(x.default_value == "1");
  CHECK(x.origin.ends_with("; a note"));
}

TEST_CASE("what the vendor says of a parameter wins, what it does not say stays") {
  Draft draft;
  datamodel::Node node;
  node.kind = datamodel::NodeKind::parameter;
  node.max_length = 64;
  node.forced_inform = true;
  node.default_value = "kept";
  REQUIRE(draft.builder.add("Device.A", node).has_value());
  draft = import("Device.A,string,W,yes,,pattern-checked,all,\n", "HT802", std::move(draft));
  const auto& a = *draft.builder.edit("Device.A");
  CHECK(a.writable);
  CHECK(a.max_length == 64);
  CHECK(a.forced_inform);
  CHECK(a.default_value == "kept");
}

TEST_CASE("an enumeration that was cut off limits nothing") {
  auto draft = import("Device.A,string,W,yes,,enum One|" + std::string(111, 'x') +
                          ",all,\n"
                          "Device.B,string,W,yes,,enum One|Two,all,\n",
                      "HT802");
  CHECK(draft.builder.edit("Device.A")->enums.empty());
  CHECK(draft.builder.edit("Device.B")->enums == std::vector<std::string>{"One", "Two"});
}

TEST_CASE("Available parameters list what their siblings may be") {
  auto draft = import(
      "Device.X_GRANDSTREAM_AvailableMode,string,R,no,,,all,\n"
      "Device.X_GRANDSTREAM_Mode,string,W,no,,enum One|Two,all,\n",
      "HT802");
  CHECK(draft.builder.edit("Device.X_GRANDSTREAM_AvailableMode")->default_value == "One,Two");
}
