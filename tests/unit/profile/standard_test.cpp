// SPDX-License-Identifier: Apache-2.0
#include "profile/csv.hpp"
#include "profile/csv_model.hpp"
#include "profile/files.hpp"
#include "support.hpp"

using namespace cpefleet;
using namespace cpefleet::profile;
using namespace cpefleet::profile::test;
using datamodel::NodeKind;

namespace {

struct Counts {
  int parameters = 0;
  int objects = 0;
};

Counts count_guide(const Standard& standard) {
  Diagnostics diagnostics;
  const auto file = shipped_directory() + "/data/" + std::string(standard.file);
  const auto table = Csv::parse(*read_file(file), file, standard_columns(), diagnostics);
  Draft draft;
  std::set<std::string, std::less<>> none;
  add_standard(draft, table, {standard.profiles.begin(), standard.profiles.end()}, none, diagnostics);
  REQUIRE_MESSAGE(diagnostics.empty(), diagnostics.text());
  Counts counts;
  for (const auto& path : draft.builder.paths()) {
    // Parents that hold nothing of a profile, and counts no profile names, are there as well.
    const auto& node = *draft.builder.edit(path);
    if (node.origin.empty() || node.origin.starts_with("documented: count of")) continue;
    ++(node.kind == NodeKind::parameter ? counts.parameters : counts.objects);
  }
  return counts;
}

Draft draft_of(std::string_view table_text, Diagnostics& diagnostics,
               const std::vector<std::string>& profiles = {"A:1"}, std::set<std::string, std::less<>> include = {}) {
  Draft draft;
  const auto table = Csv::parse(table_text, "t.csv", standard_columns(), diagnostics);
  add_standard(draft, table, profiles, include, diagnostics);
  return draft;
}

constexpr std::string_view kHeader =
    "path,kind,type,named_type,is_list,list_max_length,access,min_length,max_length,range,enum,pattern,default,profiles,"
    "forced_inform,active_notify,hidden,num_entries_param,ref\n";

}  // namespace

TEST_CASE("the guide's profiles have 88 parameters and 12 objects, 102 and 13 [M-1]") {
  const auto device = count_guide(standards()[0]);
  CHECK(device.parameters == 88);
  CHECK(device.objects == 12);
  const auto voice = count_guide(standards()[1]);
  CHECK(voice.parameters == 102);
  CHECK(voice.objects == 13);
}

TEST_CASE("a row is in the model when one of its profiles is wanted, or when it is named") {
  Diagnostics diagnostics;
  const auto text = std::string(kHeader) +
                    "D.,object,object,,,,R,,,,,,,A:1(P) B:1(-),0,,0,,\n"
                    "D.One,parameter,string,,0,,W,,64,,,,,B:1(R) A:1(W),1,canDeny,1,,\n"
                    "D.Two,parameter,string,,0,,W,,64,,,,,AA:1(R),0,normal,0,,\n"
                    "D.Three,parameter,boolean,,0,,W,,,,,,true,,0,normal,0,,\n";
  auto draft = draft_of(text, diagnostics, {"A:1"}, {"D.Three"});
  CHECK(diagnostics.empty());
  CHECK(draft.builder.paths() == std::vector<std::string>{"D.", "D.One", "D.Three"});
  const auto& one = *draft.builder.edit("D.One");
  CHECK(one.writable);
  CHECK(one.forced_inform);
  CHECK(one.active_denied);
  CHECK(one.hidden);
  CHECK(one.max_length == 64);
  CHECK(draft.builder.edit("D.Three")->default_value == "1");
}

TEST_CASE("limits are read as they are written") {
  Diagnostics diagnostics;
  const auto text =
      std::string(kHeader) +
      "R,parameter,int,,0,,W,,,-1.. | 10..10,,,,A:1(W),0,normal,0,,\n"
      "E,parameter,string,,0,,W,,,,A{ro} | B | C{opt} | ,,,A:1(W),0,normal,0,,\n"
      "S,parameter,string,,0,,R,,,,A{ro} | B,,,A:1(W),0,normal,0,,\n"
      "P,parameter,string,MACAddress,0,,W,,17,,, | [0-9]+,,A:1(W),0,normal,0,,\n"
      "L,parameter,string,,1,256,W,,64,,,,,A:1(W),0,normal,0,,\n"
      "I,parameter,string,IPAddress,0,,W,,45,,,,,A:1(W),0,normal,0,,\n"
      "D.{i}.T.DiagnosticsState,parameter,string,,0,,W,,,,None | Requested | Complete,,,A:1(W),0,normal,0,,\n";
  auto draft = draft_of(text, diagnostics);
  REQUIRE_MESSAGE(diagnostics.empty(), diagnostics.text());
  const auto& range = *draft.builder.edit("R");
  REQUIRE(range.ranges.size() == 2);
  CHECK(range.ranges[0].min == -1);
  CHECK(range.ranges[0].max == INT64_MAX);
  CHECK(range.ranges[1].max == 10);
  CHECK(draft.builder.edit("E")->enums == std::vector<std::string>{"B", "C", ""});
  CHECK(draft.builder.edit("S")->enums == std::vector<std::string>{"A", "B"});
  CHECK(draft.builder.edit("P")->pattern == "()|([0-9]+)");
  CHECK(draft.builder.edit("L")->list);
  CHECK(draft.builder.edit("L")->max_length == 256);
  CHECK(draft.builder.edit("I")->ip_address);
  CHECK(draft.builder.edit("D.{i}.T.DiagnosticsState")->enums == std::vector<std::string>{"Requested"});
  CHECK(draft.builder.edit("D.{i}.T.DiagnosticsState")->default_value == "None");
}

TEST_CASE("a table of another making is refused where it is wrong") {
  Diagnostics diagnostics;
  (void)draft_of(std::string(kHeader) + "D.X,parameter,float,,0,,R,,,,,,,A:1(R),0,,0,,\n", diagnostics);
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics.text() == "t.csv:2:1: unknown type \"float\"\n");
}
