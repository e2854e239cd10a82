#include "actors/push/provider_watch.hpp"

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

std::optional<provider_watch::change> provider_watch::heard(push::provider from, const push::push_outcome& how,
                                                            tick_time now) {
  state& of = states_[static_cast<std::size_t>(from)];
  const std::string name(to_string(from));
  if (is_there(how.fate)) {
    const bool was_out = of.out;
    const auto lasted = std::chrono::duration_cast<std::chrono::microseconds>(now - of.since);
    of = {};
    if (!was_out)
      return std::nullopt;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lasted).count();
    return change{false, name + " takes pushes again, after " + std::to_string(seconds) + " s", lasted};
  }
  if (of.failures++ == 0)
    of.since = now;
  if (of.out || of.failures < failures_of_outage)
    return std::nullopt;
  of.out = true;
  return change{true, name + " takes no pushes, they wait: " + why(how),
                std::chrono::duration_cast<std::chrono::microseconds>(now - of.since)};
}

}  // namespace carillon
