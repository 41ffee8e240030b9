// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <list>
#include <memory>
#include <vector>

#include "base/time.hpp"

namespace cpefleet::transport {

// Timeouts of many exchanges at O(1) each and without allocation. Almost all exchanges wait equally long, so entries
// with the same timeout stand in one queue in the order in which they are due. An entry's node belongs to the waiting
// object and is only spliced. Thread: one.
template <class T>
class Deadlines {
  struct Queue;
  struct Item {
    T* owner = nullptr;
    TimePoint due{};
  };

 public:
  // One per waiting object, which must outlive its time in a queue.
  class Node {
   public:
    explicit Node(T& owner) { item_.push_back({&owner, {}}); }

   private:
    friend class Deadlines;
    std::list<Item> item_;  // the one item, or empty while it stands in a queue
    typename std::list<Item>::iterator place_;
    Queue* queue_ = nullptr;
  };

  // Replaces an earlier deadline of the same node.
  void set(Node& node, TimePoint now, Duration timeout) {
    clear(node);
    Queue& queue = queue_of(timeout);
    node.item_.front().due = now + timeout;
    node.queue_ = &queue;
    node.place_ = node.item_.begin();
    queue.items.splice(queue.items.end(), node.item_);
  }
  void clear(Node& node) {
    if (node.queue_ == nullptr) return;
    node.item_.splice(node.item_.begin(), node.queue_->items, node.place_);
    node.queue_ = nullptr;
  }
  [[nodiscard]] TimePoint next() const {
    TimePoint earliest = kNever;
    for (const auto& queue : queues_) {
      if (!queue->items.empty()) earliest = std::min(earliest, queue->items.front().due);
    }
    return earliest;
  }
  // One that is due, or null. It stays until it is cleared.
  [[nodiscard]] T* due(TimePoint now) const {
    for (const auto& queue : queues_) {
      if (!queue->items.empty() && queue->items.front().due <= now) return queue->items.front().owner;
    }
    return nullptr;
  }

 private:
  struct Queue {
    Duration timeout{};
    std::list<Item> items;
  };

  Queue& queue_of(Duration timeout) {
    for (const auto& queue : queues_) {
      if (queue->timeout == timeout) return *queue;
    }
    // A queue nobody stands in is taken over, so that their number is bounded by the timeouts in use.
    for (const auto& queue : queues_) {
      if (queue->items.empty()) {
        queue->timeout = timeout;
        return *queue;
      }
    }
    queues_.push_back(std::make_unique<Queue>());
    queues_.back()->timeout = timeout;
    return *queues_.back();
  }

  std::vector<std::unique_ptr<Queue>> queues_;
};

}  // namespace cpefleet::transport
