// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>
#include <cstdio>
#include <string>

#include "datamodel/model.hpp"
#include "profile/profile.hpp"

// The data model of a gxp2170: what a lookup costs, and a GetParameterValues of everything without its SOAP.
namespace {

using namespace cpefleet;
using namespace cpefleet::datamodel;

class FixedSurroundings final : public Surroundings {
 public:
  void expand(std::string_view identity_template, std::string& out) const override { out += identity_template; }
  [[nodiscard]] std::uint64_t up_time_seconds() const override { return 123'456; }
  void append_local_time(std::string& out) const override { out += "2026-11-23T01:02:03Z"; }
  [[nodiscard]] datamodel::GeneratorInput generator_input(const datamodel::Key& /*parameter*/) const override {
    return {};
  }
};

std::shared_ptr<const Schema> gxp2170() {
  static const auto kSchema = [] {
    profile::Loader loader({CPEFLEET_SOURCE_DIR "/profiles"});
    Diagnostics diagnostics;
    const auto loaded = loader.load("gxp2170", diagnostics);
    if (!loaded) std::fputs(diagnostics.text().c_str(), stderr);
    return loaded ? loaded->firmware[loaded->default_firmware].schema : nullptr;
  }();
  return kSchema;
}

// Writes `entries` parameters, spread over the model.
Delta written(const Schema& schema, const Surroundings& around, std::size_t entries) {
  Delta delta;
  Model model(schema, delta, around);
  std::vector<Key> all;
  model.walk(*model.find(""), [&](const Model::Visit& visit) {
    if (visit.node->kind == NodeKind::parameter && visit.node->source == Source::text) all.push_back(visit.place->key);
  });
  for (std::size_t i = 0; i < entries; ++i) model.store(all[i * all.size() / entries], "written by the ACS");
  return delta;
}

void find_deep_path(benchmark::State& state) {
  const auto schema = gxp2170();
  if (!schema) return state.SkipWithError("no profile");
  const FixedSurroundings around;
  Delta delta;
  const Model model(*schema, delta, around);
  for (auto _ : state)
    benchmark::DoNotOptimize(model.find("Device.Services.VoiceService.1.VoiceProfile.5.Line.1.Codec.List.7.Priority"));
}
BENCHMARK(find_deep_path);

void read_whole_model(benchmark::State& state) {
  const auto schema = gxp2170();
  if (!schema) return state.SkipWithError("no profile");
  const FixedSurroundings around;
  Delta delta = written(*schema, around, static_cast<std::size_t>(state.range(0)));
  std::string out;
  std::int64_t parameters = 0;
  for (auto _ : state) {
    const Model model(*schema, delta, around);
    parameters = 0;
    out.clear();
    model.walk(*model.find(""), [&](const Model::Visit& visit) {
      if (visit.node->kind != NodeKind::parameter) return;
      out += visit.path;
      model.append_value(visit.place->key, out);
      ++parameters;
    });
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["parameters"] = static_cast<double>(parameters);
  state.counters["delta_bytes"] = static_cast<double>(delta.heap_bytes());
}
BENCHMARK(read_whole_model)->Arg(0)->Arg(20)->Arg(500)->Unit(benchmark::kMicrosecond);

void store_ten_values(benchmark::State& state) {
  const auto schema = gxp2170();
  if (!schema) return state.SkipWithError("no profile");
  const FixedSurroundings around;
  for (auto _ : state) benchmark::DoNotOptimize(written(*schema, around, 10).heap_bytes());
}
BENCHMARK(store_ten_values)->Unit(benchmark::kMicrosecond);

}  // namespace
