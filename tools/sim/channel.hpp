// A channel as its actor keeps it (actors/channel/channel_actor.cpp, actors/entity_actor.hpp) without
// the actor: channel_state and its rules decide, this carries out. Every request is answered once:
// with what was committed, or with why not.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "actors/channel/channel_state.hpp"
#include "tools/sim/resident.hpp"

namespace carillon::sim {

using channel_request = std::shared_ptr<const wire::channel_request>;
using channel_answer = std::function<void(wire::channel_reply)>;

class channel final : public resident {
public:
  channel(entity_id id, entity_house& house);

  void request(const channel_request& request, channel_answer answer);
  void committed(std::uint64_t cookie) override;
  void end(const error& why) override;
  bool is_idle() const override { return open_.empty() && in_flight_.empty(); }

private:
  using ticket = std::uint64_t;

  void serve(ticket open, const channel_request& request);
  void post(ticket open, const channel_request& request);
  void edit(ticket open, const channel_request& request);
  void history(ticket open, const channel_request& request);
  void read_events(ticket open, const channel_request& request);
  void answer_events(ticket open, const std::string& user, const wire::read_events& wanted);
  void answer_first_post(ticket open, channel_decision decision);
  void carry_out(ticket open, channel_outcome outcome);
  void forget_old();
  void when_settled(std::function<void()> then);
  void answer(ticket open, wire::channel_reply reply);
  void refuse(ticket open, const error& why);
  void refuse_leading(ticket open, const error& why);
  // Runs `work` when the tables can be read, unless this channel is gone by then.
  void when_readable(std::function<void()> work);

  const entity_id id_;
  entity_house& house_;
  channel_state state_;
  std::optional<error> load_failure_;
  std::map<ticket, channel_answer> open_;
  std::map<std::uint64_t, std::vector<std::function<void()>>> in_flight_;  // by cookie
  std::map<timestamp, std::vector<std::pair<ticket, channel_request>>> edits_;
  bool forgetting_ = false;
  std::uint64_t last_ = 0;  // ticket or cookie
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace carillon::sim
