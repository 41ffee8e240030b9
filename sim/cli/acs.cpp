// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <chrono>
#include <fmt/format.h>
#include <thread>
#include <tuple>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "base/url.hpp"
#include "builtin_acs.hpp"
#include "cli/commands.hpp"
#include "file_directory.hpp"
#include "report/exit_code.hpp"

namespace cpefleet::sim {
namespace {

std::atomic<bool> stop_asked{false};

struct AcsFlags {
  std::string listen = "127.0.0.1:7547";
  std::string delay;
  std::string duration;
  std::vector<std::string> downloads;
  std::vector<std::string> uploads;
  std::string files;
  std::string file_login;
  bool redirector = false;
  std::string redirect_to;
  std::string redirect_login;
  acs::Options options;
};

// What its sockets need to know of files.
Result<acs::FileOptions> file_options(AcsFlags& flags) {
  acs::FileOptions out;
  auto& options = flags.options;
  out.seed = options.seed;
  const auto login_of = [](const std::string& text) {
    const auto colon = std::min(text.find(':'), text.size());
    return std::pair{text.substr(0, colon), text.substr(std::min(colon + 1, text.size()))};
  };
  std::tie(out.username, out.password) = login_of(flags.file_login);
  if (!flags.file_login.empty() && out.username.empty()) return failure("--file-login takes USER:PASSWORD");
  options.file_username = out.username;
  options.file_password = out.password;
  if (!flags.files.empty()) {
    auto directory = FileDirectory::open(flags.files);
    if (!directory) return tl::unexpected<Error>(directory.error());
    out.directory = [at = std::make_shared<FileDirectory>(std::move(*directory))](std::string_view name) {
      return at->file(name);
    };
  }
  if (!flags.redirector && (!flags.redirect_to.empty() || !flags.redirect_login.empty()))
    return failure("--redirect-to and --redirect-login need --redirector");
  if (flags.redirector) {
    auto to = std::make_shared<acs::Redirect>();
    if (!flags.redirect_to.empty()) {
      if (const auto url = parse_url(flags.redirect_to); !url)
        return failure("--redirect-to: " + url.error().message());
    }
    to->url = flags.redirect_to;
    to->inform_interval = options.inform_interval;
    const auto [username, password] = login_of(flags.redirect_login);
    for (const auto& [text, place] : {std::pair{username, &to->username}, std::pair{password, &to->password}}) {
      auto compiled = Template::compile(text);
      if (!compiled) return failure("--redirect-login: " + compiled.error().message());
      for (const auto name : compiled->names()) {
        if (name != "mac") return failure("--redirect-login: the only place is {mac}");
      }
      *place = std::move(*compiled);
    }
    out.redirect = std::move(to);
  }
  for (const auto& text : flags.downloads) {
    auto ask = acs::parse_download_ask(text);
    if (!ask) return failure("--download: " + ask.error().message());
    options.transfers.push_back(std::move(*ask));
  }
  for (const auto& text : flags.uploads) {
    auto ask = acs::parse_upload_ask(text);
    if (!ask) return failure("--upload: " + ask.error().message());
    options.transfers.push_back(std::move(*ask));
  }
  if (options.errands && !options.transfers.empty())
    return failure("--errands asks for files itself: leave out --download and --upload");
  return out;
}

void print_transfers(const Environment& environment, const acs::TransferTotals& transfers) {
  if (transfers.asked == 0) return;
  fmt::print(environment.out,
             "transfers asked {}, transfers refused {}, transfers done {}, transfers failed {}, transfers dropped {}, "
             "transfers owed {}, transfers repeated {}\n",
             transfers.asked, transfers.refused, transfers.done, transfers.all_failed(), transfers.dropped,
             transfers.owed(), transfers.repeated);
  for (const auto& [code, count] : transfers.failed)
    fmt::print(environment.out, "transfers failed with {}: {}\n", code < 0 ? "no fault code" : std::to_string(code),
               count);
}

void print_files(const Environment& environment, const BuiltinAcs& acs) {
  const auto files = acs.file_totals();
  const bool any =
      files.fetched + files.received + files.redirected + files.missing + files.unauthorized + files.bad_requests != 0;
  if (!any) return;
  fmt::print(environment.out,
             "files fetched {}, bytes fetched {}, files received {}, bytes received {}, redirected {}, "
             "files missing {}, files unauthorized {}, files refused {}\n",
             files.fetched, files.bytes_fetched, files.received, files.bytes_received, files.redirected, files.missing,
             files.unauthorized, files.bad_requests);
  for (const auto& file : acs.received()) {
    const auto line = std::string_view{file.head}.substr(0, file.head.find('\n'));
    fmt::print(environment.out, "received {}, {} bytes: {}\n", file.name, file.bytes, printable(line.substr(0, 60)));
  }
}

int bad(const Environment& environment, const std::string& text) {
  fmt::print(environment.err, "cpefleet: {}\n", text);
  return value(report::ExitCode::bad_configuration);
}

void print_totals(const Environment& environment, const acs::Totals& totals, bool errands) {
  fmt::print(environment.out,
             "devices {}, informs {}, sessions {}, broken {}, refused {}, faulted {}, unauthorized {}, bad requests {}",
             totals.devices, totals.sum.informs, totals.sum.sessions, totals.sum.broken, totals.sum.refused,
             totals.sum.faulted, totals.unauthorized, totals.bad_requests);
  if (errands)
    fmt::print(environment.out, ", promises {}, broken promises {}", totals.promises, totals.broken_promises);
  fmt::print(environment.out, "\n");
}

// Those that were not told yet; how many are told then.
std::size_t tell_broken(const Environment& environment, const acs::Totals& totals, std::size_t told) {
  for (; told < totals.broken.size(); ++told) {
    fmt::print(environment.err, "broken promise: {}\n", totals.broken[told]);
    if (told + 1 == acs::Totals::kMostTexts) fmt::print(environment.err, "more broken promises are only counted\n");
  }
  std::fflush(environment.err);
  return told;
}

int serve(const Environment& environment, AcsFlags& flags) {
  const auto colon = flags.listen.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : parse_uint(flags.listen.substr(colon + 1));
  if (!port || *port > 65535) return bad(environment, "--listen takes ADDRESS:PORT, e.g. 127.0.0.1:7547");
  auto address = flags.listen.substr(0, colon);
  if (address.size() > 2 && address.front() == '[') address = address.substr(1, address.size() - 2);
  if (!flags.delay.empty()) {
    const auto delay = parse_duration(flags.delay);
    if (!delay) return bad(environment, "--delay: " + delay.error().message());
    flags.options.delay = *delay;
  }
  for (const auto& [flag, share] :
       {std::pair{"--refuse", flags.options.refuse_share}, std::pair{"--fault", flags.options.fault_share},
        std::pair{"--close", flags.options.close_share}}) {
    if (!(share >= 0 && share <= 1)) return bad(environment, fmt::format("{}: a share is from 0 to 1", flag));
  }
  auto until = TimePoint::max();
  const SystemClock clock;
  if (!flags.duration.empty()) {
    const auto duration = parse_duration(flags.duration);
    if (!duration) return bad(environment, "--for: " + duration.error().message());
    until = clock.now() + *duration;
  }
  auto files = file_options(flags);
  if (!files) return bad(environment, files.error().message());
  raise_descriptor_limit();
  auto acs = BuiltinAcs::start(flags.options, address, static_cast<std::uint16_t>(*port), clock, std::move(*files));
  if (!acs) return bad(environment, acs.error().message());
  fmt::print(environment.err, "the built-in ACS listens on {} (^C ends it)\n", (*acs)->url());
  const SignalGuard signals([] { stop_asked = true; });
  const bool errands = flags.options.errands;
  std::size_t told = 0;
  while (!stop_asked && clock.now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    if (errands) told = tell_broken(environment, (*acs)->totals(), told);
  }
  const auto totals = (*acs)->totals();
  tell_broken(environment, totals, told);
  print_totals(environment, totals, errands);
  print_transfers(environment, totals.transfers);
  print_files(environment, **acs);
  return value(totals.broken_promises == 0 ? report::ExitCode::passed : report::ExitCode::expectation_failed);
}

}  // namespace

void add_acs(CLI::App& app, Environment& environment, Action& action) {
  auto* command = app.add_subcommand("acs", "the built-in ACS alone: a peer for demos and tests, not a product");
  auto flags = std::make_shared<AcsFlags>();
  auto& options = flags->options;
  command->add_option("--listen", flags->listen, "where to listen; port 0 takes a free one")
      ->type_name("ADDRESS:PORT")
      ->capture_default_str();
  command->add_flag("--digest", options.digest, "ask devices for HTTP Digest");
  command->add_option("--username", options.username, "the user name it expects; default: any");
  command->add_option("--password", options.password, "and the password")->envname("CPEFLEET_ACS_PASSWORD");
  command->add_option("--interval", options.inform_interval, "PeriodicInformInterval it sets at first contact")
      ->type_name("SECONDS")
      ->capture_default_str();
  command->add_flag_callback(
      "--no-bootstrap", [&options] { options.bootstrap = false; }, "only Inform and an empty answer, whoever comes");
  command->add_flag("--errands", options.errands,
                    "check what known devices confirmed, then ask for more; exit code 1 for a broken promise");
  command
      ->add_option("--download", flags->downloads,
                   "ask each device once: firmware:VERSION[:SIZE], config:P270=lab; may be given again")
      ->type_name("WHAT")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--upload", flags->uploads, "ask each device once: config, log; may be given again")
      ->type_name("WHAT")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--files", flags->files, "what /files/NAME serves beside what is made on the fly")
      ->type_name("DIR");
  command->add_option("--file-login", flags->file_login, "what /files/ asks for, Digest or Basic")
      ->type_name("USER:PASSWORD");
  command->add_flag("--redirector", flags->redirector, "tell devices that ask /gs/cfg<mac>.xml where their ACS is");
  command->add_option("--redirect-to", flags->redirect_to, "that ACS; default: this one")->type_name("URL");
  command->add_option("--redirect-login", flags->redirect_login, "and their login there; {mac} is the device's")
      ->type_name("USER:PASSWORD");
  command->add_option("--delay", flags->delay, "before every reply, e.g. 200ms")->type_name("DURATION");
  command->add_option("--refuse", options.refuse_share, "share of new sessions answered 503, 0 to 1")
      ->type_name("SHARE");
  command->add_option("--retry-after", options.retry_after, "Retry-After with each 503")->type_name("SECONDS");
  command->add_option("--fault", options.fault_share, "share of Informs answered with a fault, 0 to 1")
      ->type_name("SHARE");
  command->add_option("--close", options.close_share, "share of requests answered by closing, 0 to 1")
      ->type_name("SHARE");
  command->add_option("--for", flags->duration, "end after this time, e.g. 10m")->type_name("DURATION");
  command->callback(
      [&environment, &action, flags] { action = [&environment, flags] { return serve(environment, *flags); }; });
}

}  // namespace cpefleet::sim
