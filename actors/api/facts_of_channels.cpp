#include "actors/api/facts_of_channels.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "actors/api/asks.hpp"

namespace carillon::api {
namespace {

// One list under way: what has come, and for how many answers it waits.
struct gathering {
  call_ptr call;
  std::function<void(facts_by_channel)> then;
  facts_by_channel found;
  std::size_t waits = 0;
  bool failed = false;

  void one_done() {
    if (--waits == 0 && !failed)
      then(std::move(found));
  }
  void fail(const error& why) {
    if (!std::exchange(failed, true))
      call->fail(why);
    one_done();
  }
};

bool is_led_here(const host_services& host, const entity_id& channel) {
  return !host.link || !host.where || host.where->is_here(host.slot_of(channel));
}

result<facts_by_channel> read_facts(const storage::message_store& messages,
                                    const std::vector<entity_id>& channels) {
  facts_by_channel out;
  for (const entity_id& channel : channels) {
    auto facts = messages.facts(channel);
    if (!facts)
      return facts.error();
    if (*facts)
      out.emplace(channel, std::move(**facts));
  }
  return out;
}

}  // namespace

void on_facts(const call_ptr& c, const std::vector<entity_id>& channels,
              std::function<void(facts_by_channel)> then) {
  auto list = std::make_shared<gathering>();
  list->call = c;
  list->then = std::move(then);
  std::vector<entity_id> here;
  std::vector<entity_id> elsewhere;
  for (const entity_id& channel : channels)
    (is_led_here(c->host, channel) ? here : elsewhere).push_back(channel);
  list->waits = 1 + elsewhere.size();
  ask_reader(
      c->self, c->host, c->user(),
      [here](const storage::message_store& messages) { return read_facts(messages, here); },
      [list](result<facts_by_channel> read) {
        guarded(list->call, [&] {
          if (!read)
            return list->fail(read.error());
          list->found.merge(*read);
          list->one_done();
        });
      });
  for (const entity_id& channel : elsewhere) {
    wire::channel_request request;
    request.mutable_describe();
    ask_channel_as(c, c->caller(), channel, std::move(request),
                   [list, channel](const wire::channel_reply& reply) {
                     auto why = reply_error(reply);
                     if (why && why->code != errc::channel_not_found)
                       return list->fail(*why);
                     if (!why)
                       list->found.emplace(channel, reply.facts());
                     list->one_done();
                   });
  }
}

}  // namespace carillon::api
