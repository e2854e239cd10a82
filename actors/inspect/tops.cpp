// The part of the inspector that looks for what is busiest: channels, mailboxes, kinds of actors,
// connections and queues, of this host and of all.
#include <algorithm>

#include "actors/inspect/inspector_shell.hpp"
#include "storage/journal.hpp"

namespace carillon {

void inspector_actor::look_at_top(const wire::inspect_top& asked, bool here,
                                  std::function<void(wire::top_picture)> then) {
  const std::uint32_t limit = asked.limit() > 0 ? asked.limit() : top_default;
  if (here || asked.this_host())
    return look_at_top_here(limit, std::move(then));
  struct collected {
    std::vector<wire::top_picture> parts;
    int left = 2;
  };
  auto all = std::make_shared<collected>();
  auto done = [all, limit, then = std::move(then)] {
    if (--all->left == 0)
      then(merge_tops(all->parts, limit));
  };
  wire::inspect_request what;
  what.mutable_top()->set_limit(limit);
  what.mutable_top()->set_this_host(true);
  ask_peers(what, [all, done](std::vector<host_answer> said) {
    for (host_answer& each : said)
      if (each.reply.errc() == 0 && each.reply.has_top())
        all->parts.push_back(std::move(*each.reply.mutable_top()));
    done();
  });
  look_at_top_here(limit, [all, done](wire::top_picture mine) {
    all->parts.push_back(std::move(mine));
    done();
  });
}

void inspector_actor::look_at_top_here(std::uint32_t limit,
                                       std::function<void(wire::top_picture)> then) {
  std::vector<std::size_t> slots;
  for (std::size_t slot = 0; slot < host_.slots.size(); ++slot)
    if (host_.slots[slot])
      slots.push_back(slot);
  // The slots, the meta group, the hub, the link, and the connections.
  const std::size_t meta = slots.size(), hub = meta + 1, link = meta + 2, edge = meta + 3;
  auto out = std::make_shared<std::vector<wire::top_picture>>();
  const std::string here = own_name(host_.config);
  const tick_time now = steady_now();
  using all = gathering<wire::top_picture>;
  auto gathered = all::begin(
      *this, meta + 4, local_patience,
      [this, slots, here, limit, then = std::move(then)](all::answers said) {
        std::vector<wire::top_picture> parts;
        auto mute = [&](std::string name) {
          wire::top_line& line = *parts.emplace_back().add_mailboxes();
          line.set_name(std::move(name));
          line.set_host(here);
          line.set_time(micros_between({}, tick_time(local_patience)));
        };
        for (std::size_t i = 0; i < said.size(); ++i)
          if (said[i])
            parts.push_back(std::move(*said[i]));
          else if (i < slots.size())
            mute("slot/" + std::to_string(slots[i]));
          else if (i == slots.size() + 1 && host_.hub)
            mute("hub/" + here);
        parts.push_back(top_at_once());
        then(merge_tops(parts, limit));
      });
  for (std::size_t i = 0; i < slots.size(); ++i)
    request(host_.slots[slots[i]], caf::infinite, describe_busiest{now, limit})
        .then([gathered, i](const top_picture_box& said) { gathered->answered(i, *said); },
              [gathered, i](const caf::error&) { gathered->refused(i); });
  auto ask_mailbox = [&](const caf::actor& whom, std::size_t place) {
    if (!whom)
      return gathered->answered(place, {});
    request(whom, caf::infinite, describe{now, {}, 0, false})
        .then(
            [gathered, place, here](const entity_picture_box& said) {
              wire::top_picture part;
              wire::top_line& line = *part.add_mailboxes();
              line.set_name(said->name());
              line.set_host(here);
              line.set_value(static_cast<double>(said->mailbox_length()));
              line.set_time(said->mailbox_wait());
              gathered->answered(place, std::move(part));
            },
            [gathered, place](const caf::error&) { gathered->refused(place); });
  };
  ask_mailbox(host_.meta, meta);
  ask_mailbox(host_.hub, hub);
  if (!host_.link)
    gathered->answered(link, {});
  else
    request(host_.link, caf::infinite, describe{now, {}, 0, false})
        .then(
            [gathered, link, here](const host_picture_box& said) {
              wire::top_picture part;
              for (const wire::link_picture& each : said->links()) {
                wire::top_line& line = *part.add_queues();
                line.set_name("link/" + each.host());
                line.set_host(here);
                line.set_value(static_cast<double>(each.queued_bytes() + each.unacknowledged_bytes()));
                line.set_time(each.heard_ago());
              }
              gathered->answered(link, std::move(part));
            },
            [gathered, link](const caf::error&) { gathered->refused(link); });
  look_at_connections({}, limit, [gathered, edge](std::vector<wire::session_details> found) {
    wire::top_picture part;
    for (wire::session_details& each : found) {
      wire::top_line& line = *part.add_queues();
      line.set_name("session/" + each.host() + ":" + std::to_string(each.connection()));
      line.set_host(each.host());
      line.set_value(static_cast<double>(each.queued_bytes()));
      line.set_time(each.queued_for());
      *part.add_connections() = std::move(each);
    }
    gathered->answered(edge, std::move(part));
  });
}

// What no actor has to be asked for.
wire::top_picture inspector_actor::top_at_once() const {
  const std::string here = own_name(host_.config);
  wire::top_picture out;
  for (wire::actor_line& line : history_.actors(handler_sample)) {
    line.set_host(here);
    *out.add_actors() = std::move(line);
  }
  if (host_.journal) {
    wire::top_line& line = *out.add_queues();
    line.set_name("journal/" + here);
    line.set_host(here);
    line.set_value(static_cast<double>(host_.journal->queued_bytes()));
    line.set_time(micros_between({}, tick_time(host_.journal->writing_for(steady_now()))));
  }
  return out;
}

}  // namespace carillon
