#include "actors/sync_plan.hpp"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>

#include "actors/cursor.hpp"
#include "actors/slack_json_input.hpp"

namespace carillon {
namespace {

constexpr std::string_view cursor_type = "sync";
// Whoever is in 4,000 channels beside the inbox, and was in others_max more, still has a cursor that is taken.
constexpr std::size_t cursor_max_bytes = 262'144;
// Of channels that the user is not in, as far as their slot knows: so many are remembered.
constexpr std::size_t others_max = seen_max;

const wire::inbox_standing* find_standing(const wire::inbox_page& page, const std::string& channel) {
  for (const auto& each : page.channels())
    if (each.channel_id() == channel)
      return &each;
  return nullptr;
}

}  // namespace

// ---- cursors ----------------------------------------------------------------------------------

// For URLs as well: RFC 4648's other alphabet, without padding.
std::string sync_cursor_text(const wire::sync_place& place) {
  std::string text = make_cursor(cursor_type, place.SerializeAsString());
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  while (text.ends_with('='))
    text.pop_back();
  return text;
}

result<wire::sync_place> read_sync_cursor(std::string_view text, const entity_id& user,
                                          std::string_view device, timestamp since) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '-', '+');
  std::replace(plain.begin(), plain.end(), '_', '/');
  const auto bytes = read_cursor(cursor_type, plain, cursor_max_bytes);
  wire::sync_place place;
  if (!bytes || !place.ParseFromString(*bytes) || place.user() != user.text() ||
      place.device() != device)
    return make_error(errc::invalid_cursor);
  if (place.at() < since)
    return make_error(errc::cursor_expired);
  return place;
}

// ---- a sync -----------------------------------------------------------------------------------

result<seqs_by_channel> read_seen(std::string_view text) {
  seqs_by_channel out;
  if (text.empty())
    return out;
  auto parsed = slack::read_json(text);
  if (!parsed || !parsed->is_object())
    return make_error(errc::invalid_arguments, "seen is not a JSON object");
  if (parsed->as_object().size() > seen_max)
    return make_error(errc::invalid_arguments,
                      "seen: at most " + std::to_string(seen_max) + " channels at a time");
  for (const auto& [channel, seq] : parsed->as_object()) {
    const auto id = entity_id::parse(std::string_view(channel));
    boost::json::error_code not_a_number;
    const auto number = seq.to_number<std::uint64_t>(not_a_number);
    if (!id || !id->is_channel() || not_a_number)
      return make_error(errc::invalid_arguments, "seen holds something else than channels and seqs");
    out[*id] = number;
  }
  return out;
}

sync_plan::sync_plan(wire::sync_place from, const seqs_by_channel& seen, timestamp at)
    : place_(std::move(from)), ahead_(seen) {
  for (const auto& each : place_.ahead())
    if (auto channel = entity_id::parse(each.channel_id()))
      ahead_[*channel] = std::max(ahead_[*channel], each.seq());
  place_.clear_ahead();
  place_.set_at(at);
}

wire::read_inbox sync_plan::question(std::uint32_t limit, bool begins) const {
  wire::read_inbox out;
  out.set_device(place_.device());
  out.set_begins(begins);
  out.set_from(place_.from());
  out.set_skip(place_.skip());
  out.set_row_at(place_.row_at());
  out.set_limit(limit);
  return out;
}

std::optional<std::uint64_t> sync_plan::ahead_in(const entity_id& channel) const {
  auto found = ahead_.find(channel);
  return found == ahead_.end() ? std::nullopt : std::optional(found->second);
}

// The last event that a device need not be told of when it has nothing beside the inbox.
std::uint64_t sync_plan::held_before(const wire::inbox_standing& channel) {
  const std::uint64_t before_join = channel.joined_seq() == 0 ? 0 : channel.joined_seq() - 1;
  return std::max(channel.reach(), before_join);
}

// Of a channel that is read itself. Where the device stands counts, though its user has left and come again
// since: what was said until they left is theirs, and the channel leaves out what was said in between. (How far
// inboxes hold it says nothing of that: its last rows may be others'.)
std::uint64_t sync_plan::unread_after(const wire::inbox_standing& channel, std::optional<std::uint64_t> ahead) {
  return ahead && *ahead > 0 ? *ahead : held_before(channel);
}

std::vector<sync_plan::reading> sync_plan::take_page(const wire::inbox_page& page) {
  page_ = page;
  place_.set_from(page.from());
  place_.set_skip(page.skip());
  place_.set_row_at(page.row_at());
  std::vector<reading> out;
  std::uint64_t events_before = 0;
  for (const auto& span : page.spans()) {
    const std::uint64_t before = events_before;
    events_before += span.last_seq() - span.first_seq() + 1;
    const auto channel = entity_id::parse(span.channel_id());
    if (!channel)
      continue;
    std::uint64_t after = span.first_seq() - 1;
    if (auto ahead = ahead_in(*channel)) {
      // Between the two may be what inboxes were never told of: the channel was not theirs yet.
      const auto* standing = find_standing(page, span.channel_id());
      const bool gap = *ahead < after && standing && standing->joined_seq() <= *ahead + 1;
      if (gap || *ahead > after)
        after = *ahead;
      if (span.last_seq() >= *ahead)
        caught_up_.insert(*channel);
      ahead_[*channel] = std::max(*ahead, span.last_seq());
    }
    if (after < span.last_seq())
      out.push_back({*channel, after, span.last_seq(), true, before, span.first_seq()});
  }
  return out;
}

std::optional<sync_plan::reading> sync_plan::next_beyond() {
  while (!page_.has_more() && beyond_ < page_.channels_size()) {
    const auto& standing = page_.channels(beyond_++);
    const auto channel = entity_id::parse(standing.channel_id());
    if (!channel || !standing.read_at_sync())
      continue;
    std::uint64_t after = unread_after(standing, ahead_in(*channel));
    for (const auto& span : page_.spans())  // it may have come after the inbox was asked how far it is
      if (span.channel_id() == standing.channel_id())
        after = std::max(after, span.last_seq());
    return reading{.channel = *channel, .after = after};
  }
  return std::nullopt;
}

void sync_plan::read_beyond(const entity_id& channel, std::uint64_t seq) {
  ahead_[channel] = std::max(ahead_[channel], seq);
}

// What the inbox holds and was read to its end needs no word of its own any more. Of a channel that the
// user has left nobody says how far it holds it: its last rows may still come.
// Of what is read at sync the place is kept, also while nothing is said there: the user may leave and come again.
wire::sync_place sync_plan::finish() {
  if (!page_.has_more()) {
    std::erase_if(ahead_, [this](const auto& each) {
      const auto* standing = find_standing(page_, each.first.text());
      return standing ? !standing->read_at_sync() && standing->reach() >= each.second
                      : caught_up_.contains(each.first);
    });
    for (const auto& standing : page_.channels())
      if (const auto channel = entity_id::parse(standing.channel_id());
          channel && standing.read_at_sync() && standing.reach() > 0)
        ahead_.try_emplace(*channel, held_before(standing));
  }
  forget_others();
  for (const auto& [channel, seq] : ahead_) {
    auto& out = *place_.add_ahead();
    out.set_channel_id(channel.text());
    out.set_seq(seq);
  }
  return place_;
}

// Rows of a channel that was left, or the word that one was joined, may still come: then they would be told
// again. But somebody who leaves that many at once, or has seen what nobody told, gets no cursor without end.
void sync_plan::forget_others() {
  if (ahead_.size() <= others_max)
    return;
  std::size_t others = 0;
  std::erase_if(ahead_, [&](const auto& each) {
    return !find_standing(page_, each.first.text()) && ++others > others_max;
  });
}

std::vector<sync_plan::live_start> sync_plan::live_after(const wire::inbox_page& starts) const {
  std::vector<live_start> out;
  for (const auto& standing : starts.channels()) {
    const auto channel = entity_id::parse(standing.channel_id());
    if (!channel)
      continue;
    const std::uint64_t ahead = ahead_in(*channel).value_or(0);
    std::uint64_t after =
        standing.read_at_sync() ? unread_after(standing, ahead_in(*channel)) : held_before(standing);
    for (const auto& span : starts.spans())
      if (span.channel_id() == standing.channel_id() && span.last_seq() > ahead) {
        after = std::min(after, span.first_seq() - 1);
        break;
      }
    out.push_back({*channel, standing.joined_seq(), std::max(after, ahead)});
  }
  return out;
}

}  // namespace carillon
