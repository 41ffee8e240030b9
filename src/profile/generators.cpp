// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <fmt/format.h>

#include "base/text.hpp"
#include "profile/model_editor.hpp"

// Values that change by themselves:
//   generate: { kind: counter, every: 10s, by: 40..60 }
//   generate: { kind: choice, every: 5m, of: [Up, Error] }
//   generate: { kind: walk, every: 30s, range: 0..100, step: 5 }
namespace cpefleet::profile {

using datamodel::Generator;

std::shared_ptr<const datamodel::Generator> ModelEditor::read_generator(const yaml::Node& map, const SetPath& path) {
  static constexpr std::array<std::string_view, 3> kKinds{"counter", "choice", "walk"};
  yaml::MapReader reader(map, "`generate`", *diagnostics_);
  if (!reader.is_map()) return nullptr;
  const auto mistakes = diagnostics_->size();
  auto made = std::make_shared<Generator>();
  if (!reader.has("kind")) reader.wrong("kind", "say which: counter, choice or walk");
  const auto kind = reader.optional_choice("kind", kKinds);
  if (!kind) return nullptr;  // what else may stand there depends on it
  made->kind = static_cast<Generator::Kind>(*kind);
  made->every = reader.optional_duration("every").value_or(std::chrono::minutes{1});
  if (made->every < std::chrono::milliseconds{1}) reader.wrong("every", "must be 1ms at least");

  const auto range = [&](std::string_view key) {
    const auto text = reader.required_string(key);
    const auto parsed = parse_range(text);
    if (!text.empty() && !parsed) reader.wrong(key, parsed.error().message());
    if (!parsed) return;
    constexpr std::int64_t kMost = std::int64_t{1} << 32;
    if (parsed->min < -kMost || parsed->max > kMost) return reader.wrong(key, "give both ends, within 32 bits");
    made->min = parsed->min;
    made->max = parsed->max;
  };
  const auto check = [&](std::string text) { values_.push_back({path.schema_path, std::move(text), map.where()}); };
  switch (made->kind) {
    case Generator::Kind::counter:
      range("by");
      if (made->min < 0) reader.wrong("by", "a counter only grows");
      check("0");
      break;
    case Generator::Kind::choice:
      for (const auto* value : reader.optional_texts("of")) {
        made->values.push_back(value->text());
        check(value->text());
      }
      if (made->values.empty()) reader.wrong("of", "name the values to choose from");
      break;
    case Generator::Kind::walk:
      range("range");
      made->step = static_cast<std::int64_t>(reader.optional_uint("step", 1, UINT32_MAX).value_or(1));
      check(std::to_string(made->min));
      check(std::to_string(made->max));
      break;
  }
  reader.finish();
  return diagnostics_->size() == mistakes ? made : nullptr;
}

}  // namespace cpefleet::profile
