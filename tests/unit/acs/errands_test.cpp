// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <doctest/doctest.h>
#include <map>

#include "base/rng.hpp"
#include "remembering_cpe.hpp"

using namespace cpefleet;
using namespace cpefleet::acs;
using namespace cpefleet::acs::test;

namespace {

Options with_errands(std::uint64_t seed = 1) {
  Options options;
  options.errands = true;
  options.seed = seed;
  return options;
}

std::map<std::string, int> counted(const std::vector<std::string>& methods) {
  std::map<std::string, int> out;
  for (const auto& method : methods) ++out[method];
  return out;
}

std::string first_broken(const Core& core) {
  return core.totals().broken.empty() ? std::string{} : core.totals().broken.front();
}

// What the ACS first complains of when a device lapses; "" when it notices nothing.
std::string complaint(Lapse lapse, RememberingCpe::Fate last = RememberingCpe::Fate::answered) {
  Core core(with_errands());
  RememberingCpe cpe(core);
  CHECK(cpe.session());
  cpe.lapse = lapse;
  for (int i = 0; i < 400 && core.totals().broken_promises == 0; ++i) {
    if (last != RememberingCpe::Fate::answered) {
      cpe.fate = [&](std::string_view method) {
        return method == "SetParameterValues" ? last : RememberingCpe::Fate::answered;
      };
    }
    (void)cpe.session();
  }
  CHECK((core.totals().broken_promises == 0) == core.totals().broken.empty());
  return first_broken(core);
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("errands come after the bootstrap: first what was confirmed is read, then there is something new") {
  Core core(with_errands());
  RememberingCpe cpe(core);
  CHECK(cpe.session());
  CHECK(core.totals().provisioned == 1);
  CHECK(core.totals().promises == 0);
  cpe.line.received.clear();
  CHECK(cpe.session());
  CHECK(cpe.line.received.at(0) == "InformResponse");
  CHECK(cpe.line.received.at(1) == "GetParameterNames");  // nothing else is known yet
  CHECK(cpe.line.received.size() > 2);
}

TEST_CASE("without errands a device that was bootstrapped is left alone") {
  Core core(Options{});
  RememberingCpe cpe(core);
  CHECK(cpe.session());
  cpe.line.received.clear();
  CHECK(cpe.session());
  CHECK(cpe.line.received.size() == 1);
}

TEST_CASE("a device that keeps its word breaks none, whatever it is sent on") {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    Core core(with_errands(seed));
    RememberingCpe cpe(core);
    for (int i = 0; i < 500; ++i) CHECK(cpe.session());
    CHECK(first_broken(core) == "");
    CHECK(core.totals().broken_promises == 0);
    CHECK(core.totals().promises > 500);
    CHECK(core.totals().sum.cpe_faults == 0);
    CHECK(core.totals().bad_requests == 0);
    const auto asked = counted(cpe.line.received);
    for (const char* method : {"SetParameterValues", "SetParameterAttributes", "AddObject", "DeleteObject",
                               "ScheduleInform", "Reboot", "FactoryReset", "Download"}) {
      CAPTURE(method);
      CHECK(asked.contains(method));
    }
    CHECK(asked.at("FactoryReset") < asked.at("Reboot"));
    const auto& transfers = core.totals().transfers;
    CHECK(transfers.asked == static_cast<std::uint64_t>(asked.at("Download")));
    CHECK(transfers.done + transfers.owed() == transfers.asked);
    CHECK(transfers.repeated == 0);
  }
}

TEST_CASE("without an answer, done and not done are both good") {
  using Fate = RememberingCpe::Fate;
  for (const std::uint64_t seed : {1u, 2u, 3u, 4u}) {
    Core core(with_errands(seed));
    RememberingCpe cpe(core);
    std::uint64_t requests = 0;
    int unheard = 0;
    cpe.fate = [&](std::string_view) {
      const auto bits = mix64(seed ^ mix64(++requests));
      if (below(bits, 5) != 0) return Fate::answered;
      ++unheard;
      return below(mix64(bits), 2) == 0 ? Fate::not_done : Fate::done_unheard;
    };
    for (int i = 0; i < 1500; ++i) (void)cpe.session();
    CHECK(unheard > 500);
    CHECK(first_broken(core) == "");
    CHECK(core.totals().promises > 500);
  }
}

TEST_CASE("a value that was confirmed and is lost is a broken promise") {
  const auto text = complaint(Lapse::value_lost);
  CHECK(holds(text, "000B82-GXP2170-000b82000001: Device.Time.NTPServer"));
  CHECK(holds(text, "\" was confirmed, but it reads \""));
}

TEST_CASE("a ParameterKey that was confirmed and is lost is a broken promise") {
  CHECK(holds(complaint(Lapse::key_lost), "Device.ManagementServer.ParameterKey = \"errand-"));
}

TEST_CASE("an attribute that was confirmed and is lost is a broken promise") {
  CHECK(holds(complaint(Lapse::notification_lost), "Notification of Device.Time.NTPServer"));
}

TEST_CASE("a row that was deleted and is there again is a broken promise") {
  const auto text = complaint(Lapse::deleted_row_back);
  CHECK(holds(text, "DeleteObject of Device.Services.VoiceService.1.VoiceProfile."));
  CHECK(holds(text, "it is there again"));
}

TEST_CASE("a row that was added and is gone is a broken promise") {
  CHECK(holds(complaint(Lapse::added_row_gone), "it is gone"));
}

TEST_CASE("an instance number that is given twice is a broken promise") {
  CHECK(holds(complaint(Lapse::number_reused), "an instance number is given once, but AddObject gave"));
}

TEST_CASE("after a confirmed Reboot the next Inform has its M Reboot and 1 BOOT") {
  CHECK(holds(complaint(Lapse::reboot_untold), "the next Inform is without M Reboot"));
  CHECK(holds(complaint(Lapse::boot_untold), "the next Inform is without 1 BOOT"));
}

TEST_CASE("after a confirmed FactoryReset the next Inform has 0 BOOTSTRAP") {
  CHECK(holds(complaint(Lapse::reset_ignored), "FactoryReset was confirmed, but the next Inform is without"));
}

TEST_CASE("0 BOOTSTRAP out of nowhere is a broken promise") {
  CHECK(holds(complaint(Lapse::bootstrap_again), "nobody asked for a factory reset, but there is 0 BOOTSTRAP"));
}

TEST_CASE("a scheduled Inform that never comes is a broken promise") {
  CHECK(holds(complaint(Lapse::scheduled_inform_lost), "s after it was due no Inform has told it"));
}

TEST_CASE("a Download that was confirmed and never told of is a broken promise [P-85]") {
  const auto text = complaint(Lapse::download_forgotten);
  CHECK(holds(text, ": Download errand-"));
  CHECK(holds(text, " was confirmed, but"));
  CHECK(holds(text, "s after it was due no TransferComplete has told of it"));
}

TEST_CASE("what a Download brought and is lost again is a broken promise") {
  CHECK(holds(complaint(Lapse::download_lost), "Device.ManagementServer.ConnectionRequestUsername = \"user-"));
}

TEST_CASE("a TransferComplete that nobody asked for is a broken promise") {
  CHECK(holds(complaint(Lapse::download_of_another_key), "there is a TransferComplete of \"another\""));
}

TEST_CASE("a device that cannot tell what it confirmed breaks its promise, and gets no errands") {
  CHECK(holds(complaint(Lapse::faults_reading), "GetParameterValues was answered with a fault"));
}

TEST_CASE("a request without an answer that was carried out in part is a broken promise") {
  const auto text = complaint(Lapse::half_of_a_request, RememberingCpe::Fate::done_unheard);
  CHECK(holds(text, "one without an answer was carried out in part"));
  CHECK(complaint(Lapse::none, RememberingCpe::Fate::done_unheard).empty());
  CHECK(complaint(Lapse::none, RememberingCpe::Fate::not_done).empty());
}

TEST_CASE("broken promises are all counted, the first twenty are told") {
  Core core(with_errands());
  RememberingCpe cpe(core);
  CHECK(cpe.session());
  cpe.lapse = Lapse::value_lost;
  for (int i = 0; i < 500; ++i) (void)cpe.session();
  CHECK(core.totals().broken_promises > Totals::kMostTexts);
  CHECK(core.totals().broken.size() == Totals::kMostTexts);
}

TEST_CASE("the same seed sends a device on the same errands, another seed on others") {
  const auto asked = [](std::uint64_t seed) {
    Core core(with_errands(seed));
    RememberingCpe cpe(core);
    for (int i = 0; i < 20; ++i) (void)cpe.session();
    return cpe.line.received;
  };
  CHECK(asked(1) == asked(1));
  CHECK(asked(1) != asked(2));
}
