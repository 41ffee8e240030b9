// SPDX-License-Identifier: Apache-2.0
#include "scenario/loading.hpp"

namespace cpefleet::scenario {
namespace {

constexpr std::string_view kDefaultSubject = "{serial}";

// As the text of a template in which nothing is a place.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '{' || c == '}') out += c;
  }
  return out;
}

class TlsReader {
 public:
  TlsReader(const yaml::Node& node, Loading& loading)
      : node_(node), loading_(loading), reader_(node, "`tls`", loading.diagnostics, keys_of("tls")) {}

  void read() {
    Tls& tls = loading_.plan.acs.tls;
    tls.ca_file = read_file("ca", loading_.overrides.tls_ca.has_value());
    tls.verify = reader_.optional_bool("verify").value_or(true);
    if (const auto word = reader_.optional_choice("min_version", kTlsVersionWords)) {
      tls.min_version = static_cast<TlsVersion>(*word + 1);
    }
    tls.resume = reader_.optional_count("resume").value_or(0);
    read_path("client_cert", loading_.client_cert);
    read_path("client_key", loading_.client_key);
    tls.client_ca = read_file("client_ca", false);
    tls.client_ca_key = read_file("client_ca_key", false);
    read_subject(reader_.optional_string("client_subject"));
    tls.client_cert = loading_.client_cert.text;
    tls.client_key = loading_.client_key.text;
    tls.client_subject = loading_.client_subject.text;
    check_company();
    for (const std::string_view key : {"client_cert", "client_ca"}) {
      if (reader_.has(key)) tls.client_where = node_.find(key)->where();
    }
    reader_.finish();
  }

 private:
  // "" when it is not given; `unused`: what is wrong with it does not matter.
  std::string read_file(std::string_view key, bool unused) {
    const auto text = reader_.optional_string(key);
    if (!text) return {};
    std::string path = loading_.resolve(*text);
    if (!unused) check_readable(key, path);
    return path;
  }

  void check_readable(std::string_view key, const std::string& path) {
    const World& world = loading_.world;
    if (world.read_file && !world.read_file(path)) reader_.wrong(key, "the file " + path + " cannot be read");
  }

  // A path with places is looked at when a device is known.
  void read_path(std::string_view key, Written& out) {
    const auto text = reader_.optional_string(key);
    if (!text) return;
    if (text->empty()) return reader_.wrong(key, "must not be empty");
    const std::string directory = text->front() == '/' ? std::string() : escaped(loading_.directory);
    compile(directory + *text, node_.find(key)->where(), false, out, loading_);
    refuse_password(key, out);
    if (out.text.text().empty() || !out.text.names().empty()) return;
    std::string path;
    out.text.expand([](std::string_view, std::string&) { return false; }, path);
    check_readable(key, path);
  }

  void read_subject(const std::optional<std::string>& text) {
    if (!text) return compile(kDefaultSubject, node_.where(), false, loading_.client_subject, loading_);
    if (text->empty()) return reader_.wrong("client_subject", "must not be empty");
    compile(*text, node_.find("client_subject")->where(), false, loading_.client_subject, loading_);
    refuse_password("client_subject", loading_.client_subject);
  }

  // Paths are in error messages, subjects in the logs of servers.
  void refuse_password(std::string_view key, const Written& written) {
    for (const std::string_view name : written.text.names()) {
      if (name == "acs_password") reader_.wrong(key, "would show the password");
    }
  }

  void check_company() {
    const auto needs = [this](std::string_view key, std::string_view other) {
      if (reader_.has(key) && !reader_.has(other))
        reader_.wrong(key, "means nothing without `" + std::string(other) + "`");
    };
    needs("client_key", "client_cert");
    needs("client_ca_key", "client_ca");
    needs("client_subject", "client_ca");
    if (reader_.has("client_cert") && reader_.has("client_ca")) {
      reader_.wrong("client_ca", "a device has one certificate: give `client_cert` or `client_ca`, not both");
    }
  }

  const yaml::Node& node_;
  Loading& loading_;
  yaml::MapReader reader_;
};

}  // namespace

void read_tls(const yaml::Node& node, Loading& loading) { TlsReader(node, loading).read(); }

}  // namespace cpefleet::scenario
