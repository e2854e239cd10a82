// What the clients of a chaos run saw, kept small enough for millions of messages, and the verdict on
// it. Pure: values in, sentences out; each begins with the invariant of DESIGN section 1 it finds
// broken.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::chaos {

// A message as an acknowledgement, an event or a page of history shows it. `poster` and `number`
// are its client_msg_id, "POSTER-NUMBER"; poster 0 is nobody's post (a join).
struct sighting {
  std::uint64_t seq = 0;
  std::uint64_t ts = 0; // microseconds
  std::uint32_t poster = 0;
  std::uint32_t number = 0;
};
std::uint64_t fingerprint(const sighting& message);
std::string make_key(std::uint32_t poster, std::uint32_t number);
// False: not a key of ours.
bool read_key(std::string_view key, sighting& into);
// "1700000000.000123" in microseconds; 0: not a ts.
std::uint64_t read_ts(std::string_view text);

// What one connection saw of one channel: everything from `first` to `last`, once, in order - or it
// says what was wrong. A connection that was lost begins a new stretch.
class stretch {
public:
  // Empty: as it should be.
  std::string see(const sighting& message);
  bool empty() const { return last_ == 0; }
  std::uint64_t first() const { return first_; }
  std::uint64_t last() const { return last_; }
  std::uint64_t sum() const { return sum_; } // of the fingerprints, modulo 2^64

private:
  std::uint64_t first_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t last_ts_ = 0;
  std::uint64_t sum_ = 0;
};

// One post of a poster, in the order of its numbers from 1 on. seq 0: never acknowledged.
struct acknowledgement {
  std::uint64_t seq = 0;
  std::uint64_t ts = 0;
};

struct counted {
  std::uint64_t posts = 0;     // acknowledged
  std::uint64_t lost = 0;      // acknowledged and not in history, or under another seq or ts
  std::uint64_t repeated = 0;  // in history more than once
  std::uint64_t reordered = 0; // seq or ts that do not rise
  std::uint64_t gaps = 0;      // seq missing, in history or for a live subscriber
  std::uint64_t invented = 0;  // in history or seen live, and nobody posted it
  std::vector<std::string> sentences; // the first hundred
  void say(std::string words);
  bool clean() const { return lost + repeated + reordered + gaps + invented == 0 && sentences.empty(); }
};

// Compares one channel's whole history, oldest first, with what its posters were told and what its
// subscribers saw. `posters`: all posters of the run by number.
void judge(const std::string& channel, const std::vector<sighting>& history,
           const std::map<std::uint32_t, const std::vector<acknowledgement>*>& posters,
           const std::vector<stretch>& seen, counted& verdict);

} // namespace carillon::chaos
