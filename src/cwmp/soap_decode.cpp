// SPDX-License-Identifier: Apache-2.0
#include "cwmp/soap_decode.hpp"

#include <fmt/format.h>
#include <limits>
#include <utility>

#include "base/text.hpp"
#include "cwmp/soap_arguments.hpp"
#include "cwmp/soap_requests.hpp"
#include "xml/document.hpp"

namespace cpefleet::cwmp {
namespace {

constexpr std::string_view kSoap = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr std::string_view kCwmp = "urn:dslforum-org:cwmp";  // every version's begins so
constexpr std::string_view kNextActor = "http://schemas.xmlsoap.org/soap/actor/next";
constexpr std::size_t kLongestName = 256;

enum class Owner : std::uint8_t { soap, cwmp, none, undeclared, other };

Owner owner_of(xml::Element element) {
  bool declared = false;
  const std::string_view uri = element.namespace_uri(&declared);
  if (!declared) return Owner::undeclared;
  if (uri == kSoap) return Owner::soap;
  if (uri.substr(0, kCwmp.size()) == kCwmp) return Owner::cwmp;
  return uri.empty() ? Owner::none : Owner::other;
}

bool is_response(std::string_view name) {
  constexpr std::string_view kEnding = "Response";
  return name.size() > kEnding.size() && name.substr(name.size() - kEnding.size()) == kEnding;
}

tl::unexpected<DecodeError> not_soap(std::string detail) {
  return tl::unexpected(DecodeError{Cause::not_soap, std::move(detail)});
}

class Decoder {
 public:
  Decoder() : reader_(message_.findings) {}

  tl::expected<AcsMessage, DecodeError> run(const xml::Document& document);

 private:
  void check_document(const xml::Document& document);
  void check_owner(xml::Element element, Owner expected);
  void read_header(xml::Element header);
  void read_unknown_header(xml::Element entry);
  bool must_understand(xml::Element entry) const;
  void read_flag(xml::Element entry, bool& flag);
  AcsBody read_body(xml::Element entry);
  AcsBody read_foreign(std::string_view name);
  InformResponse read_inform_response(xml::Element entry);
  AcsGetRPCMethodsResponse read_methods(xml::Element entry);
  Fault read_fault(xml::Element entry);

  AcsMessage message_;
  ArgumentReader reader_;
};

tl::expected<AcsMessage, DecodeError> Decoder::run(const xml::Document& document) {
  const xml::Element envelope = document.root();
  if (envelope.local_name() != "Envelope") {
    return not_soap(fmt::format("the root element is <{}>", shortened(envelope.name())));
  }
  const Owner owner = owner_of(envelope);
  if (owner == Owner::other || owner == Owner::cwmp) {
    return not_soap(fmt::format("an Envelope of namespace \"{}\"", shortened(envelope.namespace_uri(), kLongestName)));
  }
  check_document(document);
  check_owner(envelope, Owner::soap);

  if (const xml::Element header = envelope.child("Header")) {
    check_owner(header, Owner::soap);
    read_header(header);
  }
  const xml::Element body = envelope.child("Body");
  if (!body) return not_soap("an Envelope without Body");
  check_owner(body, Owner::soap);
  const xml::Element entry = body.first_child();
  if (!entry) return not_soap("an empty Body");
  if (entry.next_sibling()) reader_.finding("E-6", "more than one message in the Body; the first one counts");
  message_.body = read_body(entry);
  return std::move(message_);
}

void Decoder::check_document(const xml::Document& document) {
  if (document.has_doctype()) reader_.finding("E-1", "a document type declaration");  // SOAP 1.1, 3
  if (document.ill_formed_utf8()) reader_.finding("E-12", "ill-formed UTF-8");
  const std::string_view trailing = document.trailing();
  if (trailing.find("Envelope") != std::string_view::npos) {
    reader_.finding("E-6", "more than one envelope; the first one counts");
  } else if (!trailing.empty()) {
    reader_.finding("E-1", fmt::format("{} bytes behind the envelope", trailing.size()));
  }
}

// Where no namespace is to be had the local name counts.
void Decoder::check_owner(xml::Element element, Owner expected) {
  const Owner owner = owner_of(element);
  if (owner == expected) return;
  if (owner == Owner::undeclared) {
    reader_.finding("E-1", fmt::format("the prefix of <{}> is not declared", shortened(element.name())));
  } else {
    reader_.finding("E-1", fmt::format("<{}> is in namespace \"{}\"", shortened(element.name()),
                                       shortened(element.namespace_uri(), kLongestName)));
  }
}

// --- header (E-7 to E-10) -----------------------------------------------------------------------------------

void Decoder::read_header(xml::Element header) {
  constexpr int kMostEntries = 64;
  int entries = 0;
  for (xml::Element entry = header.first_child(); entry; entry = entry.next_sibling()) {
    if (++entries > kMostEntries) {
      reader_.finding("E-7", fmt::format("more than {} header entries; the rest is ignored", kMostEntries));
      return;
    }
    const std::string_view name = entry.local_name();
    const bool ours = name == "ID" || name == "HoldRequests" || name == "NoMoreRequests";
    if (!ours || owner_of(entry) == Owner::other) {
      read_unknown_header(entry);
      continue;
    }
    check_owner(entry, Owner::cwmp);
    if (name == "NoMoreRequests") {
      read_flag(entry, message_.no_more_requests);
      continue;
    }
    if (!must_understand(entry)) reader_.finding("E-7", fmt::format("{} without mustUnderstand=\"1\"", name));
    if (name == "HoldRequests") {
      read_flag(entry, message_.hold_requests);
    } else if (message_.id) {
      reader_.finding("E-7", "more than one ID; the first one counts");
    } else {
      message_.id = std::string(entry.text());
    }
  }
}

void Decoder::read_flag(xml::Element entry, bool& flag) {
  const std::optional<bool> value = read_boolean(entry.text());
  if (!value) reader_.finding("E-8", fmt::format("{} is not a boolean; taken as false", entry.local_name()));
  flag = value.value_or(false);
}

void Decoder::read_unknown_header(xml::Element entry) {
  // SOAP 1.1, 4.2.2: an entry for another actor is not ours to understand.
  const std::string_view actor = entry.attribute("actor");
  if (!actor.empty() && actor != kNextActor) return;
  if (must_understand(entry) && !message_.must_understand) {
    message_.must_understand = shortened(entry.name(), kLongestName);
  }
}

bool Decoder::must_understand(xml::Element entry) const {
  return read_boolean(entry.attribute("mustUnderstand")).value_or(false);
}

// --- body ---------------------------------------------------------------------------------------------------

AcsBody Decoder::read_body(xml::Element entry) {
  const std::string_view name = entry.local_name();
  const Owner owner = owner_of(entry);
  if (owner == Owner::other) return read_foreign(name);
  if (name == "Fault") return read_fault(entry);
  check_owner(entry, Owner::cwmp);
  if (const xml::Element first = entry.first_child(); first.prefix().empty() && !first.namespace_uri().empty()) {
    reader_.finding("E-2", "a default namespace is in force inside the message");
  }
  if (name == "InformResponse") return read_inform_response(entry);
  if (name == "GetRPCMethodsResponse") return read_methods(entry);
  if (is_response(name)) return OtherResponse{shortened(name, kLongestName)};
  return decode_request(entry, name, reader_);
}

// A namespace of its own says that this is not CWMP's message of that name.
AcsBody Decoder::read_foreign(std::string_view name) {
  reader_.finding("E-1", fmt::format("{} is of a foreign namespace", shortened(name)));
  if (is_response(name)) return OtherResponse{shortened(name, kLongestName)};
  return AcsRequest{UnknownMethod{shortened(name, kLongestName)}};
}

InformResponse Decoder::read_inform_response(xml::Element entry) {
  const Fields fields(entry, {"MaxEnvelopes"}, reader_);
  const auto value = read_integer(fields[0].text());
  if (!value || *value < 1 || *value > std::numeric_limits<std::uint32_t>::max()) {
    reader_.finding("E-6", "MaxEnvelopes is missing or no positive number; taken as 1");
    return {};
  }
  return {static_cast<std::uint32_t>(*value)};
}

AcsGetRPCMethodsResponse Decoder::read_methods(xml::Element entry) {
  const Fields fields(entry, {"MethodList"}, reader_);
  AcsGetRPCMethodsResponse response{reader_.strings(fields[0], "MethodList")};
  if (reader_.failed()) reader_.finding("E-4", reader_.why());
  return response;
}

// E-13. Also a cwmp:Fault that stands in the Body without the SOAP fault around it.
Fault Decoder::read_fault(xml::Element entry) {
  const bool bare = owner_of(entry) == Owner::cwmp;
  if (bare) {
    reader_.finding("E-13", "a cwmp:Fault outside of a soap:Fault");
  } else {
    check_owner(entry, Owner::soap);
    if (trim(entry.child("faultstring").text()) != "CWMP fault") {
      reader_.finding("E-13", "faultstring is not \"CWMP fault\"");
    }
    const std::string_view code = trim(entry.child("faultcode").text());
    const std::size_t colon = code.rfind(':');
    const std::string_view local = code.substr(colon + 1);
    if (local != "Client" && local != "Server") {
      reader_.finding("E-13", fmt::format("faultcode is \"{}\"", shortened(code)));
    } else if (colon == std::string_view::npos) {
      reader_.finding("E-13", "faultcode without the prefix of SOAP");
    }
  }
  const xml::Element detail = bare ? entry : entry.child("detail").child("Fault");
  if (!detail) {
    reader_.finding("E-13", "a fault without cwmp:Fault in its detail");
    return {0, shortened(trim(entry.child("faultstring").text()), kLongestName), {}};
  }
  check_owner(detail, Owner::cwmp);
  Fault fault{0, shortened(detail.child("FaultString").text(), kLongestName), {}};
  const auto code = read_integer(detail.child("FaultCode").text());
  if (code && *code >= 0 && *code <= 99'999) {
    fault.code = static_cast<int>(*code);
  } else {
    reader_.finding("E-13", "FaultCode is missing or no number");
  }
  return fault;
}

}  // namespace

tl::expected<AcsMessage, DecodeError> decode_acs_message(std::string body) {
  auto document = xml::Document::parse(std::move(body));
  if (!document) return tl::unexpected(DecodeError{Cause::bad_xml, document.error().message()});
  return Decoder().run(*document);
}

}  // namespace cpefleet::cwmp
