// What many slots have for one slot of users goes together, one mail at a time, and each sender hears
// what became of its own.
#include "actors/slot/inbox_rounds.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

constexpr tick_time start{1h};
constexpr inbox_rounds::sender first{1, 0}, second{2, 0};

inbox_letter letter(slot_id to, std::uint64_t seq, int runs = 1) {
  auto what = std::make_shared<wire::inbox_delivery>();
  for (int i = 0; i < runs; ++i) {
    auto& run = *what->add_runs();
    run.set_first_seq(seq);
    run.set_last_seq(seq);
  }
  return {to, 7, what};
}

std::vector<std::uint64_t> seqs_of(const inbox_rounds::mail& mail) {
  std::vector<std::uint64_t> out;
  for (const auto& run : mail.what.runs())
    out.push_back(run.first_seq());
  return out;
}

}  // namespace

TEST_CASE("rounds: the first letter goes at once, what comes within the time to gather goes together") {
  inbox_rounds rounds({.gather = 20ms});
  CHECK(rounds.next() == std::nullopt);
  rounds.take(first, letter(3, 1));
  auto mails = rounds.go(start);
  REQUIRE(mails.size() == 1);
  CHECK(mails[0].to == 3);
  CHECK(mails[0].someone == 7);
  rounds.take(second, letter(4, 2));
  rounds.take(first, letter(4, 3));
  CHECK(rounds.go(start + 19ms).empty());
  CHECK(rounds.next() == start + 20ms);
  mails = rounds.go(start + 20ms);
  REQUIRE(mails.size() == 1);
  CHECK(seqs_of(mails[0]) == std::vector<std::uint64_t>{2, 3});
  CHECK(rounds.next() == std::nullopt);
}

TEST_CASE("rounds: to each slot one mail is under way, what comes meanwhile waits for its answer") {
  inbox_rounds rounds({});
  rounds.take(first, letter(3, 1));
  CHECK(rounds.go(start).size() == 1);
  rounds.take(second, letter(3, 2));
  CHECK(rounds.go(start).empty());
  rounds.answered(3, std::nullopt);
  const auto mails = rounds.go(start);
  REQUIRE(mails.size() == 1);
  CHECK(seqs_of(mails[0]) == std::vector<std::uint64_t>{2});
}

TEST_CASE("rounds: who sent what went together hears the same of it, and nobody else hears anything") {
  inbox_rounds rounds({});
  rounds.take(first, letter(3, 1));
  rounds.take(second, letter(3, 2));
  CHECK(rounds.go(start).size() == 1);
  rounds.take({3, 0}, letter(3, 3));
  CHECK(rounds.receipts(start).empty());
  rounds.answered(3, make_error(errc::overloaded));
  const auto receipts = rounds.receipts(start);
  REQUIRE(receipts.size() == 2);
  for (const auto& from : {first, second}) {
    REQUIRE(receipts.at(from).size() == 1);
    CHECK(receipts.at(from)[0].to == 3);
    REQUIRE(receipts.at(from)[0].refused);
    CHECK(receipts.at(from)[0].refused->code == errc::overloaded);
  }
  CHECK(rounds.receipts(start).empty());
}

TEST_CASE("rounds: a slot that does not answer keeps nobody's receipts back for longer than a round") {
  inbox_rounds rounds({.gather = 20ms});
  rounds.take(first, letter(3, 1));
  rounds.take(first, letter(4, 1));
  CHECK(rounds.go(start).size() == 2);
  rounds.answered(4, std::nullopt);
  CHECK(rounds.receipts(start + 19ms).empty());
  CHECK(rounds.next() == start + 20ms);
  const auto receipts = rounds.receipts(start + 20ms);
  REQUIRE(receipts.size() == 1);
  CHECK(receipts.at(first)[0].to == 4);
}

TEST_CASE("rounds: the last answer brings all receipts at once") {
  inbox_rounds rounds({.gather = 20ms});
  rounds.take(first, letter(3, 1));
  rounds.take(first, letter(4, 1));
  CHECK(rounds.go(start).size() == 2);
  rounds.answered(4, std::nullopt);
  rounds.answered(3, make_error(errc::not_owner));
  const auto receipts = rounds.receipts(start + 1ms);
  REQUIRE(receipts.size() == 1);
  CHECK(receipts.at(first).size() == 2);
}

TEST_CASE("rounds: a mail takes letters up to its size, the others go with the next") {
  inbox_rounds rounds({.runs_max = 4});
  rounds.take(first, letter(3, 1, 3));
  rounds.take(second, letter(3, 2, 3));
  rounds.take(first, letter(3, 3));
  auto mails = rounds.go(start);
  REQUIRE(mails.size() == 1);
  CHECK(seqs_of(mails[0]) == std::vector<std::uint64_t>{1, 1, 1, 2, 2, 2});
  rounds.answered(3, std::nullopt);
  mails = rounds.go(start);
  REQUIRE(mails.size() == 1);
  CHECK(seqs_of(mails[0]) == std::vector<std::uint64_t>{3});
}

TEST_CASE("rounds: what is left of a round does not wait for the next one, what came since does") {
  inbox_rounds rounds({.gather = 20ms, .runs_max = 4});
  rounds.take(first, letter(3, 1, 1));
  CHECK(rounds.go(start).size() == 1);
  rounds.answered(3, std::nullopt);
  CHECK(rounds.receipts(start).size() == 1);
  rounds.take(first, letter(3, 2, 4));
  rounds.take(second, letter(3, 3, 4));
  CHECK(rounds.go(start + 20ms).size() == 1);
  rounds.take({3, 0}, letter(3, 4, 4));
  rounds.answered(3, std::nullopt);
  const auto mails = rounds.go(start + 21ms);
  REQUIRE(mails.size() == 1);
  CHECK(seqs_of(mails[0]) == std::vector<std::uint64_t>{3, 3, 3, 3});
  rounds.answered(3, std::nullopt);
  CHECK(rounds.go(start + 39ms).empty());
  CHECK(rounds.go(start + 40ms).size() == 1);
}

namespace {

// How many slots a round takes when so many wait, each with so many rows.
std::size_t slots_of_round(slot_id waiting, int rows, std::chrono::milliseconds gather_max) {
  inbox_rounds rounds({.gather = 20ms, .gather_max = gather_max, .per_row = 50us});
  for (slot_id to = 0; to < waiting; ++to)
    rounds.take(first, letter(to, 1, rows));
  return rounds.go(start).size();
}

}  // namespace

TEST_CASE("rounds: a round takes slots up to its share of rows") {
  CHECK(slots_of_round(10, 40, 10s) == 10);
  CHECK(slots_of_round(11, 40, 10s) == 10);
  CHECK(slots_of_round(11, 39, 10s) == 11);
  CHECK(slots_of_round(10, 1'000, 10s) == 1);
}

TEST_CASE("rounds: however much there is, slots have their turns in time, evenly") {
  inbox_rounds rounds({.gather = 20ms, .gather_max = 1s, .per_row = 50us});
  for (slot_id to = 0; to < 200; ++to)
    rounds.take(first, letter(to, 1, 1'000));
  std::size_t went = 0;
  tick_time now = start;
  for (; went < 200; now += 20ms) {
    const std::size_t mails = rounds.go(now).size();
    CHECK(mails <= 5);
    went += mails;
  }
  CHECK(now >= start + 700ms);
  CHECK(now <= start + 1020ms);
}

TEST_CASE("rounds: without a time by which all had their turn, all have it at once") {
  CHECK(slots_of_round(50, 1'000, 0ms) == 50);
}

TEST_CASE("rounds: who waits has its turn before who comes later, with all that gathered for it") {
  inbox_rounds rounds({.gather = 20ms, .gather_max = 1s, .per_row = 50us});
  rounds.take(first, letter(3, 1, 400));
  rounds.take(first, letter(4, 2, 400));
  REQUIRE(rounds.go(start).size() == 1);
  rounds.answered(3, std::nullopt);
  (void)rounds.receipts(start);
  rounds.take(first, letter(3, 3));
  rounds.take(second, letter(4, 4));
  CHECK(rounds.next() == start + 20ms);
  auto mails = rounds.go(start + 20ms);
  REQUIRE(mails.size() == 1);
  CHECK(mails[0].to == 4);
  CHECK(mails[0].what.runs_size() == 401);
  mails = rounds.go(start + 40ms);
  REQUIRE(mails.size() == 1);
  CHECK(mails[0].to == 3);
}

TEST_CASE("rounds: a mail costs, whatever is in it") {
  const auto slots_at_once = [](std::chrono::microseconds per_mail) {
    inbox_rounds rounds({.gather = 20ms, .gather_max = 10s, .per_mail = per_mail, .per_row = 50us});
    for (slot_id to = 0; to < 64; ++to)
      rounds.take(first, letter(to, 1));
    return rounds.go(start).size();
  };
  CHECK(slots_at_once(0us) == 64);
  CHECK(slots_at_once(950us) == 20);
  CHECK(slots_at_once(1950us) == 10);
}

namespace {

// With something for each of 64 slots, each of which takes 5 ms of the host's share: 20 of what is saved at
// most, 10 of what is saved by a busy host.
struct many_slots {
  inbox_rounds rounds{{.gather = 20ms,
                       .gather_max = 10s,
                       .saved_max = 100ms,
                       .together = 50ms,
                       .per_mail = 5ms,
                       .per_row = 0us}};

  std::size_t of_round(tick_time now) {
    for (slot_id to = 0; to < 64; ++to)
      rounds.take(first, letter(to, 1));
    return rounds.go(now).size();
  }
};

}  // namespace

TEST_CASE("rounds: what quiet rounds did not use is saved, and no more than that") {
  many_slots all;
  CHECK(all.of_round(start) == 20);
  CHECK(all.of_round(start + 5s) == 20);
}

TEST_CASE("rounds: a busy host writes more at a time, and less often: when it has saved enough") {
  many_slots all;
  CHECK(all.of_round(start) == 20);
  CHECK(all.rounds.next() == start + 50ms);
  CHECK(all.of_round(start + 49ms) == 0);
  CHECK(all.of_round(start + 50ms) == 10);
}

TEST_CASE("rounds: while half of what a busy host saves is left, rounds are as near as on a quiet host") {
  inbox_rounds rounds(
      {.gather = 20ms, .gather_max = 10s, .together = 100ms, .per_mail = 0us, .per_row = 1ms});
  const auto next_after = [&](slot_id to, int rows, tick_time now) {
    rounds.take(first, letter(to, 1, rows));
    REQUIRE(rounds.go(now).size() == 1);
    rounds.answered(to, std::nullopt);
    return *rounds.next() - now;
  };
  CHECK(next_after(3, 50, start) == 20ms);
  CHECK(next_after(4, 51, start + 10s) == 51ms);
}

namespace {

// A round of eight slots, two at a time: each takes 5 ms of the share, which is half a millisecond of work.
struct two_at_a_time {
  inbox_rounds rounds{
      {.gather = 20ms, .gather_max = 10s, .saved_max = 100ms, .at_a_time = 10ms, .per_mail = 5ms, .per_row = 0us}};

  two_at_a_time() {
    for (slot_id to = 0; to < 8; ++to)
      rounds.take(first, letter(to, 1));
  }
  std::vector<slot_id> go(tick_time now) {
    std::vector<slot_id> out;
    for (const auto& mail : rounds.go(now))
      out.push_back(mail.to);
    return out;
  }
};
using slots = std::vector<slot_id>;

}  // namespace

TEST_CASE("rounds: of a round a part goes at a time, and others have as long again as it takes in between") {
  two_at_a_time all;
  CHECK(all.go(start) == slots{0, 1});
  CHECK(all.rounds.next() == start + 2ms);
  CHECK(all.go(start + 1ms).empty());
  CHECK(all.go(start + 2ms) == slots{2, 3});
  CHECK(all.go(start + 4ms) == slots{4, 5});
}

TEST_CASE("rounds: what comes while a round goes in parts waits for the next, which is no nearer for that") {
  two_at_a_time all;
  CHECK(all.go(start) == slots{0, 1});
  all.rounds.answered(0, std::nullopt);
  all.rounds.take(first, letter(0, 2));
  for (const auto after : {2ms, 4ms, 6ms})
    CHECK(all.go(start + after).size() == 2);
  CHECK(all.rounds.next() == start + 20ms);
  CHECK(all.go(start + 19ms).empty());
  CHECK(all.go(start + 20ms) == slots{0});
}

TEST_CASE("rounds: receipts wait for the last part of a round, but for those that somebody waits for") {
  two_at_a_time all;
  CHECK(all.go(start) == slots{0, 1});
  all.rounds.answered(0, std::nullopt);
  all.rounds.answered(1, std::nullopt);
  CHECK(all.rounds.receipts(start + 1ms).empty());
  all.rounds.hurry(7);
  CHECK(all.go(start + 1ms) == slots{7});
  all.rounds.answered(7, std::nullopt);
  CHECK(all.rounds.receipts(start + 1ms).at(first).size() == 3);
}

TEST_CASE("rounds: a slot that somebody waits for leaves the round it was in, which goes on with the others") {
  two_at_a_time all;
  CHECK(all.go(start) == slots{0, 1});
  all.rounds.take(first, letter(9, 1));  // for the next round
  all.rounds.hurry(3);
  all.rounds.hurry(9);
  CHECK(all.go(start + 1ms) == slots{3, 9});
  CHECK(all.go(start + 2ms) == slots{2, 4});
  CHECK(all.go(start + 4ms) == slots{5, 6});
  CHECK(all.go(start + 6ms) == slots{7});
  CHECK(all.rounds.next() == std::nullopt);
}

TEST_CASE("rounds: what one round took too much, the next ones have less") {
  inbox_rounds rounds(
      {.gather = 20ms, .gather_max = 10s, .together = 100ms, .per_mail = 0us, .per_row = 1ms});
  const auto next_after = [&](int rows) {
    rounds.take(first, letter(3, 1, rows));
    REQUIRE(rounds.go(start).size() == 1);
    rounds.answered(3, std::nullopt);
    return *rounds.next() - start;
  };
  SUBCASE("") { CHECK(next_after(170) == 170ms); }
  SUBCASE("but a pause has an end") { CHECK(next_after(1'000) == 200ms); }
}

TEST_CASE("rounds: while others wait for the host, inboxes take a quarter of their share") {
  many_slots all;
  CHECK(all.of_round(start) == 20);
  const bool give_way = true;
  CHECK(all.rounds.go(start + 50ms, give_way).size() == 3);
  CHECK(all.rounds.next() == start + 50ms + 4 * (50ms + 2'500us));
}

TEST_CASE("rounds: who gives way waits four times as long, and no longer") {
  inbox_rounds rounds({.gather = 20ms, .gather_max = 1s, .together = 50ms, .per_mail = 1s, .per_row = 0us});
  for (slot_id to = 0; to < 64; ++to)
    rounds.take(first, letter(to, 1));
  const auto went_until = [&](tick_time from, tick_time end, bool give_way) {
    std::size_t out = 0;
    for (tick_time now = from; now <= end; now += 1ms)
      out += rounds.go(now, give_way).size();
    return out;
  };
  SUBCASE("while others wait") {
    CHECK(went_until(start, start + 2s, true) < 40);
    CHECK(went_until(start + 2s, start + 4s, true) > 24);
    CHECK(rounds.next() == std::nullopt);
  }
  SUBCASE("otherwise") {
    CHECK(went_until(start, start + 1200ms, false) == 64);
  }
}

TEST_CASE("rounds: what somebody waits for goes at once, and so does its receipt") {
  many_slots all;
  CHECK(all.of_round(start) == 20);
  all.rounds.answered(3, std::nullopt);
  all.rounds.take(second, letter(3, 7));
  CHECK(all.rounds.go(start + 1ms).empty());
  all.rounds.hurry(3);
  all.rounds.hurry(99);  // nothing of it is here
  const auto mails = all.rounds.go(start + 1ms);
  REQUIRE(mails.size() == 1);
  CHECK(mails[0].to == 3);
  all.rounds.answered(4, std::nullopt);
  CHECK(all.rounds.receipts(start + 2ms).empty());
  all.rounds.answered(3, std::nullopt);
  CHECK(all.rounds.receipts(start + 2ms).at(second).size() == 1);
  CHECK(all.rounds.receipts(start + 2ms).empty());
}

TEST_CASE("rounds: what is under way when somebody begins to wait has its receipt at once") {
  many_slots all;
  CHECK(all.of_round(start) == 20);
  all.rounds.hurry(3);
  all.rounds.answered(3, std::nullopt);
  CHECK(all.rounds.receipts(start + 1ms).at(first).size() == 1);
  CHECK(all.rounds.go(start + 1ms).empty());  // nobody waits for what comes later
}

TEST_CASE("rounds: when what somebody waits for was the rest of a round, the next has its distance from it") {
  two_at_a_time all;
  CHECK(all.go(start).size() == 2);
  CHECK(all.go(start + 2ms).size() == 2);
  CHECK(all.go(start + 4ms).size() == 2);
  for (const slot_id last : {6, 7})
    all.rounds.hurry(last);
  CHECK(all.go(start + 5ms) == slots{6, 7});
  all.rounds.take(first, letter(9, 1));
  CHECK(all.go(start + 19ms).empty());
  CHECK(all.go(start + 20ms) == slots{9});
}

TEST_CASE("rounds: who waits for what is left of a mail has its receipt at once, and nothing stays urgent") {
  inbox_rounds rounds({.gather = 20ms, .runs_max = 4});
  rounds.take(first, letter(3, 1, 4));
  rounds.take(first, letter(3, 2, 4));
  rounds.take(first, letter(5, 3));
  CHECK(rounds.go(start).size() == 2);
  SUBCASE("while its first part is under way") {
    rounds.hurry(3);
    rounds.answered(3, std::nullopt);
  }
  SUBCASE("while it waits to go") {
    rounds.answered(3, std::nullopt);
    rounds.hurry(3);
  }
  (void)rounds.receipts(start + 1ms);
  CHECK(rounds.go(start + 1ms).size() == 1);
  rounds.answered(3, std::nullopt);
  CHECK(rounds.receipts(start + 1ms).at(first).size() >= 1);
  rounds.take(first, letter(3, 4));
  CHECK(rounds.go(start + 2ms).empty());  // as any other
}

TEST_CASE("rounds: alone, where rounds are not saved for, a big mail is a debt too") {
  inbox_rounds rounds({.gather = 20ms, .gather_max = 10s, .saved_max = 200ms, .per_mail = 0us, .per_row = 1ms});
  rounds.take(first, letter(3, 1, 300));
  REQUIRE(rounds.go(start).size() == 1);
  rounds.take(first, letter(4, 2));
  CHECK(rounds.next() == start + 100ms);
  CHECK(rounds.go(start + 99ms).empty());
}
