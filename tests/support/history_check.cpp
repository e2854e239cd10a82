#include "tests/support/history_check.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace carillon::testing {
namespace {

class findings {
public:
  explicit findings(const channel_record& record) : channel_(record.channel) {}
  void add(const std::string& invariant, const std::string& words) {
    sentences_.push_back(invariant + ": " + channel_ + ": " + words);
  }
  std::vector<std::string> take() { return std::move(sentences_); }

private:
  std::string channel_;
  std::vector<std::string> sentences_;
};

std::string text_of(const seen_message& message) {
  return "seq " + std::to_string(message.seq) + " ts " + message.ts + " key \"" + message.key +
         "\"";
}

// Slack's ts: a fixed number of digits after the point, so longer is later, then text order.
bool is_later(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() > b.size() : a > b;
}

void check_order(const std::vector<seen_message>& messages, const char* where, findings& out) {
  for (std::size_t i = 1; i < messages.size(); ++i) {
    if (messages[i].seq <= messages[i - 1].seq)
      out.add("total order", std::string(where) + ": " + text_of(messages[i]) + " comes after " +
                                 text_of(messages[i - 1]));
    if (!is_later(messages[i].ts, messages[i - 1].ts))
      out.add("total order", std::string(where) + ": ts does not rise at " + text_of(messages[i]));
  }
}

void check_no_gap(const channel_record& record, findings& out) {
  std::set<std::uint64_t> seqs(record.other_seqs.begin(), record.other_seqs.end());
  for (const auto& message : record.history)
    seqs.insert(message.seq);
  std::uint64_t expected = 1;
  for (std::uint64_t seq : seqs) {
    if (seq != expected)
      out.add("total order",
              "seq " + std::to_string(expected) + " is missing before " + std::to_string(seq));
    expected = seq + 1;
  }
}

void check_posts(const channel_record& record, findings& out) {
  std::map<std::string, std::vector<const seen_message*>> by_key;
  for (const auto& message : record.history)
    if (!message.key.empty())
      by_key[message.key].push_back(&message);
  std::set<std::string> posted;
  for (const auto& post : record.posts) {
    posted.insert(post.key);
    auto found = by_key.find(post.key);
    if (found == by_key.end()) {
      if (post.acknowledged)
        out.add("validity", "acknowledged post \"" + post.key + "\" (seq " +
                                std::to_string(post.seq) + ") is not in history");
      continue;
    }
    const seen_message& stored = *found->second.front();
    if (post.acknowledged && (stored.seq != post.seq || stored.ts != post.ts))
      out.add("durability", "post \"" + post.key + "\" was acknowledged as seq " +
                                std::to_string(post.seq) + " ts " + post.ts + " but is stored as " +
                                text_of(stored));
  }
  for (const auto& [key, messages] : by_key) {
    if (messages.size() > 1)
      out.add("integrity",
              "post \"" + key + "\" is in history " + std::to_string(messages.size()) + " times");
    if (!posted.contains(key))
      out.add("integrity", "nobody posted \"" + key + "\" (" + text_of(*messages.front()) + ")");
  }
}

// The live view must be the end of history, from its first message on.
void check_live(const channel_record& record, findings& out) {
  if (record.live.empty())
    return;
  auto start = std::find(record.history.begin(), record.history.end(), record.live.front());
  if (start == record.history.end()) {
    out.add("integrity", "a reader saw " + text_of(record.live.front()) + ", history does not");
    return;
  }
  auto [stored, seen] =
      std::mismatch(start, record.history.end(), record.live.begin(), record.live.end());
  if (stored == record.history.end() && seen == record.live.end())
    return;
  if (seen == record.live.end())
    out.add("validity", "the reader never saw " + text_of(*stored));
  else if (stored == record.history.end())
    out.add("integrity", "the reader saw " + text_of(*seen) + " beyond the end of history");
  else
    out.add("total order",
            "the reader saw " + text_of(*seen) + " where history has " + text_of(*stored));
}

} // namespace

std::vector<std::string> find_violations(const channel_record& record) {
  findings out(record);
  check_order(record.history, "history", out);
  check_order(record.live, "live", out);
  check_no_gap(record, out);
  check_posts(record, out);
  check_live(record, out);
  return out.take();
}

} // namespace carillon::testing
