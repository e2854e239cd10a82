// The referee of chaos runs: it must call what is right right, and each way of being wrong by its
// name. A history is forged here in every way that an invariant forbids.
#include <algorithm>

#include <doctest/doctest.h>

#include "tools/chaos/record.hpp"

using namespace carillon::chaos;

namespace {

// Poster 1 posts 1-1 .. 1-5, poster 2 posts 2-1 .. 2-5, by turns, after a join at seq 1.
struct forged_run {
  std::vector<sighting> history{{.seq = 1, .ts = 1'000, .poster = 0, .number = 0}};
  std::vector<acknowledgement> first, second;
  std::vector<stretch> seen{1};

  forged_run() {
    for (std::uint32_t i = 0; i < 10; ++i) {
      sighting message{.seq = i + 2, .ts = 2'000 + i, .poster = i % 2 + 1, .number = i / 2 + 1};
      history.push_back(message);
      (i % 2 == 0 ? first : second).push_back({message.seq, message.ts});
    }
    watch(0, history.size());
  }
  void watch(std::size_t from, std::size_t to) {
    seen = std::vector<stretch>(1);
    for (std::size_t i = from; i < to; ++i)
      CHECK(seen[0].see(history[i]).empty());
  }
  counted verdict() const {
    counted out;
    judge("C1", history, {{1, &first}, {2, &second}}, seen, out);
    return out;
  }
};

}  // namespace

TEST_CASE("chaos: a run in which nothing went wrong is clean") {
  forged_run run;
  counted verdict = run.verdict();
  CHECK(verdict.clean());
  CHECK(verdict.posts == 10);
}

TEST_CASE("chaos: a post without acknowledgement may be in history or not") {
  forged_run run;
  run.second.back().seq = 0;
  CHECK(run.verdict().clean());
  run.history.pop_back();
  run.watch(0, run.history.size());
  CHECK(run.verdict().clean());
}

TEST_CASE("chaos: an acknowledged post that history lacks is lost") {
  forged_run run;
  run.history.pop_back();
  run.watch(0, run.history.size());
  CHECK(run.verdict().lost == 1);
}

TEST_CASE("chaos: a post stored under another seq than was acknowledged is lost") {
  forged_run run;
  ++run.first[2].seq;
  CHECK(run.verdict().lost == 1);
}

TEST_CASE("chaos: a post that is twice in history is repeated") {
  forged_run run;
  sighting again = run.history.back();
  ++again.seq;
  ++again.ts;
  run.history.push_back(again);
  CHECK(run.verdict().repeated == 1);
}

TEST_CASE("chaos: two messages that changed places are reordered") {
  forged_run run;
  std::swap(run.history[4], run.history[5]);
  CHECK(run.verdict().reordered > 0);
}

TEST_CASE("chaos: a seq that history skips is a gap") {
  forged_run run;
  run.history.back().seq += 1;
  run.second.back().seq += 1;
  run.watch(0, 5);
  CHECK(run.verdict().gaps == 1);
}

TEST_CASE("chaos: a message that nobody posted is invented") {
  forged_run run;
  run.history.back().poster = 3;
  run.watch(0, 5);
  CHECK(run.verdict().invented == 1);
}

TEST_CASE("chaos: a subscriber who saw what history does not say saw an invention") {
  forged_run run;
  run.seen = std::vector<stretch>(1);
  sighting other = run.history[3];
  other.number = 99;
  CHECK(run.seen[0].see(other).empty());
  CHECK(run.verdict().invented == 1);
}

TEST_CASE("chaos: a subscriber who saw beyond the end of history saw an invention") {
  forged_run run;
  sighting next = run.history.back();
  ++next.seq;
  ++next.ts;
  CHECK(run.seen[0].see(next).empty());
  CHECK(run.verdict().invented == 1);
}

TEST_CASE("chaos: a live view names a repeat, a step back and a gap at once") {
  forged_run run;
  stretch view;
  CHECK(view.see(run.history[2]).empty());
  CHECK(view.see(run.history[3]).empty());
  stretch repeated = view, back = view, gap = view;
  CHECK(repeated.see(run.history[3]).starts_with("integrity: repeated"));
  CHECK(back.see(run.history[1]).starts_with("total order"));
  CHECK(gap.see(run.history[5]).starts_with("validity: gap"));
}

TEST_CASE("chaos: keys and ts read back") {
  sighting message;
  CHECK(read_key(make_key(12, 345), message));
  CHECK(message.poster == 12);
  CHECK(message.number == 345);
  CHECK_FALSE(read_key("12", message));
  CHECK_FALSE(read_key("12-", message));
  CHECK_FALSE(read_key("x-1", message));
  CHECK(read_ts("1700000000.000123") == 1'700'000'000'000'123);
  CHECK(read_ts("1700000000") == 0);
}
