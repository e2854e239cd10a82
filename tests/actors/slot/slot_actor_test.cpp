// A slot with its real raft core, log and journal over a store in memory, and entities made of
// cardboard: what is routed, committed, applied and projected, what survives a restart, and what a
// failing disk does. Actors run on real threads; every wait is for an answer, with a deadline.
#include "actors/slot/slot_actor.hpp"

#include <doctest/doctest.h>

#include "actors/ask.hpp"
#include "actors/directory/directory_actor.hpp"
#include "storage/journal.hpp"
#include "storage/memory_kv.hpp"
#include "storage/message_store.hpp"
#include "tests/actors/slot/cardboard.hpp"

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

namespace {

constexpr auto deadline = 10s;

// A host of one slot over a store that outlives it.
enum class serves { soon, never };
enum class pushes { none, heard };

struct one_slot_host {
  one_slot_host(storage::memory_kv& store, std::shared_ptr<cardboard_log> entities,
                serves expected = serves::soon, pushes wanted = pushes::none)
      : log(std::move(entities)), tables(store, 1), journal(store, {}), system(config) {
    host.messages = &tables;
    host.journal = &journal;
    host.config.storage.log_keep_entries = 4;
    host.spawn_entity = [this](const entity_id& id, const caf::actor& slot) {
      entity = spawn_cardboard(system, host, id, slot, log);
      return entity;
    };
    host.readers.push_back(spawn_reader(system, tables));
    host.courier = spawn_inbox_courier(system, host);
    if (wanted == pushes::heard) {
      host.config.presence.offline_grace_ms = 0;
      host.config.push.gather_ms = 0;
      provider = std::make_unique<caf::scoped_actor>(system);
      host.push = caf::actor_cast<caf::actor>(*provider);
    }
    auto start = storage::load_slot_start(store, 0);
    REQUIRE(start);
    auto opened = storage::log_store::open(store, 0, *start);
    REQUIRE(opened);
    host.slots.push_back(spawn_slot(system, host, 0, 77, *start, std::move(*opened)));
    caf::scoped_actor self{system};
    self->request(host.slots[0], deadline, wait_serving{})
        .receive([&] { CHECK(expected == serves::soon); },
                 [&](const caf::error& why) {
                   CHECK(expected == serves::never);
                   CHECK(why != caf::sec::request_timeout);
                 });
  }
  ~one_slot_host() {
    journal.close();
    caf::anon_send_exit(host.slots[0], caf::exit_reason::kill);
    caf::scoped_actor(system)->wait_for(host.slots[0]);
    end_entities(system, *log);
    caf::anon_send_exit(host.readers[0], caf::exit_reason::kill);
    caf::anon_send_exit(host.courier, caf::exit_reason::kill);
    host.courier = nullptr;
    host.push = nullptr;
    provider = nullptr;
    // A detached actor's thread ends with the last handle to it.
    host.readers.clear();
    host.slots.clear();
    host.spawn_entity = nullptr;
    entity = nullptr;
    system.await_actors_before_shutdown(false);
  }

  wire::channel_reply ask(wire::channel_request request) {
    wire::channel_reply out;
    caf::scoped_actor self{system};
    request.set_channel_id(channel.text());
    self->request(host.slots[0], deadline, channel_request_box(std::move(request)))
        .receive([&](const channel_reply_box& reply) { out = *reply; },
                 [](const caf::error&) { FAIL("no answer"); });
    return out;
  }
  wire::channel_reply post(const std::string& text) {
    wire::channel_request request;
    request.mutable_post()->set_text(text);
    return ask(std::move(request));
  }
  template <class Message>
  void wait_for(Message message) {
    caf::scoped_actor self{system};
    self->request(host.slots[0], deadline, message)
        .receive([] {}, [](const caf::error&) { FAIL("no answer"); });
  }

  static inline const entity_id channel = one_channel;
  caf::actor_system_config config;
  const std::shared_ptr<cardboard_log> log;
  host_services host;
  storage::message_store tables;
  storage::journal journal;
  caf::actor_system system;
  caf::actor entity;
  std::unique_ptr<caf::scoped_actor> provider;  // stands for the push actor
};

}  // namespace

TEST_CASE("slot: what was acknowledged is in the tables after a read barrier, and after a restart") {
  storage::memory_kv store;
  auto log = std::make_shared<cardboard_log>();
  {
    one_slot_host host(store, log);
    CHECK(host.post("one").last_seq() == 1);
    CHECK(host.post("two").last_seq() == 2);
    host.wait_for(read_barrier{});
    CHECK(texts_in(host.tables) == std::vector<std::string>{"one", "two"});
  }
  store.crash();  // everything acknowledged was synced
  one_slot_host again(store, log);
  CHECK(again.post("three").last_seq() == 3);
  again.wait_for(read_barrier{});
  CHECK(texts_in(again.tables) == std::vector<std::string>{"one", "two", "three"});
}

TEST_CASE("slot: an entity that rests is made anew from tables that hold all it proposed") {
  storage::memory_kv store;
  auto log = std::make_shared<cardboard_log>();
  one_slot_host host(store, log);
  for (std::uint64_t round = 1; round <= 20; ++round) {
    CHECK(host.post("again").last_seq() == round);
    caf::anon_send(host.entity, passivate{one_slot_host::channel});
  }
  host.wait_for(read_barrier{});
  CHECK(texts_in(host.tables).size() == 20);
  std::lock_guard lock(log->mutex);
  CHECK(log->first_seqs.size() > 1);
}

TEST_CASE("slot: after a failed write posts are refused and reads go on") {
  storage::memory_kv store;
  auto log = std::make_shared<cardboard_log>();
  one_slot_host host(store, log);
  CHECK(host.post("kept").last_seq() == 1);
  host.wait_for(read_barrier{});
  store.fail_after(0);
  auto refused = reply_error(host.post("lost"));
  REQUIRE(refused);
  CHECK(refused->code == errc::storage_unavailable);
  CHECK(reply_error(host.post("refused at the door"))->code == errc::storage_unavailable);
  wire::channel_request describe;
  describe.mutable_describe();
  CHECK(host.ask(std::move(describe)).errc() == 0);
  host.wait_for(read_barrier{});
  CHECK(texts_in(host.tables) == std::vector<std::string>{"kept"});
}

TEST_CASE("slot: on a disk that fails from the start it says so instead of never serving") {
  storage::memory_kv store;
  store.fail_after(0);
  one_slot_host host(store, std::make_shared<cardboard_log>(), serves::never);
}

TEST_CASE("slot: who waits for a projection is answered when the disk fails meanwhile") {
  storage::memory_kv store;
  auto log = std::make_shared<cardboard_log>();
  log->refuse_memberships = true;
  one_slot_host host(store, log);
  wire::channel_request join;
  join.mutable_join();
  join.mutable_by()->set_user_id("U000000000005");
  CHECK(host.ask(join).errc() == 0);
  caf::scoped_actor self{host.system};
  auto waiting = self->request(host.host.slots[0], deadline, projection_barrier{2});
  store.fail_after(0);
  CHECK(reply_error(host.post("lost"))->code == errc::storage_unavailable);
  waiting.receive([] {}, [](const caf::error&) { FAIL("no answer"); });
}

TEST_CASE("slot: a refused proposal is told after the commits of those before it") {
  storage::memory_kv store;
  auto log = std::make_shared<cardboard_log>();
  one_slot_host host(store, log);
  CHECK(host.post("one").last_seq() == 1);
  auto propose = [&](std::uint64_t seq) {
    auto command = std::make_shared<wire::slot_command>();
    command->mutable_channel()->set_channel_id(one_slot_host::channel.text());
    auto& event = *command->mutable_channel()->add_events();
    event.set_seq(seq);
    event.set_ts(seq * 10);
    event.set_kind(wire::EVENT_MESSAGE);
    event.mutable_message()->set_seq(seq);
    event.mutable_message()->set_ts(seq * 10);
    propose_command proposal;
    proposal.command = command;
    proposal.cookie = seq;
    caf::anon_send(host.host.slots[0], std::move(proposal));
  };
  propose(2);
  propose(3);
  caf::anon_send(host.host.slots[0], stop_slot{});
  propose(4);
  // Asked while the entity is about to end: held back for its next life, which reads the tables.
  wire::channel_request describe;
  describe.mutable_describe();
  CHECK(host.ask(std::move(describe)).last_seq() == 3);
  std::lock_guard lock(log->mutex);
  CHECK(log->heard ==
        std::vector<std::string>{"committed 1", "committed 2", "committed 3", "lost"});
}

TEST_CASE("slot: a projection that was not carried out is carried out after the restart") {
  storage::memory_kv store;
  auto log = std::make_shared<cardboard_log>();
  wire::channel_request join;
  join.mutable_join();
  join.mutable_by()->set_user_id("U000000000005");
  {
    log->refuse_memberships = true;
    one_slot_host host(store, log);
    CHECK(host.ask(join).errc() == 0);
    for (int i = 0; i < 30; ++i)  // the log is trimmed meanwhile, but not past the projection
      host.post("more");
  }
  {
    std::lock_guard lock(log->mutex);
    log->memberships.clear();
  }
  log->refuse_memberships = false;
  one_slot_host again(store, log);
  again.wait_for(projection_barrier{2});
  std::lock_guard lock(log->mutex);
  REQUIRE(log->memberships.size() >= 1);
  CHECK(log->memberships[0].user_id() == "U000000000005");
}

TEST_CASE("slot: who watches a user hears how they are without waking them, and what changes") {
  storage::memory_kv store;
  auto log = std::make_shared<cardboard_log>();
  one_slot_host host(store, log);
  caf::scoped_actor presence{host.system};
  host.host.presence = caf::actor_cast<caf::actor>(presence);
  const entity_id ann{id_kind::user, 1}, ben{id_kind::user, 2};
  wire::announce_interest wanted;
  wanted.set_of_presence(true);
  wanted.add_channels()->set_channel_id(ann.text());
  wanted.add_channels()->set_channel_id(ben.text());
  auto ask = [&] {
    std::vector<wire::presence_kind> out;
    presence->request(host.host.slots[0], deadline, announce_interest_box(wanted))
        .receive(
            [&](const interest_confirmed& answer) {
              for (const auto& item : answer.items)
                out.push_back(item.presence);
            },
            [](const caf::error&) { FAIL("no answer"); });
    return out;
  };
  const std::vector<wire::presence_kind> nobody_known(2, wire::PRESENCE_UNKNOWN);
  CHECK(ask() == nobody_known);
  caf::anon_send(host.host.slots[0], presence_changed{ann, true});
  presence->receive([&](const presence_news& news) { CHECK(news.active == std::vector{ann}); },
                    caf::after(deadline) >> [] { FAIL("no news"); });
  CHECK(ask() == std::vector<wire::presence_kind>{wire::PRESENCE_ACTIVE, wire::PRESENCE_UNKNOWN});
  // When all who are there had the time to be named, who was not is not there.
  presence->receive([&](const presence_news& news) { CHECK(news.away == std::vector{ben}); },
                    caf::after(deadline) >> [] { FAIL("no news"); });
  CHECK(log->made.empty());
  wanted.clear_channels();
  wanted.add_withdrawn(ann.text());
  CHECK(ask().empty());
  caf::anon_send(host.host.slots[0], presence_changed{ann, false});
  caf::anon_send(host.host.slots[0], presence_changed{ben, true});
  presence->receive(
      [&](const presence_news& news) {
        CHECK(news.active == std::vector{ben});
        CHECK(news.away.empty());
      },
      caf::after(deadline) >> [] { FAIL("no news"); });
  host.host.presence = nullptr;
}

TEST_CASE("slot: what a user is to be told is told by the next leader too, until somebody wrote down that it was") {
  storage::memory_kv store;
  auto log = std::make_shared<cardboard_log>();
  const entity_id ann{id_kind::user, 1}, dm{id_kind::direct, 2};
  const auto propose = [](one_slot_host& host, const wire::user_change& change) {
    auto command = std::make_shared<wire::slot_command>();
    *command->mutable_user() = change;
    command->mutable_user()->set_user_id("U000000000001");
    caf::anon_send(host.host.slots[0], propose_command{command, 0, 0, 0, {}, {}});
    host.wait_for(read_barrier{});
  };
  const auto hear = [](one_slot_host& host) {
    std::optional<push_errand> heard;
    (*host.provider)->receive(
        [&](const push_errand& errand) {
          heard = errand;
          push_told told;
          told.told_ts = 100;
          told.devices = {{"phone", "token", {}}};
          told.devices[0].how.fate = push::push_fate::delivered;
          return told;
        },
        caf::after(deadline) >> [] { FAIL("no errand"); });
    return *heard;
  };
  {
    one_slot_host host(store, log, serves::soon, pushes::heard);
    wire::user_change said;
    said.mutable_push()->set_user_id(ann.text());
    said.mutable_push()->add_targets()->set_device("phone");
    propose(host, said);
    for (auto known = host.tables.pushes_of(0).user(ann); known && !*known;
         known = host.tables.pushes_of(0).user(ann))
      host.wait_for(read_barrier{});
    wire::user_request request;
    request.set_user_id(ann.text());
    wire::inbox_run& run = *request.mutable_delivery()->add_runs();
    run.set_channel_id(dm.text());
    run.set_first_seq(1);
    run.set_last_seq(1);
    run.add_users(ann.number);
    wire::inbox_mention& mention = *run.add_mentions();
    mention.set_seq(1);
    mention.set_ts(100);
    mention.set_kind(wire::MENTION_DIRECT);
    mention.add_users(ann.number);
    caf::scoped_actor self{host.system};
    // While it reads who wants pushes it is not there yet: who asks does so again by itself, without a complaint.
    const tick_time give_up = steady_now() + deadline;
    std::optional<error> refused;
    do
      self->request(host.host.slots[0], deadline, user_request_box(request))
          .receive([&](const user_reply_box& reply) { refused = reply_error(*reply); },
                   [](const caf::error&) { FAIL("no answer"); });
    while (refused && refused->code == errc::not_owner && steady_now() < give_up);
    CHECK_MESSAGE(!refused, refused.value_or(error()).describe());
  }
  store.crash();  // nobody was told yet
  {
    one_slot_host next(store, log, serves::soon, pushes::heard);
    const push_errand errand = hear(next);
    CHECK(errand.user == ann);
    CHECK(errand.channel == dm);
    CHECK(errand.row.items(0).seq() == 1);
    REQUIRE(errand.targets.size() == 1);
    CHECK(errand.targets[0].device() == "phone");
    // Read elsewhere: what is shown is to be taken away, which only who knows that it is shown can say.
    wire::user_change read;
    auto& row = *read.add_channels();
    row.set_channel_id(dm.text());
    row.set_member(true);
    row.set_last_read(100);
    propose(next, read);
    CHECK(hear(next).row.clear());
  }
}

TEST_CASE("slot: a hub gets what it missed and then what is committed, without a hole between") {
  storage::memory_kv store;
  auto log = std::make_shared<cardboard_log>();
  one_slot_host host(store, log);
  for (int i = 0; i < 5; ++i)
    host.post("before");
  caf::scoped_actor hub{host.system};
  wire::announce_interest wanted;
  auto& interest = *wanted.add_channels();
  interest.set_channel_id(one_slot_host::channel.text());
  interest.set_after_seq(2);
  std::vector<std::uint64_t> seen;
  hub->request(host.host.slots[0], deadline, announce_interest_box(wanted))
      .receive(
          [&](const interest_confirmed& answer) {
            REQUIRE(answer.items.size() == 1);
            CHECK(answer.items[0].last_seq == 5);
            for (const auto& event : answer.items[0].replay->events())
              seen.push_back(event.seq());
          },
          [](const caf::error&) { FAIL("no answer"); });
  host.post("after");
  hub->receive(
      [&](const event_delivery& delivery) {
        for (const auto& event : delivery.batches.at(0)->events())
          seen.push_back(event.seq());
      },
      caf::after(deadline) >> [] { FAIL("no delivery"); });
  CHECK(seen == std::vector<std::uint64_t>{3, 4, 5, 6});
}
