// SPDX-License-Identifier: Apache-2.0
#include "transport/responder.hpp"

#include <boost/asio/dispatch.hpp>

#include "transport/reply_slot.hpp"

namespace cpefleet::transport {

void Responder::operator()(ServerReply reply) const {
  if (!slot_ || slot_->given.exchange(true)) return;
  // The lock keeps the io_context alive until it has taken the reply. What runs inside resumes nobody at once: a
  // cancelled timer's coroutine goes on from the io_context.
  const std::lock_guard lock(slot_->gate->mutex);
  if (slot_->gate->io == nullptr) return;
  boost::asio::dispatch(*slot_->gate->io, [slot = slot_, reply = std::move(reply)]() mutable {
    slot->reply = std::move(reply);
    if (slot->waiting != nullptr) slot->waiting->cancel();
  });
}

}  // namespace cpefleet::transport
