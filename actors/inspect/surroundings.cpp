// The part of the inspector that adds to an entity what its leader cannot say: whether there is such a
// user at all, where the copies are and how far behind, and how the last connection of a user ended.
// Done by the host that an operator asked, once.
#include <algorithm>

#include "actors/inspect/inspector_shell.hpp"

namespace carillon {
namespace {

using sort = entity_name::sort;

void add_copies(const wire::slot_picture& slot, wire::entity_picture& to) {
  for (const wire::replica_progress& each : slot.replicas()) {
    if (each.host() == to.host())
      continue;
    wire::entity_copy& copy = *to.add_copies();
    copy.set_host(each.host());
    copy.set_behind(slot.last_index() - std::min(slot.last_index(), each.match()));
    copy.set_voter(each.voter());
    copy.set_state(each.state());
  }
}

}  // namespace

void inspector_actor::look_around_entity(const wire::inspect_entity& asked, bool here,
                                         reply_then then) {
  auto name = parse_entity_name(asked.name());
  if (!name || here || asked.this_host())
    return look_at_entity(asked, here, std::move(then));
  auto look = [=, this] {
    look_at_entity(asked, false, [this, then](wire::inspect_reply reply) {
      add_copies_of(std::move(reply), [this, then](wire::inspect_reply with_copies) {
        add_last_end(std::move(with_copies), then);
      });
    });
  };
  // Any id has a slot that would describe it, so a mistyped one looked like somebody who is away.
  if ((name->what != sort::user && name->what != sort::sessions) || name->is_called())
    return look();
  using answer = result<std::vector<storage::user_row>>;
  auto found = gathering<answer>::begin(
      *this, 1, local_patience, [look, then](const gathering<answer>::answers& all) {
        if (all[0] && *all[0] && (*all[0])->empty())
          return then(refusal_of(errc::not_found, "no team has a user of that id: `carillon user "
                                                  "list` has who is there"));
        look();  // also when the directory's server is away
      });
  ask_directory(
      this, host_,
      [id = name->id](const storage::directory& directory) { return directory.users_by_id({id}); },
      [found](answer said) { found->answered(0, std::move(said)); });
}

void inspector_actor::add_copies_of(wire::inspect_reply reply, reply_then then) {
  const wire::entity_picture& seen = reply.entity();
  if (reply.errc() != 0 || (!seen.has_channel() && !seen.has_user()) || !seen.trouble().empty())
    return then(std::move(reply));
  wire::inspect_entity slot;
  slot.set_name("slot/" + std::to_string(seen.slot()));
  look_at_entity(slot, false, [reply, then](const wire::inspect_reply& led) mutable {
    if (led.errc() == 0 && led.entity().host() == reply.entity().host())
      add_copies(led.entity().slot_replica(), *reply.mutable_entity());
    then(std::move(reply));
  });
}

void inspector_actor::add_last_end(wire::inspect_reply reply, reply_then then) {
  auto user = entity_id::parse(reply.entity().name().substr(reply.entity().name().find('/') + 1));
  if (reply.errc() != 0 || !reply.entity().has_user() || !user ||
      reply.entity().user().devices_size() > 0)
    return then(std::move(reply));
  wire::inspect_request what;
  what.mutable_entity()->set_name("sessions/" + user->text());
  what.mutable_entity()->set_this_host(true);
  look_at_sessions(*user, what, false, [reply, then](const wire::inspect_reply& sessions) mutable {
    if (sessions.entities().ended_size() > 0)
      *reply.mutable_entity()->mutable_user()->add_ended() = sessions.entities().ended(0);
    then(std::move(reply));
  });
}

}  // namespace carillon
