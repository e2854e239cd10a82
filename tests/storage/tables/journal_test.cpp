// The journal acknowledges what is on disk and nothing else: group commit, one sync only where the
// log needs it, order, failures that stick, and what a restart finds.
#include "tests/storage/tables/stores.hpp"

#include <condition_variable>
#include <mutex>

#include "storage/journal.hpp"
#include "storage/keys.hpp"
#include "storage/log_store.hpp"

namespace carillon::storage {
namespace {

using namespace std::chrono_literals;

// Collects what `done` was told, in order.
class acknowledgements {
public:
  std::function<void(status)> note(int who) {
    return [this, who](status done) {
      std::lock_guard lock(mutex_);
      seen_.emplace_back(who, done ? std::string("ok") : done.error().describe());
      changed_.notify_all();
    };
  }
  std::vector<std::pair<int, std::string>> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 30s, [&] { return seen_.size() >= count; }));
    return seen_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<int, std::string>> seen_;
};

// Holds every write until it is let go, so that a test decides what gathers meanwhile.
class gated_kv final : public kv {
public:
  explicit gated_kv(kv& inner) : inner_(inner) {}
  result<std::optional<std::string>> get(family where, std::string_view key) const override {
    return inner_.get(where, key);
  }
  std::unique_ptr<cursor> scan(family where, std::string_view prefix) const override {
    return inner_.scan(where, prefix);
  }
  std::unique_ptr<write_batch> make_batch() const override { return inner_.make_batch(); }
  status write(write_batch& batch, bool sync) override {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    return inner_.write(batch, sync);
  }
  std::uint64_t memory_bytes() const override { return inner_.memory_bytes(); }

  void wait_for_writer() {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 30s, [this] { return arrived_ > 0; }));
  }
  void let_go() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

private:
  kv& inner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  bool open_ = false;
};

raft::entry entry(raft::log_index index, const std::string& text = "x", raft::term_t term = 1) {
  return {term, index, raft::entry_kind::command, std::make_shared<const std::string>(text)};
}

journal_write entry_of(slot_id slot, raft::log_index index, std::function<void(status)> done) {
  journal_write write;
  write.slot = slot;
  write.entries.push_back(entry(index));
  write.done = std::move(done);
  return write;
}

std::shared_ptr<const wire::slot_command> post(const entity_id& channel, std::uint64_t seq) {
  auto command = std::make_shared<wire::slot_command>();
  command->mutable_channel()->set_channel_id(channel.text());
  auto& event = *command->mutable_channel()->add_events();
  event.set_seq(seq);
  event.set_ts(seq * 10);
  event.set_kind(wire::EVENT_MESSAGE);
  event.mutable_message()->set_seq(seq);
  event.mutable_message()->set_ts(seq * 10);
  return command;
}

TEST_CASE("journal: what gathers during one write goes out in the next, with one sync") {
  memory_kv store;
  gated_kv gate(store);
  acknowledgements acks;
  {
    journal writer(gate, {});
    writer.submit(entry_of(0, 1, acks.note(0)));
    gate.wait_for_writer();
    for (int i = 1; i <= 100; ++i)
      writer.submit(entry_of(static_cast<slot_id>(i % 8 + 1), 1 + static_cast<unsigned>(i) / 8,
                             acks.note(i)));
    gate.let_go();
    const auto seen = acks.wait_for(101);
    for (int i = 0; i <= 100; ++i)
      CHECK(seen[static_cast<std::size_t>(i)] == std::pair(i, std::string("ok")));
    const auto count = writer.count();
    CHECK(count.batches == 2);
    CHECK(count.syncs == 2);
    CHECK(count.writes == 101);
    CHECK(count.entries == 101);
  }
  CHECK(store.count().syncs == 2);
}

TEST_CASE("journal: entries and hard states are synced, what is only applied is not") {
  memory_kv store;
  acknowledgements acks;
  journal writer(store, {});
  journal_write applied;
  applied.slot = 3;
  applied.commands.push_back(post(channel_a, 1));
  applied.applied = 5;
  applied.applied_term = 2;
  applied.projected = 4;
  applied.done = acks.note(1);
  writer.submit(std::move(applied));
  acks.wait_for(1);
  CHECK(writer.count().syncs == 0);

  journal_write vote;
  vote.slot = 3;
  vote.hard = raft::hard_state{.term = 7, .vote = 9};
  vote.done = acks.note(2);
  writer.submit(std::move(vote));
  acks.wait_for(2);
  CHECK(writer.count().syncs == 1);

  writer.submit(entry_of(3, 1, acks.note(3)));
  acks.wait_for(3);
  CHECK(writer.count().syncs == 2);

  const auto start = load_slot_start(store, 3);
  REQUIRE(start.has_value());
  CHECK(start->hard == raft::hard_state{.term = 7, .vote = 9});
  CHECK(start->applied == 5);
  CHECK(start->applied_term == 2);
  CHECK(start->projected == 4);
  CHECK(load_slot_start(store, 4)->applied == 0);
}

TEST_CASE("journal: a loss of power takes nothing that was acknowledged as an entry") {
  memory_kv store;
  acknowledgements acks;
  {
    journal writer(store, {});
    journal_write first = entry_of(1, 1, acks.note(1));
    writer.submit(std::move(first));
    acks.wait_for(1);
    journal_write second;
    second.slot = 1;
    second.applied = 1;
    second.applied_term = 1;
    second.commands.push_back(post(channel_a, 1));
    second.done = acks.note(2);
    writer.submit(std::move(second));
    acks.wait_for(2);
  }
  CHECK(load_slot_start(store, 1)->applied == 1);
  store.crash();
  const auto start = *load_slot_start(store, 1);
  CHECK(start.applied == 0);  // it will be applied again, from the log
  CHECK((*log_store::open(store, 1, start))->last_index() == 1);
  CHECK(message_store(store, test_slots).tail(channel_a)->last_seq == 0);
}

TEST_CASE("journal: after a failed write nothing is acknowledged any more") {
  memory_kv store;
  store.fail_after(1);
  acknowledgements acks;
  journal writer(store, {});
  writer.submit(entry_of(1, 1, acks.note(1)));
  acks.wait_for(1);
  CHECK(writer.health().has_value());
  writer.submit(entry_of(1, 2, acks.note(2)));
  acks.wait_for(2);
  CHECK(writer.health().code() == errc::storage_unavailable);
  store.crash();  // the disk would take it again; the journal still does not
  writer.submit(entry_of(1, 3, acks.note(3)));
  const auto seen = acks.wait_for(3);
  const std::string refusal =
      make_error(errc::storage_unavailable, "memory_kv: told to fail").describe();
  CHECK(seen[0].second == "ok");
  CHECK(seen[1].second == refusal);
  CHECK(seen[2].second == refusal);
  CHECK(writer.count().writes == 1);
  CHECK((*log_store::open(store, 1, {}))->last_index() == 1);
}

TEST_CASE("journal: is full above its bound, and no longer once the disk has caught up") {
  memory_kv store;
  gated_kv gate(store);
  acknowledgements acks;
  journal writer(gate, {.queue_max_bytes = 100'000});
  auto big = entry_of(1, 1, acks.note(1));
  big.entries[0] = entry(1, std::string(60'000, 'x'));
  writer.submit(std::move(big));
  CHECK_FALSE(writer.is_full());
  big = entry_of(1, 2, acks.note(2));
  big.entries[0] = entry(2, std::string(60'000, 'x'));
  writer.submit(std::move(big));
  CHECK(writer.is_full());
  gate.let_go();
  acks.wait_for(2);
  // The accounting follows the last acknowledgement by a moment.
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (writer.is_full() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  CHECK_FALSE(writer.is_full());
}

TEST_CASE("journal: writes what is queued before it stops") {
  memory_kv store;
  acknowledgements acks;
  {
    journal writer(store, {});
    for (int i = 1; i <= 50; ++i)
      writer.submit(entry_of(1, static_cast<raft::log_index>(i), acks.note(i)));
  }
  CHECK(acks.wait_for(50).size() == 50);
  CHECK((*log_store::open(store, 1, {}))->last_index() == 50);
}

TEST_CASE("journal: once closed it refuses, at once, and writes nothing more") {
  memory_kv store;
  acknowledgements acks;
  journal writer(store, {});
  writer.submit(entry_of(1, 1, acks.note(1)));
  writer.close();
  CHECK(acks.wait_for(1)[0].second == "ok");
  writer.submit(entry_of(1, 2, acks.note(2)));
  CHECK(acks.wait_for(2)[1].second == make_error(errc::shutting_down).describe());
  writer.close();
  CHECK((*log_store::open(store, 1, {}))->last_index() == 1);
}

TEST_CASE("journal: without fsync nothing is synced") {
  memory_kv store;
  acknowledgements acks;
  journal writer(store, {.fsync = false});
  writer.submit(entry_of(1, 1, acks.note(1)));
  acks.wait_for(1);
  CHECK(writer.count().syncs == 0);
  CHECK(writer.count().batches == 1);
}

TEST_CASE("journal: many threads, every slot's acknowledgements in its own order") {
  memory_kv store;
  constexpr int threads = 4;
  constexpr int each = 500;
  std::vector<std::unique_ptr<acknowledgements>> acks;
  for (int i = 0; i < threads; ++i)
    acks.push_back(std::make_unique<acknowledgements>());
  {
    journal writer(store, {});
    std::vector<std::thread> producers;
    for (int slot = 0; slot < threads; ++slot)
      producers.emplace_back([&, slot] {
        for (int i = 1; i <= each; ++i)
          writer.submit(entry_of(static_cast<slot_id>(slot), static_cast<raft::log_index>(i),
                                 acks[static_cast<std::size_t>(slot)]->note(i)));
      });
    for (auto& producer : producers)
      producer.join();
  }
  for (int slot = 0; slot < threads; ++slot) {
    const auto seen = acks[static_cast<std::size_t>(slot)]->wait_for(each);
    REQUIRE(seen.size() == each);
    for (int i = 0; i < each; ++i)
      REQUIRE(seen[static_cast<std::size_t>(i)] == std::pair(i + 1, std::string("ok")));
    CHECK((*log_store::open(store, static_cast<slot_id>(slot), {}))->last_index() == each);
  }
}

TEST_CASE("journal: a write that does not come back keeps its number, the next has another") {
  memory_kv store;
  acknowledgements acks;
  gated_kv gate(store);
  journal writer(gate, {});
  CHECK(writer.writing() == 0);
  CHECK(writer.writing_for(steady_now()) == 0ms);
  writer.submit(entry_of(1, 1, acks.note(1)));
  gate.wait_for_writer();
  const auto hung = writer.writing();
  CHECK(hung != 0);
  CHECK(writer.writing() == hung);
  CHECK(writer.writing_for(steady_now() + 5s) >= 5s);
  gate.let_go();
  acks.wait_for(1);
  CHECK(writer.writing() != hung);
  CHECK(writer.writing_for(steady_now() + 5s) == 0ms);
}

TEST_CASE("journal: how far the disk is behind is the age of the oldest write that is not on it") {
  memory_kv memory;
  gated_kv store(memory);
  journal writer(store, {});
  CHECK(writer.delay(steady_now() + 5s) == 0ms);
  acknowledgements seen;
  const tick_time before = steady_now();
  writer.submit(entry_of(1, 1, seen.note(1)));
  store.wait_for_writer();
  const tick_time between = steady_now();
  writer.submit(entry_of(1, 2, seen.note(2)));  // waits behind the first
  CHECK(writer.delay(before + 1'400ms) <= 1'400ms);
  CHECK(writer.delay(between + 1'400ms) >= 1'400ms);
  store.let_go();
  seen.wait_for(2);
  writer.close();
  CHECK(writer.delay(steady_now() + 5s) == 0ms);
}

}  // namespace
}  // namespace carillon::storage
