// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "integration/tr111/udp_port.hpp"

namespace cpefleet::tr111::test {

// Three network namespaces without names, gone with this object: a device (10.77.0.2), a router that translates to
// 203.0.113.1 with ports at random, and a server (203.0.113.2). Nothing of the machine's own network is touched.
class KernelNat {
 public:
  // Nothing when it cannot be made here, and why in `reason`.
  [[nodiscard]] static std::optional<KernelNat> make(std::string& reason);
  KernelNat(KernelNat&& other) noexcept;
  KernelNat& operator=(KernelNat&&) = delete;
  ~KernelNat();

  [[nodiscard]] UdpPort device_port() const;
  [[nodiscard]] UdpPort server_port() const;
  // On a thread that is in one of them, and so are the threads it starts.
  void in_device(const std::function<void()>& what) const;
  void in_server(const std::function<void()>& what) const;
  // The router forgets every binding; false when this kernel has no way to say that.
  [[nodiscard]] bool forget_bindings() const;

 private:
  KernelNat() = default;
  int device_ = -1;  // namespaces, kept alive by these
  int router_ = -1;
  int server_ = -1;
};

}  // namespace cpefleet::tr111::test
