#include "storage/store_check.hpp"

#include <algorithm>
#include <map>

#include "runtime/base/logging.hpp"
#include "runtime/raft/membership.hpp"
#include "storage/readable_rows.hpp"
#include "storage/rows.hpp"

namespace carillon::storage {
namespace {

std::string entity_name(const entity_id& id) {
  return (id.is_channel() ? "channel/" : "user/") + id.text();
}

class checker {
public:
  checker(const kv& store, const check_options& how) : store_(store), how_(how) {}

  store_report run();

private:
  struct place {
    std::optional<slot_id> slot;
    entity_id entity;
  };
  // What the tables of one entity say, gathered from both families.
  struct entity_rows {
    entity_id id;
    slot_id slot = 0;
    bool doubtful = false;  // a row of it is damaged or cannot be read: nothing is concluded
    std::uint64_t by_ts = 0;       // rows of the index that lead from a ts to a seq
    std::uint64_t highest_target = 0;  // of rows that lead to a seq
    channel_summary channel;
  };

  void check_meta();
  void check_logs();
  void check_tables();
  void read_slot_fact(std::string_view key, std::string_view value);
  void read_log_entry(std::string_view key, std::string_view value);
  void read_message(entity_rows& of, std::string_view key, std::string_view value);
  void read_index(entity_rows& of, std::string_view key, std::string_view value);
  void close_entity(entity_rows& of);
  void close_slots();

  // A row of the family at its turn: counted, and its place known.
  void count(family where, std::string_view key, std::string_view value);
  static place place_of(family where, std::string_view key);
  void add(finding::kind what, family where, const place& at, std::string words);
  void add_damage(family where, std::string_view key, const error& why) {
    add(finding::kind::record, where, place_of(where, key), why.detail);
  }
  void add_gap(const unreadable_rows& gap);
  void contradiction(family where, slot_id slot, entity_id entity, std::string words) {
    add(finding::kind::contradiction, where, {slot, entity}, std::move(words));
  }
  slot_summary& slot_at(slot_id slot) {
    slot_summary& found = slots_[slot];
    found.slot = slot;
    return found;
  }
  bool is_mixed(slot_id slot) const {
    auto at = slots_.find(slot);
    return at != slots_.end() && at->second.facts.tables_mixed;
  }

  const kv& store_;
  const check_options& how_;
  store_report report_;
  std::map<slot_id, slot_summary> slots_;
  // Something of it is damaged and found: nothing is concluded from what is left.
  std::map<slot_id, bool> log_doubtful_;
  std::map<slot_id, bool> facts_doubtful_;
  // Entities up to this one may have rows in a gap that was met; empty: none.
  std::string doubtful_until_;
};

checker::place checker::place_of(family where, std::string_view key) {
  const auto slot_in = [](std::string_view at) {
    return static_cast<slot_id>(static_cast<unsigned char>(at[0]) << 8 |
                                static_cast<unsigned char>(at[1]));
  };
  place out;
  if (where == family::meta) {
    if ((key.size() == 4 && key[0] == 's') || (key.size() == 3 && key[0] == 'V'))
      out.slot = slot_in(key.substr(1));
    return out;
  }
  if (key.size() >= 2)
    out.slot = slot_in(key);
  if (where != family::log && key.size() >= entity_prefix_size)
    out.entity = {key[2], get_u64(key.data() + 3)};
  return out;
}

void checker::add(finding::kind what, family where, const place& at, std::string words) {
  ++report_.found;
  if (report_.findings.size() >= how_.findings_max)
    return;
  report_.findings.push_back({what, where, at.slot,
                              at.entity ? entity_name(at.entity) : std::string(),
                              std::move(words)});
}

void checker::add_gap(const unreadable_rows& gap) {
  const place from = place_of(gap.where, gap.after);
  const place to = place_of(gap.where, gap.before);
  place at;
  if (from.slot && from.slot == to.slot)
    at.slot = from.slot;
  if (from.entity && from.entity == to.entity)
    at.entity = from.entity;
  const auto border = [&](const std::string& key, const char* otherwise) {
    return key.empty() ? std::string(otherwise) : describe_key(gap.where, key);
  };
  add(finding::kind::unreadable, gap.where, at,
      fmt::format("the rows after {} and before {}: {}", border(gap.after, "the beginning"),
                  border(gap.before, "the end"), gap.why.detail));
  if (gap.where == family::log) {
    const auto first = from.slot.value_or(0);
    const auto last = to.slot.value_or(static_cast<slot_id>(~0u));
    for (std::uint32_t slot = first; slot <= last; ++slot)
      log_doubtful_[static_cast<slot_id>(slot)] = true;
  }
  if (gap.where == family::messages || gap.where == family::index)
    doubtful_until_ = std::max(doubtful_until_, gap.before.empty()
                                                    ? std::string(entity_prefix_size, '\xff')
                                                    : gap.before.substr(0, entity_prefix_size));
}

void checker::count(family where, std::string_view key, std::string_view value) {
  ++report_.records[static_cast<std::size_t>(where)];
  report_.bytes[static_cast<std::size_t>(where)] += key.size() + value.size();
}

// -- facts ----------------------------------------------------------------------------------------

void checker::read_slot_fact(std::string_view key, std::string_view value) {
  const slot_id slot = *place_of(family::meta, key).slot;
  slot_start& facts = slot_at(slot).facts;
  const auto damaged = [&](const error& why) {
    facts_doubtful_[slot] = true;
    add_damage(family::meta, key, why);
  };
  const auto pair = [&](auto&& take) {
    auto row = unseal_pair(family::meta, key, value);
    if (row)
      take(row->at[0], row->at[1]);
    else
      damaged(row.error());
  };
  const auto number = [&](auto&& take) {
    auto row = unseal_number(family::meta, key, value);
    if (row)
      take(row->at[0]);
    else
      damaged(row.error());
  };
  switch (key[3]) {
  case 'h':
    return pair([&](auto term, auto vote) { facts.hard = {term, vote}; });
  case 'a':
    return pair([&](auto index, auto term) {
      facts.applied = index;
      facts.applied_term = term;
    });
  case 'p':
    return number([&](auto index) { facts.projected = index; });
  case 't':
    return number([](auto) {});
  case 'c':
    facts.tables_mixed = true;
    return number([](auto) {});
  case 'd':
    facts.log_damaged = true;
    return number([&](auto index) { facts.acknowledged = index; });
  case 'g': {
    auto payload = unseal(family::meta, key, value);
    if (!payload)
      return damaged(payload.error());
    auto config = raft::decode_configuration(std::string(*payload));
    if (!config)
      return damaged(corrupt(family::meta, key, "does not parse"));
    facts.config = std::move(*config);
    facts.has_config = true;
    return;
  }
  default:
    damaged(corrupt(family::meta, key, "a row of no known kind"));
  }
}

void checker::check_meta() {
  auto facts = read_founding(store_);
  if (!facts)
    add_damage(family::meta, founding_key, facts.error());
  else if (!*facts)
    add(finding::kind::contradiction, family::meta, {}, "the founding facts are missing");
  else
    report_.facts = std::move(**facts);
  readable_rows at(store_, family::meta, [&](const unreadable_rows& gap) { add_gap(gap); });
  for (; at.valid(); at.next()) {
    const std::string_view key = at.key();
    count(family::meta, key, at.value());
    if (key == founding_key || key == cluster_key || key == starts_key)
      continue;  // read_founding has judged them
    if (key.size() == 4 && key[0] == 's') {
      read_slot_fact(key, at.value());
    } else if (key.size() == 3 && key[0] == 'V') {
      auto view = parse_row<wire::ring_view>(family::meta, key, at.value());
      if (view)
        report_.view = std::move(*view);
      else
        add_damage(family::meta, key, view.error());
    } else {
      add_damage(family::meta, key, corrupt(family::meta, key, "a row of no known kind"));
    }
  }
}

// -- logs -----------------------------------------------------------------------------------------

void checker::read_log_entry(std::string_view key, std::string_view value) {
  const auto place = read_log_key(key);
  if (!place)
    return add_damage(family::log, key, corrupt(family::log, key, "a row of no known kind"));
  slot_summary& log = slot_at(place->slot);
  auto entry = unseal_entry(key, value);
  if (!entry) {
    log_doubtful_[place->slot] = true;
    add_damage(family::log, key, entry.error());
  } else {
    wire::slot_command command;
    if (entry->kind == raft::entry_kind::command &&
        !command.ParseFromArray(entry->payload->data(), static_cast<int>(entry->payload->size())))
      add_damage(family::log, key, corrupt(family::log, key, "its command does not parse"));
    if (entry->kind == raft::entry_kind::config && !raft::decode_configuration(*entry->payload))
      add_damage(family::log, key, corrupt(family::log, key, "its members do not parse"));
    if (entry->term < log.last_term)
      contradiction(family::log, place->slot, {},
                    fmt::format("the term falls from {} to {} at index {}", log.last_term,
                                entry->term, place->index));
    log.last_term = entry->term;
  }
  // After a trim the entry before the first stays, for its term. Entry 1 is in the log itself.
  if (log.entries == 0)
    log.first_index = place->index > 1 ? place->index + 1 : 1;
  else if (place->index != log.last_index + 1 && !log_doubtful_[place->slot])
    contradiction(family::log, place->slot, {},
                  fmt::format("entries {} to {} are missing", log.last_index + 1,
                              place->index - 1));
  log.last_index = place->index;
  ++log.entries;
}

void checker::check_logs() {
  readable_rows at(store_, family::log, [&](const unreadable_rows& gap) { add_gap(gap); });
  for (; at.valid(); at.next()) {
    count(family::log, at.key(), at.value());
    read_log_entry(at.key(), at.value());
  }
}

// -- tables ---------------------------------------------------------------------------------------

void checker::read_message(entity_rows& of, std::string_view key, std::string_view value) {
  const auto place = read_message_key(key);
  auto event = parse_row<wire::channel_event>(family::messages, key, value);
  channel_summary& channel = of.channel;
  if (!place || !event || event->seq() != place->seq) {
    of.doubtful = true;
    return add_damage(family::messages, key,
                      !event ? event.error()
                             : corrupt(family::messages, key, "a row of no known kind"));
  }
  if (!of.doubtful && !is_mixed(of.slot)) {
    if (place->seq != channel.last_seq + 1)
      contradiction(family::messages, of.slot, of.id,
                    fmt::format("seq {} follows {}", place->seq, channel.last_seq));
    if (event->ts() <= channel.last_ts)
      contradiction(family::messages, of.slot, of.id,
                    fmt::format("ts {} of seq {} is not after {}", format_ts(event->ts()),
                                place->seq, format_ts(channel.last_ts)));
  }
  channel.last_seq = place->seq;
  channel.last_ts = event->ts();
  ++channel.events;
  if (event->kind() == wire::EVENT_MESSAGE)
    ++channel.messages;
}

void checker::read_index(entity_rows& of, std::string_view key, std::string_view value) {
  const auto damaged = [&](const error& why) {
    of.doubtful = true;
    add_damage(family::index, key, why);
  };
  const auto parses = [&]<class Message>(Message row) -> std::optional<Message> {
    auto parsed = parse_row<Message>(family::index, key, value);
    if (!parsed) {
      damaged(parsed.error());
      return std::nullopt;
    }
    row = std::move(*parsed);
    return row;
  };
  if (key.size() < table_prefix_size)
    return damaged(corrupt(family::index, key, "a row of no known kind"));
  switch (key[entity_prefix_size]) {
  case table::facts:
    of.channel.facts = parses(wire::channel_facts());
    return;
  case table::members:
    of.channel.members += parses(wire::channel_member()).has_value();
    return;
  case table::client_msg_ids:
  case table::request_keys:
  case table::ts: {
    auto row = unseal_number(family::index, key, value);
    if (!row)
      return damaged(row.error());
    of.by_ts += key[entity_prefix_size] == table::ts;
    of.highest_target = std::max(of.highest_target, row->at[0]);
    return;
  }
  case table::user_channels:
    (void)parses(wire::user_channel());
    return;
  case table::user_settings:
    (void)parses(wire::user_settings());
    return;
  default:
    damaged(corrupt(family::index, key, "a row of no known kind"));
  }
}

void checker::close_entity(entity_rows& of) {
  if (!of.id)
    return;
  slot_summary& slot = slot_at(of.slot);
  if (!of.id.is_channel()) {
    ++slot.users;
    return;
  }
  channel_summary& channel = of.channel;
  if (!of.doubtful && !slot.facts.tables_mixed) {
    if (of.by_ts != channel.messages)
      contradiction(family::index, of.slot, of.id,
                    fmt::format("{} messages, and {} of them can be found by their ts",
                                channel.messages, of.by_ts));
    if (of.highest_target > channel.last_seq)
      contradiction(family::index, of.slot, of.id,
                    fmt::format("the index names seq {}, the last one is {}", of.highest_target,
                                channel.last_seq));
    if (!channel.facts && channel.events != 0)
      contradiction(family::index, of.slot, of.id, "it has messages and no facts");
  }
  ++slot.channels;
  slot.events += channel.events;
  channel.id = of.id;
  channel.slot = of.slot;
  if (how_.on_channel)
    how_.on_channel(channel);
}

// Both families have the same order, so one entity's rows of both come together.
void checker::check_tables() {
  const auto on_gap = [&](const unreadable_rows& gap) { add_gap(gap); };
  readable_rows messages(store_, family::messages, on_gap);
  readable_rows index(store_, family::index, on_gap);
  const auto entity_at = [](const readable_rows& at) {
    return at.valid() ? at.key().substr(0, entity_prefix_size) : std::string_view();
  };
  while (messages.valid() || index.valid()) {
    const std::string_view next_message = entity_at(messages);
    const std::string_view next_index = entity_at(index);
    const std::string prefix(!messages.valid() ? next_index
                             : !index.valid()  ? next_message
                                               : std::min(next_message, next_index));
    entity_rows of;
    const place where = place_of(family::index, prefix);
    of.id = where.entity;
    of.slot = where.slot.value_or(0);
    const auto look_for_gap = [&] { of.doubtful = of.doubtful || prefix <= doubtful_until_; };
    look_for_gap();
    for (; messages.valid() && entity_at(messages) == prefix; messages.next()) {
      look_for_gap();
      count(family::messages, messages.key(), messages.value());
      read_message(of, messages.key(), messages.value());
    }
    for (; index.valid() && entity_at(index) == prefix; index.next()) {
      count(family::index, index.key(), index.value());
      read_index(of, index.key(), index.value());
    }
    look_for_gap();
    close_entity(of);
  }
}

// -- slots ----------------------------------------------------------------------------------------

void checker::close_slots() {
  for (auto& [id, slot] : slots_) {
    if (slot.entries == 0)
      slot.first_index = slot.last_index + 1;
    const slot_start& facts = slot.facts;
    const bool doubtful = log_doubtful_[id] || facts_doubtful_[id] || facts.log_damaged;
    if (!doubtful && facts.applied > slot.last_index)
      contradiction(family::log, id, {},
                    fmt::format("the log ends at {}, the tables hold {}", slot.last_index,
                                facts.applied));
    if (!doubtful && facts.hard.term < slot.last_term)
      contradiction(family::meta, id, {},
                    fmt::format("the log has term {}, the vote is of term {}", slot.last_term,
                                facts.hard.term));
    if (report_.facts && id > report_.facts->slots)
      contradiction(family::meta, id, {},
                    fmt::format("the store was founded with {} slots", report_.facts->slots));
    if (slot.is_held())
      report_.slots.push_back(slot);
  }
}

store_report checker::run() {
  check_meta();
  check_logs();
  check_tables();
  close_slots();
  return std::move(report_);
}

}  // namespace

store_report check_store(const kv& store, const check_options& how) {
  return checker(store, how).run();
}

}  // namespace carillon::storage
