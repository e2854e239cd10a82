#include "tools/chaos/record.hpp"

#include <charconv>

namespace carillon::chaos {
namespace {

constexpr std::size_t sentences_max = 100;

std::uint64_t mix(std::uint64_t z) { // SplitMix64's finalizer
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::string text_of(const sighting& message) {
  return "seq " + std::to_string(message.seq) + " ts " + std::to_string(message.ts) + " key " +
         make_key(message.poster, message.number);
}

} // namespace

std::uint64_t fingerprint(const sighting& message) {
  return mix(mix(message.seq * 0x9e3779b97f4a7c15ULL ^ message.ts) +
             (std::uint64_t{message.poster} << 32 | message.number));
}

std::string make_key(std::uint32_t poster, std::uint32_t number) {
  std::string key = std::to_string(poster);
  key += '-';
  key += std::to_string(number);
  return key;
}

bool read_key(std::string_view key, sighting& into) {
  const char* end = key.data() + key.size();
  auto poster = std::from_chars(key.data(), end, into.poster);
  if (poster.ec != std::errc{} || poster.ptr == end || *poster.ptr != '-')
    return false;
  auto number = std::from_chars(poster.ptr + 1, end, into.number);
  return number.ec == std::errc{} && number.ptr == end;
}

std::uint64_t read_ts(std::string_view text) {
  std::size_t point = text.find('.');
  if (point == std::string_view::npos || text.size() - point != 7)
    return 0;
  std::uint64_t seconds = 0, micros = 0;
  std::from_chars(text.data(), text.data() + point, seconds);
  std::from_chars(text.data() + point + 1, text.data() + text.size(), micros);
  return seconds * 1'000'000 + micros;
}

std::string stretch::see(const sighting& message) {
  std::string wrong;
  if (!empty() && message.seq <= last_)
    wrong = (message.seq == last_ ? "integrity: repeated: " : "total order: ") + text_of(message) +
            " comes after seq " + std::to_string(last_);
  else if (!empty() && message.seq != last_ + 1)
    wrong = "validity: gap: " + text_of(message) + " comes after seq " + std::to_string(last_);
  else if (message.ts <= last_ts_)
    wrong = "total order: ts does not rise at " + text_of(message);
  if (empty())
    first_ = message.seq;
  last_ = message.seq;
  last_ts_ = message.ts;
  sum_ += fingerprint(message);
  return wrong;
}

void counted::say(std::string words) {
  if (sentences.size() < sentences_max)
    sentences.push_back(std::move(words));
}

void judge(const std::string& channel, const std::vector<sighting>& history,
           const std::map<std::uint32_t, const std::vector<acknowledgement>*>& posters,
           const std::vector<stretch>& seen, counted& verdict) {
  std::vector<std::uint64_t> sums{0}; // of fingerprints up to each seq
  std::map<std::uint32_t, std::vector<std::uint8_t>> found;
  for (const auto& [poster, posts] : posters)
    found[poster].resize(posts->size() + 1);
  std::uint64_t last_ts = 0;
  for (const sighting& message : history) {
    if (message.seq != sums.size()) {
      bool back = message.seq < sums.size();
      ++(back ? verdict.reordered : verdict.gaps);
      verdict.say((back ? "total order: " : "validity: gap: ") + channel + ": history has " +
                  text_of(message) + " after seq " + std::to_string(sums.size() - 1));
    }
    if (message.ts <= last_ts) {
      ++verdict.reordered;
      verdict.say("total order: " + channel + ": ts does not rise at " + text_of(message));
    }
    last_ts = message.ts;
    sums.push_back(sums.back() + fingerprint(message));
    if (message.poster == 0)
      continue;
    auto poster = posters.find(message.poster);
    if (poster == posters.end() || message.number == 0 || message.number > poster->second->size()) {
      ++verdict.invented;
      verdict.say("integrity: " + channel + ": nobody posted " + text_of(message));
      continue;
    }
    if (found[message.poster][message.number]++ == 1) {
      ++verdict.repeated;
      verdict.say("integrity: " + channel + ": twice in history: " + text_of(message));
    }
    const acknowledgement& told = (*poster->second)[message.number - 1];
    if (told.seq != 0 && (told.seq != message.seq || told.ts != message.ts)) {
      ++verdict.lost;
      verdict.say("durability: " + channel + ": acknowledged as seq " + std::to_string(told.seq) +
                  ", stored as " + text_of(message));
    }
  }
  for (const auto& [number, posts] : posters)
    for (std::size_t i = 0; i < posts->size(); ++i)
      if ((*posts)[i].seq != 0) {
        ++verdict.posts;
        if (found[number][i + 1] == 0) {
          ++verdict.lost;
          verdict.say("validity: " + channel + ": acknowledged and not in history: seq " +
                      std::to_string((*posts)[i].seq) + " key " +
                      make_key(number, static_cast<std::uint32_t>(i + 1)));
        }
      }
  for (const stretch& view : seen) {
    if (view.empty())
      continue;
    if (view.last() >= sums.size()) {
      ++verdict.invented;
      verdict.say("integrity: " + channel + ": a subscriber saw seq " + std::to_string(view.last()) +
                  ", history ends at " + std::to_string(sums.size() - 1));
    } else if (sums[view.last()] - sums[view.first() - 1] != view.sum()) {
      ++verdict.invented;
      verdict.say("integrity: " + channel + ": a subscriber's view of seq " +
                  std::to_string(view.first()) + " to " + std::to_string(view.last()) +
                  " is not what history says");
    }
  }
}

} // namespace carillon::chaos
