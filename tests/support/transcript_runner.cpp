// SPDX-License-Identifier: Apache-2.0
// transcript_runner ROOT EMITTED FILE...: plays transcripts, clean and with a failure at every reply, and writes every
// message the CPE sent below EMITTED for the schema validation. ROOT is where the files they name lie.
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "scripted_host.hpp"
#include "transcript_player.hpp"

namespace {

using cpefleet::test::HostFactory;

int play_file(const std::string& root, const std::filesystem::path& emitted, const std::string& file,
              const HostFactory& factory) {
  const auto text = cpefleet::test::read_file(file);
  const auto transcript = text ? cpefleet::test::parse_transcript(file, *text, root)
                               : cpefleet::Result<cpefleet::test::Transcript>(tl::unexpect, text.error());
  if (!transcript) {
    fmt::print(stderr, "{}\n", transcript.error().message());
    return 1;
  }
  const auto played = cpefleet::test::play(*transcript, factory);
  auto problems = played.problems;
  if (problems.empty()) problems = cpefleet::test::play_with_failures(*transcript, factory);
  for (const auto& problem : problems) fmt::print(stderr, "{}\n", problem);

  std::string stem = std::filesystem::relative(file, root).replace_extension().string();
  for (char& c : stem) c = c == '/' ? '-' : c;
  for (const auto& old : std::filesystem::directory_iterator(emitted)) {
    if (old.path().filename().string().starts_with(stem + ".")) std::filesystem::remove(old.path());
  }
  for (std::size_t i = 0; i < played.emitted.size(); ++i) {
    const bool newer = played.emitted[i].find("urn:dslforum-org:cwmp-1-1") != std::string::npos;
    std::ofstream(emitted / fmt::format("{}.{}.v{}.xml", stem, i + 1, newer ? 1 : 0), std::ios::binary)
        << played.emitted[i];
  }
  return problems.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    fmt::print(stderr, "usage: transcript_runner ROOT EMITTED FILE...\n");
    return 2;
  }
  const HostFactory factory = [](const auto& setup) { return std::make_unique<cpefleet::test::ScriptedHost>(setup); };
  std::filesystem::create_directories(argv[2]);
  int failed = 0;
  for (int i = 3; i < argc; ++i) failed += play_file(argv[1], argv[2], argv[i], factory);
  return failed == 0 ? 0 : 1;
}
