// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "profile/files.hpp"
#include "profile/model_editor.hpp"
#include "profile/profile.hpp"
#include "yaml/map_reader.hpp"

namespace cpefleet::profile {

// Compiles one profile: the file and what it extends, the most general first. Used once.
class Compiler {
 public:
  Compiler(SearchPath search, Diagnostics& diagnostics)
      : search_(std::move(search)), diagnostics_(diagnostics), editor_(diagnostics) {}

  // Null when there was a mistake.
  [[nodiscard]] std::shared_ptr<const Profile> compile(const std::string& file);

 private:
  struct Document {
    std::string file;
    yaml::Node root;
  };

  // The file and those it extends; false when one cannot be read.
  bool read_chain(const std::string& file);
  void apply(const Document& document, bool last);
  void read_identity(const yaml::Node& map);
  void read_cwmp(const yaml::Node& map);
  void read_voice(const yaml::Node& map);
  void read_diagnostics(const yaml::Node& map);
  void read_methods(const yaml::Node& map);
  void read_transfers(const yaml::Node& map);
  void read_provisioning(const yaml::Node& map);
  void read_datamodel(const yaml::Node& map, const Document& document);
  void read_standard(const yaml::Node& list, const yaml::Node* include, const Document& document);
  void read_import(const yaml::Node& list, const Document& document);
  void read_quirks(const yaml::Node& list, const Document& document);
  [[nodiscard]] PValue read_setting(const yaml::Node& key, const yaml::Node& value, std::string origin);
  void read_pvalues(const yaml::Node& map);
  void read_config(const yaml::Node& map);
  void read_config_values(const yaml::Node& list);
  void read_written(const yaml::Node& path, const yaml::Node& written);
  void read_config_names(const yaml::Node& map);
  void compile_firmware();
  void compile_one_firmware(const yaml::Node& key, const yaml::Node& value);
  void choose_default_firmware();
  void edit(ModelEditor& editor, yaml::MapReader& reader);
  [[nodiscard]] std::string read_template(yaml::MapReader& reader, std::string_view key, std::string before);
  [[nodiscard]] std::optional<Csv> read_table(std::string_view name, const std::vector<std::string_view>& columns,
                                              const Location& where, const std::string& from);

  SearchPath search_;
  Diagnostics& diagnostics_;
  ModelEditor editor_;
  Profile profile_;
  std::vector<std::unique_ptr<Document>> chain_;  // the most general first
  const yaml::Node* firmware_ = nullptr;
  const yaml::Node* default_firmware_ = nullptr;
  // Read once the whole chain's identity is known, the most general first.
  std::vector<std::pair<const Document*, const yaml::Node*>> datamodels_;
  std::vector<const yaml::Node*> pvalues_;  // checked against the complete model
  std::vector<const yaml::Node*> configs_;  // and read behind all P-values
};

}  // namespace cpefleet::profile
