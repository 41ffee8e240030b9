// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

namespace cpefleet::transport {

struct ServerReply;
struct ReplySlot;

// The right to answer one request of an HttpServer, now or later. Copies share it: the first reply counts, others do
// nothing, as does one whose connection or server is gone. When none ever comes, the connection ends by the server's
// idle timeout. Thread: any; it may outlive the server and its io_context.
class Responder {
 public:
  explicit Responder(std::shared_ptr<ReplySlot> slot) : slot_(std::move(slot)) {}
  void operator()(ServerReply reply) const;

 private:
  std::shared_ptr<ReplySlot> slot_;
};

}  // namespace cpefleet::transport
