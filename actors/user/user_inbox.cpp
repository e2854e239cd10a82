#include <chrono>

#include "actors/retention.hpp"
#include "actors/user/inbox_page.hpp"
#include "actors/user/user_shell.hpp"

namespace carillon {

void user_actor::read_inbox(ticket open, const request_box& request, user_decision device) {
  auto read = [this, open, request] {
    wire::list_channels members;
    members.set_only_members(true);
    auto page = [id = id(), request, rows = state_.list(members).reply,
                 since = retained_since(host().now(), host().config)](
                    const storage::message_store& stored) {
      return read_inbox_page(stored.inboxes_near(id), id, request->inbox(), rows.channels(), since);
    };
    when_readable([this, open, page] {
      ask_reader(this, host(), id(), page, [this, open](result<wire::inbox_page> found) {
        if (!found)
          return refuse(open, found.error());
        wire::user_reply reply;
        *reply.mutable_inbox() = std::move(*found);
        answer(open, std::move(reply));
      });
    });
  };
  if (!device.command)
    return when_settled(read);
  propose(device.command, {}, [read](raft::log_index) { read(); });
}

void user_actor::count_mentions(ticket open, const request_box& request) {
  auto channel = entity_id::parse(request->mentions().channel_id());
  if (!channel)
    return refuse(open, make_error(errc::channel_not_found));
  auto count = [id = id(), channel = *channel,
                after = counted_after(request->mentions().after(), host().now(), host().config),
                most = host().config.limits.page_max](const storage::message_store& stored) {
    return stored.inboxes_near(id).mentions(id, channel, after, most);
  };
  when_readable([this, open, count] {
    ask_reader(this, host(), id(), count, [this, open](result<std::uint32_t> found) {
      if (!found)
        return refuse(open, found.error());
      wire::user_reply reply;
      reply.set_mention_count(*found);
      answer(open, std::move(reply));
    });
  });
}

// What came before is in the tables; from here on the slot tells.
void user_actor::await_inbox(ticket open, const wire::await_inbox& wanted) {
  waiting_for_news_[open] = wanted.from();
  after(std::chrono::milliseconds(wanted.wait_ms()), [this, open] { end_wait(open, false); });
  auto look = [id = id(), place = storage::inbox_place{wanted.from(), wanted.skip()},
               since = retained_since(host().now(), host().config)](
                  const storage::message_store& stored) {
    return stored.inboxes_near(id).read(id, place, 1, since);
  };
  when_readable([this, open, look] {
    ask_reader(this, host(), id(), look, [this, open](result<storage::inbox_rows> found) {
      if (!found && waiting_for_news_.erase(open) > 0)
        return refuse(open, found.error());
      if (found && !found->spans.empty())
        end_wait(open, true);
    });
  });
}

void user_actor::end_wait(ticket open, bool news) {
  if (waiting_for_news_.erase(open) == 0)
    return;
  wire::user_reply reply;
  reply.mutable_inbox()->set_has_more(news);
  answer(open, std::move(reply));
}

void user_actor::on_inbox_news(std::uint64_t position) {
  for (const auto& [open, from] : std::map(waiting_for_news_))
    if (position >= from)
      end_wait(open, true);
}

}  // namespace carillon
