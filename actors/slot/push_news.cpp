#include "actors/slot/push_news.hpp"

#include <algorithm>
#include <map>

#include "actors/dnd_hours.hpp"

namespace carillon {
namespace {

class gatherer {
public:
  gatherer(const push_book& book, timestamp now, const std::function<bool(std::uint64_t)>& is_reached)
      : book_(book), now_(now), is_reached_(is_reached) {}

  void read(const wire::inbox_run& run) {
    const auto channel = entity_id::parse(run.channel_id());
    if (!channel)
      return;
    for (const auto& mention : run.mentions())
      for (const std::uint64_t user : mention.users())
        if (mention.withdrawn())
          withdraw({user, *channel}, mention.ts());
        else
          add({user, *channel}, run.channel_id(), mention.seq(), mention.ts(), mention.kind());
    for (const std::uint64_t user : book_.hearing_all())
      if (std::binary_search(run.users().begin(), run.users().end(), user))
        for (std::uint64_t seq = first_of(run); seq <= run.last_seq(); ++seq)
          add({user, *channel}, run.channel_id(), seq, 0, wire::MENTION_UNKNOWN);
  }

  std::vector<push_news> take() {
    std::vector<push_news> out;
    for (auto& [key, each] : news_)
      out.push_back(std::move(each));
    return out;
  }

private:
  // What does not fit into a row is not told one by one.
  static std::uint64_t first_of(const wire::inbox_run& run) {
    const std::uint64_t most = push_row_items_max;
    return std::max(run.first_seq(), run.last_seq() - std::min(run.last_seq(), most - 1));
  }

  void add(const push_key& key, const std::string& channel_id, std::uint64_t seq, timestamp ts,
           wire::mention_kind kind) {
    const wire::push_user* said = book_.find(key.user);
    if (!said || !wants_push(*said, channel_id, kind) || !may_disturb(key.user, *said))
      return;
    push_news& news = of(key);
    news.held = is_reached_(key.user);
    news.devices = devices_of(*said);
    auto same = std::find_if(news.items.begin(), news.items.end(), [&](const auto& each) { return each.seq() == seq; });
    if (same == news.items.end())
      same = news.items.emplace(news.items.end());
    else if (!is_counted_by_inbox(kind))  // it speaks of them in more than one way
      return;
    same->set_seq(seq);
    same->set_ts(ts);
    same->set_kind(kind);
  }

  void withdraw(const push_key& key, timestamp ts) {
    if (book_.find(key.user))
      of(key).withdrawn.push_back(ts);
  }

  bool may_disturb(std::uint64_t user, const wire::push_user& said) {
    auto [known, is_new] = may_disturb_.try_emplace(user, false);
    if (is_new)
      known->second = !dnd_at(said, now_).quiet;
    return known->second;
  }

  push_news& of(const push_key& key) {
    push_news& news = news_[key];
    news.key = key;
    return news;
  }

  const push_book& book_;
  timestamp now_;
  const std::function<bool(std::uint64_t)>& is_reached_;
  std::map<std::uint64_t, bool> may_disturb_;
  std::map<push_key, push_news> news_;
};

}  // namespace

std::vector<push_news> push_news_of(const wire::inbox_change& change, const push_book& book, timestamp now,
                                    const std::function<bool(std::uint64_t user)>& is_reached) {
  if (book.size() == 0)
    return {};
  gatherer all(book, now, is_reached);
  for (const auto& run : change.runs())
    all.read(run);
  return all.take();
}

}  // namespace carillon
