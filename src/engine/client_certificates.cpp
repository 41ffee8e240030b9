// SPDX-License-Identifier: Apache-2.0
#include "engine/client_certificates.hpp"

#include <fmt/format.h>
#include <utility>

namespace cpefleet::engine {
namespace {

using transport::ClientIdentity;
using Identity = Result<std::shared_ptr<const ClientIdentity>>;

bool is_set(const Template& text) { return !text.text().empty(); }

std::string without_places(const Template& text) {
  std::string out;
  text.expand([](std::string_view, std::string&) { return false; }, out);
  return out;
}

}  // namespace

Result<std::shared_ptr<const CertificateSource>> CertificateSource::open(std::shared_ptr<const scenario::Plan> plan,
                                                                         ReadFile read_file) {
  const scenario::Tls& tls = plan->acs.tls;
  if (!is_set(tls.client_cert) && tls.client_ca.empty()) return nullptr;
  auto source = std::make_shared<CertificateSource>(std::move(plan), std::move(read_file));
  if (auto loaded = source->load(); !loaded) return tl::unexpected(loaded.error());
  return source;
}

Result<void> CertificateSource::load() {
  const scenario::Tls& tls = plan_->acs.tls;
  if (!tls.client_ca.empty()) {
    const std::string& key_file = tls.client_ca_key.empty() ? tls.client_ca : tls.client_ca_key;
    const auto certificate = read(tls.client_ca);
    if (!certificate) return tl::unexpected(certificate.error());
    const auto key = read(key_file);
    if (!key) return tl::unexpected(key.error());
    auto authority = transport::TestAuthority::open({*certificate, tls.client_ca}, {*key, key_file});
    if (!authority) return tl::unexpected(authority.error());
    authority_ = std::move(*authority);
    return {};
  }
  if (!tls.client_cert.names().empty() || !tls.client_key.names().empty()) return {};
  auto common = from_files(without_places(tls.client_cert), without_places(tls.client_key));
  if (!common) return tl::unexpected(common.error());
  common_ = std::move(*common);
  return {};
}

Result<std::string> CertificateSource::read(const std::string& path) const {
  auto text = read_file_(path);
  if (!text) return failure(fmt::format("the file {} cannot be read", path));
  return std::move(*text);
}

Identity CertificateSource::from_files(const std::string& certificate, const std::string& key) const {
  const auto certificate_text = read(certificate);
  if (!certificate_text) return tl::unexpected(certificate_text.error());
  if (key.empty()) return ClientIdentity::parse({*certificate_text, certificate}, {*certificate_text, certificate});
  const auto key_text = read(key);
  if (!key_text) return tl::unexpected(key_text.error());
  return ClientIdentity::parse({*certificate_text, certificate}, {*key_text, key});
}

Identity CertificateSource::make(const journal::DeviceRef& device) const {
  if (common_) return common_;
  const scenario::Tls& tls = plan_->acs.tls;
  const fleet::Group& group = *plan_->fleet[device.group].group;
  if (authority_) {
    transport::TestAuthority::Subject subject;
    group.expand(tls.client_subject, device.index, subject.common_name);
    group.append_place("manufacturer", device.index, subject.organization);
    return authority_->issue(subject);
  }
  std::string certificate;
  std::string key;
  group.expand(tls.client_cert, device.index, certificate);
  group.expand(tls.client_key, device.index, key);
  return from_files(certificate, key);
}

Identity ClientCertificates::of(const journal::DeviceRef& device) {
  if (source_->common()) return source_->common();
  const std::uint64_t key = (std::uint64_t{device.group} << 32) | device.index;
  if (const auto* kept = kept_.find(key)) return *kept;
  auto made = source_->make(device);
  if (made) kept_.put(key, *made);
  return made;
}

}  // namespace cpefleet::engine
