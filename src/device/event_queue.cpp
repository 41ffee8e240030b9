// SPDX-License-Identifier: Apache-2.0
#include "device/event_queue.hpp"

#include <algorithm>
#include <array>

#include "cwmp/events.hpp"

namespace cpefleet::device {
namespace {

constexpr std::array<std::string_view, 11> kCodes = {cwmp::event::kBootstrap,
                                                     cwmp::event::kBoot,
                                                     cwmp::event::kPeriodic,
                                                     cwmp::event::kScheduled,
                                                     cwmp::event::kValueChange,
                                                     cwmp::event::kKicked,
                                                     cwmp::event::kConnectionRequest,
                                                     cwmp::event::kTransferComplete,
                                                     cwmp::event::kDiagnosticsComplete,
                                                     cwmp::event::kRequestDownload,
                                                     cwmp::event::kAutonomousTransferComplete};

constexpr std::uint16_t bit(SingleEvent e) { return static_cast<std::uint16_t>(e); }
constexpr std::uint16_t kLostAtReboot = bit(SingleEvent::boot) | bit(SingleEvent::value_change) |
                                        bit(SingleEvent::connection_request) | bit(SingleEvent::diagnostics_complete);

constexpr std::size_t kMaxEvents = 64;  // EventList of the XSD

}  // namespace

EventQueue::Many& EventQueue::many() {
  if (!many_) many_ = std::make_unique<Many>();
  return *many_;
}

void EventQueue::add(SingleEvent event) { waiting_ |= bit(event); }

void EventQueue::add(std::string_view code, std::string_view command_key) {
  for (std::size_t i = 0; i < kCodes.size(); ++i) {
    if (kCodes[i] == code) return add(static_cast<SingleEvent>(1u << i));
  }
  cwmp::Event event{std::string(code), std::string(command_key)};
  // A vendor event is taken as single: once, however often it happened.
  const bool multiple = code.substr(0, 2) == "M ";
  auto& waiting = many().waiting;
  if (!multiple && std::find(waiting.begin(), waiting.end(), event) != waiting.end()) return;
  waiting.push_back(std::move(event));
}

void EventQueue::bootstrap() {
  clear();
  add(SingleEvent::bootstrap);
}

bool EventQueue::empty() const { return waiting_ == 0 && (!many_ || many_->waiting.empty()); }

std::vector<cwmp::Event> EventQueue::take() {
  std::vector<cwmp::Event> out;
  in_flight_ |= waiting_;
  waiting_ = 0;
  for (std::size_t i = 0; i < kCodes.size(); ++i) {
    if ((in_flight_ & (1u << i)) != 0) out.push_back({std::string(kCodes[i]), {}});
  }
  if (many_) {
    auto& waiting = many_->waiting;
    const auto room = kMaxEvents - out.size() - std::min(kMaxEvents - out.size(), many_->in_flight.size());
    const auto n = std::min(room, waiting.size());
    const auto end = waiting.begin() + static_cast<std::ptrdiff_t>(n);
    many_->in_flight.insert(many_->in_flight.end(), std::make_move_iterator(waiting.begin()),
                            std::make_move_iterator(end));
    waiting.erase(waiting.begin(), end);
    out.insert(out.end(), many_->in_flight.begin(), many_->in_flight.end());
  }
  return out;
}

void EventQueue::delivered() {
  in_flight_ = 0;
  if (!many_) return;
  many_->in_flight.clear();
  if (many_->waiting.empty()) many_.reset();
}

void EventQueue::failed() {
  waiting_ |= static_cast<std::uint16_t>(in_flight_ & ~bit(SingleEvent::connection_request));
  in_flight_ = 0;
  if (!many_) return;
  many_->waiting.insert(many_->waiting.begin(), std::make_move_iterator(many_->in_flight.begin()),
                        std::make_move_iterator(many_->in_flight.end()));
  many_->in_flight.clear();
}

void EventQueue::rebooted() {
  failed();
  waiting_ &= static_cast<std::uint16_t>(~kLostAtReboot);
}

void EventQueue::clear() {
  waiting_ = in_flight_ = 0;
  many_.reset();
}

EventQueue::Undelivered EventQueue::undelivered() const {
  Undelivered out;
  out.single = static_cast<std::uint16_t>((waiting_ | in_flight_) & ~bit(SingleEvent::connection_request));
  if (many_) {
    out.named = many_->in_flight;
    out.named.insert(out.named.end(), many_->waiting.begin(), many_->waiting.end());
  }
  return out;
}

void EventQueue::restore(Undelivered events) {
  clear();
  waiting_ = static_cast<std::uint16_t>(events.single & ((1u << kCodes.size()) - 1));
  if (!events.named.empty()) many().waiting = std::move(events.named);
}

bool EventQueue::has(SingleEvent event) const { return ((waiting_ | in_flight_) & bit(event)) != 0; }

std::size_t EventQueue::heap_bytes() const {
  if (!many_) return 0;
  std::size_t n = sizeof(Many);
  for (const auto* list : {&many_->waiting, &many_->in_flight}) n += list->capacity() * sizeof(cwmp::Event);
  return n;
}

}  // namespace cpefleet::device
