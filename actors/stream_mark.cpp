#include "actors/stream_mark.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace carillon {
namespace {

constexpr char before_channel = '~';
constexpr char before_seq = '.';
constexpr std::size_t seq_max_digits = 20;
constexpr std::size_t entry_max = 1 + entity_id::text_size + 1 + seq_max_digits;

}  // namespace

stream_mark::stream_mark(std::string cursor, const seqs_by_channel& seen, std::size_t most)
    : cursor_(std::move(cursor)), most_(std::min(most, size_max)) {
  for (const auto& [channel, seq] : seen)
    if (has_room_for_another())
      told_.emplace(channel, seq);
}

bool stream_mark::has_room_for_another() const {
  return cursor_.size() + (told_.size() + 1) * entry_max <= most_;
}

std::string stream_mark::after(std::string_view channel, std::uint64_t seq) {
  if (cursor_.size() > most_)
    return {};
  if (const auto id = entity_id::parse(channel)) {
    const auto known = told_.find(*id);
    if (known != told_.end())
      known->second = std::max(known->second, seq);
    else if (has_room_for_another())
      told_.emplace(*id, seq);
  }
  std::string out = cursor_;
  for (const auto& [each, last] : told_) {
    out += before_channel;
    out += each.text();
    out += before_seq;
    out += std::to_string(last);
  }
  return out;
}

std::optional<stream_place> read_stream_mark(std::string_view text) {
  auto at = text.find(before_channel);
  stream_place out{std::string(text.substr(0, at)), "{"};
  while (at != std::string_view::npos) {
    const auto next = text.find(before_channel, at + 1);
    const std::string_view entry = text.substr(at + 1, next - at - 1);  // to the end where there is no next
    const auto point = entry.find(before_seq);
    const auto channel = entity_id::parse(entry.substr(0, point));
    if (!channel || point == std::string_view::npos)
      return std::nullopt;
    const std::string_view digits = entry.substr(point + 1);
    std::uint64_t seq = 0;
    const auto [rest, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), seq);
    if (failure != std::errc{} || rest != digits.data() + digits.size())
      return std::nullopt;
    if (out.seen.size() > 1)
      out.seen += ',';
    out.seen += '"' + channel->text() + "\":" + std::to_string(seq);
    at = next;
  }
  out.seen += '}';
  if (out.cursor.empty())
    return std::nullopt;
  return out;
}

}  // namespace carillon
