// conversations.create, .rename, .setTopic, .setPurpose, .archive, .unarchive. A name is unique in
// its team, so the directory reserves it before the channel takes it and frees it if that fails.
#include "actors/api/conversation.hpp"
#include "actors/api/handlers.hpp"
#include "actors/api/text_rules.hpp"
#include "runtime/base/random.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

// A reservation whose call died between the two steps may be taken over after this long: well past
// any request's deadline.
constexpr timestamp reservation_life = 60'000'000;  // microseconds

// Answers with the refusal, after the name is free again.
void release_name(const call_ptr& c, const entity_id& channel, const error& why) {
  // It may yet happen: the reservation ends by itself.
  if (why.code == errc::timed_out || why.code == errc::cut_off)
    return c->fail(why);
  auto release = [channel](storage::directory& directory) {
    return directory.release_channel_name(channel);
  };
  ask_directory(c->self, c->host, release, [c, why](status) { c->fail(why); });
}

void create_reserved(const call_ptr& c, const storage::channel_row& row) {
  wire::channel_request request;
  request.mutable_create()->set_name(row.name);
  request.mutable_create()->set_private_(row.is_private);
  auto answer = [c, row](const wire::channel_reply& reply) {
    if (std::optional<error> why = reply_error(reply))
      return release_name(c, row.id, *why);
    answer_conversation(c, reply);
  };
  ask_channel_as(c, c->caller(), row.id, std::move(request), answer);
}

void set_note(const call_ptr& c, std::string_view name, bool topic) {
  result<entity_id> channel = channel_argument(c->args);
  if (!channel)
    return c->fail(channel.error());
  const std::string& value = c->args.text(name);
  if (count_characters(value) > c->host.config.limits.topic_max_characters)
    return c->fail(errc::too_long);
  wire::channel_request request;
  if (topic)
    request.mutable_set_topic()->set_value(value);
  else
    request.mutable_set_purpose()->set_value(value);
  on_channel(c, *channel, std::move(request),
             [c, key = std::string(name), value](const wire::channel_reply& reply) {
               json::object out{{"channel", conversation_json(*c, reply)}};
               out[key] = value;
               c->ok(std::move(out));
             });
}

void change(const call_ptr& c, wire::channel_request request) {
  result<entity_id> channel = channel_argument(c->args);
  if (!channel)
    return c->fail(channel.error());
  on_channel(c, *channel, std::move(request), [c](const wire::channel_reply&) { c->ok(); });
}

// Only who may rename may reserve: the channel is asked what it is before, and keeps the last word.
void rename_known(const call_ptr& c, const entity_id& channel, const std::string& name) {
  auto reserve = [channel, name, now = c->host.now()](storage::directory& directory) {
    return directory.reserve_rename(channel, name, now, now - reservation_life);
  };
  on_directory(c, reserve, [c, channel, name](ok_t) {
    wire::channel_request request;
    request.mutable_rename()->set_name(name);
    auto answer = [c, channel](const wire::channel_reply& reply) {
      if (std::optional<error> why = reply_error(reply))
        return release_name(c, channel, *why);
      answer_conversation(c, reply);
    };
    ask_channel_as(c, c->caller(), channel, std::move(request), answer);
  });
}

}  // namespace

void conversations_create(const call_ptr& c) {
  const std::string& name = c->args.text("name");
  if (status good = check_channel_name(name, c->host.config.limits.channel_name_max_characters);
      !good)
    return c->fail(good.error());
  result<bool> is_private = c->args.flag("is_private", false);
  if (!is_private)
    return c->fail(is_private.error());
  storage::channel_row row;
  row.id = secure_random().new_id(id_kind::channel);
  row.team = c->team();
  row.name = name;
  row.is_private = *is_private;
  row.creator = c->user();
  row.reserved = true;
  timestamp now = c->host.now();
  row.created = now / 1'000'000;
  auto reserve = [row, now](storage::directory& directory) {
    return directory.reserve_channel_name(row, now, now - reservation_life);
  };
  on_directory(c, reserve, [c, row](ok_t) { create_reserved(c, row); });
}

void conversations_rename(const call_ptr& c) {
  result<entity_id> channel = channel_argument(c->args);
  if (!channel)
    return c->fail(channel.error());
  const std::string& name = c->args.text("name");
  if (status good = check_channel_name(name, c->host.config.limits.channel_name_max_characters);
      !good)
    return c->fail(good.error());
  wire::channel_request describe;
  describe.mutable_describe();
  on_channel(c, *channel, std::move(describe),
             [c, id = *channel, name](const wire::channel_reply& reply) {
               if (id.kind != id_kind::channel)
                 return c->fail(errc::method_not_supported_for_channel_type);
               if (!reply.is_member())
                 return c->fail(errc::not_in_channel);
               if (reply.facts().archived())
                 return c->fail(errc::is_archived);
               if (reply.facts().name() == name)
                 return answer_conversation(c, reply);
               rename_known(c, id, name);
             });
}

void conversations_set_topic(const call_ptr& c) {
  set_note(c, "topic", true);
}

void conversations_set_purpose(const call_ptr& c) {
  set_note(c, "purpose", false);
}

void conversations_archive(const call_ptr& c) {
  wire::channel_request request;
  request.mutable_archive();
  change(c, std::move(request));
}

void conversations_unarchive(const call_ptr& c) {
  wire::channel_request request;
  request.mutable_unarchive();
  change(c, std::move(request));
}

}  // namespace carillon::api
