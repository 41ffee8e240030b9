// SPDX-License-Identifier: Apache-2.0
// A device and its diagnostics: when they begin, what becomes of them, what is told of them.
#include "device/device.hpp"
#include "device/diagnostic_tests.hpp"
#include "device/lens.hpp"
#include "device/nat.hpp"

namespace cpefleet::device {

DiagnosticTests& Device::need_diagnostics(const Context& context) {
  auto& tests = extra().diagnostics;
  if (!tests) tests = std::make_unique<DiagnosticTests>(firmware(context).diagnostics);
  return *tests;
}

TimePoint Device::diagnostics_due() const {
  return extra_ && extra_->diagnostics ? extra_->diagnostics->next_due(in_session_) : kNever;
}

// Whether it is to be told of at once.
bool Device::diagnostics_done(bool complete, std::uint8_t notification) {
  if (extra_->diagnostics->idle()) extra_->diagnostics.reset();
  if (complete) queue(SingleEvent::diagnostics_complete);  // D-3
  return tell(notification) || complete;
}

void Device::diagnostics_written(const Context& context, datamodel::Model& model,
                                 const std::vector<datamodel::Key>& parameters) {
  const auto& nodes = firmware(context).diagnostics;
  for (const auto kind : profile::kDiagnosticKinds) {
    const auto& place = nodes.of(kind);
    bool requested = false;
    bool changed = false;
    for (const auto& key : parameters) {
      if (nodes.kind_of(model.schema(), key.node) != kind) continue;
      requested = requested || key.node == place.state;
      changed = changed || key.node != place.state;
    }
    // Wherever in the list it stands (P-29).
    if (requested) {
      need_diagnostics(context).request(kind, context.clock.now());
    } else if (changed) {
      if (extra_ && extra_->diagnostics) extra_->diagnostics->drop(kind);
      model.store({place.state, {}}, "None");
    }
  }
  if (extra_ && extra_->diagnostics && extra_->diagnostics->idle()) extra_->diagnostics.reset();
}

// D-6: of a restart, whether anybody ran one or not.
void Device::forget_diagnostics(const Context& context) {
  if (extra_) extra_->diagnostics.reset();
  const auto& nodes = firmware(context).diagnostics;
  const auto& schema = *firmware(context).schema;
  bool any = false;
  delta_.for_each(
      [&](const datamodel::Delta::Entry& entry) { any = any || nodes.kind_of(schema, entry.key.node).has_value(); });
  if (!any) return;
  Lens lens(*this, context);
  DiagnosticTests::forget(lens.model, nodes);
}

// What was asked for and not done when the program ended begins anew.
void Device::resume_diagnostics(const Context& context) {
  const auto& nodes = firmware(context).diagnostics;
  for (const auto kind : profile::kDiagnosticKinds) {
    const auto& place = nodes.of(kind);
    if (place.state == datamodel::kNoNode) continue;
    const auto state = delta_.find(datamodel::Delta::Kind::value, {place.state, {}});
    if (state == "Requested") need_diagnostics(context).request(kind, context.clock.now());
  }
}

void Device::cut_diagnostics(const Context& context) {
  if (!extra_ || !extra_->diagnostics) return;
  DiagnosticTests::Done done;
  {
    Lens lens(*this, context);
    done = extra_->diagnostics->cut(lens.model, context.clock.now());
  }
  static_cast<void>(diagnostics_done(done.complete, done.notification));
}

void Device::offer_diagnostics_again(const Context& context) {
  if (extra_ && extra_->diagnostics) extra_->diagnostics->offer_again(context.clock.now());
}

std::optional<TimePoint> Device::on_diagnostics_timer(const Context& context) {
  const auto due = diagnostics_due();
  if (due > context.clock.now()) return std::nullopt;
  DiagnosticTests::Time time;
  time.now = context.clock.now();
  time.in_session = in_session_;
  time.random = device_draw(context, Stream::diagnostics, index_, mix64(attempts_));
  time.route = device_draw(context, Stream::diagnostics, index_, 0);
  time.session = attempts_;
  DiagnosticTests::Done done;
  {
    Lens lens(*this, context);
    done = extra_->diagnostics->on_timer(lens.model, context.group.profile->diagnostics, time);
  }
  return diagnostics_done(done.complete, done.notification) ? std::optional(due) : std::nullopt;
}

std::optional<DiagnosticOrder> Device::take_diagnostic_order(const Context& context) {
  if (in_session_ || offline() || !extra_ || !extra_->diagnostics) return std::nullopt;
  const Lens lens(*this, context);
  return extra_->diagnostics->take_order(lens.model);
}

bool Device::diagnostic_wanted(std::uint64_t run) const {
  return extra_ && extra_->diagnostics && extra_->diagnostics->wants(run);
}

OwnTrigger Device::diagnostic_ended(const Context& context, const DiagnosticResult& result) {
  if (!diagnostic_wanted(result.run)) return OwnTrigger::none;
  DiagnosticTests::Done done;
  {
    Lens lens(*this, context);
    done = extra_->diagnostics->ended(lens.model, result);
  }
  static_cast<void>(diagnostics_done(done.complete, done.notification));
  return admit() == Admission::start ? OwnTrigger::diagnostics : OwnTrigger::none;
}

}  // namespace cpefleet::device
