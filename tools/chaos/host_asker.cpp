#include "tools/chaos/host_asker.hpp"

#include "runtime/ring/slot_hash.hpp"

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
  auto done = [&] { return answered; };
  if (crowd_)
    crowd_->run_until(done, at_most);
  else
    loop_.run_until(done, at_most);
  return health;
}

bool host_asker::all_are_well() {
  for (std::size_t host = 0; host < stage_.size(); ++host)
    if (!ask(host, patient).well)
      return false;
  return true;
}

std::string host_asker::words_of_all() {
  std::string words;
  for (std::size_t host = 0; host < stage_.size(); ++host)
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
