// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <random>
#include <set>

#include "small_model.hpp"

using namespace cpefleet::datamodel;
using namespace cpefleet::datamodel::test;

namespace {

// The small model as a naive program would keep it: every path of every device, written out.
class Reference {
 public:
  Reference() {
    rows_["Device.Profile."] = {};
    rows_["Device.Hop."] = {};
    values_ = {{"Device.Serial", "<{serial}>"}, {"Device.UpTime", "77"}, {"Device.Clock", "2026-11-23T01:02:03+01:00"},
               {"Device.URL", "http://acs/"},   {"Device.Password", ""}, {"Device.MaxLines", "5"}};
    make_profile(1);
    make_profile(2);
    values_["Device.Profile.1.Name"] = "first";
    values_["Device.Profile.2.Name"] = "<{mac}>";
    values_["Device.Profile.2.Line.1.User"] = "second";
    make_line("Device.Profile.2.Line.", 3);
    values_["Device.Profile.2.Line.3.User"] = "both";
  }

  int add(const std::string& table) {
    if (table == "Device.Profile.") return make_profile(last_[table] + 1);
    if (lines() >= 5) return 0;
    return make_line(table, last_[table] + 1);
  }
  void remove(const std::string& table, int row) {
    const auto prefix = table + std::to_string(row) + '.';
    const auto below = [&](const auto& entry) { return entry.first.starts_with(prefix); };
    std::erase_if(values_, below);
    std::erase_if(rows_, below);
    std::erase_if(last_, below);
    rows_[table].erase(row);
  }
  void set(const std::string& path, const std::string& value) { values_[path] = value; }

  [[nodiscard]] std::map<std::string, std::string> all() const {
    auto out = values_;
    for (const auto& [table, rows] : rows_) {
      if (table == "Device.Profile.") out["Device.Profiles"] = std::to_string(rows.size());
      if (table.ends_with(".Line.")) out[table.substr(0, table.size() - 1) + 's'] = std::to_string(rows.size());
    }
    return out;
  }
  [[nodiscard]] const std::map<std::string, std::set<int>>& rows() const { return rows_; }

 private:
  [[nodiscard]] std::size_t lines() const {
    std::size_t count = 0;
    for (const auto& [table, rows] : rows_) count += table.ends_with(".Line.") ? rows.size() : 0;
    return count;
  }
  int make_profile(int row) {
    const auto path = "Device.Profile." + std::to_string(row) + '.';
    values_[path + "Name"] = "new";
    values_[path + "Reset"] = "0";
    rows_["Device.Profile."].insert(row);
    last_["Device.Profile."] = row;
    make_line(path + "Line.", 1);
    return row;
  }
  int make_line(const std::string& table, int row) {
    values_[table + std::to_string(row) + ".User"] = table == "Device.Profile.2.Line." ? "second"
                                                     : row == 3                        ? "three"
                                                                                       : "nobody";
    rows_[table].insert(row);
    last_[table] = row;
    return row;
  }

  std::map<std::string, std::string> values_;
  std::map<std::string, std::set<int>> rows_;
  std::map<std::string, int> last_;
};

std::map<std::string, std::string> read_all(const Model& model) {
  std::map<std::string, std::string> out;
  model.walk(*model.find(""), [&](const Model::Visit& visit) {
    if (visit.node->kind == NodeKind::parameter) out.emplace(visit.path, model.stored_value(visit.place->key));
  });
  return out;
}

template <class Container>
auto pick(const Container& from, std::mt19937& random) {
  return std::next(from.begin(), static_cast<std::ptrdiff_t>(random() % from.size()));
}

// One random change, to both. The delta outlives the model, as between two RPCs.
void change_something(Reference& reference, Model& model, std::mt19937& random) {
  static const std::vector<std::string> kWritable{"URL", "Password", "Name", "User"};
  static const std::vector<std::string> kValues{"",    "first",   "second",         "nobody",
                                                "new", "<{mac}>", "a longer value", "x"};
  const auto all = reference.all();
  if (random() % 3 != 0) {
    const auto path = pick(all, random)->first;
    if (std::find(kWritable.begin(), kWritable.end(), path.substr(path.rfind('.') + 1)) == kWritable.end()) return;
    const auto value = *pick(kValues, random);
    reference.set(path, value);
    model.store(model.find(path)->key, value);
    return;
  }
  const auto [table, rows] = *pick(reference.rows(), random);
  if (table == "Device.Hop.") return;
  if (rows.size() < 4 && random() % 2 == 0) {
    const auto added = model.add_row(model.find(table)->key);
    const int expected = reference.add(table);
    CHECK(added.instance == expected);
    CHECK(added.fault == (expected == 0 ? 9004 : 0));
  } else if (!rows.empty()) {
    const int row = *pick(rows, random);
    CHECK(model.delete_row(model.find(table + std::to_string(row) + '.')->key) == 0);
    reference.remove(table, row);
  }
}

}  // namespace

TEST_CASE("a delta over a schema is what a device with everything written out would be") {
  const auto schema = small_schema();
  const FixedSurroundings around;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Reference reference;
    Delta delta;
    for (int rpc = 0; rpc < 12; ++rpc) {
      Model model(*schema, delta, around);
      REQUIRE(read_all(model) == reference.all());
      for (auto changes = random() % 6; changes > 0; --changes) change_something(reference, model, random);
      REQUIRE(read_all(model) == reference.all());
    }
    Delta copy = delta.clone();
    REQUIRE(read_all(Model(*schema, copy, around)) == reference.all());
  }
}
