#include "tools/bench/population.hpp"

#include <algorithm>

#include "runtime/base/clock.hpp"
#include "tools/bench/raw/raw_shape.hpp"

namespace carillon::bench {
namespace {

constexpr std::size_t invited_at_once = 100; // ids in one call; far below any body limit

// The members of one channel but its first, some hundred ids at a time.
std::vector<client::api_call> invitations(const population& all, std::size_t channel) {
  std::vector<client::api_call> calls;
  auto person = [&](std::size_t member) -> const client::worker& {
    return all.people[person_of(channel, member, all.members, all.people.size())];
  };
  for (std::size_t first = 1; first < all.members; first += invited_at_once) {
    std::string ids;
    for (std::size_t i = first; i < std::min(first + invited_at_once, all.members); ++i)
      ids.append(ids.empty() ? "" : ",").append(person(i).user_id);
    calls.push_back({"conversations.invite",
                     person(0).token,
                     {{"channel", all.channels[channel]}, {"users", ids}}});
  }
  return calls;
}

} // namespace

std::string run_name() {
  static const std::string name = "b" + std::to_string(wall_now() / 1'000'000 % 100'000'000) + "x";
  return name;
}

std::vector<post_place> population::places(std::size_t at_least) const {
  std::vector<post_place> all;
  for (std::size_t turn = 0; turn == 0 || all.size() < at_least; ++turn)
    for (std::size_t i = 0; i < channels.size(); ++i)
      all.push_back(
          {people[person_of(i, turn % members, members, people.size())].token, channels[i]});
  return all;
}

population settle(client::event_loop& loop, const target& hosts, std::size_t people,
                  std::size_t channels, std::size_t members, const std::string& name) {
  population all;
  all.members = members;
  all.people = client::hire(loop, hosts.where(), hosts.admin_token(), people, name);
  std::vector<client::api_call> calls;
  for (std::size_t i = 0; i < channels; ++i)
    calls.push_back({"conversations.create",
                     all.people[person_of(i, 0, members, people)].token,
                     {{"name", name + std::to_string(i)}}});
  for (auto& answer : client::call_all(loop, hosts.where(), calls))
    all.channels.emplace_back(answer.at("channel").at("id").as_string());
  calls.clear();
  for (std::size_t i = 0; i < channels; ++i)
    for (auto& call : invitations(all, i))
      calls.push_back(std::move(call));
  client::call_all(loop, hosts.where(), calls);
  return all;
}

} // namespace carillon::bench
