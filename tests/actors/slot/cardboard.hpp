// Entities made of cardboard, for slots under test.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/ask.hpp"
#include "actors/slot/inbox_courier.hpp"
#include "actors/slot/slot_actor.hpp"
#include "storage/message_store.hpp"

namespace carillon::test {

// Proposes one message per post with the next seq it knows from the tables; answers at the commit.
// A user entity answers every membership at once and remembers it.
struct cardboard_log {
  std::mutex mutex;
  std::vector<std::uint64_t> first_seqs;  // where each activation started
  std::vector<wire::user_request> memberships;
  std::vector<std::string> heard;  // of proposals: "committed 2", "lost"
  std::vector<caf::actor> made;    // every life of every entity, until end_entities()
  std::atomic<bool> refuse_memberships{false};
};

inline caf::behavior cardboard(caf::event_based_actor* self, const host_services* host, entity_id id,
                        caf::actor slot, std::shared_ptr<cardboard_log> log) {
  auto last = std::make_shared<std::uint64_t>(0);
  auto open = std::make_shared<std::map<std::uint64_t, caf::response_promise>>();
  if (id.is_channel()) {
    *last = host->messages->tail(id)->last_seq;
    std::lock_guard lock(log->mutex);
    log->first_seqs.push_back(*last);
  }
  auto leaving = std::make_shared<bool>(false);
  auto answer = [self, open, leaving](std::uint64_t seq, std::optional<error> why) {
    wire::channel_reply reply;
    if (why)
      set_error(reply, *why);
    reply.set_last_seq(seq);
    (*open)[seq].deliver(channel_reply_box(std::move(reply)));
    open->erase(seq);
    if (*leaving && open->empty())
      self->quit();
  };
  return {
      [=](const channel_request_box& request) {
        auto promise = self->make_response_promise();
        if (request->has_describe()) {
          wire::channel_reply reply;
          reply.set_last_seq(*last);
          promise.deliver(channel_reply_box(std::move(reply)));
          return promise;
        }
        auto command = std::make_shared<wire::slot_command>();
        auto& change = *command->mutable_channel();
        change.set_channel_id(id.text());
        if (request->has_join()) {
          change.mutable_facts()->set_id(id.text());
          change.mutable_facts()->set_team_id("T000000000001");
          change.mutable_facts()->set_kind(wire::CHANNEL_PUBLIC);
          change.add_members_added()->set_user_id(request->by().user_id());
        }
        auto& event = *change.add_events();
        event.set_seq(++*last);
        event.set_ts(*last * 10);
        event.set_kind(wire::EVENT_MESSAGE);
        event.mutable_message()->set_seq(*last);
        event.mutable_message()->set_ts(*last * 10);
        event.mutable_message()->set_text(request->post().text());
        open->emplace(*last, promise);
        propose_command proposal;
        proposal.command = command;
        proposal.cookie = *last;
        if (request->by().traced())
          proposal.traced = request->by().trace();
        self->send(slot, std::move(proposal));
        return promise;
      },
      [=](const user_request_box& request) {
        wire::user_reply reply;
        if (log->refuse_memberships)
          set_error(reply, make_error(errc::timed_out));
        std::lock_guard lock(log->mutex);
        log->memberships.push_back(*request);
        return user_reply_box(std::move(reply));
      },
      [=](const entity_committed& done) {
        for (const auto& item : done.items) {
          {
            std::lock_guard lock(log->mutex);
            log->heard.push_back("committed " + std::to_string(item.cookie));
          }
          if (open->contains(item.cookie))
            answer(item.cookie, std::nullopt);
        }
      },
      [=](const proposals_lost& lost) {
        {
          std::lock_guard lock(log->mutex);
          log->heard.push_back("lost");
        }
        while (!open->empty())
          answer(open->begin()->first, lost.why);
        self->quit();
      },
      [](const inbox_news&) {},
      [=](passivate_now) {
        *leaving = true;
        if (open->empty())
          self->quit();
      },
      [](const host_lost&) {},
      [=](passivate idle) { self->send(slot, idle); },
  };
}

inline caf::actor spawn_cardboard(caf::actor_system& system, const host_services& host,
                                  const entity_id& id, const caf::actor& slot,
                                  const std::shared_ptr<cardboard_log>& log) {
  auto made = system.spawn(cardboard, &host, id, slot, log);
  std::lock_guard lock(log->mutex);
  log->made.push_back(made);
  return made;
}

// Ends all that were made and waits for it. An entity holds its slot, and a slot its entities: while
// one of them lives, neither is ever freed. The slots have ended before: none makes another one.
inline void end_entities(caf::actor_system& system, cardboard_log& log) {
  std::vector<caf::actor> made;
  {
    std::lock_guard lock(log.mutex);
    made.swap(log.made);
  }
  caf::scoped_actor self{system};
  for (const auto& each : made) {
    caf::anon_send_exit(each, caf::exit_reason::kill);
    self->wait_for(each);
  }
}

inline const entity_id one_channel{id_kind::channel, 9};

inline std::vector<std::string> texts_in(const storage::message_store& tables) {
  wire::read_history all;
  all.set_limit(1'000);
  std::vector<std::string> out;
  auto page = tables.history(one_channel, all);
  if (!page)
    return {page.error().describe()};
  for (const auto& message : page->messages)
    out.insert(out.begin(), message.text());
  return out;
}

}  // namespace carillon::test
