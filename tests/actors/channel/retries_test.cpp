// A request that may have been carried out before its answer was lost: asked again it is answered as
// the first time, while the same words as a first attempt are refused as ever.
#include "actors/channel/retries.hpp"

#include "actors/channel/properties.hpp"
#include "tests/actors/channel/channel_cases.hpp"

namespace carillon::test {
namespace {

wire::channel_request request_of(std::uint64_t number, std::uint32_t attempt) {
  wire::channel_request request;
  request.set_channel_id(channel_c.text());
  *request.mutable_by() = by(number);
  request.set_attempt(attempt);
  return request;
}

// What the caller hears when the rules said `said`.
std::string heard(const channel_case& c, const wire::channel_request& request,
                  channel_outcome said) {
  return outcome(retries::forgive(c.state, request, std::move(said)));
}

TEST_CASE("retries: archive and unarchive of what is so already") {
  channel_case c;
  auto archive = [&](std::uint32_t attempt) {
    auto request = request_of(1, attempt);
    request.mutable_archive();
    return heard(c, request, properties::archive(c.state, by(1), start));
  };
  auto unarchive = [&](std::uint32_t attempt) {
    auto request = request_of(1, attempt);
    request.mutable_unarchive();
    return heard(c, request, properties::unarchive(c.state, by(1), start));
  };
  CHECK(unarchive(0) == "not_archived");
  CHECK(unarchive(1) == "ok");
  c.archive();
  CHECK(archive(0) == "already_archived");
  CHECK(archive(1) == "ok");
}

TEST_CASE("retries: an invitation of those who are in, a kick of one who is out") {
  channel_case c;
  wire::invite_users invitation;
  invitation.add_users(user(2));
  auto invite = [&](std::uint32_t attempt) {
    auto request = request_of(1, attempt);
    *request.mutable_invite() = invitation;
    return heard(c, request, membership::invite(c.state, by(1), invitation, start));
  };
  CHECK(invite(0) == "already_in_channel");
  CHECK(invite(1) == "ok");
  auto kick = [&](std::uint64_t number, std::uint64_t who, std::uint32_t attempt) {
    wire::kick_user target;
    target.set_user(user(who));
    auto request = request_of(number, attempt);
    *request.mutable_kick() = target;
    return heard(c, request, membership::kick(c.state, by(number), target, start));
  };
  CHECK(kick(1, 9, 0) == "not_in_channel");
  CHECK(kick(1, 9, 1) == "ok");
  CHECK(kick(9, 2, 1) == "not_in_channel");  // the caller is not in: that is another refusal
  CHECK(kick(1, 1, 1) == "cant_kick_self");
}

TEST_CASE("retries: joining and leaving again are successes without a remark") {
  channel_case c;
  auto join = request_of(2, 0);
  join.mutable_join();
  auto first = retries::forgive(c.state, join, membership::join(c.state, by(2), start));
  REQUIRE(first);
  CHECK(first->reply.already());
  join.set_attempt(1);
  auto again = retries::forgive(c.state, join, membership::join(c.state, by(2), start));
  REQUIRE(again);
  CHECK_FALSE(again->reply.already());
  CHECK(again->reply.is_member());
  CHECK_FALSE(again->command);
}

TEST_CASE("retries: who has left a private channel may hear so, and nothing else of it") {
  channel_case c(wire::CHANNEL_PRIVATE);
  auto leave = [&](const wire::caller& who, std::uint32_t attempt) {
    auto request = request_of(9, attempt);
    *request.mutable_by() = who;
    request.mutable_leave();
    return retries::forgive(c.state, request, membership::leave(c.state, who, start));
  };
  CHECK(outcome(leave(by(9), 0)) == "channel_not_found");
  auto again = leave(by(9), 1);
  REQUIRE(again);
  CHECK_FALSE(again->reply.has_facts());
  CHECK(outcome(leave(stranger(9), 1)) == "channel_not_found");
}

TEST_CASE("retries: a deletion finds the tombstone; what never was is not found") {
  channel_case c;
  wire::chat_message tombstone;
  tombstone.set_ts(start);
  tombstone.set_user(user(1));
  tombstone.set_deleted(true);
  auto erase = [&](const std::optional<wire::chat_message>& current, std::uint32_t attempt) {
    auto request = request_of(1, attempt);
    request.mutable_delete_()->set_ts(start);
    return retries::forgive(c.state, request,
                            posting::erase(c.state, by(1), current, start), current);
  };
  CHECK(outcome(erase(tombstone, 0)) == "message_not_found");
  auto again = erase(tombstone, 1);
  REQUIRE(again);
  CHECK(again->reply.event().message().ts() == start);
  CHECK_FALSE(again->command);
  CHECK(outcome(erase(std::nullopt, 1)) == "message_not_found");
}

TEST_CASE("retries: of a channel that was created it is still said that it was there") {
  channel_case c;
  auto request = request_of(1, 1);
  request.mutable_create()->set_name("news");
  auto again =
      retries::forgive(c.state, request, membership::create(c.state, by(1), request.create(), start));
  REQUIRE(again);
  CHECK(again->reply.already());
}

}  // namespace
}  // namespace carillon::test
