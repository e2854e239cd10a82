#include "tools/chaos/host_asker.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/json.hpp"

namespace carillon::chaos {
namespace {

std::string state_of(const cluster::host_health& health) {
  return health.well ? "well" : health.answers ? std::string("says ").append(health.reason) : "silent";
}

} // namespace

cluster::host_health host_asker::ask(std::size_t host, std::chrono::milliseconds at_most) {
  const client::endpoint& where = stage_.hosts().where(host);
  client::http_client asker(loop_, where);
  cluster::host_health health;
  bool answered = false;
  asker.send(client::get_request(where, "/healthz"), [&](const client::http_response_view* answer) {
    answered = true;
    if (answer)
      health = cluster::read_health(answer->status, std::string(answer->body));
  });
  wait_for(answered, at_most);
  return health;
}

void host_asker::wait_for(const bool& answered, std::chrono::milliseconds at_most) {
  auto done = [&] { return answered; };
  if (crowd_)
    crowd_->run_until(done, at_most);
  else
    loop_.run_until(done, at_most);
}

std::optional<wire::ring_view> host_asker::ask_ring(const std::string& order) {
  for (std::size_t host = 0; host < stage_.members(); ++host) {
    const client::endpoint& where = stage_.hosts().where(host);
    const std::string request = fmt::format(
        "{} /inspect/ring HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{}",
        order.empty() ? "GET" : "POST", where.authority(), stage_.hosts().admin_token(), order.size(),
        order);
    client::http_client asker(loop_, where);
    wire::inspect_reply reply;
    bool answered = false, good = false;
    asker.send(request, [&](const client::http_response_view* answer) {
      answered = true;
      good = answer && answer->status == 200 && wire::from_json(answer->body, reply);
    });
    wait_for(answered, patient);
    if (good)
      return reply.ring().view();
  }
  return std::nullopt;
}

bool host_asker::order_ring(std::size_t host, wire::host_intent wish) {
  wire::ring_order order;
  auto& change = *order.mutable_command()->mutable_host();
  change.set_host(stage_.hosts().entry(host).name);
  change.set_intent(wish);
  return ask_ring(wire::to_json(order)).has_value();
}

std::optional<ring_place> host_asker::place_of(std::size_t host) {
  auto view = ask_ring({});
  if (!view)
    return std::nullopt;
  ring_place place;
  for (const auto& member : view->members()) {
    if (member.name() != stage_.hosts().entry(host).name)
      continue;
    place.is_member = true;
    for (const auto& slot : view->slots())
      place.slots += static_cast<std::size_t>(
          std::count(slot.replicas().begin(), slot.replicas().end(), member.store_id()));
    for (const auto& move : view->moves()) {
      place.slots += move.to() == member.store_id();
      place.moves += move.to() == member.store_id() || move.from() == member.store_id();
    }
  }
  return place;
}

// A visitor that is not there need not be well.
bool host_asker::is_expected(std::size_t host) {
  return host < stage_.members() || stage_.hosts().process(host).is_running();
}

bool host_asker::all_are_well() {
  for (std::size_t host = 0; host < stage_.size(); ++host)
    if (is_expected(host) && !ask(host, patient).well)
      return false;
  return true;
}

std::string host_asker::words_of_all() {
  std::string words;
  for (std::size_t host = 0; host < stage_.size(); ++host)
    if (is_expected(host))
      words.append(" host ").append(stage_.hosts().entry(host).name).append(" ").append(
        state_of(ask(host, patient)));
  return words;
}

std::string host_asker::complaints_of(const std::vector<std::size_t>& hosts) {
  std::string words;
  for (std::size_t host : hosts) {
    auto health = ask(host, quick);
    if (!health.well)
      words.append(", ")
          .append(stage_.hosts().entry(host).name)
          .append(health.answers ? " " : " is ")
          .append(state_of(health));
  }
  return words;
}

std::set<std::size_t> host_asker::channels_led_by(const std::vector<std::size_t>& hosts) {
  std::set<std::size_t> led;
  for (std::size_t host : hosts) {
    auto health = ask(host, patient);
    if (health.slots == 0)
      continue; // it does not answer
    std::set<std::uint32_t> slots(health.leads.begin(), health.leads.end());
    for (std::size_t c = 0; c < crowd_->channels().size(); ++c)
      if (auto id = entity_id::parse(crowd_->channels()[c]);
          id && slots.contains(slot_of(*id, health.slots)))
        led.insert(c);
  }
  return led;
}

} // namespace carillon::chaos
