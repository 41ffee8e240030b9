// SPDX-License-Identifier: Apache-2.0
#include "small_model.hpp"

using namespace cpefleet::datamodel;
using namespace cpefleet::datamodel::test;

namespace {

// One parameter and the verdicts on what is written to it.
class Checked {
 public:
  explicit Checked(Node node) {
    SchemaBuilder builder;
    REQUIRE(builder.add("P", std::move(node)).has_value());
    schema_ = *builder.build();
  }
  int fault(std::string_view value, std::string_view type = "") {
    canonical.clear();
    const Model model(*schema_, delta_, around_);
    return model.check(model.find("P")->key, value, type, canonical).fault;
  }
  std::string canonical;

 private:
  std::shared_ptr<const Schema> schema_;
  Delta delta_;
  FixedSurroundings around_;
};

Node with(Type type, const std::function<void(Node&)>& change = {}) {
  Node node = parameter(type, true);
  if (change) change(node);
  return node;
}

}  // namespace

TEST_CASE("a read-only parameter is 9008 whatever is written") {
  Checked p(parameter(Type::boolean, false));
  CHECK(p.fault("1") == 9008);
  CHECK(p.fault("nonsense", "string") == 9008);
}

TEST_CASE("booleans are 0, 1, true and false [P-1, P-2]") {
  Checked p(with(Type::boolean));
  for (const auto* good : {"0", "false", " false\n"}) CHECK((p.fault(good) == 0 && p.canonical == "0"));
  for (const auto* good : {"1", "true"}) CHECK((p.fault(good, "boolean") == 0 && p.canonical == "1"));
  for (const auto* bad : {"", "True", "TRUE", "yes", "2", "01", "Enabled"}) {
    CAPTURE(bad);
    CHECK(p.fault(bad) == 9006);
  }
}

TEST_CASE("numbers hold what their type holds [P-1, P-3]") {
  Checked u(with(Type::unsigned_integer));
  CHECK(u.fault("4294967295") == 0);
  CHECK(u.fault(" +007 ") == 0);
  CHECK(u.canonical == "7");
  for (const auto* bad : {"", "-1", "4294967296", "1.0", "0x10", "1 2", "ten", "99999999999999999999999", "+-1", "+"}) {
    CAPTURE(bad);
    CHECK(u.fault(bad) == 9006);
  }
  Checked i(with(Type::integer));
  CHECK(i.fault("-2147483648") == 0);
  CHECK(i.fault("2147483647") == 0);
  CHECK(i.fault("-2147483649") == 9006);
  CHECK(i.fault("2147483648") == 9006);
}

TEST_CASE("a number outside the model's ranges is 9007 [P-3, P-26]") {
  Checked p(with(Type::integer, [](Node& n) { n.ranges = {{-1, INT64_MAX}}; }));
  CHECK(p.fault("-1") == 0);
  CHECK(p.fault("-2") == 9007);
  Checked several(with(Type::unsigned_integer, [](Node& n) { n.ranges = {{10, 10}, {20, 20}, {30, 64}}; }));
  for (const auto* good : {"10", "20", "30", "64"}) CHECK(several.fault(good) == 0);
  for (const auto* bad : {"0", "11", "29", "65"}) CHECK(several.fault(bad) == 9007);
}

TEST_CASE("dateTime is a date, the unknown time, or a time since boot [P-1, M-4]") {
  Checked p(with(Type::date_time));
  for (const auto* good : {"2026-11-23T01:02:03Z", "2026-11-23T01:02:03+01:00", "2026-11-23T01:02:03.123456Z",
                           "0001-01-01T00:00:00Z", "0001-01-03T03:04:05"}) {
    CAPTURE(good);
    CHECK(p.fault(good, "dateTime") == 0);
    CHECK(p.canonical == good);
  }
  for (const auto* bad : {"", "now", "2026-11-23", "2026-13-01T00:00:00Z", "2026-11-23 01:02:03", "1234567890"}) {
    CAPTURE(bad);
    CHECK(p.fault(bad) == 9006);
  }
}

TEST_CASE("base64 is measured decoded [P-1, M-17]") {
  Checked p(with(Type::base64, [](Node& n) {
    n.min_length = 1;
    n.max_length = 3;
  }));
  CHECK(p.fault("YWJj", "base64Binary") == 0);
  CHECK(p.fault("YWI=", "base64") == 0);
  CHECK(p.fault("YWJjZA==") == 9007);
  CHECK(p.fault("") == 9007);
  CHECK(p.fault("Y") == 9006);
  CHECK(p.fault("Y*Jj") == 9006);
}

TEST_CASE("lengths count characters, not bytes [P-1, E-12, P-26]") {
  Checked p(with(Type::string, [](Node& n) { n.max_length = 4; }));
  CHECK(p.fault("abcd") == 0);
  CHECK(p.fault("äöüß") == 0);
  CHECK(p.fault("äöüßx") == 9007);
  CHECK(p.fault(std::string(1 << 20, 'x')) == 9007);
}

TEST_CASE("enumerated values are case-sensitive, and may include the empty one [E-16]") {
  Checked p(with(Type::string, [](Node& n) { n.enums = {"Enabled", "Disabled", ""}; }));
  CHECK(p.fault("Enabled") == 0);
  CHECK(p.fault("") == 0);
  CHECK(p.fault("enabled") == 9007);
  CHECK(p.fault(" Enabled") == 9007);
  CHECK(p.fault("true") == 9007);
}

TEST_CASE("each item of a list is checked, white space around it is not [M-6]") {
  Checked p(with(Type::string, [](Node& n) {
    n.list = true;
    n.enums = {"UDP", "TCP"};
  }));
  for (const auto* good : {"", "UDP", "UDP,TCP", " UDP , TCP "}) CHECK(p.fault(good) == 0);
  for (const auto* bad : {"UDP,", ",", "UDP,,TCP", "UDP TCP", "udp"}) CHECK(p.fault(bad) == 9007);
}

TEST_CASE("a pattern binds the whole value") {
  Checked p(with(Type::string, [](Node& n) { n.pattern = "|([0-9A-Fa-f][0-9A-Fa-f]:){5}([0-9A-Fa-f][0-9A-Fa-f])"; }));
  CHECK(p.fault("") == 0);
  CHECK(p.fault("00:0b:82:AA:bb:cc") == 0);
  CHECK(p.fault("00:0b:82:AA:bb") == 9007);
  CHECK(p.fault("00:0b:82:AA:bb:cc:dd") == 9007);
}

TEST_CASE("a hostile value against a bad pattern neither hangs nor overflows the stack") {
  Checked p(with(Type::string, [](Node& n) { n.pattern = "(a+)+b"; }));
  CHECK(p.fault(std::string(1000, 'a')) == 9007);
  CHECK(p.fault(std::string(1000, 'a') + 'b') == 0);
  CHECK(p.fault(std::string(1'000'000, 'a')) == 9007);
}

TEST_CASE("IP addresses are IPv4, IPv6 or empty [M-9]") {
  Checked p(with(Type::string, [](Node& n) { n.ip_address = true; }));
  for (const auto* good : {"", "192.168.1.1", "::1", "2001:db8::1"}) CHECK(p.fault(good) == 0);
  for (const auto* bad : {"192.168.1", "256.1.1.1", "host", "192.168.1.1 ", "1.2.3.4/24"}) CHECK(p.fault(bad) == 9007);
  CHECK(p.fault(std::string("1.2.3.4\0x", 9)) == 9007);
}

TEST_CASE("a declared type must be the model's, but numbers and strings pass for one another [P-25]") {
  Checked number(with(Type::unsigned_integer));
  for (const auto* type : {"", "unsignedInt", "int", "string"}) CHECK(number.fault("5", type) == 0);
  for (const auto* type : {"boolean", "dateTime", "base64", "long", "UnsignedInt"})
    CHECK(number.fault("5", type) == 9006);
  CHECK(number.fault("five", "string") == 9006);
  Checked text(with(Type::string));
  CHECK(text.fault("5", "int") == 0);
  CHECK(text.fault("true", "boolean") == 9006);
  Checked boolean(with(Type::boolean));
  CHECK(boolean.fault("1", "boolean") == 0);
  for (const auto* type : {"string", "int", "unsignedInt"}) CHECK(boolean.fault("1", type) == 9006);
}
