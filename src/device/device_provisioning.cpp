// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "device/lens.hpp"
#include "device/surroundings.hpp"
#include "device/transfers.hpp"
#include "provision/config_file.hpp"

// A device from the factory asks its provisioning server (the vendor's redirection service, or an operator's own) for its
// configuration file, and takes from it where its ACS is and what it is called there.
namespace cpefleet::device {
namespace {

const std::vector<std::string>& files(const Context& context) {
  const auto& own = context.group.files.provisioning_files;
  return own.empty() ? context.group.profile->provisioning.files : own;
}

}  // namespace

std::string Device::expanded(const Context& context, std::string_view identity_template) const {
  std::string out;
  DeviceSurroundings(context, index_, booted_at_, this).expand(identity_template, out);
  return out;
}

void Device::begin_provisioning(const Context& context) {
  if (provisioned_ || context.group.files.provisioning_server.empty() || files(context).empty()) return;
  extra().provisioning = std::make_unique<ProvisioningFetch>();
  extra_->provisioning->due = context.clock.now();
}

std::optional<TransferOrder> Device::take_provisioning(const Context& context) {
  auto& fetch = *extra_->provisioning;
  if (fetch.run != 0 || fetch.due > context.clock.now()) return std::nullopt;
  TransferOrder order;
  order.run = fetch.run = ++attempts_;
  order.what = TransferOrder::What::provisioning;
  order.url = context.group.files.provisioning_server;
  order.url += expanded(context, files(context)[fetch.next]);
  order.max_bytes = order.keep_bytes = provision::kMaxFileBytes;
  order.speed = context.group.files.speed;
  return order;
}

// A file that is not there: the next one of the list. A server that does not answer is asked again at the next boot, and a
// file that cannot be read is as good as none; the device goes on with the ACS it has.
OwnTrigger Device::provisioning_ended(const Context& context, const TransferEnd& end) {
  using How = TransferEnd::How;
  auto& fetch = *extra_->provisioning;
  fetch.run = 0;
  if (end.how == How::not_found && fetch.next + 1 < files(context).size()) {
    ++fetch.next;
    fetch.due = context.clock.now();
    return OwnTrigger::none;
  }
  provisioned_ = end.how == How::done || end.how == How::not_found;
  extra_->provisioning.reset();
  if (end.how == How::done) static_cast<void>(take_configuration(context, end.kept));
  if (offline() || in_session_) return OwnTrigger::none;
  return waits_for_retry() || events_.empty() ? OwnTrigger::none : OwnTrigger::boot;
}

}  // namespace cpefleet::device
