#include "actors/api/access.hpp"

#include <algorithm>

#include "actors/api/text_rules.hpp"

namespace carillon::api {
namespace {

// Calls `each` with every comma-separated word until one returns true.
template <class Each>
bool any_word(std::string_view list, Each each) {
  while (!list.empty()) {
    std::string_view word = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), word.size() + 1));
    if (word = trimmed(word); !word.empty() && each(word))
      return true;
  }
  return false;
}

}  // namespace

access::access(storage::principal who) : who_(std::move(who)) {
  any_word(who_.token.scopes, [this](std::string_view word) {
    all_ = all_ || word == "*";
    granted_.emplace_back(word);
    return false;
  });
}

access_ptr access::host_admin() {
  storage::principal nobody;
  nobody.token.scopes = "admin";
  access out(std::move(nobody));
  out.host_admin_ = true;
  return std::make_shared<const access>(std::move(out));
}

bool access::allows(std::string_view accepted) const {
  if (all_ || accepted.empty())
    return true;
  return any_word(accepted, [this](std::string_view word) {
    return std::find(granted_.begin(), granted_.end(), word) != granted_.end();
  });
}

}  // namespace carillon::api
