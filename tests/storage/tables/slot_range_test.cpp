// A slot's rows travel in chunks and replace what stands where they land: exactly the slot, exactly
// the span, whole rows only, whatever stale rows there were. Damage on either side is refused.
#include "tests/storage/tables/stores.hpp"

#include "storage/journal_batch.hpp"
#include "storage/keys.hpp"
#include "storage/record.hpp"
#include "storage/slot_range.hpp"

namespace carillon::storage {
namespace {

constexpr slot_id slot = 5;

std::string message_at(slot_id in, std::uint64_t channel, std::uint64_t seq) {
  return make_message_key(in, {id_kind::channel, channel}, seq).text();
}

void put(kv& store, family where, const std::string& key, const std::string& payload) {
  std::string value = payload;
  seal(where, key, value);
  auto batch = store.make_batch();
  batch->put(where, key, value);
  must_write(store, *batch);
}

// "channel.seq=payload" of every row of the slot.
std::string describe(const kv& store, slot_id of = slot, family where = family::messages) {
  std::string out;
  auto at = store.scan(where, slot_span(of, where));
  for (at->seek(""); at->valid(); at->next()) {
    const auto payload = unseal(where, at->key(), at->value());
    if (const auto place = read_message_key(at->key()))
      out += std::to_string(place->channel.number) + "." + std::to_string(place->seq);
    out += "=" + (payload ? std::string(*payload) : std::string("damaged")) + " ";
  }
  return out;
}

wire::fetch_chunk ask(family where, const std::string& after = "", std::uint32_t bytes = 1'000) {
  wire::fetch_chunk asked;
  asked.set_slot(slot);
  asked.set_family(static_cast<std::uint32_t>(where));
  asked.set_after_key(after);
  asked.set_bytes_max(bytes);
  return asked;
}

void write(kv& store, const journal_write& what) {
  journal_batch batch(store);
  batch.add(what);
  REQUIRE_FALSE(batch.failure().has_value());
  REQUIRE(store.write(batch.rows(), true).has_value());
}

void apply_chunk(kv& store, const wire::fetch_chunk& asked, const wire::chunk& chunk) {
  REQUIRE(check_chunk(asked, chunk).has_value());
  journal_write what;
  what.slot = slot;
  what.chunks.push_back({static_cast<family>(asked.family()), asked.after_key(), chunk});
  write(store, what);
}

// The whole slot from one store to another, as a replica pulls it.
int pull(const kv& from, kv& to, std::uint32_t bytes) {
  int chunks = 0;
  for (family where : pulled_families) {
    std::string after;
    for (bool last = false; !last; ++chunks) {
      const auto asked = ask(where, after, bytes);
      const auto chunk = must(read_chunk(from, asked));
      apply_chunk(to, asked, chunk);
      last = chunk.last();
      if (!chunk.rows().empty())
        after = chunk.rows().rbegin()->key();
    }
  }
  return chunks;
}

TEST_CASE_TEMPLATE("chunks: a row that just fits is in, the next one comes with the next chunk",
                   Store, memory_store, rocks_store, simulated_store) {
  Store at;
  for (std::uint64_t seq = 1; seq <= 3; ++seq)
    put(at.get(), family::messages, message_at(slot, 1, seq), "1234567");
  const std::uint32_t row = 19 + 7 + seal_size;
  const auto count = [&](std::uint32_t bytes, const std::string& after = "") {
    const auto chunk = must(read_chunk(at.get(), ask(family::messages, after, bytes)));
    return std::to_string(chunk.rows_size()) + (chunk.last() ? " last" : "");
  };
  CHECK(count(0) == "1");  // never none while there are some
  CHECK(count(2 * row - 1) == "1");
  CHECK(count(2 * row) == "2");
  CHECK(count(3 * row - 1) == "2");
  CHECK(count(3 * row) == "3 last");
  CHECK(count(3 * row, message_at(slot, 1, 1)) == "2 last");
  CHECK(count(3 * row, message_at(slot, 1, 3)) == "0 last");
}

TEST_CASE_TEMPLATE("chunks: only the slot's own rows are handed out, neighbours are not", Store,
                   memory_store, rocks_store) {
  Store at;
  put(at.get(), family::messages, message_at(slot - 1, 9, ~0ULL), "before");
  put(at.get(), family::messages, message_at(slot, 1, 1), "mine");
  put(at.get(), family::messages, message_at(slot + 1, 0, 0), "after");
  const auto chunk = must(read_chunk(at.get(), ask(family::messages)));
  REQUIRE(chunk.rows_size() == 1);
  CHECK(chunk.rows(0).key() == message_at(slot, 1, 1));
  CHECK(chunk.last());
}

TEST_CASE("chunks: what is not a slot's table is not handed out") {
  memory_kv store;
  CHECK(read_chunk(store, ask(family::log)).code() == errc::invalid_arguments);
  auto unknown = ask(family::messages);
  unknown.set_family(99);
  CHECK(read_chunk(store, unknown).code() == errc::invalid_arguments);
  CHECK(read_chunk(store, ask(family::messages, message_at(slot + 1, 1, 1))).code() ==
        errc::invalid_arguments);
}

TEST_CASE("chunks: a row that is damaged here is not handed on") {
  memory_kv store;
  put(store, family::messages, message_at(slot, 1, 1), "one");
  put(store, family::messages, message_at(slot, 1, 2), "two");
  store.flip_bit(family::messages, message_at(slot, 1, 2), 0);
  CHECK(read_chunk(store, ask(family::messages)).code() == errc::corrupt_record);
  CHECK(read_chunk(store, ask(family::messages, "", 1)).has_value());  // what lies before it is
}

TEST_CASE_TEMPLATE("chunks: a pulled slot is the other's slot, whatever stood there before", Store,
                   memory_store, rocks_store, simulated_store) {
  for (std::uint32_t bytes : {1u, 100u, 1'000'000u}) {
    CAPTURE(bytes);
    Store from;
    Store to;
    for (std::uint64_t seq : {2, 4, 6, 8})
      put(from.get(), family::messages, message_at(slot, 7, seq), "new" + std::to_string(seq));
    put(from.get(), family::index, make_table_prefix(slot, channel_a, 'f').text(), "facts");
    // Stale rows before, between, on and after those; and the neighbours' rows, which stay.
    for (std::uint64_t seq : {1, 2, 3, 6, 9})
      put(to.get(), family::messages, message_at(slot, 7, seq), "stale");
    put(to.get(), family::messages, message_at(slot, 6, 1), "stale");
    put(to.get(), family::messages, message_at(slot, 8, 1), "stale");
    put(to.get(), family::index, make_table_prefix(slot, channel_b, 'f').text(), "stale");
    put(to.get(), family::messages, message_at(slot - 1, 9, 9), "left");
    put(to.get(), family::messages, message_at(slot + 1, 0, 0), "right");
    pull(from.get(), to.get(), bytes);
    CHECK(describe(to.get()) == "7.2=new2 7.4=new4 7.6=new6 7.8=new8 ");
    CHECK(describe(to.get(), slot, family::index) == "=facts ");
    CHECK(describe(to.get(), slot - 1) == "9.9=left ");
    CHECK(describe(to.get(), slot + 1) == "0.0=right ");
  }
}

TEST_CASE("chunks: an empty slot empties the other") {
  memory_kv from;
  memory_kv to;
  put(to, family::messages, message_at(slot, 1, 1), "stale");
  CHECK(pull(from, to, 100) == static_cast<int>(pulled_families.size()));
  CHECK(describe(to).empty());
}

TEST_CASE("chunks: one that is not the last leaves alone what lies after its last row") {
  memory_kv from;
  memory_kv to;
  put(from, family::messages, message_at(slot, 1, 2), "new");
  put(from, family::messages, message_at(slot, 1, 9), "new");
  for (std::uint64_t seq : {1, 2, 3})
    put(to, family::messages, message_at(slot, 1, seq), "stale");
  const auto asked = ask(family::messages, "", 1);
  apply_chunk(to, asked, must(read_chunk(from, asked)));
  CHECK(describe(to) == "1.2=new 1.3=stale ");
}

TEST_CASE("chunks: a damaged row here is replaced as any stale one") {
  memory_kv from;
  memory_kv to;
  put(from, family::messages, message_at(slot, 1, 1), "sound");
  put(to, family::messages, message_at(slot, 1, 1), "sound");
  to.flip_bit(family::messages, message_at(slot, 1, 1), 0);
  pull(from, to, 100);
  CHECK(describe(to) == "1.1=sound ");
}

TEST_CASE("chunks: the ring view travels with the meta group's slot, and with no other") {
  memory_kv from;
  auto command = std::make_shared<wire::slot_command>();
  command->mutable_meta()->mutable_view()->set_generation(7);
  for (int i = 0; i < 50; ++i)
    command->mutable_meta()->mutable_view()->add_slots()->set_preferred_leader(1);
  journal_write what;
  what.slot = slot;
  what.commands.push_back(command);
  write(from, what);
  memory_kv to;
  pull(from, to, 100);
  CHECK(must(load_ring_view(to, slot)).SerializeAsString() == command->meta().view().SerializeAsString());

  auto other = ask(family::meta);
  other.set_slot(slot + 1);
  CHECK(must(read_chunk(from, other)).rows().empty());
}

TEST_CASE("chunks: the ring view comes whole, however large it is, or is refused") {
  memory_kv from;
  journal_write what;
  what.slot = slot;
  auto command = std::make_shared<wire::slot_command>();
  command->mutable_meta()->mutable_view()->set_generation(7);
  what.commands.push_back(command);
  write(from, what);
  const auto asked = ask(family::meta, "", 1);
  const auto sound = must(read_chunk(from, asked));
  REQUIRE(sound.rows_size() == 1);
  CHECK(sound.last());
  REQUIRE(check_chunk(asked, sound).has_value());
  CHECK(read_chunk(from, ask(family::meta, sound.rows(0).key())).code() == errc::invalid_arguments);

  const auto refused = [&](wire::chunk chunk) {
    chunk.set_crc32c(checksum_of(chunk));
    return check_chunk(asked, chunk).code() == errc::corrupt_record;
  };
  auto chunk = sound;
  chunk.set_last(false);
  CHECK(refused(chunk));
  chunk = sound;
  std::string value = "\x01 no view";
  seal(family::meta, chunk.rows(0).key(), value);
  chunk.mutable_rows(0)->set_value(value);
  CHECK(refused(chunk));
  chunk = sound;  // one row of many, from somebody who sends them as they are stored
  const std::string place = make_view_row_key(slot, view_row::places, 0).text();
  value = command->meta().view().SerializeAsString();
  seal(family::meta, place, value);
  chunk.mutable_rows(0)->set_key(place);
  chunk.mutable_rows(0)->set_value(value);
  CHECK(refused(chunk));
}

TEST_CASE("chunks: damage on the way is found, wherever it happened") {
  memory_kv store;
  put(store, family::messages, message_at(slot, 1, 1), "one");
  put(store, family::messages, message_at(slot, 1, 2), "two");
  const auto asked = ask(family::messages);
  const auto sound = must(read_chunk(store, asked));
  REQUIRE(check_chunk(asked, sound).has_value());
  const auto refused = [&](wire::chunk chunk, bool honest_sum) {
    if (honest_sum)
      chunk.set_crc32c(checksum_of(chunk));
    return check_chunk(asked, chunk).code() == errc::corrupt_record;
  };
  for (bool honest_sum : {false, true}) {
    CAPTURE(honest_sum);
    auto chunk = sound;
    (*chunk.mutable_rows(1)->mutable_value())[0] ^= 1;
    CHECK(refused(chunk, honest_sum));
    chunk = sound;
    chunk.mutable_rows(0)->mutable_key()->back() ^= 4;
    CHECK(refused(chunk, honest_sum));
    chunk = sound;
    chunk.mutable_rows()->SwapElements(0, 1);
    CHECK(refused(chunk, honest_sum));
    chunk = sound;
    *chunk.add_rows() = sound.rows(1);  // twice the same
    CHECK(refused(chunk, honest_sum));
    chunk.clear_rows();
    chunk.set_last(false);
    CHECK(refused(chunk, honest_sum));
  }
  auto chunk = sound;
  chunk.set_last(!sound.last());
  CHECK(refused(chunk, false));
  chunk = sound;
  chunk.mutable_rows()->RemoveLast();  // a row lost on the way would be erased here
  CHECK(refused(chunk, false));
}

TEST_CASE("chunks: rows of another slot or from before the question are refused") {
  memory_kv store;
  put(store, family::messages, message_at(slot + 1, 1, 1), "other");
  auto other = ask(family::messages);
  other.set_slot(slot + 1);
  const auto chunk = must(read_chunk(store, other));
  CHECK(check_chunk(other, chunk).has_value());
  CHECK(check_chunk(ask(family::messages), chunk).code() == errc::corrupt_record);
  other.set_after_key(message_at(slot + 1, 1, 0));
  CHECK(check_chunk(other, chunk).has_value());
  other.set_after_key(message_at(slot + 1, 1, 1));
  CHECK(check_chunk(other, chunk).code() == errc::corrupt_record);
}

TEST_CASE("journal_batch: pulled rows wait until what was gathered before them is written") {
  memory_kv store;
  journal_batch batch(store);
  journal_write rows;
  rows.slot = slot;
  rows.chunks.push_back({family::messages, "", {}});
  rows.chunks[0].chunk.set_last(true);
  CHECK(batch.takes(rows));

  journal_write post;
  post.slot = slot;
  post.applied = 1;
  CHECK(batch.takes(post));
  CHECK_FALSE(batch.add(post));  // needs no sync of its own
  CHECK_FALSE(batch.takes(rows));
  REQUIRE(store.write(batch.rows(), false).has_value());
  batch.clear();
  CHECK(batch.takes(rows));
  batch.add(rows);
  CHECK(batch.takes(post));
}

}  // namespace
}  // namespace carillon::storage
