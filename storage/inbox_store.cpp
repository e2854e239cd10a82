#include "storage/inbox_store.hpp"

#include <algorithm>
#include <unordered_map>

#include "storage/keys.hpp"
#include "storage/rows.hpp"

namespace carillon::storage {
namespace {

std::uint64_t events_in(const wire::inbox_span& span) {
  return span.last_seq() - span.first_seq() + 1;
}

void append(std::vector<wire::inbox_span>& spans, wire::inbox_span span) {
  if (!spans.empty() && spans.back().channel_id() == span.channel_id() &&
      spans.back().last_seq() + 1 == span.first_seq())
    spans.back().set_last_seq(span.last_seq());
  else
    spans.push_back(std::move(span));
}

// Takes from a row what is left of it and fits. Says how many events of it were read then, or nullopt:
// all.
std::optional<std::uint64_t> take(const wire::inbox_row& row, std::uint64_t skip,
                                  std::uint64_t& room, std::vector<wire::inbox_span>& spans) {
  std::uint64_t read = 0;
  for (const auto& span : row.spans()) {
    const std::uint64_t events = events_in(span);
    const std::uint64_t passed = std::min(events, skip - std::min(skip, read));
    read += passed;
    if (passed == events)
      continue;
    if (room == 0)
      return read;
    const std::uint64_t taken = std::min(events - passed, room);
    wire::inbox_span part = span;
    part.set_first_seq(span.first_seq() + passed);
    part.set_last_seq(part.first_seq() + taken - 1);
    append(spans, std::move(part));
    room -= taken;
    read += taken;
    if (passed + taken < events)
      return read;
  }
  return std::nullopt;
}

bool is_mention_key(std::string_view key) {
  return key.size() == mention_key{}.bytes.size() && key[2] == id_kind::user &&
         key[entity_prefix_size] == table::mentions;
}

}  // namespace

// What is damaged stays: who reads it says so.
bool is_inbox_row_before(std::string_view key, std::string_view value, timestamp since) {
  if (is_mention_key(key)) {
    if (get_u64(key.data() + table_prefix_size + id_size) >= since)
      return false;
    const auto row = parse_row<wire::mention_row>(family::index, key, value);
    return row && row->kind() != wire::MENTION_DIRECT;
  }
  if (key.size() != number_row_key{}.bytes.size() || key[entity_prefix_size] != table::inbox ||
      key[2] != id_kind::user)
    return false;
  const auto row = parse_row<wire::inbox_row>(family::index, key, value);
  return row && row->at() < since;
}

// `take`: bool(position, row, events of it that were read); false: that is enough.
template <class Take>
status inbox_store::walk(const entity_id& user, inbox_place place, timestamp since,
                         Take take) const {
  auto at = store_.scan(family::index, make_table_prefix(slot_, user, table::inbox));
  for (at->seek(make_inbox_key(slot_, user, place.from)); at->valid(); at->next()) {
    auto row = parse_row<wire::inbox_row>(family::index, at->key(), at->value());
    if (!row)
      return row.error();
    if (row->at() < since)
      row->clear_spans();
    const std::uint64_t position = get_u64(at->key().data() + table_prefix_size);
    if (!take(position, *row, position == place.from ? place.skip : 0))
      return ok;
  }
  return at->failure();
}

result<inbox_rows> inbox_store::read(const entity_id& user, inbox_place place, std::uint64_t limit,
                                     timestamp since) const {
  inbox_rows out;
  out.next = place;
  std::uint64_t room = limit;
  auto read = [&](std::uint64_t position, const wire::inbox_row& row, std::uint64_t skip) {
    const auto stopped_at = take(row, skip, room, out.spans);
    out.has_more = stopped_at.has_value();
    if (stopped_at == 0U)  // nothing of it: the place is after the row before
      return false;
    out.row_at = row.at();
    out.next = stopped_at ? inbox_place{position, *stopped_at} : inbox_place{position + 1, 0};
    return !out.has_more;
  };
  if (auto walked = walk(user, place, since, read); !walked)
    return walked.error();
  return out;
}

result<inbox_rows> inbox_store::starts(const entity_id& user, inbox_place place,
                                       timestamp since) const {
  inbox_rows out;
  std::unordered_map<std::string, std::size_t> last;  // in out.spans, of each channel
  auto read = [&](std::uint64_t position, const wire::inbox_row& row, std::uint64_t skip) {
    std::uint64_t room = ~0ULL;
    std::vector<wire::inbox_span> spans;
    (void)take(row, skip, room, spans);
    for (auto& span : spans) {
      auto [known, is_first] = last.try_emplace(span.channel_id(), out.spans.size());
      if (!is_first && out.spans[known->second].last_seq() + 1 == span.first_seq()) {
        out.spans[known->second].set_last_seq(span.last_seq());
        continue;
      }
      known->second = out.spans.size();
      out.spans.push_back(std::move(span));
    }
    out.next = {position + 1, 0};
    return true;
  };
  out.next = place;
  if (auto walked = walk(user, place, since, read); !walked)
    return walked.error();
  return out;
}

result<bool> inbox_store::holds(const entity_id& user, inbox_place place, timestamp row_at) const {
  if (place.from == 0)
    return true;
  const std::uint64_t position = place.skip > 0 ? place.from : place.from - 1;
  const auto row = get_row<wire::inbox_row>(store_, family::index, make_inbox_key(slot_, user, position));
  if (!row)
    return row.error();
  return *row && (*row)->at() == row_at;
}

result<std::optional<wire::inbox_reach>> inbox_store::reach(const entity_id& channel) const {
  return get_row<wire::inbox_reach>(store_, family::index,
                                    make_table_prefix(slot_, channel, table::inbox_reach));
}

result<std::uint32_t> inbox_store::mentions(const entity_id& user, const entity_id& channel,
                                            timestamp ts, std::uint32_t most) const {
  std::uint32_t count = 0;
  if (ts == ~0ULL)
    return count;
  const std::string prefix =
      make_id_row_key(slot_, user, table::mentions, channel).text();
  auto at = store_.scan(family::index, prefix);
  // Of a DM every message has a row, and only those that say so count as mentions.
  const bool direct = channel.kind != id_kind::channel;
  for (at->seek(make_mention_key(slot_, user, channel, ts + 1)); at->valid() && count < most;
       at->next()) {
    if (direct) {
      auto row = parse_row<wire::mention_row>(family::index, at->key(), at->value());
      if (!row)
        return row.error();
      if (row->kind() == wire::MENTION_DIRECT)
        continue;
    }
    ++count;
  }
  if (auto scanned = at->failure(); !scanned)
    return scanned.error();
  return count;
}

result<std::vector<wire::user_device>> inbox_store::devices(const entity_id& user) const {
  return get_rows<wire::user_device>(store_, family::index,
                                     make_table_prefix(slot_, user, table::user_devices));
}

}  // namespace carillon::storage
