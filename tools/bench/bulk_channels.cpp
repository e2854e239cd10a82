#include "tools/bench/bulk_channels.hpp"

#include <algorithm>
#include <cctype>
#include <memory>

#include "runtime/base/clock.hpp"
#include "runtime/base/random.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "storage/founding.hpp"
#include "storage/message_store.hpp"
#include "storage/rocks_kv.hpp"
#include "tools/client/stream.hpp"

namespace carillon::bench {
namespace {

constexpr std::size_t batch_bytes = 1u << 20;

template <class Result>
auto must(Result&& outcome, const char* doing) {
  if (!outcome)
    throw client::client_error(std::string(doing) + ": " + outcome.error().describe());
  return std::move(*outcome);
}

void must_hold(const status& outcome, const char* doing) {
  if (!outcome)
    throw client::client_error(std::string(doing) + ": " + outcome.error().describe());
}

struct placed_id {
  slot_id slot = 0;
  entity_id id;
  auto operator<=>(const placed_id&) const = default;
};

// As the tables order them.
std::vector<placed_id> draw_ids(std::size_t count, std::uint32_t slots) {
  secure_random chance;
  std::vector<placed_id> all(count);
  for (placed_id& one : all) {
    one.id = chance.new_id(id_kind::channel);
    one.slot = slot_of(one.id, slots);
  }
  std::sort(all.begin(), all.end());
  return all;
}

wire::channel_event message_event(std::uint64_t seq, timestamp ts, const std::string& user) {
  wire::channel_event event;
  event.set_seq(seq);
  event.set_ts(ts);
  event.set_kind(wire::EVENT_MESSAGE);
  wire::chat_message& message = *event.mutable_message();
  message.set_seq(seq);
  message.set_ts(ts);
  message.set_user(user);
  return event;
}

// What actors/channel/membership.cpp: create, and one post after it, leave behind.
wire::slot_command founded_channel(const bulk_order& what, const placed_id& place,
                                   const std::string& owner, timestamp now) {
  wire::slot_command command;
  wire::channel_change& change = *command.mutable_channel();
  change.set_channel_id(place.id.text());
  *change.add_events() = message_event(1, now, owner);
  wire::chat_message& joined = *change.mutable_events(0)->mutable_message();
  joined.set_subtype("channel_join");
  joined.set_text("<@" + owner + "> has joined the channel");
  *change.add_events() = message_event(2, now + 1, owner);
  change.mutable_events(1)->mutable_message()->set_text(std::string(what.text_bytes, 'x'));
  wire::channel_member& member = *change.add_members_added();
  member.set_user_id(owner);
  member.set_joined_ts(now);
  member.set_joined_seq(1);
  wire::channel_facts& facts = *change.mutable_facts();
  facts.set_id(place.id.text());
  facts.set_team_id(what.team.text());
  facts.set_kind(wire::CHANNEL_PUBLIC);
  facts.set_name("bulk-" + place.id.text());
  std::transform(facts.name().begin(), facts.name().end(), facts.mutable_name()->begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  facts.set_creator(owner);
  facts.set_created(now / 1'000'000);
  facts.set_updated(now);
  facts.set_member_count(1);
  return command;
}

class table_writer {
public:
  explicit table_writer(storage::kv& store) : store_(store), batch_(store.make_batch()) {}
  void write(slot_id slot, const wire::slot_command& command) {
    storage::apply_command(*batch_, slot, command);
    if (batch_->bytes() >= batch_bytes)
      flush(false);
  }
  void flush(bool sync) {
    must_hold(store_.write(*batch_, sync), "writing channels");
    batch_->clear();
  }

private:
  storage::kv& store_;
  std::unique_ptr<storage::write_batch> batch_;
};

// Who owns channels [first, end) of all.
struct placed_owner {
  placed_id who;
  std::size_t first = 0;
  std::size_t end = 0;
  auto operator<=>(const placed_owner&) const = default;
};

// As the tables order them.
std::vector<placed_owner> place_owners(const bulk_order& what, std::uint32_t slots) {
  std::vector<placed_owner> all;
  std::size_t at = 0;
  for (std::size_t owner = 0; owner < what.owners->size(); ++owner) {
    std::size_t first = at;
    while (at < what.channels && owner_of(at, what.channels, what.owners->size()) == owner)
      ++at;
    if (auto id = entity_id::parse((*what.owners)[owner].user_id); id && at > first)
      all.push_back({{slot_of(*id, slots), *id}, first, at});
  }
  std::sort(all.begin(), all.end());
  return all;
}

// An owner's own list of channels, as the projection keeps it.
wire::slot_command list_of(const placed_owner& owner, const std::vector<placed_id>& ids) {
  wire::slot_command command;
  wire::user_change& change = *command.mutable_user();
  change.set_user_id(owner.who.id.text());
  for (std::size_t at = owner.first; at < owner.end; ++at) {
    wire::user_channel& row = *change.add_channels();
    row.set_channel_id(ids[at].id.text());
    row.set_kind(wire::CHANNEL_PUBLIC);
    row.set_joined_seq(1);
    row.set_member(true);
  }
  return command;
}

} // namespace

std::vector<entity_id> write_channels(const bulk_order& what) {
  auto store = must(storage::rocks_kv::open(what.data + "/db", {.bulk_in_key_order = true}),
                    "opening the stopped host's store");
  auto facts = must(storage::read_founding(*store), "reading what the folder was founded with");
  if (!facts)
    throw client::client_error(what.data + " is no host's folder");
  timestamp now = wall_now();
  std::vector<placed_id> ids = draw_ids(what.channels, facts->slots);
  std::vector<placed_owner> owners = place_owners(what, facts->slots);
  table_writer tables(*store);
  // In a slot channels stand before users: by the letter of their kind.
  auto list = owners.begin();
  auto write_lists_before = [&](std::uint64_t slot) {
    for (; list != owners.end() && list->who.slot < slot; ++list)
      tables.write(list->who.slot, list_of(*list, ids));
  };
  for (std::size_t i = 0; i < ids.size(); ++i) {
    write_lists_before(ids[i].slot);
    const std::string& owner = (*what.owners)[owner_of(i, ids.size(), what.owners->size())].user_id;
    tables.write(ids[i].slot, founded_channel(what, ids[i], owner, now));
  }
  write_lists_before(facts->slots);
  tables.flush(true);
  std::vector<entity_id> out;
  for (const placed_id& one : ids)
    out.push_back(one.id);
  return out;
}

} // namespace carillon::bench
