// Writing the tables (message_store.hpp: apply_command). What stands in a row of the messages
// family:
//
//   EVENT_MESSAGE           the event with its message as it stands now
//   EVENT_MESSAGE_CHANGED   the event with message.seq alone: the reader joins the row of that seq
//   EVENT_MESSAGE_DELETED   the same
//
// So every message is in the tables once, and after a deletion its text is nowhere in them.
#include "storage/message_store.hpp"

#include <map>

#include "runtime/base/ensure.hpp"
#include "storage/keys.hpp"
#include "storage/record.hpp"

namespace carillon::storage {
namespace {

// Ids in a command were checked by the entity that proposed it.
entity_id must_parse(std::string_view text) {
  const auto id = entity_id::parse(text);
  ENSURE(id.has_value(), "a committed command names entities by good ids");
  return *id;
}

// Puts sealed rows into a batch; one buffer serves all of a command's rows.
class row_writer {
public:
  explicit row_writer(write_batch& batch) : batch_(batch) {}

  template <class Message>
  void put(family where, std::string_view key, const Message& row) {
    value_.clear();
    value_.reserve(typical_row_bytes);  // once: the seal behind a row moves it no more
    ENSURE(row.AppendToString(&value_), "a row serializes");
    put_value(where, key);
  }
  void put_number(family where, std::string_view key, std::uint64_t number) {
    value_.clear();
    append_u64(value_, number);
    put_value(where, key);
  }
  void erase(family where, std::string_view key) { batch_.erase(where, key); }

private:
  void put_value(family where, std::string_view key) {
    seal(where, key, value_);
    batch_.put(where, key, value_);
  }

  static constexpr std::size_t typical_row_bytes = 1'000;

  write_batch& batch_;
  std::string value_;
};

// The row of the message that a CHANGED or DELETED event leaves behind.
wire::channel_event rewritten(const wire::channel_event& event) {
  wire::channel_event row;
  row.set_seq(event.message().seq());
  row.set_ts(event.message().ts());
  row.set_kind(wire::EVENT_MESSAGE);
  auto& message = *row.mutable_message();
  message = event.message();
  if (event.kind() == wire::EVENT_MESSAGE_DELETED)
    make_tombstone(message);
  return row;
}

wire::channel_event reference(const wire::channel_event& event) {
  wire::channel_event row;
  row.set_seq(event.seq());
  row.set_ts(event.ts());
  row.set_kind(event.kind());
  row.mutable_message()->set_seq(event.message().seq());
  return row;
}

void apply_event(row_writer& rows, slot_id slot, const entity_id& channel,
                 const wire::channel_event& event) {
  const auto key = make_message_key(slot, channel, event.seq());
  if (event.kind() == wire::EVENT_MESSAGE) {
    ENSURE(!event.has_previous(), "a new message has nothing before it");
    rows.put(family::messages, key, event);
    rows.put_number(family::index, make_ts_key(slot, channel, event.ts()), event.seq());
    const std::string& id = event.message().client_msg_id();
    if (!id.empty())
      rows.put_number(family::index, make_client_msg_id_key(slot, channel, event.message().user(), id),
                      event.seq());
    return;
  }
  ENSURE(event.kind() == wire::EVENT_MESSAGE_CHANGED || event.kind() == wire::EVENT_MESSAGE_DELETED,
         "an event is of a known kind");
  ENSURE(event.message().seq() != 0 && event.message().seq() < event.seq(),
         "an edit or deletion comes after its message");
  rows.put(family::messages, key, reference(event));
  rows.put(family::messages, make_message_key(slot, channel, event.message().seq()),
           rewritten(event));
}

void apply_channel(row_writer& rows, slot_id slot, const wire::channel_change& change) {
  const entity_id channel = must_parse(change.channel_id());
  for (const auto& event : change.events())
    apply_event(rows, slot, channel, event);
  if (!change.request_key().empty() && !change.events().empty()) {
    const wire::channel_event& post = change.events(0);
    rows.put_number(
        family::index,
        make_request_key(slot, channel, post.message().user(), change.request_key()), post.seq());
  }
  if (change.has_facts())
    rows.put(family::index, make_table_prefix(slot, channel, table::facts), change.facts());
  for (const auto& member : change.members_added())
    rows.put(family::index,
             make_id_row_key(slot, channel, table::members, must_parse(member.user_id())), member);
  for (const auto& user : change.members_removed())
    rows.erase(family::index, make_id_row_key(slot, channel, table::members, must_parse(user)));
  if (change.thread().joined()) {
    wire::thread_row row;
    *row.mutable_users() = change.thread().users();
    rows.put(family::index, make_thread_key(slot, channel, change.thread().ts()), row);
  }
}

void apply_user(row_writer& rows, slot_id slot, const wire::user_change& change) {
  const entity_id user = must_parse(change.user_id());
  for (const auto& row : change.channels())
    rows.put(family::index,
             make_id_row_key(slot, user, table::user_channels, must_parse(row.channel_id())), row);
  for (const auto& row : change.friends())
    rows.put(family::index,
             make_id_row_key(slot, user, table::user_friends, must_parse(row.user_id())), row);
  if (change.has_settings())
    rows.put(family::index, make_table_prefix(slot, user, table::user_settings), change.settings());
  for (const auto& device : change.devices())
    rows.put(family::index, make_device_key(slot, user, device.name()), device);
  for (const auto& name : change.devices_gone())
    rows.erase(family::index, make_device_key(slot, user, name));
  if (change.has_push())
    rows.put(family::index, make_id_row_key(slot, pushes_owner, table::push_users, user), change.push());
}

template <class Rows>
void apply_pushes(row_writer& rows, slot_id slot, const Rows& pushes) {
  for (const wire::user_push& each : pushes) {
    const auto key = make_push_key(slot, {id_kind::user, each.user()}, must_parse(each.channel_id()));
    if (each.has_row())
      rows.put(family::index, key, each.row());
    else
      rows.erase(family::index, key);
  }
}

void apply_mention(row_writer& rows, slot_id slot, const entity_id& channel,
                   const wire::inbox_mention& mention) {
  if (mention.kind() == wire::MENTION_THREAD)
    return;  // for pushes
  wire::mention_row row;
  row.set_seq(mention.seq());
  row.set_kind(mention.kind());
  for (const std::uint64_t user : mention.users()) {
    const auto key = make_mention_key(slot, {id_kind::user, user}, channel, mention.ts());
    if (mention.withdrawn())
      rows.erase(family::index, key);
    else
      rows.put(family::index, key, row);
  }
}

// A row for each user, whatever the number of channels that have news for them.
void apply_inbox(row_writer& rows, slot_id slot, const wire::inbox_change& change) {
  std::map<std::uint64_t, wire::inbox_row> inboxes;
  for (const auto& run : change.runs()) {
    const entity_id channel = must_parse(run.channel_id());
    wire::inbox_span span;
    span.set_channel_id(run.channel_id());
    span.set_first_seq(run.first_seq());
    span.set_last_seq(run.last_seq());
    for (const std::uint64_t user : run.users())
      *inboxes[user].add_spans() = span;
    for (const auto& mention : run.mentions())
      apply_mention(rows, slot, channel, mention);
    wire::inbox_reach reach;
    reach.set_last_seq(run.last_seq());
    reach.set_read_at_sync(run.read_at_sync());
    reach.set_held(run.held());
    rows.put(family::index, make_table_prefix(slot, channel, table::inbox_reach), reach);
  }
  for (auto& [user, row] : inboxes) {
    row.set_at(change.at());
    rows.put(family::index, make_inbox_key(slot, {id_kind::user, user}, change.position()), row);
  }
  apply_pushes(rows, slot, change.pushes());
}

}  // namespace

void make_tombstone(wire::chat_message& message) {
  message.set_deleted(true);
  message.clear_text();
  message.clear_blocks();
  message.clear_attachments();
  message.clear_metadata();
}

void apply_command(write_batch& batch, slot_id slot, const wire::slot_command& command) {
  row_writer rows(batch);
  switch (command.change_case()) {
  case wire::slot_command::kChannel:
    apply_channel(rows, slot, command.channel());
    return;
  case wire::slot_command::kUser:
    apply_user(rows, slot, command.user());
    return;
  case wire::slot_command::kInbox:
    apply_inbox(rows, slot, command.inbox());
    return;
  case wire::slot_command::kPush:
    apply_pushes(rows, slot, command.push().rows());
    return;
  case wire::slot_command::kMeta:  // ring_view_rows and the directory have it
  case wire::slot_command::CHANGE_NOT_SET:
    return;
  }
}

}  // namespace carillon::storage
