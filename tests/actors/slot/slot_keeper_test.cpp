// The slot keeper of a host whose view is ahead of, or behind, what the slot's group knows: three hosts
// (three_hosts.hpp), the keeper of the third.
#include "actors/held_slots.hpp"
#include "actors/slot_keeper.hpp"
#include "storage/log_store.hpp"
#include "storage/slot_start.hpp"
#include "tests/actors/slot/three_hosts.hpp"

using namespace carillon;
using namespace carillon::test;

namespace {

std::shared_ptr<const wire::ring_view> view_of(std::uint64_t generation,
                                               std::initializer_list<std::uint64_t> replicas) {
  auto view = std::make_shared<wire::ring_view>();
  view->set_generation(generation);
  auto& place = *view->add_slots();
  for (std::uint64_t host : replicas)
    place.add_replicas(host);
  place.set_preferred_leader(1);
  return view;
}

// The first host's leader knows the group's wish from `ring`.
struct kept_slot {
  kept_slot() {
    health.set_heard({2, 3});
    ring.replace(view_of(1, {1, 2, 3}));
    h.at(1).host.ring = &ring;  // before anybody looks: with the first tick
    h.at(1).host.health = &health;
    keeper = spawn_slot_keeper(h.system, h.at(3).host,
                               [this](slot_id, const wire::slot_place&) -> caf::actor {
                                 ++opened;
                                 return nullptr;
                               });
    h.lead(1);
    h.until([this] { return h.at(3).where->of(0).leader == 1; });
  }
  ~kept_slot() {
    caf::scoped_actor self{h.system};
    caf::anon_send_exit(keeper, caf::exit_reason::kill);
    self->wait_for(keeper);
  }

  bool is_open() { return static_cast<bool>(h.at(3).host.slots[0]); }
  bool is_erased() {
    auto found = storage::load_slot_start(h.at(3).store, 0);
    return found && found->has_config && found->config == raft::configuration{};
  }

  // The first host's leader says so.
  bool has_let_go_of_the_third() {
    auto question = std::make_shared<wire::peer_request>();
    question->mutable_members();
    bool gone = false;
    caf::scoped_actor self{h.system};
    self->request(h.at(1).host.slots[0], std::chrono::seconds(10), peer_asks{3, 0, question})
        .receive([&](const peer_reply_box& said) {
                   gone = said->has_members() && has_let_go(said->members(), 3);
                 },
                 [](const caf::error&) { FAIL("no answer"); });
    return gone;
  }
  // Until it has done what was said to it before.
  void wait_for_mailbox_of(const caf::actor& replica) {
    caf::scoped_actor self{h.system};
    self->request(replica, std::chrono::seconds(10), wait_serving{})
        .receive([] {}, [](const caf::error&) { FAIL("no answer"); });
  }

  ring_view_holder ring;
  cluster_health health;
  three_hosts h;
  std::atomic<int> opened{0};
  caf::actor keeper;
};

}  // namespace

TEST_CASE("slot keeper: on the view alone no replica is erased; its group goes on counting on it") {
  kept_slot of;
  caf::anon_send(of.keeper, keep_slots{view_of(2, {1, 2})});
  of.h.until([&] { return of.h.at(3).asked >= 2; });  // told no, it asks again
  CHECK(of.is_open());
  CHECK(of.h.ask(1, of.h.post("still here")).last_seq() == 1);
  of.h.until([&] { return texts_in(*of.h.at(3).tables).size() == 1; });

  of.ring.replace(view_of(2, {1, 2}));
  of.h.until([&] { return !of.is_open() && of.is_erased(); });
  CHECK(of.opened == 0);
  CHECK(of.h.ask(1, of.h.post("without it")).last_seq() == 2);
}

TEST_CASE("slot keeper: a replica that the view wants again before its leader answers stays") {
  kept_slot of;
  caf::anon_send(of.keeper, keep_slots{view_of(2, {1, 2})});
  caf::anon_send(of.keeper, keep_slots{view_of(3, {1, 2, 3})});
  of.h.until([&] { return of.h.at(3).asked >= 1; });
  CHECK(of.h.ask(1, of.h.post("one")).last_seq() == 1);
  of.h.until([&] { return texts_in(*of.h.at(3).tables).size() == 1; });
  CHECK(of.is_open());
  CHECK(of.opened == 0);
}

TEST_CASE("slot keeper: what a replica that leaves still had under way is not written over its erasure") {
  kept_slot of;
  slot_host& third = of.h.at(3);
  CHECK(of.h.ask(1, of.h.post("one")).last_seq() == 1);
  of.h.until([&] { return texts_in(*third.tables).size() == 1; });
  // It hears that the next one is committed while its own write of it hangs: it will apply it then.
  third.disk.hang(true);
  const int begun = third.disk.begun();
  CHECK(of.h.ask(1, of.h.post("two")).last_seq() == 2);
  of.h.until([&] { return third.disk.begun() >= begun + 1; });
  of.ring.replace(view_of(2, {1, 2}));
  of.h.until([&] { return of.has_let_go_of_the_third(); });

  const caf::actor replica = third.host.slots[0];
  caf::anon_send(of.keeper, keep_slots{view_of(2, {1, 2})});
  of.h.until([&] { return !of.is_open(); });
  of.wait_for_mailbox_of(replica);  // the erasure is in the journal
  third.disk.let_one_through();
  of.h.until([&] { return third.disk.begun() >= begun + 2; });
  of.wait_for_mailbox_of(replica);  // it knows that the entry is on its disk
  third.disk.hang(false);
  caf::scoped_actor self{of.h.system};
  self->wait_for(replica);
  third.journal->close();

  CHECK(of.is_erased());
  auto found = storage::load_slot_start(third.store, 0);
  REQUIRE(found);
  CHECK(found->applied == 0);
  CHECK(found->tables_mixed);
  CHECK(found->log_damaged);
  CHECK(storage::log_store::open(third.store, 0, *found));
  CHECK(texts_in(*third.tables).empty());
}
