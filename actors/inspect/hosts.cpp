// The part of the inspector that looks at hosts: this one, and through the links the others.
#include <algorithm>

#include "actors/admission.hpp"
#include "actors/inspect/inspector_shell.hpp"
#include "storage/journal.hpp"

namespace carillon {

std::shared_ptr<const wire::ring_view> inspector_actor::view() const {
  return host_.ring ? host_.ring->now() : std::make_shared<const wire::ring_view>();
}

// ---- this host --------------------------------------------------------------------------------

// Everything that needs no actor's answer.
wire::host_picture inspector_actor::host_at_once(bool history) const {
  wire::host_picture out;
  out.set_name(own_name(host_.config));
  out.set_store_id(host_.self);
  out.set_incarnation(host_.incarnation);
  for (const auto& each : host_.config.cluster.hosts)
    if (each.name == host_.config.host.name) {
      out.set_zone(each.zone);
      out.set_region(each.region);
    }
  out.set_version(CARILLON_VERSION);
  out.set_started(started_);
  out.set_now(host_.now());
  const auto trouble = parts_.trouble ? parts_.trouble() : std::optional<error>();
  out.set_state(!parts_.edge ? "starting" : trouble ? trouble->describe() : "serving");
  out.set_generation(view()->generation());
  std::uint32_t held = 0, led = 0;
  for (std::size_t slot = 0; slot < host_.slots.size(); ++slot) {
    held += host_.slots[slot] ? 1 : 0;
    led += host_.where && host_.where->is_here(static_cast<slot_id>(slot)) ? 1 : 0;
  }
  out.set_slots_held(held);
  out.set_slots_led(led);
  if (parts_.edge) {
    const edge::edge_counters count = parts_.edge();
    out.set_connections(count.connections);
    out.set_websockets(count.websockets);
    out.set_event_streams(count.event_streams);
    out.set_connections_max(host_.config.edge.connections_max);
  }
  out.set_entities(static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, host_.metrics->entities.read())));
  *out.mutable_per_second() = history_.per_second();
  out.set_memory_bytes(history_.memory_bytes());
  out.set_cpu_cores(history_.cpu_cores());
  if (host_.journal) {
    const auto count = host_.journal->count();
    wire::journal_picture& journal = *out.mutable_journal();
    journal.set_batches(count.batches);
    journal.set_syncs(count.syncs);
    journal.set_entries(count.entries);
    journal.set_queued_bytes(host_.journal->queued_bytes());
    const auto times = host_.journal->measured().write_time.read();
    journal.set_fsync_p50(times.quantile(0.5) / 1'000);
    journal.set_fsync_p99(times.quantile(0.99) / 1'000);
    if (const status well = host_.journal->health(); !well)
      journal.set_trouble(well.error().describe());
  }
  if (host_.door)
    for (std::string& words : host_.door->turned_away(steady_now()))
      out.add_turned_away(std::move(words));
  for (std::size_t i = 0; i < push::provider_count; ++i)
    if (const auto since = host_.metrics->push_outages[i].read(); since > 0) {
      wire::push_outage& outage = *out.add_push_outages();
      outage.set_provider(std::string(to_string(static_cast<push::provider>(i))));
      outage.set_since(static_cast<std::uint64_t>(since));
    }
  if (history)
    for (const wire::sample& each : history_.samples())
      *out.add_history() = each;
  return out;
}

void inspector_actor::look_at_host(const wire::inspect_host& asked,
                                   std::function<void(wire::host_picture)> then) {
  auto out = std::make_shared<wire::host_picture>(host_at_once(asked.history()));
  std::vector<std::size_t> slots;
  if (asked.slots())
    for (std::size_t slot = 0; slot < host_.slots.size(); ++slot)
      if (host_.slots[slot])
        slots.push_back(slot);
  const bool linked = host_.link != nullptr;
  const tick_time now = steady_now();
  using all = gathering<wire::entity_picture>;
  auto gathered = all::begin(
      *this, slots.size() + linked, local_patience,
      [this, out, slots, then = std::move(then)](all::answers said) {
        for (std::size_t i = 0; i < slots.size(); ++i) {
          wire::slot_picture& into = *out->add_slots();
          if (said[i]) {
            into = std::move(*said[i]->mutable_slot_replica());
            continue;
          }
          into.set_slot(static_cast<std::uint32_t>(slots[i]));
          into.set_host(out->name());
          if (host_.where) {
            const auto place = host_.where->of(static_cast<slot_id>(slots[i]));
            into.set_leader(name_of_member(*view(), place.leader));
            into.set_term(place.term);
          }
          into.set_mailbox_wait(static_cast<std::uint64_t>(
              std::chrono::microseconds(local_patience).count()));
          into.set_trouble("it does not answer");
        }
        then(std::move(*out));
      });
  for (std::size_t i = 0; i < slots.size(); ++i)
    request(host_.slots[slots[i]], caf::infinite, describe{now, {}, 0, false})
        .then([gathered, i](const entity_picture_box& said) { gathered->answered(i, *said); },
              [gathered, i](const caf::error&) { gathered->refused(i); });
  if (linked)
    request(host_.link, caf::infinite, describe{now, {}, 0, false})
        .then(
            [gathered, out, last = slots.size()](const host_picture_box& said) {
              *out->mutable_links() = said->links();
              gathered->refused(last);
            },
            [gathered, last = slots.size()](const caf::error&) { gathered->refused(last); });
}

// ---- the others -------------------------------------------------------------------------------

std::vector<inspector_actor::peer> inspector_actor::peers() const {
  std::vector<peer> out;
  const auto now = view();
  auto heard = host_.health ? host_.health->heard()
                            : std::make_shared<const std::vector<std::uint64_t>>();
  for (const std::string& name : host_names(host_.config, *now)) {
    if (name == own_name(host_.config))
      continue;
    peer each{name, 0};
    // A name may have had other disks before: the one that is heard counts.
    for (const wire::ring_member& member : now->members()) {
      const bool is_heard = std::count(heard->begin(), heard->end(), member.store_id()) > 0;
      if (member.name() == name && (each.id == 0 || is_heard))
        each.id = member.store_id();
    }
    out.push_back(std::move(each));
  }
  return out;
}

void inspector_actor::ask_peer_host(const peer& whom, wire::inspect_request what, reply_then then) {
  auto refuse = [then](error why) {
    wire::inspect_reply reply;
    set_error(reply, why);
    then(std::move(reply));
  };
  if (!host_.link || whom.id == 0)
    return refuse(make_error(errc::not_owner, "no host of that name has joined"));
  auto question = std::make_shared<wire::peer_request>();
  *question->mutable_inspect() = std::move(what);
  request(host_.link, caf::infinite, ask_peer{whom.id, 0, std::move(question), peer_patience})
      .then(
          [then, refuse](const peer_reply_box& said) {
            if (auto why = reply_error(*said))
              return refuse(std::move(*why));
            if (!said->has_inspect())
              return refuse(make_error(errc::internal_error, "an answer to another question"));
            then(said->inspect());
          },
          [refuse](const caf::error&) { refuse(make_error(errc::not_owner, "the link is gone")); });
}

void inspector_actor::ask_peers(const wire::inspect_request& what,
                                std::function<void(std::vector<host_answer>)> then) {
  const std::vector<peer> all = peers();
  using answers = gathering<host_answer>::answers;
  // The link ends each question by itself; a link that hangs is no reason to hang.
  auto gathered = gathering<host_answer>::begin(
      *this, all.size(), peer_patience + std::chrono::milliseconds(100),
      [all, asked_at = host_.now(), then = std::move(then)](answers said) {
        std::vector<host_answer> out;
        for (std::size_t i = 0; i < all.size(); ++i) {
          host_answer none{all[i].name, asked_at, asked_at, {}};
          set_error(none.reply, make_error(errc::timed_out, "it did not answer in time"));
          out.push_back(said[i] ? std::move(*said[i]) : std::move(none));
        }
        then(std::move(out));
      });
  for (std::size_t i = 0; i < all.size(); ++i)
    ask_peer_host(all[i], what,
                  [this, gathered, i, name = all[i].name,
                   asked_at = host_.now()](wire::inspect_reply reply) {
                    gathered->answered(i, {name, asked_at, host_.now(), std::move(reply)});
                  });
}

void inspector_actor::look_at_cluster(bool slots,
                                      std::function<void(wire::cluster_picture)> then) {
  struct collected {
    std::optional<host_answer> here;
    std::optional<std::vector<host_answer>> there;
  };
  auto both = std::make_shared<collected>();
  auto done = [this, slots, both, then = std::move(then)] {
    if (!both->here || !both->there)
      return;
    std::vector<host_answer> all = std::move(*both->there);
    all.push_back(std::move(*both->here));
    const auto now = view();
    wire::cluster_picture out =
        picture_of_cluster(*now, host_names(host_.config, *now), std::move(all), slots);
    out.set_asked(own_name(host_.config));
    if (host_.where)
      out.set_meta_leader(name_of_member(*now, host_.where->of(host_.where->meta_slot()).leader));
    then(std::move(out));
  };
  wire::inspect_request what;
  what.mutable_host()->set_slots(true);  // what moves is told by slots
  ask_peers(what, [both, done](std::vector<host_answer> said) {
    both->there = std::move(said);
    done();
  });
  look_at_host(what.host(), [this, both, done](wire::host_picture mine) {
    const timestamp now = mine.now();
    host_answer answer{own_name(host_.config), now, now, {}};
    *answer.reply.mutable_host() = std::move(mine);
    both->here = std::move(answer);
    done();
  });
}

}  // namespace carillon
