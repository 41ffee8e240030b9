// SPDX-License-Identifier: Apache-2.0
// What a stranger asks of the built-in ACS's file server: the method and the target in the first line, Host in the second.
#include <algorithm>
#include <string>

#include "acs/files.hpp"
#include "property.hpp"
#include "xml/document.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cpefleet;
  using fuzz::holds;
  const std::string_view text = fuzz::input(data, size);
  const auto line_end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, line_end);
  const auto space = std::min(line.find(' '), line.size());
  acs::Request request;
  request.method = line.substr(0, space);
  request.target = line.substr(std::min(space + 1, line.size()));
  request.headers.emplace_back("Host", text.substr(std::min(line_end + 1, text.size())));
  request.body = text;

  acs::FileOptions options;
  options.redirect = std::make_shared<const acs::Redirect>();
  options.directory = [](std::string_view name) -> std::shared_ptr<const std::string> {
    holds(!name.empty() && name.find('/') == std::string_view::npos && name.front() != '.',
          "a name that leads elsewhere");
    holds(name.find('\0') == std::string_view::npos, "a name that is cut");
    return nullptr;
  };
  acs::Files files(options);
  if (!files.serves(request.target)) return 0;
  const auto reply = files.handle(request, {});
  holds(reply.body.size() + reply.block_bytes <= acs::kMaxMadeBytes, "more than there may be");
  holds(reply.block_bytes == 0 || (reply.block && !reply.block->empty()), "a length without bytes");
  holds(reply.delay >= Duration{}, "a wait into the past");
  const bool is_xml = reply.status == 200 && reply.body.starts_with("<?xml");
  holds(!is_xml || xml::Document::parse(reply.body).has_value(), "a configuration file that cannot be read");
  for (const auto& file : files.received()) holds(file.head.size() <= acs::kKeptOfUpload, "too much kept");
  return 0;
}
