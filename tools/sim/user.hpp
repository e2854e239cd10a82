// A user as its actor keeps it (actors/user/user_actor.cpp, actors/entity_actor.hpp) without the actor
// and without presence: user_state decides, this carries out. Every request is answered once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "actors/user/user_state.hpp"
#include "tools/sim/resident.hpp"

namespace carillon::sim {

using user_request = std::shared_ptr<const wire::user_request>;
using user_answer = std::function<void(wire::user_reply)>;

class user final : public resident {
public:
  user(entity_id id, entity_house& house);

  // memberships, lists of channels, pages of the inbox, counts of mentions
  void request(const user_request& request, user_answer answer);
  void committed(std::uint64_t cookie) override;
  void end(const error& why) override;
  bool is_idle() const override { return open_.empty() && in_flight_.empty(); }

private:
  using ticket = std::uint64_t;

  void serve(ticket open, const user_request& request);
  void carry_out(ticket open, const user_request& request, user_outcome outcome);
  void propose(std::shared_ptr<const wire::slot_command> command, std::function<void()> then);
  void read_inbox(ticket open, const user_request& request, user_decision device);
  void read_page(ticket open, const user_request& request);
  void answer_page(ticket open, const user_request& request, const storage::kv& from,
                   const std::vector<wire::user_channel>& channels);
  void count_mentions(ticket open, const wire::count_mentions& wanted);
  std::vector<wire::user_channel> channels() const;
  void answer(ticket open, wire::user_reply reply);
  void refuse(ticket open, const error& why);
  void when_settled(std::function<void()> then);
  void when_readable(std::function<void()> work);

  const entity_id id_;
  entity_house& house_;
  user_state state_;
  std::optional<error> load_failure_;
  std::map<ticket, user_answer> open_;
  std::map<std::uint64_t, std::vector<std::function<void()>>> in_flight_;  // by cookie
  std::uint64_t last_ = 0;  // ticket or cookie
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace carillon::sim
