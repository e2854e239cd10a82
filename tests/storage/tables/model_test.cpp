// Random posts, edits and deletions in a few channels, with random reads, compared with a naive
// model that keeps every message in a vector. The seed is in every failing message.
#include "tests/storage/tables/stores.hpp"

#include <map>

#include "runtime/base/random.hpp"

namespace carillon::storage {
namespace {

struct model_message {
  timestamp ts;
  std::string user;
  std::string text;
  std::string client_msg_id;
  bool deleted = false;
};

struct model_channel {
  std::map<std::uint64_t, model_message> messages;  // by seq
  timestamp last_ts = 0;
};

std::vector<std::string> texts(const std::vector<wire::chat_message>& messages) {
  std::vector<std::string> out;
  for (const auto& message : messages)
    out.push_back(std::to_string(message.seq()) + " " + message.text());
  return out;
}

// Slack's window, the slow and obvious way.
std::pair<std::vector<std::string>, bool> expected_page(const model_channel& channel,
                                                        const wire::read_history& query) {
  std::vector<std::string> in;
  for (const auto& [seq, message] : channel.messages) {
    const bool after = query.oldest() == 0 || message.ts > query.oldest() ||
                       (query.inclusive() && message.ts == query.oldest());
    const bool before = query.latest() == 0 || message.ts < query.latest() ||
                        (query.inclusive() && message.ts == query.latest());
    if (after && before && !message.deleted)
      in.push_back(std::to_string(seq) + " " + message.text);
  }
  if (!query.from_oldest())
    std::reverse(in.begin(), in.end());
  const bool more = in.size() > query.limit();
  if (more)
    in.resize(query.limit());
  if (query.from_oldest())
    std::reverse(in.begin(), in.end());
  return {in, more};
}

template <class Store>
void compare(std::uint64_t seed, int steps) {
  CAPTURE(seed);
  seeded_random random(seed);
  Store at;
  const message_store tables(at.get(), test_slots);
  std::vector<channel_script> scripts;
  std::vector<model_channel> model(3);
  for (std::uint64_t i = 0; i < model.size(); ++i)
    scripts.emplace_back(at.get(), entity_id{id_kind::channel, 500 + i});

  for (int step = 0; step < steps; ++step) {
    const auto which = random.below(model.size());
    model_channel& channel = model[which];
    channel_script& script = scripts[which];
    const timestamp ts = channel.last_ts += 1 + random.below(3);
    const auto old_seq = channel.messages.empty() ? 0 : 1 + random.below(script.last_seq());
    const auto old = channel.messages.find(old_seq);
    const auto dice = random.below(10);
    if (dice < 7 || old == channel.messages.end() || old->second.deleted) {
      model_message posted{ts, random.below(2) ? user_ann : user_bob,
                           "text " + std::to_string(step),
                           random.below(2) ? "id " + std::to_string(step) : ""};
      const auto seq = script.post(ts, posted.user, posted.text, posted.client_msg_id);
      channel.messages.emplace(seq, posted);
    } else if (dice < 9) {
      old->second.text = "edited " + std::to_string(step);
      script.edit(ts, **tables.message_by_seq(script.channel(), old_seq), old->second.text);
    } else {
      old->second.deleted = true;
      script.remove(ts, **tables.message_by_seq(script.channel(), old_seq));
    }

    wire::read_history query;
    query.set_oldest(random.below(3) ? random.below(channel.last_ts + 2) : 0);
    query.set_latest(random.below(3) ? random.below(channel.last_ts + 2) : 0);
    query.set_inclusive(random.below(2));
    query.set_limit(static_cast<std::uint32_t>(random.below(8)));
    query.set_from_oldest(random.below(2));
    const auto got = tables.history(script.channel(), query);
    REQUIRE(got.has_value());
    const auto [page, more] = expected_page(channel, query);
    CAPTURE(query.ShortDebugString());
    REQUIRE(texts(got->messages) == page);
    REQUIRE(got->has_more == more);

    const timestamp read = random.below(channel.last_ts + 2);
    std::uint32_t unread = 0;
    for (const auto& [seq, message] : channel.messages)
      unread += message.ts > read && !message.deleted && message.user != user_ann;
    REQUIRE(tables.unread(script.channel(), read, user_ann, 1'000'000)->all == unread);
    REQUIRE(tables.tail(script.channel())->last_seq == script.last_seq());
    REQUIRE(tables.tail(script.channel())->last_ts == channel.last_ts);
  }

  for (std::size_t i = 0; i < model.size(); ++i) {
    const auto events = must(tables.events_after(scripts[i].channel(), 0, ~std::size_t{0}));
    REQUIRE(events.size() == scripts[i].last_seq());
    for (std::size_t n = 0; n < events.size(); ++n)
      REQUIRE(events[n].seq() == n + 1);
    for (const auto& [seq, message] : model[i].messages) {
      const auto stored = *tables.message_at(scripts[i].channel(), message.ts);
      REQUIRE(stored.has_value());
      REQUIRE(stored->seq() == seq);
      REQUIRE(stored->deleted() == message.deleted);
      REQUIRE(stored->text() == (message.deleted ? "" : message.text));
      if (!message.client_msg_id.empty())
        REQUIRE(*tables.find_client_msg_id(scripts[i].channel(), stored->user(),
                                           message.client_msg_id) == seq);
    }
  }
}

TEST_CASE("tables: random operations read as a naive model says, in memory") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed)
    compare<memory_store>(seed, 200);
}

TEST_CASE("tables: random operations read as a naive model says, over RocksDB") {
  for (std::uint64_t seed = 101; seed <= 103; ++seed)
    compare<rocks_store>(seed, 400);
}

}  // namespace
}  // namespace carillon::storage
