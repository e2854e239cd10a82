// What a client brings to carillon.sync: a cursor that we issued comes back as it was, what it makes up is
// refused or is a place, and `seen` is channels and seqs. Whatever it says, a page of its inbox is read
// once at most: each channel's events in rising order, and only those that the inbox holds.
#include <map>
#include <string>

#include "actors/sync_plan.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using namespace carillon;

const entity_id user{id_kind::user, 7};
constexpr std::string_view device = "phone";

wire::inbox_page page_of(fuzz::input& in) {
  wire::inbox_page page;
  std::map<std::string, std::uint64_t> held;
  for (int spans = in.byte() % 8; spans > 0; --spans) {
    const std::string channel = entity_id{id_kind::channel, in.byte() % 3u + 1}.text();
    auto& span = *page.add_spans();
    span.set_channel_id(channel);
    span.set_first_seq(held[channel] + 1 + in.byte() % 4);
    span.set_last_seq(span.first_seq() + in.byte() % 5);
    held[channel] = span.last_seq();
  }
  for (const auto& [channel, last] : held) {
    auto& standing = *page.add_channels();
    standing.set_channel_id(channel);
    standing.set_joined_seq(in.byte() % 4);
    standing.set_reach(last);
    standing.set_read_at_sync(in.byte() % 4 == 0);
  }
  page.set_has_more(in.byte() % 2 == 1);
  return page;
}

void read_once(sync_plan& plan, const wire::inbox_page& page) {
  std::map<entity_id, std::uint64_t> told;
  for (const auto& each : plan.take_page(page)) {
    ENSURE(each.granted && each.after < each.last, "a reading of the inbox is of events that it holds");
    ENSURE(each.after >= told[each.channel], "and each is read once");
    told[each.channel] = each.last;
  }
  while (const auto beyond = plan.next_beyond()) {
    ENSURE(!beyond->granted, "what the inbox does not hold is the channel's to give");
    ENSURE(beyond->after >= told[beyond->channel], "and comes after what it held");
    plan.read_beyond(beyond->channel, beyond->after);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  const wire::inbox_page page = page_of(in);
  const std::string_view text = in.rest();
  wire::sync_place place;
  if (auto read = read_sync_cursor(text, user, device, 0)) {
    ENSURE(read->user() == user.text() && read->device() == device, "it is this device's");
    place = *read;
  } else if (!place.ParseFromArray(text.data(), static_cast<int>(text.size()))) {
    place.Clear();
  }
  place.set_user(user.text());
  place.set_device(std::string(device));
  const auto seen = read_seen(text);
  if (seen)
    for (const auto& [channel, seq] : *seen)
      ENSURE(channel.is_channel(), "what was seen is of channels");
  sync_plan plan(place, seen ? *seen : seqs_by_channel(), 1'000);
  read_once(plan, page);
  (void)plan.live_after(page);
  const wire::sync_place next = plan.finish();
  if (const auto issued = sync_cursor_text(next); issued.size() <= 65'536) {
    const auto again = read_sync_cursor(issued, user, device, 1'000);
    ENSURE(again && again->SerializeAsString() == next.SerializeAsString(), "a cursor of ours comes back");
    ENSURE(!read_sync_cursor(issued, user, "laptop", 0), "and is of one device");
    ENSURE(!read_sync_cursor(issued, {id_kind::user, 8}, device, 0), "of one user");
    ENSURE(!read_sync_cursor(issued, user, device, 1'001), "for some time");
  }
  return 0;
}
