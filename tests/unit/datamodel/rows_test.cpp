// SPDX-License-Identifier: Apache-2.0
#include "small_model.hpp"

using namespace cpefleet::datamodel;
using namespace cpefleet::datamodel::test;

TEST_CASE("a new row has defaults, child rows and a count [P-74, P-75, M-14]") {
  SmallDevice device;
  const auto added = device.model.add_row(device.key("Device.Profile."));
  REQUIRE(added.fault == 0);
  CHECK(added.instance == 3);
  CHECK(device.value("Device.Profile.3.Name") == "new");
  CHECK(device.value("Device.Profile.3.Line.1.User") == "nobody");
  CHECK(device.value("Device.Profiles") == "3");
  CHECK(device.value("Device.Profile.3.Lines") == "1");
}

TEST_CASE("instance numbers are not given again soon [P-72]") {
  SmallDevice device;
  const auto table = device.key("Device.Profile.");
  CHECK(device.model.add_row(table).instance == 3);
  CHECK(device.model.delete_row(device.key("Device.Profile.3.")) == 0);
  CHECK(device.model.add_row(table).instance == 4);
  CHECK(device.model.delete_row(device.key("Device.Profile.2.")) == 0);
  CHECK(device.model.add_row(table).instance == 5);
}

TEST_CASE("a deleted factory row is not given again either, without having been noted") {
  SmallDevice device;
  CHECK(device.model.delete_row(device.key("Device.Profile.2.")) == 0);
  CHECK(device.model.rows(device.key("Device.Profile.")) == std::vector<Instance>{1});
  CHECK(device.model.add_row(device.key("Device.Profile.")).instance == 3);
}

TEST_CASE("after the last instance number the lowest free one comes round") {
  SmallDevice device;
  const auto table = device.key("Device.Profile.");
  CHECK(device.model.delete_row(device.key("Device.Profile.1.")) == 0);
  device.delta.put(Delta::Kind::last_instance, table, "65535");
  Model again(*device.schema, device.delta, device.around);
  CHECK(again.add_row(table).instance == 1);
  CHECK(again.rows(table) == std::vector<Instance>{1, 2});
  CHECK(again.delete_row(again.find("Device.Profile.1.")->key) == 0);
  CHECK(again.rows(table) == std::vector<Instance>{2});
}

TEST_CASE("deleting a row deletes everything below [P-76]") {
  SmallDevice device;
  device.model.store(device.key("Device.Profile.2.Line.1.User"), "x");
  device.model.store(device.key("Device.Profile.2.Name"), "x");
  device.model.store(device.key("Device.Profile.1.Name"), "kept");
  REQUIRE(device.model.add_row(device.key("Device.Profile.2.Line.")).fault == 0);
  REQUIRE(device.model.delete_row(device.key("Device.Profile.2.Line.3.")) == 0);
  device.model.set_attributes(*device.model.find("Device.Profile.2."), 1, std::nullopt);
  REQUIRE(device.model.delete_row(device.key("Device.Profile.2.")) == 0);
  CHECK_FALSE(device.model.find("Device.Profile.2.").has_value());
  CHECK_FALSE(device.model.find("Device.Profile.2.Line.1.User").has_value());
  int entries = 0;
  device.delta.for_each([&](const Delta::Entry&) { ++entries; });
  CHECK(entries == 2);  // the name of profile 1, the mark of the deleted row
  CHECK(device.value("Device.Profile.1.Name") == "kept");
}

TEST_CASE("deleting an added row leaves only the number that was given") {
  SmallDevice device;
  REQUIRE(device.model.add_row(device.key("Device.Profile.")).fault == 0);
  device.model.store(device.key("Device.Profile.3.Name"), "x");
  REQUIRE(device.model.delete_row(device.key("Device.Profile.3.")) == 0);
  int entries = 0;
  device.delta.for_each(
      [&](const Delta::Entry& entry) { entries += entry.kind == Delta::Kind::last_instance ? 1 : 100; });
  CHECK(entries == 1);
}

TEST_CASE("a table an ACS may not change says 9005 [P-71, P-76]") {
  SmallDevice device;
  CHECK(device.model.add_row(device.key("Device.Hop.")).fault == 9005);
  CHECK(device.model.add_row(device.key("Device.")).fault == 9005);
  CHECK(device.model.add_row(device.key("Device.URL")).fault == 9005);
  CHECK(device.model.delete_row(device.key("Device.Profile.")) == 9005);
  CHECK(device.model.delete_row(device.key("Device.")) == 9005);
  Key missing = device.key("Device.Profile.1.");
  missing.at[0] = 9;
  CHECK(device.model.delete_row(missing) == 9005);
  CHECK(device.delta.empty());
}

TEST_CASE("a full table says 9004, counting the rows of all parents below the limit [P-73]") {
  SmallDevice device;  // three lines from the factory, five allowed
  CHECK(device.model.add_row(device.key("Device.Profile.1.Line.")).fault == 0);
  CHECK(device.model.add_row(device.key("Device.Profile.2.Line.")).fault == 0);
  const auto full = device.model.add_row(device.key("Device.Profile.1.Line."));
  CHECK(full.fault == 9004);
  CHECK(full.reason == "MaxLines is 5");
  REQUIRE(device.model.delete_row(device.key("Device.Profile.2.Line.1.")) == 0);
  CHECK(device.model.add_row(device.key("Device.Profile.1.Line.")).fault == 0);
}

TEST_CASE("a table's own limit holds for each parent") {
  auto builder = small_builder();
  builder.edit("Device.Profile.{i}.Line.{i}.")->max_rows = 2;
  const auto schema = *builder.build();
  Delta delta;
  const FixedSurroundings around;
  Model model(*schema, delta, around);
  CHECK(model.add_row(model.find("Device.Profile.2.Line.")->key).fault == 9004);
  CHECK(model.add_row(model.find("Device.Profile.1.Line.")->key).fault == 0);
  CHECK(model.add_row(model.find("Device.Profile.1.Line.")->key).fault == 9004);
}
