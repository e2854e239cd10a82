// What a device is told: each event once, whether the inbox, a channel or a WebSocket told it first.
#include "actors/sync_plan.hpp"

#include <doctest/doctest.h>

using namespace carillon;

namespace {

const entity_id me{id_kind::user, 1};
const entity_id other{id_kind::user, 2};
const entity_id lobby{id_kind::channel, 10};
const entity_id crowd{id_kind::channel, 11};

wire::sync_place place(std::uint64_t from = 0) {
  wire::sync_place out;
  out.set_user(me.text());
  out.set_device("phone");
  out.set_at(500);
  out.set_from(from);
  return out;
}

struct page_script {
  wire::inbox_page page;

  page_script& span(const entity_id& channel, std::uint64_t first, std::uint64_t last) {
    auto& out = *page.add_spans();
    out.set_channel_id(channel.text());
    out.set_first_seq(first);
    out.set_last_seq(last);
    return *this;
  }
  page_script& within(const entity_id& channel, std::uint64_t reach, std::uint64_t joined = 1) {
    return standing(channel, reach, joined, false);
  }
  page_script& beyond(const entity_id& channel, std::uint64_t held, std::uint64_t joined = 1) {
    return standing(channel, held, joined, true);
  }
  page_script& standing(const entity_id& channel, std::uint64_t reach, std::uint64_t joined, bool at_sync) {
    auto& out = *page.add_channels();
    out.set_channel_id(channel.text());
    out.set_reach(reach);
    out.set_joined_seq(joined);
    out.set_read_at_sync(at_sync);
    return *this;
  }
  page_script& next(std::uint64_t from, bool more = false) {
    page.set_from(from);
    page.set_has_more(more);
    return *this;
  }
};

}  // namespace

TEST_CASE("sync cursor: comes back as it went out, for its user and device only") {
  auto there = place(7);
  there.set_skip(3);
  const std::string text = sync_cursor_text(there);
  CHECK(text.find_first_of("+/= ") == std::string::npos);
  auto back = read_sync_cursor(text, me, "phone", 500);
  REQUIRE(back);
  CHECK(back->from() == 7);
  CHECK(back->skip() == 3);
  CHECK(read_sync_cursor(text, other, "phone", 0).code() == errc::invalid_cursor);
  CHECK(read_sync_cursor(text, me, "tablet", 0).code() == errc::invalid_cursor);
  CHECK(read_sync_cursor(text, me, "phone", 501).code() == errc::cursor_expired);
  CHECK(read_sync_cursor(text + "x", me, "phone", 0).code() == errc::invalid_cursor);
  CHECK(read_sync_cursor("", me, "phone", 0).code() == errc::invalid_cursor);
}

TEST_CASE("seen: a JSON object of channels and seqs, or nothing") {
  CHECK(read_seen("")->empty());
  CHECK(read_seen("{\"" + lobby.text() + "\":5}")->at(lobby) == 5);
  for (const char* bad : {"[]", "{", "{\"x\":1}", "{\"U000000000001\":1}", "{\"C00000000000A\":-1}",
                          "{\"C00000000000A\":\"1\"}", "{\"C00000000000A\":1.5}"})
    CHECK_MESSAGE(read_seen(bad).code() == errc::invalid_arguments, bad);
}

namespace {

std::string seen_of(std::uint64_t channels) {
  std::string out = "{";
  for (std::uint64_t number = 0; number < channels; ++number)
    out += (number > 0 ? ",\"" : "\"") + entity_id{id_kind::channel, 1'000 + number}.text() + "\":" +
           std::to_string(~0ULL - number);
  return out + "}";
}

}  // namespace

TEST_CASE("seen: of 2,000 channels at a time") {
  CHECK(read_seen(seen_of(2'000))->size() == 2'000);
  const auto refused = read_seen(seen_of(2'001));
  CHECK(refused.code() == errc::invalid_arguments);
  CHECK(refused.error().detail == "seen: at most 2000 channels at a time");
}

TEST_CASE("sync cursor: whatever clients say that they have seen, what goes out is taken back") {
  auto next = place();
  for (int again = 0; again < 3; ++again) {  // page by page, with other channels each time
    seqs_by_channel seen;
    for (std::uint64_t number = 0; number < 2'000; ++number)
      seen[{id_kind::group_dm, entity_id::number_end / 2 + 10'000ULL * static_cast<unsigned>(again) + number}] =
          ~0ULL;
    seen[lobby] = 7;  // theirs: it is remembered, however many others there are
    sync_plan plan(next, seen, 700);
    plan.take_page(page_script().beyond(lobby, 3).next(9, again == 1).page);
    next = plan.finish();
    CHECK(next.ahead_size() == 2'001);
    CHECK(next.ahead(0).channel_id() == lobby.text());
    const auto back = read_sync_cursor(sync_cursor_text(next), me, "phone", 0);
    REQUIRE(back);
    CHECK(back->ahead_size() == next.ahead_size());
  }
}

TEST_CASE("sync: what the inbox brings is read from the channels, in its order") {
  sync_plan plan(place(), {}, 600);
  const auto readings =
      plan.take_page(page_script().span(lobby, 3, 5).span(crowd, 1, 1).within(lobby, 5).within(crowd, 1).next(9).page);
  REQUIRE(readings.size() == 2);
  CHECK(readings[0].channel == lobby);
  CHECK(readings[0].after == 2);
  CHECK(readings[0].last == 5);
  CHECK(readings[0].granted);
  CHECK(readings[1].channel == crowd);
  CHECK_FALSE(plan.next_beyond());
  const auto end = plan.finish();
  CHECK(end.from() == 9);
  CHECK(end.at() == 600);
  CHECK(end.ahead_size() == 0);
}

TEST_CASE("sync: a channel beyond the inbox is read from where inboxes ended, or from the join") {
  sync_plan plan(place(), {}, 600);
  (void)plan.take_page(page_script().beyond(lobby, 40).beyond(crowd, 0, 8).next(9).page);
  auto first = plan.next_beyond();
  REQUIRE(first);
  CHECK(first->channel == lobby);
  CHECK(first->after == 40);
  CHECK_FALSE(first->granted);
  plan.read_beyond(lobby, 55);
  auto second = plan.next_beyond();
  REQUIRE(second);
  CHECK(second->after == 7);
  CHECK_FALSE(plan.next_beyond());
  const auto end = plan.finish();
  REQUIRE(end.ahead_size() == 1);
  CHECK(end.ahead(0).seq() == 55);

  sync_plan again(end, {}, 700);
  (void)again.take_page(page_script().beyond(lobby, 40).next(9).page);
  CHECK(again.next_beyond()->after == 55);
}

TEST_CASE("sync: nothing beyond is read before the inbox is read to its end") {
  sync_plan plan(place(), {}, 600);
  (void)plan.take_page(page_script().span(lobby, 1, 2).beyond(crowd, 0).next(4, true).page);
  CHECK_FALSE(plan.next_beyond());
  CHECK(plan.inbox_has_more());
}

TEST_CASE("sync: what was read from a channel before its inbox had it does not come again") {
  sync_plan early(place(), {}, 600);
  (void)early.take_page(page_script().beyond(lobby, 0).next(0).page);  // the inbox lags behind
  (void)early.next_beyond();
  early.read_beyond(lobby, 5);
  sync_plan later(early.finish(), {}, 700);
  const auto readings = later.take_page(page_script().span(lobby, 1, 3).span(lobby, 4, 7).within(lobby, 7).next(3).page);
  REQUIRE(readings.size() == 1);
  CHECK(readings[0].after == 5);
  CHECK(readings[0].last == 7);
  CHECK(later.finish().ahead_size() == 0);  // the inbox holds it all now
}

TEST_CASE("sync: what a WebSocket told is left out, once and for ever") {
  sync_plan plan(place(), {{lobby, 6}}, 600);
  const auto readings = plan.take_page(page_script().span(lobby, 4, 8).within(lobby, 8).next(3).page);
  REQUIRE(readings.size() == 1);
  CHECK(readings[0].after == 6);
  CHECK(plan.finish().ahead_size() == 0);

  sync_plan lagging(place(), {{lobby, 6}}, 600);  // the inbox has not heard of it yet
  CHECK(lagging.take_page(page_script().within(lobby, 4).next(3).page).empty());
  const auto end = lagging.finish();
  REQUIRE(end.ahead_size() == 1);
  CHECK(end.ahead(0).seq() == 6);
}

TEST_CASE("sync: a gap behind what the device has is closed, unless the user was away from the channel") {
  auto from = place();
  auto& ahead = *from.add_ahead();
  ahead.set_channel_id(lobby.text());
  ahead.set_seq(5);
  sync_plan plan(from, {}, 600);
  const auto readings = plan.take_page(page_script().span(lobby, 9, 9).within(lobby, 9, 2).next(3).page);
  REQUIRE(readings.size() == 1);
  CHECK(readings[0].after == 5);

  sync_plan rejoined(from, {}, 600);
  const auto after = rejoined.take_page(page_script().span(lobby, 9, 9).within(lobby, 9, 9).next(3).page);
  REQUIRE(after.size() == 1);
  CHECK(after[0].after == 8);
}

TEST_CASE("sync: of a channel that the user has left, what was told does not come again with its last rows") {
  sync_plan early(place(), {{lobby, 6}}, 600);
  (void)early.take_page(page_script().next(3).page);  // the user left; the inbox lags behind
  const auto between = early.finish();
  REQUIRE(between.ahead_size() == 1);
  sync_plan later(between, {}, 700);
  CHECK(later.take_page(page_script().span(lobby, 4, 6).next(5).page).empty());
  CHECK(later.finish().ahead_size() == 0);
}

TEST_CASE("resume: live events begin behind what the device has, in each channel") {
  auto from = place(3);
  auto& ahead = *from.add_ahead();
  ahead.set_channel_id(crowd.text());
  ahead.set_seq(70);
  sync_plan plan(from, {}, 600);
  const entity_id quiet{id_kind::channel, 12};
  const entity_id fresh{id_kind::channel, 13};
  seqs_by_channel after;
  for (const auto& each : plan.live_after(page_script()
                                              .span(lobby, 4, 6)
                                              .within(lobby, 9)
                                              .within(quiet, 20)
                                              .beyond(crowd, 40)
                                              .beyond(fresh, 0, 8)
                                              .page))
    after[each.channel] = each.after;
  CHECK(after.at(lobby) == 3);
  CHECK(after.at(quiet) == 20);
  CHECK(after.at(crowd) == 70);
  CHECK(after.at(fresh) == 7);
}

TEST_CASE("resume: who came and went while away is told of all of these times, the first one first") {
  const auto page = page_script().span(lobby, 4, 6).span(lobby, 9, 12).span(lobby, 20, 22).within(lobby, 22, 20).page;
  const auto after = [&](std::uint64_t has) {
    return sync_plan(place(), {{lobby, has}}, 600).live_after(page).at(0).after;
  };
  CHECK(after(3) == 3);
  CHECK(after(5) == 5);
  CHECK(after(6) == 8);  // the leaving: then nothing before they came again
  CHECK(after(12) == 19);
  CHECK(after(22) == 22);
}

TEST_CASE("sync: what came into the inbox while it was asked how far it is, is not read from the channel too") {
  sync_plan plan(place(), {}, 600);
  CHECK(plan.take_page(page_script().span(lobby, 1, 2).beyond(lobby, 0).next(3).page).size() == 1);
  const auto beyond = plan.next_beyond();
  REQUIRE(beyond);
  CHECK(beyond->after == 2);
}

TEST_CASE("sync: of a channel beyond the inbox a device has what was said before its user left, though they came again") {
  auto from = place(7);
  auto& had = *from.add_ahead();
  had.set_channel_id(crowd.text());
  had.set_seq(6);
  sync_plan plan(from, {}, 600);
  page_script page;
  (void)plan.take_page(page.beyond(crowd, 8, 15).next(9).page);  // left at 7, came again with 15
  const auto next = plan.next_beyond();
  REQUIRE(next);
  CHECK(next->after == 6);
  CHECK(plan.live_after(page.page).at(0).after == 6);

  sync_plan quiet(place(7), {}, 600);
  (void)quiet.take_page(page_script().beyond(crowd, 8, 1).next(9).page);
  REQUIRE(quiet.next_beyond()->after == 8);  // and there is nothing
  sync_plan came_again(quiet.finish(), {}, 700);
  (void)came_again.take_page(page.page);
  CHECK(came_again.next_beyond()->after == 8);

  sync_plan new_to_it(place(7), {}, 600);
  (void)new_to_it.take_page(page.page);
  CHECK(new_to_it.next_beyond()->after == 14);
  CHECK(new_to_it.live_after(page.page).at(0).after == 14);
}

TEST_CASE("sync plan: the next cursor knows the last row that was read, as this one knew its own") {
  auto from = place(7);
  from.set_row_at(400);
  sync_plan plan(from, {}, 600);
  CHECK(plan.question(10, false).row_at() == 400);
  page_script page;
  page.page.set_row_at(450);
  (void)plan.take_page(page.next(9).page);
  CHECK(plan.finish().row_at() == 450);
}
