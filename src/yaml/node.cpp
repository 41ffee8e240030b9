// SPDX-License-Identifier: Apache-2.0
#include "yaml/node.hpp"

#include <algorithm>
#include <istream>
#include <streambuf>
#include <unordered_set>
#include <utility>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "yaml/environment.hpp"

namespace cpefleet::yaml {

// Builds a Node from yaml-cpp's events. Its own Node API is not used: it drops duplicate keys silently and expands
// aliases. A document that cannot go on is left by yaml-cpp's own exception, caught in parse().
class NodeBuilder final : public YAML::EventHandler {
 public:
  NodeBuilder(std::shared_ptr<const std::string> file, Diagnostics& diagnostics, const ParseOptions& options)
      : file_(std::move(file)), diagnostics_(diagnostics), options_(options) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) throw YAML::ParserException(mark, "a second document (or text after the end of the first)");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    Node node = make(mark, Node::Kind::null);
    // A missing value stands where its key does; yaml-cpp's mark is that of whatever comes next.
    if (!open_.empty() && open_.back().node.is_map() && awaits_value(open_.back())) {
      node.line_ = open_.back().node.children_.back().line_;
      node.column_ = open_.back().node.children_.back().column_;
    }
    place(mark, std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    throw YAML::ParserException(mark, "aliases (*) are not supported: write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    Node node = make(mark, Node::Kind::scalar);
    node.quoted_ = tag == "!";
    node.text_ = value;
    if (options_.environment && !is_key()) expand(node);
    place(mark, std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, Node::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, Node::Kind::map);
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] Node take() { return std::move(root_); }

 private:
  struct Open {
    Node node;
    std::unordered_set<std::string> keys;
    bool duplicate = false;  // the value that comes belongs to a key that was there before: dropped
  };

  [[nodiscard]] static bool awaits_value(const Open& open) {
    return open.duplicate || open.node.children_.size() % 2 == 1;
  }
  [[nodiscard]] bool is_key() const {
    return !open_.empty() && open_.back().node.is_map() && !awaits_value(open_.back());
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (anchor != 0) throw YAML::ParserException(mark, "anchors (&) are not supported: write the value out");
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    // "?" and "!" are yaml-cpp's marks for plain and quoted scalars; anything else was written by somebody.
    if (tag != "?" && tag != "!" && !tag.empty()) {
      throw YAML::ParserException(mark, "tags (!) are not supported; a text that starts with ! needs quotes");
    }
  }
  [[nodiscard]] Node make(const YAML::Mark& mark, Node::Kind kind) {
    if (++nodes_ > options_.max_nodes) {
      throw YAML::ParserException(mark, "more than " + std::to_string(options_.max_nodes) + " values in one file");
    }
    Node node;
    node.kind_ = kind;
    node.line_ = mark.line + 1;
    node.column_ = mark.column + 1;
    node.file_ = file_;
    return node;
  }
  void expand(Node& node) {
    Result<std::string> text = expand_environment(node.text_, options_.environment);
    if (text) {
      node.text_ = std::move(*text);
    } else {
      diagnostics_.add(node.where(), text.error().message());
    }
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (is_key())
      throw YAML::ParserException(mark, "a key must be a text; a value that starts with { or [ needs quotes");
    if (open_.size() >= options_.max_depth) {
      throw YAML::ParserException(mark, "nested deeper than " + std::to_string(options_.max_depth) + " levels");
    }
    Open entry;
    entry.node = make(mark, kind);
    open_.push_back(std::move(entry));
  }
  void close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    attach(std::move(node));
  }
  void place(const YAML::Mark& mark, Node node) {
    if (!is_key()) return attach(std::move(node));
    if (!node.is_scalar()) throw YAML::ParserException(mark, "a key must be a text");
    if (node.text_ == "<<" && !node.quoted_) {
      throw YAML::ParserException(mark, "merge keys (<<) are not supported: write the values out");
    }
    Open& map = open_.back();
    if (map.keys.insert(node.text_).second) {
      map.node.children_.push_back(std::move(node));
      return;
    }
    map.duplicate = true;
    report_duplicate(map.node, node);
  }
  void report_duplicate(const Node& map, const Node& key) {
    for (std::size_t i = 0; i < map.children_.size(); i += 2) {
      const Node& first = map.children_[i];
      if (first.text_ != key.text_) continue;
      diagnostics_.add(key.where(), "the key `" + key.text_ + "` stands here again; the first one is at " +
                                        std::to_string(first.line_) + ":" + std::to_string(first.column_));
      return;
    }
  }
  void attach(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (std::exchange(parent.duplicate, false)) return;
    parent.node.children_.push_back(std::move(node));
  }

  std::shared_ptr<const std::string> file_;
  Diagnostics& diagnostics_;
  const ParseOptions& options_;
  std::vector<Open> open_;
  Node root_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

namespace {

// yaml-cpp takes a byte 4 for the end of the file and guesses UTF-16 and UTF-32: neither may happen unnoticed.
[[nodiscard]] bool check_bytes(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  const auto bad = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f || byte >= 0xf8;
  };
  const auto found = std::find_if(text.begin(), text.end(), bad);
  if (found == text.end()) return true;
  const std::string_view before(text.begin(), found);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  diagnostics.add({file, static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
                   static_cast<int>(before.size() - line_start) + 1},
                  "a byte that does not belong into a UTF-8 text file");
  return false;
}

class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // only ever read
    setg(begin, begin, begin + text.size());
  }
};

}  // namespace

std::string_view Node::kind_name() const {
  switch (kind_) {
    case Kind::null: return "nothing";
    case Kind::scalar: return "a text";
    case Kind::sequence: return "a list";
    case Kind::map: return "a map";
  }
  return "";
}

std::span<const Node> Node::items() const {
  return is_sequence() ? std::span<const Node>(children_) : std::span<const Node>();
}

std::vector<Node::Entry> Node::entries() const {
  std::vector<Entry> all;
  if (!is_map()) return all;
  all.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) all.push_back(entry(i));
  return all;
}

const Node* Node::find(std::string_view key) const {
  if (!is_map()) return nullptr;
  for (std::size_t i = 0; i < children_.size(); i += 2) {
    if (children_[i].text_ == key) return &children_[i + 1];
  }
  return nullptr;
}

std::optional<Node> parse(std::string_view text, const std::string& file, Diagnostics& diagnostics,
                          const ParseOptions& options) {
  if (text.size() > options.max_bytes) {
    diagnostics.add({file, 0, 0}, "the file is larger than " + std::to_string(options.max_bytes) + " bytes");
    return std::nullopt;
  }
  if (!check_bytes(text, file, diagnostics)) return std::nullopt;
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  NodeBuilder builder(std::make_shared<const std::string>(file), diagnostics, options);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& e) {
    diagnostics.add({file, std::max(e.mark.line, 0) + 1, std::max(e.mark.column, 0) + 1}, e.msg);
    return std::nullopt;
  }
  return builder.take();
}

}  // namespace cpefleet::yaml
