#include "actors/push/provider_watch.hpp"

#include <algorithm>
#include <utility>

namespace carillon {
namespace {

// What it says of one push, it says: it is there.
bool is_there(push::push_fate fate) {
  return fate == push::push_fate::delivered || fate == push::push_fate::token_is_dead ||
         fate == push::push_fate::refused;
}

std::string why(const push::push_outcome& how) {
  const std::string words = how.words();
  if (how.fate == push::push_fate::credentials_refused)
    return "it refuses the keys or ids of [push] in the settings" + (words.empty() ? "" : " (" + words + ')');
  return words.empty() ? "no answer" : words;
}

}  // namespace

void provider_watch::fail(state& of, std::uint64_t user, tick_time now) {
  if (of.failures++ == 0) {
    of.since = now;
    of.user = user;
  }
  of.of_several = of.of_several || of.user != user;
  of.last = now;
}

std::optional<provider_watch::change> provider_watch::begin(state& of, const std::string& name,
                                                            const push::push_outcome& how, tick_time now) {
  if (of.out || of.failures < failures_of_outage)
    return std::nullopt;
  of.out = true;
  return change{true, true, name + " takes no pushes, they wait: " + why(how),
                std::chrono::duration_cast<std::chrono::microseconds>(now - of.since)};
}

std::optional<provider_watch::change> provider_watch::answer(state& of, const std::string& name, tick_time now) {
  const state before = std::exchange(of, {});
  if (!before.out)
    return std::nullopt;
  const auto lasted = std::chrono::duration_cast<std::chrono::microseconds>(now - before.since);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lasted).count();
  return change{false, true, name + " takes pushes again, after " + std::to_string(seconds) + " s", lasted};
}

provider_watch::state& provider_watch::origin_of(const std::string& name) {
  if (!origins_.contains(name) && origins_.size() >= origins_max) {
    const auto oldest = std::min_element(origins_.begin(), origins_.end(), [](const auto& a, const auto& b) {
      return a.second.last < b.second.last;
    });
    origins_out_ -= oldest->second.out;
    origins_.erase(oldest);
  }
  return origins_[name];
}

std::vector<provider_watch::change> provider_watch::heard(const source& from, const push::push_outcome& how,
                                                          tick_time now) {
  std::vector<change> out;
  const auto note = [&](std::optional<change> what, bool of_provider) {
    if (!what)
      return false;
    what->of_provider = of_provider;
    out.push_back(std::move(*what));
    return true;
  };
  state& all = states_[static_cast<std::size_t>(from.via)];
  const std::string name(to_string(from.via));
  const std::string origin = from.origin + " (" + name + ')';
  const bool many = from.via == push::provider::web_push;
  if (is_there(how.fate)) {
    if (const auto known = origins_.find(from.origin); many && known != origins_.end()) {
      origins_out_ -= note(answer(known->second, origin, now), false);
      origins_.erase(known);
    }
    note(answer(all, name, now), true);
    return out;
  }
  fail(all, from.user, now);
  if (many) {
    state& one = origin_of(from.origin);
    fail(one, from.user, now);
    if (one.of_several)
      origins_out_ += note(begin(one, origin, how, now), false);
  }
  if (!many || (all.of_several && origins_out_ > 0))
    note(begin(all, name, how, now), true);
  return out;
}

}  // namespace carillon
