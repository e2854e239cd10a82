#include "storage/ring_view_rows.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <google/protobuf/unknown_field_set.h>

#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/ring/ring_delta.hpp"
#include "storage/keys.hpp"
#include "storage/rows.hpp"

namespace carillon::storage {
namespace {

// A head begins with numbers as Protobuf writes them, fields that no ring_view has (event.proto reserves
// them), so whoever takes it for a whole view reads one that asks for a newer program. A whole view never
// begins like this: Protobuf puts its generation first.
constexpr int rows_number = 20;   // rows beside the head
constexpr int sum_number = 21;    // of their seals
constexpr int minor_number = 22;  // the view's schema_minor
constexpr std::string_view rows_field = "\xa1\x01";  // number * 8 + 1, as Protobuf writes it
constexpr std::string_view sum_field = "\xa9\x01";
constexpr std::string_view minor_field = "\xb1\x01";
constexpr std::size_t number_size = 2 + 8;
constexpr std::size_t head_numbers = 3 * number_size;
// What a head says its schema_minor is, at least: programs before the rows understand 1.
constexpr std::uint32_t came_with_minor = 2;

void append_field(std::string& to, std::string_view field, std::uint64_t number) {
  to.append(field);
  for (int shift = 0; shift < 64; shift += 8)
    to.push_back(static_cast<char>(number >> shift));
}

std::uint64_t field_at(std::string_view head, std::size_t place) {
  std::uint64_t out = 0;
  for (std::size_t i = number_size; i > 2; --i)
    out = out << 8 | static_cast<unsigned char>(head[place * number_size + i - 1]);
  return out;
}

// A program from before that serves alone does not ask what version its view came with, and wrote our head
// back with a table of its own. The fields that it did not know are still there.
void take_back_minor(wire::ring_view& view) {
  auto& unknown = *view.GetReflection()->MutableUnknownFields(&view);
  for (int i = 0; i < unknown.field_count(); ++i)
    if (unknown.field(i).number() == minor_number &&
        unknown.field(i).type() == google::protobuf::UnknownField::TYPE_FIXED64)
      view.set_schema_minor(static_cast<std::uint32_t>(unknown.field(i).fixed64()));
  for (int number : {rows_number, sum_number, minor_number})
    unknown.DeleteByNumber(number);
}

bool is_head_of_rows(std::string_view payload) {
  return payload.size() >= head_numbers && payload.starts_with(rows_field) &&
         payload.substr(number_size).starts_with(sum_field) &&
         payload.substr(2 * number_size).starts_with(minor_field);
}

// What has rows of its own.
void swap_lists(wire::ring_view& a, wire::ring_view& b) {
  a.mutable_members()->Swap(b.mutable_members());
  a.mutable_slots()->Swap(b.mutable_slots());
  a.mutable_moves()->Swap(b.mutable_moves());
}

bool is_same_move(const wire::replica_move& a, const wire::replica_move& b) {
  return a.slot() == b.slot() && a.to() == b.to() && a.from() == b.from();
}

// There may be thousands, and all are looked at with each change: field by field.
bool is_unchanged(const wire::replica_move& a, const wire::replica_move& b) {
  return is_same_move(a, b) && a.leader() == b.leader() && a.began() == b.began();
}

template <class Message>
bool same(const Message& a, const Message& b) {
  return a.SerializeAsString() == b.SerializeAsString();
}

}  // namespace

result<wire::ring_view> load_ring_view(const kv& store, slot_id meta_slot) {
  ring_view_rows rows(meta_slot);
  if (status read = rows.load(store); !read)
    return read.error();
  if (rows.damage())
    return *rows.damage();
  return rows.view();
}

// -- reading --------------------------------------------------------------------------------------

status ring_view_rows::load(const kv& store) {
  const std::string span = ring_view_key(slot_).text();
  auto at = store.scan(family::meta, span);
  for (at->seek(span); at->valid(); at->next())
    (void)take(at->key(), at->value());
  if (auto scanned = at->failure(); !scanned)
    return scanned.error();
  close();
  return ok;
}

status ring_view_rows::take(std::string_view key, std::string_view value) {
  status done = take_row(key, value);
  if (!done && !damage_)
    damage_ = done.error();
  return done;
}

status ring_view_rows::take_row(std::string_view key, std::string_view value) {
  const bool is_head = key == std::string_view(ring_view_key(slot_));
  if (is_head)
    has_head_ = true;
  else
    sum_ += rows_[std::string(key)] = seal_of(value);
  const auto keep = [&](auto row, auto&& where) -> status {
    if (!row)
      return row.error();
    if (in_rows_)
      *where() = std::move(*row);
    return ok;
  };
  if (is_head) {
    auto payload = unseal(family::meta, key, value);
    if (!payload)
      return payload.error();
    const std::string_view head = *payload;
    in_rows_ = is_head_of_rows(head);
    const std::string_view rest = in_rows_ ? head.substr(head_numbers) : head;
    if (!view_.ParseFromArray(rest.data(), static_cast<int>(rest.size())))
      return corrupt(family::meta, key, "does not parse");
    if (in_rows_) {
      rows_said_ = field_at(head, 0);
      sum_said_ = field_at(head, 1);
      view_.set_schema_minor(static_cast<std::uint32_t>(field_at(head, 2)));
    } else {
      take_back_minor(view_);
    }
    return ok;
  }
  const auto place = read_view_row_key(key);
  switch (place ? place->letter : 0) {
  case view_row::members:
    return keep(parse_row<wire::ring_member>(family::meta, key, value),
                [this] { return view_.add_members(); });
  case view_row::places:
    return keep(parse_row<wire::slot_place>(family::meta, key, value),
                [this] { return view_.add_slots(); });
  case view_row::moves:
    return keep(parse_row<wire::replica_move>(family::meta, key, value), [&] {
      moves_.push_back({place->number, {}});
      return view_.add_moves();
    });
  default:
    return corrupt(family::meta, key, "a row of no known kind");
  }
}

void ring_view_rows::close() {
  std::string wrong;
  if (!has_head_ && !rows_.empty())
    wrong = fmt::format("missing, and there are {} rows of it", rows_.size());
  else if (in_rows_ && rows_.size() != rows_said_)
    wrong = fmt::format("it has {} rows, and there are {}", rows_said_, rows_.size());
  else if (in_rows_ && sum_ != sum_said_)
    wrong = "its rows are not all of one time";
  if (!damage_ && !wrong.empty())
    damage_ = corrupt(family::meta, ring_view_key(slot_), wrong);
  if (damage_) {
    view_.Clear();
    moves_.clear();
    in_rows_ = false;
  }
  for (std::size_t i = 0; i < moves_.size(); ++i)
    moves_[i].move = view_.moves(static_cast<int>(i));
}

// -- writing --------------------------------------------------------------------------------------

std::string ring_view_rows::key_of(char letter, std::uint64_t number) const {
  return make_view_row_key(slot_, letter, number).text();
}

template <class Message>
void ring_view_rows::put(const std::string& key, const Message& row, write_batch& to) {
  value_.clear();
  ENSURE(row.AppendToString(&value_), "a row serializes");
  seal(family::meta, key, value_);
  std::uint32_t& stored = rows_[key];
  sum_ -= stored;
  sum_ += stored = seal_of(value_);
  to.put(family::meta, key, value_);
}

void ring_view_rows::erase(const std::string& key, write_batch& to) {
  auto at = rows_.find(key);
  if (at == rows_.end())
    return;
  sum_ -= at->second;
  rows_.erase(at);
  to.erase(family::meta, key);
}

void ring_view_rows::replace(const wire::ring_view& next, write_batch& to) {
  wire::ring_view before = std::exchange(view_, next);
  if (!in_rows_)
    before.Clear();  // of what rows there may be, none is its
  std::set<std::string> stay;
  const auto is_new = [&](const std::string& key, const auto* was, const auto& now) {
    stay.insert(key);
    return !was || !same(*was, now) || rows_.count(key) == 0;
  };
  std::map<std::uint64_t, const wire::ring_member*> members;
  for (const auto& member : before.members())
    members.emplace(member.store_id(), &member);
  for (const auto& member : next.members()) {
    const auto key = key_of(view_row::members, member.store_id());
    const auto was = members.find(member.store_id());
    if (is_new(key, was == members.end() ? nullptr : was->second, member))
      put(key, member, to);
  }
  for (int slot = 0; slot < next.slots_size(); ++slot) {
    const auto key = key_of(view_row::places, static_cast<std::uint64_t>(slot));
    const auto* was = slot < before.slots_size() ? &before.slots(slot) : nullptr;
    if (is_new(key, was, next.slots(slot)))
      put(key, next.slots(slot), to);
  }
  put_moves(to);
  for (const auto& each : moves_)
    stay.insert(key_of(view_row::moves, each.number));
  for (auto at = rows_.begin(); at != rows_.end();) {
    const std::string key = (at++)->first;
    if (stay.count(key) == 0)
      erase(key, to);
  }
  damage_.reset();
  in_rows_ = next.generation() != 0;
  if (in_rows_)
    put_head(to);
  else if (std::exchange(has_head_, false))
    to.erase(family::meta, ring_view_key(slot_));
}

bool ring_view_rows::change(const wire::ring_delta& delta, write_batch& to) {
  ENSURE(!damage_, "a change is made to a view that is whole");
  if (!in_rows_) {
    wire::ring_view next = view_;
    if (!apply_delta(next, delta))
      return false;
    replace(next, to);
    return true;
  }
  const int known = view_.slots_size();
  if (!apply_delta(view_, delta))
    return false;
  for (const auto& member : delta.members())
    put(key_of(view_row::members, member.store_id()), member, to);
  for (std::uint64_t gone : delta.members_gone())
    erase(key_of(view_row::members, gone), to);
  std::set<int> places;
  for (const auto& changed : delta.places())
    places.insert(static_cast<int>(changed.slot()));
  for (int slot = known; slot < view_.slots_size(); ++slot)
    places.insert(slot);
  for (int slot : places)
    put(key_of(view_row::places, static_cast<std::uint64_t>(slot)), view_.slots(slot), to);
  put_moves(to);
  put_head(to);
  return true;
}

// Moves that are done fall out of the list, those of a new plan stand behind what stays of it: an old row
// that is not the next of the list is never met later.
void ring_view_rows::put_moves(write_batch& to) {
  std::uint64_t last = moves_.empty() ? 0 : moves_.back().number;
  std::vector<numbered_move> now;
  now.reserve(static_cast<std::size_t>(view_.moves_size()));
  auto old = moves_.begin();
  for (const auto& move : view_.moves()) {
    for (; old != moves_.end() && !is_same_move(old->move, move); ++old)
      erase(key_of(view_row::moves, old->number), to);
    const bool stays = old != moves_.end();
    now.push_back(stays ? std::move(*old++) : numbered_move{++last, {}});
    if (stays && is_unchanged(now.back().move, move))
      continue;
    now.back().move = move;
    put(key_of(view_row::moves, now.back().number), move, to);
  }
  for (; old != moves_.end(); ++old)
    erase(key_of(view_row::moves, old->number), to);
  moves_ = std::move(now);
}

void ring_view_rows::put_head(write_batch& to) {
  const auto key = ring_view_key(slot_);
  value_.clear();
  const std::uint32_t minor = view_.schema_minor();
  append_field(value_, rows_field, rows_.size());
  append_field(value_, sum_field, sum_);
  append_field(value_, minor_field, minor);
  wire::ring_view lists;
  swap_lists(view_, lists);
  view_.set_schema_minor(std::max(minor, came_with_minor));
  ENSURE(view_.AppendToString(&value_), "a view serializes");
  view_.set_schema_minor(minor);
  swap_lists(view_, lists);
  seal(family::meta, key, value_);
  to.put(family::meta, key, value_);
  has_head_ = true;
}

}  // namespace carillon::storage
