// SPDX-License-Identifier: Apache-2.0
#include "acs/sessions.hpp"

#include <cassert>

namespace cpefleet::acs {
namespace {

template <class Map, class Key>
Session* find_in(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &*found->second;
}

}  // namespace

Session& Sessions::start(std::uint64_t cookie, std::uint64_t connection, DeviceEntry& device, TimePoint now) {
  assert(!by_device_.contains(&device) && !by_connection_.contains(connection));
  Session session;
  session.cookie = cookie;
  session.connection = connection;
  session.device = &device;
  session.last = now;
  const Place place = list_.insert(list_.end(), std::move(session));
  by_cookie_.emplace(cookie, place);
  by_connection_.emplace(connection, place);
  by_device_.emplace(&device, place);
  return *place;
}

void Sessions::end(Session& session) {
  const Place place = by_cookie_.at(session.cookie);
  by_cookie_.erase(session.cookie);
  by_connection_.erase(session.connection);
  by_device_.erase(session.device);
  list_.erase(place);
}

void Sessions::touch(Session& session, std::uint64_t connection, TimePoint now) {
  const Place place = by_cookie_.at(session.cookie);
  list_.splice(list_.end(), list_, place);
  session.last = now;
  if (session.connection == connection) return;
  by_connection_.erase(session.connection);
  session.connection = connection;
  by_connection_[connection] = place;
}

Session* Sessions::by_cookie(std::uint64_t cookie) { return find_in(by_cookie_, cookie); }
Session* Sessions::by_connection(std::uint64_t connection) { return find_in(by_connection_, connection); }
Session* Sessions::by_device(const DeviceEntry& device) { return find_in(by_device_, &device); }

}  // namespace cpefleet::acs
