// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include "datamodel/model.hpp"
#include "datamodel/schema_builder.hpp"
#include "property.hpp"
#include "state/record.hpp"

namespace {

using cpefleet::fuzz::holds;
using namespace cpefleet::datamodel;

class NoSurroundings final : public Surroundings {
 public:
  void expand(std::string_view identity_template, std::string& out) const override { out += identity_template; }
  [[nodiscard]] std::uint64_t up_time_seconds() const override { return 0; }
  void append_local_time(std::string&) const override {}
  [[nodiscard]] GeneratorInput generator_input(const Key& /*parameter*/) const override { return {}; }
};

Node node(NodeKind kind, std::vector<FactoryRows> rows = {}) {
  Node made;
  made.kind = kind;
  made.writable = true;
  made.factory_rows = std::move(rows);
  return made;
}

std::shared_ptr<const Schema> make_schema() {
  SchemaBuilder builder;
  const auto add = [&](std::string_view path, Node made) {
    holds(builder.add(path, std::move(made)).has_value(), "the schema is not right");
  };
  add("D.U", node(NodeKind::parameter));
  add("D.N", node(NodeKind::parameter));
  add("D.P.{i}.", node(NodeKind::table, {{{}, {1, 2}}}));
  add("D.P.{i}.V", node(NodeKind::parameter));
  add("D.P.{i}.L.{i}.", node(NodeKind::table, {{{0}, {1}}}));
  add("D.P.{i}.L.{i}.V", node(NodeKind::parameter));
  builder.link_count("D.N", "D.P.{i}.");
  auto built = builder.build();
  holds(built.has_value(), "the schema is not right");
  return *built;
}

// A device goes on with whatever was read: everything can be seen, and written to.
void use(const Schema& schema, Delta& delta) {
  const NoSurroundings around;
  Model model(schema, delta, around);
  std::string all;
  model.walk(*model.find(""), [&](const Model::Visit& visit) {
    if (visit.node->kind != NodeKind::parameter) return;
    model.append_value(visit.place->key, all);
    holds(model.attributes(visit.place->key).notification <= 2, "a notification that there is not");
  });
  static_cast<void>(model.add_row(model.find("D.P.")->key));
  model.set_attributes(*model.find("D."), 1, std::nullopt);
  if (const auto row = model.find("D.P.1.")) static_cast<void>(model.delete_row(row->key));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto schema = make_schema();
  const auto bytes = cpefleet::fuzz::input(data, size);
  auto first = cpefleet::state::decode(bytes, *schema);
  if (!first) {
    holds(!first.error().message().empty(), "an error without words");
    return 0;
  }
  // What was read is written so that it reads back the same, and is then known altogether.
  const auto written = encode(first->record, *schema);
  const auto second = cpefleet::state::decode(written, *schema);
  holds(second.has_value(), "a written record does not read back");
  holds(second->dropped == 0, "a written record has entries that are dropped");
  holds(encode(second->record, *schema) == written, "a written record reads back as another");
  use(*schema, first->record.delta);
  return 0;
}
