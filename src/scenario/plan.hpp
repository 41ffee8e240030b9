// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/template.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "fleet/call_plan.hpp"
#include "fleet/group.hpp"
#include "load/arrivals.hpp"
#include "metrics/threshold.hpp"

// A scenario, validated and typed: what will happen, without saying how. Immutable; read from all threads.
namespace cpefleet::scenario {

enum class TlsVersion : std::uint8_t { system, v1_0, v1_1, v1_2, v1_3 };

struct Tls {
  std::string ca_file;  // "" = the system's
  bool verify = true;
  TlsVersion min_version = TlsVersion::system;
  std::uint64_t resume = 0;  // TLS sessions kept in the whole run for their devices to resume; 0 = none

  // The devices' own certificates: files, or made by an authority, or (both empty) none. Paths as seen from where the
  // program runs.
  Template client_cert;       // a path over the device
  Template client_key;        // likewise; empty: the key is in the certificate's file
  std::string client_ca;      // "" = none
  std::string client_ca_key;  // "": the key is in client_ca
  Template client_subject;    // common name of a made one
  Location client_where;      // of client_cert or client_ca
};

struct Acs {
  bool builtin = false;  // no address given: `run` starts the built-in one
  std::string url;       // template text; "" when builtin
  Tls tls;
  bool cwmp_1_1 = false;  // offer 1.1 first whatever the profile says
};

// The device's own delays; counted apart from the ACS's latency.
struct Pause {
  Duration median{};
  Duration p99{};  // equal to median: constant; else log-normal through the two
};
struct Pace {
  Duration rtt{};                                        // added to every exchange
  Pause think;                                           // default, before an answer
  std::vector<std::pair<std::string, Pause>> think_for;  // per RPC method
  std::uint64_t bandwidth = 0;                           // bytes per second, 0 = unlimited
  [[nodiscard]] bool none() const {
    return rtt == Duration{} && think.median == Duration{} && think_for.empty() && bandwidth == 0;
  }
};

struct GroupPlan {
  std::shared_ptr<const fleet::Group> group;
  Pace pace;
};

struct Until {
  metrics::Id metric{};          // backlog
  metrics::Condition condition;  // count or share
};

// What a device does of itself.
struct Doing {
  enum class What : std::uint8_t {
    nothing,
    boot,
    periodic,
    offline,
    event,
    set,
    call,
    hang_up,
    download,
    request_download
  };
  What what = What::nothing;
  std::string event;      // What::event
  std::string path;       // What::set: a parameter with its row numbers
  std::string value;      // ... as a device stores it
  fleet::CallPlan call;   // What::call
  std::string url;        // What::download
  std::string file_type;  // What::download, What::request_download
};

struct Phase {
  std::string name;
  std::vector<std::uint32_t> groups;  // the selection, ascending
  Doing doing;
  std::optional<load::Arrivals> arrivals;  // for all that is done but `offline`
  std::optional<Duration> length;          // `for`
  std::optional<Until> until;
  std::optional<Duration> max;        // with until
  std::optional<Duration> at;         // from the start of the run, instead of after the one before
  std::optional<std::uint32_t> with;  // starts together with that phase
  bool measured = true;

  [[nodiscard]] std::uint64_t devices(const std::vector<GroupPlan>& fleet) const;
};

// How the fleet is reached by connection requests (TR-069 3.2.2).
struct ConnectionRequests {
  enum class Listen : std::uint8_t {
    by_acs,     // automatic, but for the built-in ACS, which makes none
    automatic,  // at 7547, or at any free port when that is taken
    off,
    place,
  };
  Listen listen = Listen::by_acs;
  std::string address;                    // Listen::place: numeric
  std::uint16_t port = 0;                 // 0: any free one
  bool port_each = false;                 // `port` and those behind it, one for each device
  std::string host;                       // under which others reach it; "" = the address towards the ACS
  std::uint16_t advertised_port = 0;      // 0: the one it listens on
  std::optional<std::uint16_t> udp_port;  // of UDP requests; 0: any free one; none: 54320 or any free one
  std::uint32_t throttle = 0;             // a device accepts so many ...
  Duration throttle_window{};             // ... in this time; 0: no limit
};

struct Limits {
  std::optional<std::uint64_t> in_flight;  // empty = auto
  std::uint32_t rpcs_per_session = 1000;
  Duration session_time = std::chrono::minutes{10};
  std::uint64_t message_size = 32u << 20;
  Duration connect_timeout = std::chrono::seconds{30};
  Duration response_timeout = std::chrono::seconds{60};
  Duration max_lag = std::chrono::seconds{1};
  std::uint64_t files = 1000;                      // that the fleet's devices move at once; others wait
  std::uint64_t file_speed = 0;                    // bytes/s, all of them together; 0: as fast as it goes
  Duration file_stall = std::chrono::seconds{60};  // without a byte for so long, a transfer is cut
};

struct Plan {
  std::string name;
  std::string file;
  std::uint64_t seed = 1;
  bool strict = false;
  Acs acs;
  std::vector<GroupPlan> fleet;  // never empty
  std::vector<Phase> phases;     // never empty
  std::vector<metrics::Threshold> thresholds;
  ConnectionRequests connection_requests;
  Limits limits;
  std::vector<std::string> warnings;  // one line each: what works but may surprise

  [[nodiscard]] std::uint64_t devices() const;
};

// The same plan over other groups, each changed by `change`.
[[nodiscard]] std::shared_ptr<const Plan> with_groups(const Plan& plan,
                                                      const std::function<void(fleet::Group&)>& change);
// The same plan against another ACS: the built-in one, once its address is known. `url` is a template.
[[nodiscard]] std::shared_ptr<const Plan> with_acs_url(const Plan& plan, const std::string& url);

}  // namespace cpefleet::scenario
