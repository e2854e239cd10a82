// Who may be a peer: those of the settings, and members of the ring; which disk each has, and who
// contradicts what is known of it.
#include <algorithm>

#include "runtime/base/ensure.hpp"
#include "runtime/cluster/link_state.hpp"
#include "runtime/wire/schema.hpp"

namespace carillon::cluster {
namespace {

// Whoever reaches the peer port without TLS may call itself as it likes: not without end.
constexpr std::size_t peers_max = 4'000;

std::string quoted(const std::string& words) {
  return "\"" + words + "\"";
}

std::string number(std::uint64_t n) {
  return std::to_string(n);
}

}  // namespace

// Why a host that says this cannot be a peer; empty: it can. Said to both sides' logs.
std::string link_state::objection(const wire::peer_hello& hello, const std::string& dialed) const {
  const wire::ring_member& member = hello.member();
  const wire::ring_member& mine = myself_.member();
  if (hello.schema_major() != wire::schema_major)
    return "it speaks version " + number(hello.schema_major()) + " between hosts, " +
           quoted(mine.name()) + " speaks version " + number(wire::schema_major);
  if (hello.schema_minor() < minor_in_use_)
    return "it speaks version " + wire::schema_text(hello.schema_minor()) +
           " between hosts, and this cluster uses what came with " +
           wire::schema_text(minor_in_use_) + ": start it with a newer program";
  if (hello.cluster_name() != myself_.cluster_name())
    return "it is of the cluster " + quoted(hello.cluster_name()) + ", " + quoted(mine.name()) +
           " is of " + quoted(myself_.cluster_name());
  if (member.store_id() == mine.store_id() && member.incarnation() == mine.incarnation())
    return quoted(mine.name()) + " reached itself";
  if (member.store_id() == mine.store_id())
    return "its data folder is a copy of that of " + quoted(mine.name());
  if (member.store_id() == 0 || member.incarnation() == 0)
    return "it does not say which disk and which process it is";
  if (hello.cluster_id() != 0 && myself_.cluster_id() != 0 &&
      hello.cluster_id() != myself_.cluster_id())
    return "it is of another cluster of the name " + quoted(myself_.cluster_name()) +
           " (its id is " + number(hello.cluster_id()) + ", that of " + quoted(mine.name()) + " is " +
           number(myself_.cluster_id()) + ")";
  if (hello.slots() != myself_.slots())
    return "it has " + number(hello.slots()) + " slots, " + quoted(mine.name()) + " has " +
           number(myself_.slots());
  if (!dialed.empty() && dialed != member.name())
    return "at the address of " + quoted(dialed) + " answers " + quoted(member.name());
  const bool may_join = myself_.cluster_id() != 0 && !member.name().empty() &&
                        member.name() != mine.name() && !member.peer_address().empty() &&
                        peers_.size() < peers_max;
  if (!peers_.count(member.name()) && !may_join)
    return quoted(member.name()) + " is not in the list of hosts of " + quoted(mine.name());
  for (const auto& [name, other] : peers_) {
    if (!other.up())
      continue;
    if (name == member.name() && other.id() != member.store_id())
      return "a live " + quoted(name) + " with another disk is there already";
    if (name != member.name() && other.id() == member.store_id())
      return "its data folder is a copy of that of " + quoted(name);
  }
  return contradiction(member);
}

// Null: ourselves, or nobody that could be reached.
link_state::peer* link_state::meet(const wire::ring_member& member, tick_time now) {
  if (member.name() == myself_.member().name())
    return nullptr;
  if (peer* known = by_name(member.name())) {
    if (!known->listed && !member.peer_address().empty())
      known->address.address = member.peer_address();
    return known;
  }
  if (member.name().empty() || member.peer_address().empty() || peers_.size() >= peers_max)
    return nullptr;
  peer& added = peers_.try_emplace(member.name(), options_.queue_bytes).first->second;
  added.listed = false;
  added.we_dial = myself_.member().name() < member.name();
  added.address = {member.name(), member.peer_address()};
  added.next_dial = now;
  return &added;
}

void link_state::introduce(const std::vector<wire::ring_member>& hosts, tick_time now) {
  introduced_.clear();
  for (const wire::ring_member& host : hosts) {
    introduced_.insert(host.name());
    meet(host, now);
  }
}

// A host that left the ring and is gone. Not one that a peer listed while there are newer views than
// ours: it may have come since, and if it leads the meta group the view comes from nobody else.
void link_state::forget_strangers(tick_time now) {
  const bool behind = std::any_of(peers_.begin(), peers_.end(), [this](const auto& each) {
    return each.second.connection != 0 && each.second.generation > generation_;
  });
  if (!behind && now - told_at_ >= join_after)
    told_.clear();
  for (auto at = peers_.begin(); at != peers_.end();) {
    const peer& each = at->second;
    const bool stays = each.listed || each.connection != 0 || each.dialing ||
                       myself_.cluster_id() == 0 || members_.empty() || members_.count(at->first) > 0 ||
                       introduced_.count(at->first) > 0 || told_.count(at->first) > 0;
    at = stays ? std::next(at) : peers_.erase(at);
  }
}

std::vector<std::string> link_state::names() const {
  std::vector<std::string> out;
  for (const auto& [name, each] : peers_)
    out.push_back(name);
  return out;
}

// -- disks ----------------------------------------------------------------------------------------

void link_state::learn(const wire::ring_member& member) {
  auto [at, is_new] = disks_.try_emplace(member.store_id(), member);
  if (!is_new && member.starts() > at->second.starts())
    at->second = member;
}

void link_state::know(const wire::ring_view& view, tick_time now) {
  minor_in_use_ = std::max(minor_in_use_, view.schema_minor());
  members_.clear();
  myself_.clear_others();
  for (const wire::ring_member& member : view.members()) {
    learn(member);
    members_.insert(member.name());
    if (member.name() == myself_.member().name())
      continue;
    meet(member, now);
    *myself_.add_others() = member;
  }
  for (auto& [name, each] : peers_)
    if (each.connection != 0)
      if (std::string why = contradiction(each.hello.member()); !why.empty())
        drop(each, why, now);
}

// Every start of a disk counts one more than the one before, so a count that was reached before, by
// another process, is of a disk that lost what it wrote since. Empty: nothing speaks against it.
std::string link_state::contradiction(const wire::ring_member& member) const {
  auto at = disks_.find(member.store_id());
  if (at == disks_.end())
    return {};
  const wire::ring_member& known = at->second;
  if (known.name() != member.name())
    return "its data folder is a copy of that of " + quoted(known.name());
  const bool fewer = member.starts() < known.starts();
  const bool another = member.starts() == known.starts() && member.starts() != 0 &&
                       member.incarnation() != known.incarnation();
  if (!fewer && !another)
    return {};
  const std::string name = quoted(member.name());
  const std::string mine = quoted(myself_.member().name());
  std::string out(old_copy_words);
  out += "that of " + name;
  out += fewer ? " counts " + number(member.starts()) + " starts, " + mine + " has heard of start "
               : " is in its start " + number(member.starts()) + ", " + mine +
                     " has heard of another start ";
  out += number(known.starts());
  out += "; stop " + name + " and empty its data folder, then it comes back as a new host";
  return out;
}

// A peer says that it will not have us because of our disk. Only one of our own cluster is believed:
// what follows cannot be undone.
void link_state::heed(const wire::peer_hello& refusal) {
  if (refusal.refused().starts_with(old_copy_words) && myself_.cluster_id() != 0 &&
      refusal.cluster_id() == myself_.cluster_id() && by_name(refusal.member().name()))
    out_.old_copy = refusal.refused();
}

}  // namespace carillon::cluster
