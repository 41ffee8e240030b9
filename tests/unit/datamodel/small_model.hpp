// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <vector>

#include "datamodel/model.hpp"
#include "datamodel/schema_builder.hpp"

// A data model small enough to see through: a device with profiles, each with lines.
namespace cpefleet::datamodel::test {

class FixedSurroundings final : public Surroundings {
 public:
  void expand(std::string_view identity_template, std::string& out) const override {
    out += '<';
    out += identity_template;
    out += '>';
  }
  [[nodiscard]] std::uint64_t up_time_seconds() const override { return 77; }
  void append_local_time(std::string& out) const override { out += "2026-11-23T01:02:03+01:00"; }
  [[nodiscard]] GeneratorInput generator_input(const Key& /*parameter*/) const override { return input; }
  GeneratorInput input;
};

inline Node parameter(Type type, bool writable, std::string default_value = {}) {
  Node node;
  node.kind = NodeKind::parameter;
  node.type = type;
  node.writable = writable;
  node.default_value = std::move(default_value);
  return node;
}

inline Node table(bool writable, std::vector<FactoryRows> rows = {}) {
  Node node;
  node.kind = NodeKind::table;
  node.writable = writable;
  node.factory_rows = std::move(rows);
  return node;
}

inline SchemaBuilder small_builder() {
  SchemaBuilder builder;
  const auto add = [&](std::string_view path, Node node) { REQUIRE(builder.add(path, std::move(node)).has_value()); };
  add("Device.Serial", [] {
    Node node = parameter(Type::string, false, "{serial}");
    node.source = Source::identity;
    node.forced_inform = true;
    return node;
  }());
  add("Device.UpTime", [] {
    Node node = parameter(Type::unsigned_integer, false);
    node.source = Source::up_time;
    return node;
  }());
  add("Device.Clock", [] {
    Node node = parameter(Type::date_time, false);
    node.source = Source::current_time;
    return node;
  }());
  add("Device.URL", parameter(Type::string, true, "http://acs/"));
  add("Device.Password", [] {
    Node node = parameter(Type::string, true);
    node.hidden = true;
    return node;
  }());
  add("Device.Profiles", parameter(Type::unsigned_integer, false));
  add("Device.MaxLines", parameter(Type::unsigned_integer, false, "5"));
  add("Device.Profile.{i}.", table(true, {{{}, {1, 2}}}));
  add("Device.Profile.{i}.Name", [] {
    Node node = parameter(Type::string, true, "new");
    node.overrides = {{{1}, "first", Source::text, {}}, {{2}, "{mac}", Source::identity, {}}};
    return node;
  }());
  add("Device.Profile.{i}.Reset", [] {
    Node node = parameter(Type::boolean, true);
    node.source = Source::always_false;
    return node;
  }());
  add("Device.Profile.{i}.Lines", parameter(Type::unsigned_integer, false));
  add("Device.Profile.{i}.Line.{i}.", table(true, {{{0}, {1}}, {{2}, {3}}}));
  add("Device.Profile.{i}.Line.{i}.User", [] {
    Node node = parameter(Type::string, true, "nobody");
    node.overrides = {
        {{0, 3}, "three", Source::text, {}}, {{2, 0}, "second", Source::text, {}}, {{2, 3}, "both", Source::text, {}}};
    return node;
  }());
  add("Device.Hop.{i}.", table(false));
  add("Device.Hop.{i}.Host", parameter(Type::string, false));
  builder.link_count("Device.Profiles", "Device.Profile.{i}.");
  builder.link_count("Device.Profile.{i}.Lines", "Device.Profile.{i}.Line.{i}.");
  builder.link_limit("Device.Profile.{i}.Line.{i}.", "Device.MaxLines");
  return builder;
}

inline std::shared_ptr<const Schema> small_schema() {
  auto built = small_builder().build();
  REQUIRE(built.has_value());
  return *built;
}

// A device of its own for each test.
struct SmallDevice {
  std::shared_ptr<const Schema> schema = small_schema();
  Delta delta;
  FixedSurroundings around;
  Model model{*schema, delta, around};

  [[nodiscard]] Key key(std::string_view path) const {
    const auto place = model.find(path);
    REQUIRE_MESSAGE(place.has_value(), std::string(path));
    return place->key;
  }
  [[nodiscard]] std::string value(std::string_view path) const { return model.value(key(path)); }
  [[nodiscard]] std::vector<std::string> paths_below(std::string_view path, bool deep = true) const {
    std::vector<std::string> out;
    const auto from = model.find(path);
    REQUIRE(from.has_value());
    const auto visit = [&](const Model::Visit& v) { out.emplace_back(v.path); };
    if (deep) {
      model.walk(*from, visit);
    } else {
      model.children(*from, visit);
    }
    return out;
  }
};

}  // namespace cpefleet::datamodel::test
