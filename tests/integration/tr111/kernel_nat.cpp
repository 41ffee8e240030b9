// SPDX-License-Identifier: Apache-2.0
#include "integration/tr111/kernel_nat.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fstream>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace cpefleet::tr111::test {
namespace {

// A namespace belongs to a thread, and to the commands that thread starts.
void inside(int name_space, const std::function<void()>& what) {
  std::thread([&] {
    if (setns(name_space, CLONE_NEWNET) == 0) what();
  }).join();
}

int new_namespace() {
  int out = -1;
  std::thread([&out] {
    if (unshare(CLONE_NEWNET) == 0) out = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  }).join();
  return out;
}

std::string path_of(int name_space) {
  return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(name_space);
}

// False when a command failed. Root's tools may not be in the path of a test.
bool run(int name_space, const std::string& commands) {
  int status = -1;
  inside(name_space, [&] {
    const std::string script = "set -e; PATH=$PATH:/usr/sbin:/sbin; exec >/dev/null 2>&1; " + commands;
    status = std::system(script.c_str());  // NOLINT(concurrency-mt-unsafe): one thread at a time
  });
  return status == 0;
}

bool forward(int name_space) {
  bool done = false;
  inside(name_space, [&] {
    std::ofstream file("/proc/sys/net/ipv4/ip_forward");
    done = static_cast<bool>(file << 1 << std::flush);
  });
  return done;
}

Endpoint any_port_of(const char* address) { return parse_endpoint(address, 0).value(); }

UdpPort port_in(int name_space, const char* address) {
  std::optional<UdpPort> out;
  inside(name_space, [&] { out.emplace(any_port_of(address)); });
  REQUIRE(out);
  return std::move(*out);
}

}  // namespace

std::optional<KernelNat> KernelNat::make(std::string& reason) {
  KernelNat nat;
  for (int* name_space : {&nat.device_, &nat.router_, &nat.server_}) {
    *name_space = new_namespace();
    if (*name_space >= 0) continue;
    reason = "may not make network namespaces here";
    return std::nullopt;
  }
  const bool links =
      run(nat.router_, "ip link set lo up; ip link add name lan0 type veth peer name eth0 netns " +
                           path_of(nat.device_) + "; ip link add name wan0 type veth peer name eth0 netns " +
                           path_of(nat.server_) +
                           "; ip addr add 10.77.0.1/24 dev lan0; ip addr add 203.0.113.1/24 dev wan0"
                           "; ip link set lan0 up; ip link set wan0 up") &&
      run(nat.device_, "ip addr add 10.77.0.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.77.0.1") &&
      run(nat.server_, "ip addr add 203.0.113.2/24 dev eth0; ip link set eth0 up") && forward(nat.router_);
  if (!links) {
    reason = "cannot make pairs of interfaces with `ip` (package iproute2)";
    return std::nullopt;
  }
  if (!run(nat.router_,
           "nft add table ip nat; "
           "nft 'add chain ip nat post { type nat hook postrouting priority 100 ; }'; "
           "nft add rule ip nat post oifname wan0 masquerade random")) {
    reason = "cannot make a NAT with `nft` (package nftables)";
    return std::nullopt;
  }
  return nat;
}

KernelNat::KernelNat(KernelNat&& other) noexcept
    : device_(std::exchange(other.device_, -1)),
      router_(std::exchange(other.router_, -1)),
      server_(std::exchange(other.server_, -1)) {}

KernelNat::~KernelNat() {
  for (const int name_space : {device_, router_, server_})
    if (name_space >= 0) close(name_space);
}

UdpPort KernelNat::device_port() const { return port_in(device_, "10.77.0.2"); }

UdpPort KernelNat::server_port() const { return port_in(server_, "203.0.113.2"); }

void KernelNat::in_device(const std::function<void()>& what) const { inside(device_, what); }

void KernelNat::in_server(const std::function<void()>& what) const { inside(server_, what); }

bool KernelNat::forget_bindings() const {
  struct {
    nlmsghdr header;
    nfgenmsg message;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  request.message.nfgen_family = AF_UNSPEC;
  request.message.version = NFNETLINK_V0;
  bool done = false;
  inside(router_, [&] {
    const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    struct {
      nlmsghdr header;
      nlmsgerr error;
    } reply{};
    if (fd >= 0 && send(fd, &request, sizeof request, 0) == ssize_t{sizeof request} &&
        recv(fd, &reply, sizeof reply, 0) >= ssize_t{NLMSG_HDRLEN + sizeof(int)})
      done = reply.header.nlmsg_type == NLMSG_ERROR && reply.error.error == 0;
    if (fd >= 0) close(fd);
  });
  return done;
}

}  // namespace cpefleet::tr111::test
