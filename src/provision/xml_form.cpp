// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/text.hpp"
#include "provision/forms.hpp"
#include "xml/document.hpp"

namespace cpefleet::provision {
namespace {

using profile::ConfigForm;
using xml::Element;

// gs_provision, config, item, part; with room for what a device ignores.
constexpr xml::Limits kLimits{kMaxFileBytes, 8, 4 * kMaxEntries};

Result<void> add_leaf(ConfigFile& file, std::string_view key, Element leaf) {
  if (leaf.first_child()) return failure(fmt::format("{} holds elements instead of a value", excerpt(key)));
  return add_entry(file, key, std::string(leaf.text()), 0);
}

// `<item name="tr069.url">value</item>`, or parts that go on with the item's name.
Result<void> add_item(ConfigFile& file, std::string_view name, Element item) {
  if (!item.first_child()) return add_leaf(file, name, item);
  for (Element part = item.first_child(); part; part = part.next_sibling()) {
    bool named = false;
    const auto rest = part.attribute("name", &named);
    if (part.local_name() != "part" || !named)
      return failure(fmt::format("item {} holds <{}>: only <part name=\"...\"> can be there", excerpt(name),
                                 excerpt(part.name())));
    if (auto added = add_leaf(file, fmt::format("{}.{}", name, rest), part); !added) return added;
  }
  return {};
}

Result<void> read_config(ConfigFile& file, Element config) {
  bool given = false;
  const auto version = trim(config.attribute("version", &given));
  if (given && version != "1" && version != "2")
    return failure(fmt::format("<config version=\"{}\">: this program reads 1 and 2", excerpt(version)));
  file.form = version == "2" ? ConfigForm::xml2 : ConfigForm::xml1;
  for (Element element = config.first_child(); element; element = element.next_sibling()) {
    bool named = false;
    const auto name = element.attribute("name", &named);
    auto added = element.local_name() == "item" && named ? add_item(file, name, element)
                                                         : add_leaf(file, element.local_name(), element);
    if (!added) return added;
  }
  return {};
}

}  // namespace

Result<ConfigFile> parse_xml(std::string_view bytes) {
  const auto document = xml::Document::parse(std::string(bytes), kLimits);
  if (!document) return failure(fmt::format("a configuration file in XML: {}", document.error().message()));
  if (document->ill_formed_utf8()) return failure("a configuration file in XML that is not UTF-8");
  const auto root = document->root();
  if (root.local_name() != "gs_provision")
    return failure(fmt::format("no configuration file: its root is <{}>, not <gs_provision>", excerpt(root.name())));
  bool given = false;
  if (const auto version = trim(root.attribute("version", &given)); given && version != "1")
    return failure(fmt::format("<gs_provision version=\"{}\">: this program reads 1", excerpt(version)));

  ConfigFile file;
  Element config;
  for (Element element = root.first_child(); element; element = element.next_sibling()) {
    if (element.local_name() == "mac" && !trim(element.text()).empty()) {
      file.mac = plain_mac(element.text());
      if (file.mac.empty())
        return failure(fmt::format("<mac>: \"{}\" is no MAC address", excerpt(trim(element.text()))));
    }
    if (element.local_name() != "config") continue;
    if (config) return failure("<gs_provision> holds more than one <config>");
    config = element;
  }
  if (!config) return failure("<gs_provision> holds no <config>");
  if (auto read = read_config(file, config); !read) return tl::unexpected<Error>(read.error());
  return file;
}

}  // namespace cpefleet::provision
