// SPDX-License-Identifier: Apache-2.0
#include "base/url.hpp"
#include "scenario/loading.hpp"

namespace cpefleet::scenario {
namespace {

constexpr std::string_view kBuiltin = "builtin";

void read_template(yaml::MapReader& reader, const yaml::Node& node, std::string_view key, bool secret, Written& out,
                   Loading& loading) {
  if (const auto text = reader.optional_string(key)) compile(*text, node.find(key)->where(), secret, out, loading);
}

}  // namespace

void compile(std::string_view text, Location where, bool secret, Written& out, Loading& loading) {
  Result<Template> compiled = Template::compile(text);
  if (compiled) {
    out = {std::move(*compiled), std::move(where)};
  } else if (secret) {
    loading.wrong(std::move(where), "not a template; write {{ and }} for braces");
  } else {
    loading.wrong(std::move(where), compiled.error().message());
  }
}

void read_acs(const yaml::Node& node, Loading& loading) {
  yaml::MapReader reader(node, "`acs`", loading.diagnostics, keys_of("acs"));
  if (loading.overrides.acs_url) {
    (void)reader.optional_string("url");
  } else {
    read_template(reader, node, "url", false, loading.acs_url, loading);
  }
  read_template(reader, node, "username", false, loading.acs_username, loading);
  read_template(reader, node, "password", true, loading.acs_password, loading);
  if (const yaml::Node* tls = reader.optional("tls")) read_tls(*tls, loading);
  loading.plan.acs.cwmp_1_1 = reader.optional_choice("cwmp", kCwmpWords).value_or(0) == 1;
  reader.finish();
}

void apply_acs_overrides(Loading& loading) {
  const Overrides& over = loading.overrides;
  Acs& acs = loading.plan.acs;
  if (over.acs_url) compile(*over.acs_url, {"--acs", 0, 0}, false, loading.acs_url, loading);
  if (over.acs_username) compile(*over.acs_username, {"--acs-username", 0, 0}, false, loading.acs_username, loading);
  if (over.acs_password) compile(*over.acs_password, {"--acs-password", 0, 0}, true, loading.acs_password, loading);
  if (over.tls_ca) acs.tls.ca_file = *over.tls_ca;
  if (over.tls_insecure) acs.tls.verify = false;

  const std::string& url = loading.acs_url.text.text();
  acs.builtin = url.empty() || url == kBuiltin;
  if (acs.builtin) {
    loading.acs_url = {};
    return;
  }
  acs.url = url;
  if (!loading.acs_url.text.names().empty()) return;  // looked at when a device is known
  std::string literal;
  loading.acs_url.text.expand([](std::string_view, std::string&) { return false; }, literal);
  const Result<Url> parsed = parse_url(literal);
  if (!parsed) loading.wrong(loading.acs_url.where, "`url`: " + parsed.error().message());
}

}  // namespace cpefleet::scenario
