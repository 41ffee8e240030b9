// SPDX-License-Identifier: Apache-2.0
#include "xml/document.hpp"

#include <doctest/doctest.h>
#include <string>
#include <string_view>

using cpefleet::xml::Document;
using cpefleet::xml::Element;

namespace {

Document parsed(std::string text) {
  auto document = Document::parse(std::move(text));
  REQUIRE_MESSAGE(document.has_value(), document.error().message());
  return std::move(*document);
}

std::string utf16(std::string_view ascii, bool big) {
  std::string out;
  for (const char c : ascii) {
    if (big) out += '\0';
    out += c;
    if (!big) out += '\0';
  }
  return out;
}

}  // namespace

TEST_SUITE_BEGIN("xml.document");

TEST_CASE("elements are found by local name whatever their prefix") {
  const Document document = parsed("<p:a xmlns:p='u'><q:b/>text<!-- no element --><c>1</c><c>2</c></p:a>");
  const Element root = document.root();
  CHECK(root.name() == "p:a");
  CHECK(root.local_name() == "a");
  CHECK(root.prefix() == "p");
  CHECK(root.first_child().name() == "q:b");
  CHECK(root.first_child().next_sibling().text() == "1");
  CHECK(root.child("c").text() == "1");
  CHECK(root.child("c").next_sibling().text() == "2");
  CHECK_FALSE(root.child("c").next_sibling().next_sibling());
  CHECK_FALSE(root.child("d"));
}

TEST_CASE("a null element answers everything with nothing") {
  const Element none;
  bool declared = false;
  bool found = true;
  CHECK_FALSE(none);
  CHECK(none.name().empty());
  CHECK(none.text().empty());
  CHECK(none.namespace_uri(&declared).empty());
  CHECK(none.attribute("a", &found).empty());
  CHECK_FALSE(found);
  CHECK_FALSE(none.first_child());
  CHECK_FALSE(none.next_sibling());
  CHECK_FALSE(none.child("x"));
  CHECK(none.lookup_namespace("x").empty());
}

TEST_CASE("namespaces are looked up through the ancestors, the nearest declaration first [E-1]") {
  const Document document =
      parsed("<a xmlns='default' xmlns:p='outer'><p:b xmlns:p='inner'><c/><p:d/></p:b><p:e/><x:f/><g xmlns=''/></a>");
  const Element root = document.root();
  bool declared = false;
  CHECK(root.namespace_uri(&declared) == "default");
  CHECK(declared);
  CHECK(root.child("b").namespace_uri() == "inner");
  CHECK(root.child("b").child("c").namespace_uri() == "default");
  CHECK(root.child("b").child("d").namespace_uri() == "inner");
  CHECK(root.child("e").namespace_uri() == "outer");
  CHECK(root.child("f").namespace_uri(&declared).empty());
  CHECK_FALSE(declared);
  CHECK(root.child("g").namespace_uri(&declared).empty());
  CHECK(declared);
  CHECK(root.child("b").lookup_namespace("p") == "inner");
  CHECK(root.lookup_namespace("p") == "outer");
  CHECK(root.lookup_namespace("y").empty());
}

TEST_CASE("a prefix with a colon in it is a prefix that is not declared") {
  const Document document = parsed("<soap-env:Body:Fault xmlns:soap-env='u'/>");
  bool declared = true;
  CHECK(document.root().local_name() == "Fault");
  CHECK(document.root().prefix() == "soap-env:Body");
  CHECK(document.root().namespace_uri(&declared).empty());
  CHECK_FALSE(declared);
}

TEST_CASE("attributes are found by local name, namespace declarations are none") {
  const Document document = parsed("<a xmlns:type='u' xsi:type='xsd:int' id=\"&lt;1&gt;\"/>");
  bool found = false;
  CHECK(document.root().attribute("type", &found) == "xsd:int");
  CHECK(found);
  CHECK(document.root().attribute("id") == "<1>");
  CHECK(document.root().attribute("none", &found).empty());
  CHECK_FALSE(found);
}

TEST_CASE("text has its references resolved and its white space kept [E-12]") {
  CHECK(parsed("<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x20AC;</a>").root().text() == "<&>\"'A\xE2\x82\xAC");
  CHECK(parsed("<a>  x  </a>").root().text() == "  x  ");
  CHECK(parsed("<a>   </a>").root().text() == "   ");
  CHECK(parsed("<a></a>").root().text().empty());
  CHECK(parsed("<a>1\r\n2\r3</a>").root().text() == "1\n2\n3");
}

TEST_CASE("text split by comments, CDATA sections and instructions is one text") {
  CHECK(parsed("<a>1<!-- < -->2<![CDATA[<3>&amp;]]>4<?x y?>5</a>").root().text() == "12<3>&amp;45");
  CHECK(parsed("<a><b>x<![CDATA[y]]></b><c>z<!---->w</c></a>").root().child("c").text() == "zw");
  CHECK(parsed("<a><![CDATA[]]></a>").root().text().empty());
}

TEST_CASE("a byte order mark, white space, comments and a declaration before the root are accepted") {
  CHECK(parsed("\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- > --><a>\xC3\xA4</a>").root().text() ==
        "\xC3\xA4");
  CHECK(parsed("\r\n <?xml version=\"1.0\"?><a/>").root().name() == "a");
}

TEST_CASE("UTF-16 is read with and without a byte order mark") {
  const std::string_view text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>x</a>";
  CHECK(parsed(utf16(text, true)).root().text() == "x");
  CHECK(parsed(utf16(text, false)).root().text() == "x");
  CHECK(parsed("\xFE\xFF" + utf16(text, true)).root().text() == "x");
  CHECK(parsed("\xFF\xFE" + utf16(text, false)).root().text() == "x");
}

TEST_CASE("a pair of UTF-16 surrogates is one character and a lone one is replaced") {
  using std::string_literals::operator""s;
  const std::string open = utf16("<a>", true);
  const std::string close = utf16("</a>", true);
  CHECK(parsed(open + "\xD8\x3D\xDE\x00"s + close).root().text() == "\xF0\x9F\x98\x80");
  CHECK(parsed(open + "\xD8\x3D\x00\x78"s + close).root().text() == "\xEF\xBF\xBDx");
}

TEST_CASE("declared ISO-8859-1 is converted") {
  const Document document = parsed("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xE4</a>");
  CHECK(document.root().text() == "\xC3\xA4");
  CHECK_FALSE(document.ill_formed_utf8());
}

TEST_CASE("UTF-8 that is declared as UTF-16 is read as what it is") {
  CHECK(parsed("<?xml version=\"1.0\" encoding=\"utf-16\"?><a>\xC3\xA4</a>").root().text() == "\xC3\xA4");
}

TEST_CASE("ill-formed UTF-8 is read and reported") {
  CHECK(parsed("<a>\xE4\xFF</a>").ill_formed_utf8());
  CHECK_FALSE(parsed("<a>\xC3\xA4</a>").ill_formed_utf8());
}

TEST_CASE("what stands behind the root element is set aside") {
  CHECK(parsed("<a>1</a>\n\n").trailing().empty());
  const Document document = parsed("<a>1</a>\n</html> <b> &&& \xFF\n");
  CHECK(document.root().text() == "1");
  CHECK(document.trailing() == "</html> <b> &&& \xFF");
}

TEST_CASE("a document type declaration is tolerated as long as it declares nothing") {
  CHECK(parsed("<!DOCTYPE a><a>1</a>").has_doctype());
  CHECK(parsed("<!DOCTYPE a SYSTEM \"http://192.0.2.1/[>.dtd\"><a>&x;</a>").root().text() == "&x;");
  CHECK_FALSE(parsed("<a/>").has_doctype());
}

TEST_CASE("a document may be moved and its elements stay valid") {
  Document first = parsed("<a>1</a>");
  const Element root = first.root();
  const Document second = std::move(first);
  CHECK(root.text() == "1");
  CHECK(second.root().text() == "1");
}

TEST_SUITE_END();
