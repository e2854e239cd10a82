#include "tools/bench/presence/watcher.hpp"

#include <algorithm>

namespace carillon::bench {

std::size_t watcher::hear(std::string_view payload,
                          const std::unordered_map<entity_id, std::size_t>& numbers) {
  if (!payload.starts_with(R"({"type":"presence_change")"))
    return 0;
  const seen how = payload.find(R"("presence":"active")") != payload.npos ? seen::active : seen::away;
  std::size_t at = payload.find(R"("users":[)");
  const bool many = at != payload.npos;
  at = many ? at + 9 : payload.find(R"("user":)");
  if (at == payload.npos)
    return 0;
  std::size_t told = 0;
  for (at = payload.find('"', many ? at : at + 7); at != payload.npos; at = payload.find('"', at)) {
    const auto id = entity_id::parse(payload.substr(at + 1, entity_id::text_size));
    const auto known = id ? numbers.find(*id) : numbers.end();
    if (known != numbers.end())
      if (auto place = shape_.place(number_, known->second); place && *place < view_.size())
        view_[*place] = how;
    ++told;
    at += entity_id::text_size + 2;
    if (!many || at >= payload.size() || payload[at] == ']')
      break;
  }
  return told;
}

}  // namespace carillon::bench
