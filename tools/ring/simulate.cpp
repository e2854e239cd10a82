#include "tools/ring/simulate.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>
#include <memory>
#include <set>

#include "runtime/base/logging.hpp"
#include "runtime/ring/moves.hpp"
#include "runtime/ring/ring_delta.hpp"
#include "storage/memory_kv.hpp"
#include "storage/ring_view_rows.hpp"

namespace carillon::ring {
namespace {

using stopwatch = std::chrono::steady_clock;

double seconds_since(stopwatch::time_point began) {
  return std::chrono::duration<double>(stopwatch::now() - began).count();
}

wire::ring_view members_of(const large_ring& how) {
  std::vector<wire::ring_member> members(how.hosts);
  for (std::uint32_t i = 0; i < how.hosts; ++i) {
    members[i].set_store_id(placement_score(1, i + 1));
    members[i].set_incarnation(placement_score(2, i + 1));
    members[i].set_name(fmt::format("host-{}", i + 1));
    members[i].set_zone(fmt::format("zone-{}", i % how.zones));
    members[i].set_weight(100);
    members[i].set_peer_address(fmt::format("10.{}.{}.{}:7100", i / 65'536, i / 256 % 256, i % 256));
    members[i].set_public_url(fmt::format("https://host-{}.chat.example.org", i + 1));
  }
  std::sort(members.begin(), members.end(),
            [](const auto& a, const auto& b) { return a.store_id() < b.store_id(); });
  wire::ring_view out;
  for (auto& member : members)
    *out.add_members() = std::move(member);
  return out;
}

void measure_balance(const wire::ring_view& view, ring_report_card& card) {
  std::map<std::uint64_t, std::uint32_t> places, leaders;
  std::map<std::uint64_t, std::string> zone;
  for (const auto& member : view.members()) {
    places[member.store_id()] = leaders[member.store_id()] = 0;
    zone[member.store_id()] = member.zone();
  }
  for (const auto& place : view.slots()) {
    std::set<std::string> zones;
    for (std::uint64_t host : place.replicas()) {
      ++places[host];
      zones.insert(zone[host]);
    }
    ++leaders[place.preferred_leader()];
    card.slots_in_one_zone_twice += zones.size() < static_cast<std::size_t>(place.replicas_size());
  }
  auto bounds = [](const auto& counts, std::uint32_t& least, std::uint32_t& most) {
    least = ~0u;
    most = 0;
    for (const auto& [host, count] : counts) {
      least = std::min(least, count);
      most = std::max(most, count);
    }
  };
  bounds(places, card.fewest_places, card.most_places);
  bounds(leaders, card.fewest_leaders, card.most_leaders);
}

loss_report lose(const large_ring& how, const wire::ring_view& view, const std::string& what,
                 const std::set<std::uint64_t>& lost) {
  loss_report out;
  out.what = what;
  out.hosts = static_cast<std::uint32_t>(lost.size());
  ring_needs needs;
  needs.rules = {.slots = how.slots, .replicas = how.replicas};
  needs.given_up = lost;
  needs.is_alive = [&](std::uint64_t host) { return lost.count(host) == 0; };
  for (const auto& place : view.slots()) {
    const auto gone = std::count_if(place.replicas().begin(), place.replicas().end(),
                                    [&](std::uint64_t host) { return lost.count(host) > 0; });
    out.places_lost += static_cast<double>(gone);
    out.slots_without_majority += 2 * (place.replicas_size() - gone) <= place.replicas_size();
  }
  const auto began = stopwatch::now();
  const auto next = next_view(view, needs);
  out.plan_seconds = seconds_since(began);
  if (!next)
    return out;
  out.moves = static_cast<std::size_t>(next->moves_size());
  out.delta_bytes = delta_of(view, *next).ByteSizeLong();
  std::map<std::uint64_t, std::uint32_t> incoming, outgoing;
  for (const auto& move : next->moves()) {
    ++incoming[move.to()];
    for (std::uint64_t host : view.slots(static_cast<int>(move.slot())).replicas())
      if (lost.count(host) == 0) {
        ++outgoing[host];  // its new leader gives
        break;
      }
  }
  std::uint32_t busiest = 0;
  for (const auto& [host, count] : incoming) {
    out.most_incoming = std::max(out.most_incoming, count);
    busiest = std::max(busiest, count);
  }
  for (const auto& [host, count] : outgoing)
    busiest = std::max(busiest, count);
  const double slot_bytes = how.channels / how.slots * how.bytes_per_channel;
  out.transfer_seconds = busiest * slot_bytes * 8 / (how.gigabits_per_host * 1e9);
  return out;
}

// Groups do what they are asked for at once, and the next delta says so.
void obey(const wire::ring_view& view, ring_needs& needs, std::size_t& done) {
  for (const auto& move : view.moves()) {
    if (move.began() == 0)
      continue;
    const auto& now = view.slots(static_cast<int>(move.slot())).replicas();
    group_fact& group = needs.groups[static_cast<slot_id>(move.slot())];
    group = {.generation = view.generation(), .voters = {now.begin(), now.end()}, .learners = {}};
    group.voters.erase(move.from());
    if (move.to() != 0)
      group.voters.insert(move.to());
    ++done;
  }
}

delta_costs play_loss(const large_ring& how, const wire::ring_view& founded, std::uint64_t lost) {
  delta_costs out;
  ring_needs needs;
  needs.rules = {.slots = how.slots, .replicas = how.replicas};
  needs.given_up = {lost};
  needs.is_alive = [&](std::uint64_t host) { return host != lost; };
  storage::memory_kv store;
  auto batch = store.make_batch();
  storage::ring_view_rows rows(static_cast<slot_id>(how.slots));
  rows.replace(founded, *batch);
  auto view = std::make_shared<const wire::ring_view>(founded);
  std::clock_t spent = 0;
  while (const auto next = next_view(*view, needs)) {
    const wire::ring_delta delta = delta_of(*view, *next);
    batch->clear();
    const std::clock_t began = std::clock();
    auto mine = std::make_shared<wire::ring_view>(*view);
    apply_delta(*mine, delta);
    rows.change(delta, *batch);
    view = std::move(mine);
    spent += std::clock() - began;
    ++out.deltas;
    out.told_bytes += static_cast<double>(delta.ByteSizeLong());
    out.written_bytes += static_cast<double>(batch->bytes());
    obey(*view, needs, out.moves_done);
  }
  const double deltas = static_cast<double>(std::max<std::size_t>(out.deltas, 1));
  out.told_bytes /= deltas;
  out.written_bytes /= deltas;
  out.cpu_seconds = static_cast<double>(spent) / CLOCKS_PER_SEC / deltas;
  return out;
}

}  // namespace

ring_report_card simulate(const large_ring& how) {
  ring_report_card card;
  ring_needs needs;
  needs.rules = {.slots = how.slots, .replicas = how.replicas};
  needs.is_alive = [](std::uint64_t) { return true; };
  const auto began = stopwatch::now();
  wire::ring_view view = planned_view(place_slots(members_of(how), needs.rules), needs);
  card.founding_seconds = seconds_since(began);
  view.set_generation(1);
  card.view_bytes = view.ByteSizeLong();
  measure_balance(view, card);
  const std::string zone = view.members(0).zone();
  std::set<std::uint64_t> of_zone;
  for (const auto& member : view.members())
    if (member.zone() == zone)
      of_zone.insert(member.store_id());
  card.losses.push_back(lose(how, view, "one host", {view.members(0).store_id()}));
  card.losses.push_back(lose(how, view, "one zone", of_zone));
  card.after_one = play_loss(how, view, view.members(0).store_id());
  return card;
}

std::string report_text(const large_ring& how, const ring_report_card& card) {
  std::string out = fmt::format(
      "{} hosts in {} zones, {} slots of {} replicas, {:.0f} channels of {:.0f} bytes\n"
      "first table       {:.2f} s, {:.2f} MB\n"
      "places of a host  {} to {}\n"
      "leaders of a host {} to {}\n"
      "slots twice in a zone {}\n",
      how.hosts, how.zones, how.slots, how.replicas, how.channels, how.bytes_per_channel,
      card.founding_seconds, static_cast<double>(card.view_bytes) / 1e6, card.fewest_places,
      card.most_places, card.fewest_leaders, card.most_leaders, card.slots_in_one_zone_twice);
  for (const loss_report& loss : card.losses)
    out += fmt::format(
        "{} lost ({} hosts): {} moves for {:.0f} lost places, planned in {:.3f} s, {} bytes to tell; "
        "{} slots without a majority; at most {} replicas to one host; all there again after {:.0f} s "
        "at {} Gbit/s a host\n",
        loss.what, loss.hosts, loss.moves, loss.places_lost, loss.plan_seconds, loss.delta_bytes,
        loss.slots_without_majority, loss.most_incoming, loss.transfer_seconds,
        how.gigabits_per_host);
  const delta_costs& each = card.after_one;
  out += fmt::format("one host's {} moves take {} deltas; each {:.0f} bytes to tell, and on every host {:.0f} "
                     "bytes to write and {:.1f} ms of CPU\n",
                     each.moves_done, each.deltas, each.told_bytes, each.written_bytes,
                     each.cpu_seconds * 1e3);
  return out;
}

}  // namespace carillon::ring
