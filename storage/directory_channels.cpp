// The catalogue of channels and who holds which name.
#include <algorithm>
#include <iterator>

#include "storage/directory_sql.hpp"

namespace carillon::storage {
namespace {

struct channel_columns {
  using row_type = channel_row;
  static constexpr const char* select =
      "SELECT id, team, name, creator, topic, purpose, facts, is_private, archived, general,"
      " reserved, created, updated, member_count FROM channels ";
  std::string id, team, name, creator, topic, purpose, facts;
  int is_private = 0, archived = 0, general = 0, reserved = 0;
  unsigned long long created = 0, updated = 0, member_count = 0;

  void bind(soci::statement& statement) {
    for (std::string* text : {&id, &team, &name, &creator, &topic, &purpose, &facts})
      statement.exchange(soci::into(*text));
    for (int* flag : {&is_private, &archived, &general, &reserved})
      statement.exchange(soci::into(*flag));
    for (unsigned long long* number : {&created, &updated, &member_count})
      statement.exchange(soci::into(*number));
  }
  channel_row row() const {
    return {.id = stored_id(id),
            .team = stored_id(team),
            .name = name,
            .is_private = is_private != 0,
            .archived = archived != 0,
            .general = general != 0,
            .creator = stored_id(creator),
            .created = created,
            .updated = updated,
            .topic = topic,
            .purpose = purpose,
            .facts = stored_bytes(facts),
            .member_count = static_cast<std::uint32_t>(member_count),
            .reserved = reserved != 0};
  }
};

std::string select_channels(const std::string& rest) {
  return channel_columns::select + rest;
}

struct name_holder {
  using row_type = name_holder;
  static constexpr const char* query =
      "SELECT channel, reserved_at FROM channel_names WHERE team = :team AND name = :name";
  std::string channel;
  unsigned long long reserved_at = 0;  // 0: in use

  void bind(soci::statement& statement) {
    statement.exchange(soci::into(channel));
    statement.exchange(soci::into(reserved_at));
  }
  name_holder row() const { return *this; }
};

void hold_name(sql_connection& sql, const std::string& team, const std::string& name,
               const std::string& channel, unsigned long long reserved_at) {
  change(sql,
         "INSERT INTO channel_names (team, name, channel, reserved_at)"
         " VALUES (:team, :name, :channel, :at) ON CONFLICT (team, name)"
         " DO UPDATE SET channel = excluded.channel, reserved_at = excluded.reserved_at",
         team, name, channel, reserved_at);
}

}  // namespace

status sql_directory::take_name(const std::string& team, const std::string& name,
                                const std::string& channel, timestamp now, timestamp stale_before) {
  ENSURE(now > 0, "0 marks a name in use");
  auto holder = read_row<name_holder>(sql_, name_holder::query, team, name);
  if (holder && holder->channel == channel && holder->reserved_at == 0)
    return ok;  // its own name already
  if (holder && holder->channel != channel) {
    if (holder->reserved_at == 0 || holder->reserved_at >= stale_before)
      return make_error(errc::name_taken, name);
    // The channel that the stale reservation was for never came to be.
    change(sql_, "DELETE FROM channels WHERE id = :id AND reserved = 1", holder->channel);
  }
  hold_name(sql_, team, name, channel, now);
  return ok;
}

void sql_directory::write_channel(const channel_row& row) {
  int is_private = row.is_private, archived = row.archived, general = row.general;
  int reserved = row.reserved;
  unsigned long long created = row.created, updated = row.updated, members = row.member_count;
  change(sql_,
         "INSERT INTO channels (id, team, name, is_private, archived, general, creator,"
         " created, updated, topic, purpose, facts, member_count, reserved) VALUES (:id, :team,"
         " :name, :private, :archived, :general, :creator, :created, :updated, :topic, :purpose,"
         " :facts, :members, :reserved) ON CONFLICT (id) DO UPDATE SET team = excluded.team,"
         " name = excluded.name, is_private = excluded.is_private, archived = excluded.archived,"
         " general = excluded.general, creator = excluded.creator, created = excluded.created,"
         " updated = excluded.updated, topic = excluded.topic, purpose = excluded.purpose,"
         " facts = excluded.facts, member_count = excluded.member_count,"
         " reserved = excluded.reserved",
         row.id.text(), row.team.text(), row.name, is_private, archived, general,
         row.creator.text(), created, updated, row.topic, row.purpose, to_hex(row.facts), members,
         reserved);
}

status sql_directory::reserve_channel_name(const channel_row& row, timestamp now,
                                           timestamp stale_before) {
  return sql_.guarded("reserving a channel's name", [&]() -> status {
    unit_of_work all(sql_);
    if (auto taken = take_name(row.team.text(), row.name, row.id.text(), now, stale_before); !taken)
      return taken;
    // A channel that already came to be keeps its row.
    auto existing =
        read_row<channel_columns>(sql_, select_channels("WHERE id = :id"), row.id.text());
    if (!existing || existing->reserved) {
      channel_row reservation = row;
      reservation.reserved = true;
      write_channel(reservation);
    }
    all.commit();
    return ok;
  });
}

status sql_directory::release_channel_name(entity_id channel) {
  return sql_.guarded("releasing a channel's name", [&]() -> status {
    unit_of_work all(sql_);
    change(sql_, "DELETE FROM channel_names WHERE channel = :id AND reserved_at > 0",
           channel.text());
    change(sql_, "DELETE FROM channels WHERE id = :id AND reserved = 1", channel.text());
    all.commit();
    return ok;
  });
}

status sql_directory::reserve_rename(entity_id channel, const std::string& name, timestamp now,
                                     timestamp stale_before) {
  return sql_.guarded("reserving a channel's new name", [&]() -> status {
    unit_of_work all(sql_);
    auto row = read_row<channel_columns>(sql_, select_channels("WHERE id = :id AND reserved = 0"),
                                         channel.text());
    if (!row)
      return make_error(errc::channel_not_found, channel.text());
    change(sql_, "DELETE FROM channel_names WHERE channel = :id AND reserved_at > 0",
           channel.text());
    if (auto taken = take_name(row->team.text(), name, channel.text(), now, stale_before); !taken)
      return taken;
    all.commit();
    return ok;
  });
}

status sql_directory::upsert_channel(const channel_row& row) {
  return sql_.guarded("following a channel's facts", [&]() -> status {
    unit_of_work all(sql_);
    auto existing =
        read_row<channel_columns>(sql_, select_channels("WHERE id = :id"), row.id.text());
    if (existing && !existing->reserved && existing->updated > row.updated)
      return ok;
    channel_row facts = row;
    facts.reserved = false;
    write_channel(facts);
    change(sql_,
           "DELETE FROM channel_names WHERE channel = :id AND reserved_at = 0 AND name <> :name",
           row.id.text(), row.name);
    // Facts are the truth: they win over a reservation. If another channel holds the name in
    // earnest, a reservation was ignored somewhere; both stay listed, the first keeps the name.
    auto holder = read_row<name_holder>(sql_, name_holder::query, row.team.text(), row.name);
    if (!row.name.empty() &&
        (!holder || holder->reserved_at > 0 || holder->channel == row.id.text()))
      hold_name(sql_, row.team.text(), row.name, row.id.text(), 0);
    all.commit();
    return ok;
  });
}

result<std::optional<channel_row>> sql_directory::channel_by_id(entity_id id) const {
  return sql_.looking("channel by id", [&]() -> result<std::optional<channel_row>> {
    return read_row<channel_columns>(sql_, select_channels("WHERE id = :id"), id.text());
  });
}

result<std::optional<channel_row>> sql_directory::channel_by_name(entity_id team,
                                                                  const std::string& name) const {
  return sql_.looking("channel by name", [&]() -> result<std::optional<channel_row>> {
    // The second condition: a name that is only reserved for a rename is not the channel's yet.
    return read_row<channel_columns>(
        sql_,
        select_channels("WHERE id = (SELECT channel FROM channel_names"
                        " WHERE team = :team AND name = :name) AND name = :same"),
        team.text(), name, name);
  });
}

// Two listings, each in the order of ids and no longer than the page, become one.
result<page_of<channel_row>> sql_directory::list_channels(const channel_query& query) const {
  ENSURE(query.limit > 0, "a page has room for a row");
  return sql_.looking("listing channels", [&]() -> result<page_of<channel_row>> {
    const std::string wanted = std::string("WHERE reserved = 0 AND team = :team AND id > :after") +
                               (query.exclude_archived ? " AND archived = 0" : "");
    const std::string page = " ORDER BY id LIMIT :limit";
    const std::size_t enough = static_cast<std::size_t>(query.limit) + 1;
    std::vector<channel_row> found;
    if (query.publics)
      found = read_rows<channel_columns>(
          sql_, select_channels(wanted + " AND is_private = 0" + page), query.team.text(),
          query.after, static_cast<long long>(enough));
    if (query.privates) {
      std::vector<entity_id> also = query.also;
      std::sort(also.begin(), also.end());
      also.erase(std::unique(also.begin(), also.end()), also.end());
      // Ids sort as their texts do, so what is not after the mark is skipped without asking.
      auto from = std::partition_point(
          also.begin(), also.end(), [&](const entity_id& id) { return id.text() <= query.after; });
      auto begin = static_cast<std::size_t>(from - also.begin());
      std::vector<channel_row> privates;
      for (; begin < also.size() && privates.size() < enough; begin += ids_per_statement) {
        std::size_t end = std::min(begin + ids_per_statement, also.size());
        auto some = read_rows<channel_columns>(
            sql_,
            select_channels(wanted + " AND is_private = 1 AND id IN " + id_list(also, begin, end) +
                            page),
            query.team.text(), query.after, static_cast<long long>(enough));
        std::move(some.begin(), some.end(), std::back_inserter(privates));
      }
      std::vector<channel_row> merged;
      std::merge(std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()),
                 std::make_move_iterator(privates.begin()), std::make_move_iterator(privates.end()),
                 std::back_inserter(merged),
                 [](const channel_row& a, const channel_row& b) { return a.id < b.id; });
      found = std::move(merged);
    }
    return cut_page(std::move(found), query.limit);
  });
}

}  // namespace carillon::storage
