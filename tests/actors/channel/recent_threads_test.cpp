// Who takes part in a thread, reply by reply.
#include "actors/channel/recent_threads.hpp"

#include <doctest/doctest.h>

using namespace carillon;

TEST_CASE("threads: the first reply brings its author to the one who began, who replies again is in it already") {
  auto first = joined_thread({1}, false, 2);
  CHECK(first.users == thread_users{1, 2});
  CHECK(first.joined);
  const auto again = joined_thread(first.users, true, 1);
  CHECK(again.users == thread_users{1, 2});
  CHECK_FALSE(again.joined);
  CHECK(joined_thread({1}, false, 1).joined);  // there is no row yet
  CHECK(joined_thread({}, false, 0).users.empty());
}

TEST_CASE("threads: as many as are remembered, and one more: who came first is forgotten") {
  thread_users users;
  for (std::uint64_t user = 1; user <= thread_users_max; ++user)
    users = joined_thread(users, true, user).users;
  CHECK(users.size() == thread_users_max);
  CHECK(users.front() == 1);
  users = joined_thread(users, true, 9'999).users;
  CHECK(users.size() == thread_users_max);
  CHECK(users.front() == 2);
  CHECK(users.back() == 9'999);
}

TEST_CASE("threads: what the tables hold may be forgotten, and nothing else") {
  recent_threads threads;
  for (std::uint64_t i = 1; i <= 2 * recent_threads::keep; ++i)
    threads.remember(i, {i}, 100 + i);
  CHECK_FALSE(threads.is_overfull());
  threads.remember(1'000, {7}, 1'000);
  CHECK(threads.is_overfull());
  threads.forget_until(999);
  CHECK(threads.find(1) == nullptr);
  REQUIRE(threads.find(1'000));
  CHECK(*threads.find(1'000) == thread_users{7});
}
