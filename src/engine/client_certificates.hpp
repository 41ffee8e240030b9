// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/lru_map.hpp"
#include "base/result.hpp"
#include "scenario/plan.hpp"
#include "transport/client_identity.hpp"

namespace cpefleet::engine {

// Where the client certificates of a plan come from (`acs.tls.client_*`). What all devices share is read and checked when
// it is opened: the authority, a certificate file without places. Immutable; one for all shards, used from all threads.
class CertificateSource {
 public:
  using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

  // Null when the devices have none. The error names the file.
  [[nodiscard]] static Result<std::shared_ptr<const CertificateSource>> open(std::shared_ptr<const scenario::Plan> plan,
                                                                             ReadFile read_file);

  CertificateSource(std::shared_ptr<const scenario::Plan> plan, ReadFile read_file)
      : plan_(std::move(plan)), read_file_(std::move(read_file)) {}

  // The one certificate of all devices; null when each has its own.
  [[nodiscard]] const std::shared_ptr<const transport::ClientIdentity>& common() const { return common_; }
  // Reads or makes the device's own. The error names the file.
  [[nodiscard]] Result<std::shared_ptr<const transport::ClientIdentity>> make(const journal::DeviceRef& device) const;

 private:
  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<std::string> read(const std::string& path) const;
  [[nodiscard]] Result<std::shared_ptr<const transport::ClientIdentity>> from_files(const std::string& certificate,
                                                                                    const std::string& key) const;

  std::shared_ptr<const scenario::Plan> plan_;
  ReadFile read_file_;
  std::shared_ptr<const transport::ClientIdentity> common_;
  std::shared_ptr<const transport::TestAuthority> authority_;
};

// The certificates of one shard's devices; the `capacity` used last are kept (some 4 KiB each). Thread: the shard.
class ClientCertificates final : public transport::ClientIdentities {
 public:
  static constexpr std::size_t kKept = 4096;

  explicit ClientCertificates(std::shared_ptr<const CertificateSource> source, std::size_t capacity = kKept)
      : source_(std::move(source)), kept_(capacity) {}
  [[nodiscard]] Result<std::shared_ptr<const transport::ClientIdentity>> of(const journal::DeviceRef& device) override;

 private:
  std::shared_ptr<const CertificateSource> source_;
  LruMap<std::uint64_t, std::shared_ptr<const transport::ClientIdentity>> kept_;
};

}  // namespace cpefleet::engine
