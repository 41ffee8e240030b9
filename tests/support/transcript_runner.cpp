// SPDX-License-Identifier: Apache-2.0
// transcript_runner ROOT EMITTED FILE...: plays transcripts, clean and with a failure at every reply, and writes every
// message the CPE sent below EMITTED for the schema validation. ROOT is where the files they name lie.
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "real_device.hpp"
#include "scripted_host.hpp"
#include "transcript_player.hpp"

namespace {

using cpefleet::test::HostFactory;

int play_file(const std::string& root, const std::filesystem::path& emitted, const std::string& file,
              const HostFactory& factory) {
  const auto text = cpefleet::test::read_file(file);
  auto transcript = text ? cpefleet::test::parse_transcript(file, *text, root)
                         : cpefleet::Result<cpefleet::test::Transcript>(tl::unexpect, text.error());
  if (!transcript) {
    fmt::print(stderr, "{}\n", transcript.error().message());
    return 1;
  }
  std::vector<std::string> problems, emitted_messages;
  const bool each_version = !transcript->versions.empty();
  if (!each_version) transcript->versions.push_back(transcript->config.version);
  for (const auto version : transcript->versions) {
    transcript->config.version = version;
    auto played = cpefleet::test::play(*transcript, factory);
    for (const auto& message : played.emitted) {
      if (!each_version || message.find(cpefleet::cwmp::namespace_of(version)) != std::string::npos) continue;
      played.problems.push_back(file + ":0: a message of another version than " +
                                std::string(cpefleet::cwmp::namespace_of(version)));
    }
    if (played.problems.empty()) played.problems = cpefleet::test::play_with_failures(*transcript, factory);
    problems.insert(problems.end(), played.problems.begin(), played.problems.end());
    emitted_messages.insert(emitted_messages.end(), played.emitted.begin(), played.emitted.end());
  }
  for (const auto& problem : problems) fmt::print(stderr, "{}\n", problem);

  std::string stem = std::filesystem::relative(file, root).replace_extension().string();
  for (char& c : stem) c = c == '/' ? '-' : c;
  for (const auto& old : std::filesystem::directory_iterator(emitted)) {
    if (old.path().filename().string().starts_with(stem + ".")) std::filesystem::remove(old.path());
  }
  for (std::size_t i = 0; i < emitted_messages.size(); ++i) {
    const bool newer = emitted_messages[i].find("urn:dslforum-org:cwmp-1-1") != std::string::npos;
    std::ofstream(emitted / fmt::format("{}.{}.v{}.xml", stem, i + 1, newer ? 1 : 0), std::ios::binary)
        << emitted_messages[i];
  }
  return problems.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    fmt::print(stderr, "usage: transcript_runner ROOT EMITTED FILE...\n");
    return 2;
  }
  cpefleet::profile::Loader profiles({CPEFLEET_SOURCE_DIR "/profiles"});
  const HostFactory factory = [&](const auto& setup) -> std::unique_ptr<cpefleet::test::TestDevice> {
    if (setup.contains("real")) return cpefleet::test::make_real_device(profiles, setup);
    return std::make_unique<cpefleet::test::ScriptedHost>(setup);
  };
  std::filesystem::create_directories(argv[2]);
  int failed = 0;
  for (int i = 3; i < argc; ++i) failed += play_file(argv[1], argv[2], argv[i], factory);
  return failed == 0 ? 0 : 1;
}
