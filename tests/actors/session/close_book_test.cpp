// Of the connections that ended, the newest are known, by user and by number; older ones are forgotten.
#include "actors/session/close_book.hpp"

#include <doctest/doctest.h>

using namespace carillon;

namespace {

const entity_id eva{id_kind::user, 1}, bob{id_kind::user, 2}, team{id_kind::team, 1};

wire::ended_session ended(edge::connection_id connection, const entity_id& user) {
  edge::ended_connection how;
  how.connection = connection;
  how.remote = "10.0.0.7:51512";
  how.open_for = std::chrono::milliseconds(20'100);
  how.code = edge::close_code::slow_consumer;
  how.reason = "outbound queue over its limit";
  how.by = edge::ended_by::host;
  how.queued_bytes = 4'000'000;
  how.queued_frames = 812;
  return ended_session_of(how, user, team, 1'000 * connection);
}

}  // namespace

TEST_CASE("close book: how a connection ended is told as its I/O thread saw it") {
  close_book book;
  CHECK(book.of_user(eva, 5).empty());
  CHECK_FALSE(book.of(57));
  book.add(ended(57, eva));
  auto found = book.of(57);
  REQUIRE(found);
  CHECK(found->connection() == 57);
  CHECK(found->user() == eva.text());
  CHECK(found->team() == team.text());
  CHECK(found->remote() == "10.0.0.7:51512");
  CHECK(found->at() == 57'000);
  CHECK(found->lived() == 20'100'000);
  CHECK(found->code() == 4008);
  CHECK(found->reason() == "outbound queue over its limit");
  CHECK(found->by() == "host");
  CHECK(found->queued_bytes() == 4'000'000);
  CHECK(found->queued_frames() == 812);
}

TEST_CASE("close book: a user's are told newest first, as many as asked for") {
  close_book book;
  for (edge::connection_id connection = 1; connection <= 9; ++connection)
    book.add(ended(connection, connection % 3 == 0 ? bob : eva));
  auto found = book.of_user(eva, 3);
  REQUIRE(found.size() == 3);
  CHECK(found[0].connection() == 8);
  CHECK(found[1].connection() == 7);
  CHECK(found[2].connection() == 5);
  CHECK(book.of_user(bob, 5).size() == 3);
  CHECK(book.of_user({id_kind::user, 3}, 5).empty());
}

TEST_CASE("close book: it keeps so many and no more, the oldest goes first") {
  close_book book(4);
  for (edge::connection_id connection = 1; connection <= 6; ++connection) {
    book.add(ended(connection, eva));
    CHECK(book.of_user(eva, 100).size() == std::min<std::size_t>(connection, 4));
    CHECK(book.of_user(eva, 1).front().connection() == connection);
  }
  CHECK_FALSE(book.of(2));
  CHECK(book.of(3));
  CHECK(book.of_user(eva, 100).back().connection() == 3);
}
