#include "actors/hub/interest_lanes.hpp"

#include <utility>

#include "runtime/base/ensure.hpp"

namespace carillon {
namespace {

// One answer holds what was missed in each channel of an envelope.
constexpr std::size_t channels_per_envelope = 256;

}  // namespace

void interest_lanes::want(slot_id slot, const std::string& channel,
                          std::optional<std::uint64_t> after, std::uint64_t serial) {
  lanes_[slot].to_say[channel] = {false, after, serial};
}

void interest_lanes::withdraw(slot_id slot, const std::string& channel) {
  lanes_[slot].to_say[channel] = {true, std::nullopt, 0};
}

std::vector<slot_id> interest_lanes::due() const {
  std::vector<slot_id> out;
  for (const auto& [slot, l] : lanes_)
    if (!l.to_say.empty() && l.number == 0 && !l.waits)
      out.push_back(slot);
  return out;
}

bool interest_lanes::in_doubt(slot_id slot, raft::member_id leader) const {
  return lanes_.at(slot).plan.in_doubt(leader);
}

interest_lanes::step interest_lanes::next(slot_id slot, const ask_knowledge& known, tick_time now,
                                          std::uint64_t chance) {
  lane& l = lanes_.at(slot);
  ENSURE(l.number == 0 && !l.waits, "one envelope is under way at a time");
  step out;
  out.how = l.plan.next(known, now, chance);
  ENSURE(out.how.what != ask_step::kind::refuse, "interest has no deadline");
  if (out.how.what == ask_step::kind::wait) {
    l.waits = true;
    return out;
  }
  auto envelope = std::make_shared<wire::announce_interest>();
  envelope->set_slot(slot);
  envelope->set_of_presence(of_presence_);
  while (!l.to_say.empty() && l.under_way.size() < channels_per_envelope) {
    auto said = l.to_say.extract(l.to_say.begin());
    const word& what = said.mapped();
    if (what.withdrawn) {
      envelope->add_withdrawn(said.key());
    } else {
      wire::interest& interest = *envelope->add_channels();
      interest.set_channel_id(said.key());
      interest.set_serial(what.serial);
      if (what.after)
        interest.set_after_seq(*what.after);
    }
    l.under_way.insert(std::move(said));
  }
  l.number = out.number = ++last_number_;
  out.envelope = std::move(envelope);
  return out;
}

void interest_lanes::waited(slot_id slot) {
  lanes_.at(slot).waits = false;
}

bool interest_lanes::answered(slot_id slot, std::uint64_t number) {
  lane* l = current(slot, number);
  if (!l)
    return false;
  l->number = 0;
  l->under_way.clear();
  l->plan = ask_plan(tick_time::max());
  return true;
}

void interest_lanes::refused(slot_id slot, std::uint64_t number) {
  if (lane* l = current(slot, number)) {
    take_back(*l);
    l->plan.refused();
  }
}

void interest_lanes::unanswered(slot_id slot, std::uint64_t number) {
  if (lane* l = current(slot, number)) {
    take_back(*l);
    l->plan.unanswered();
  }
}

raft::member_id interest_lanes::asked_last(slot_id slot) const {
  return lanes_.at(slot).plan.asked_last();
}

void interest_lanes::leader_changed(slot_id slot) {
  auto found = lanes_.find(slot);
  if (found == lanes_.end())
    return;
  take_back(found->second);
  found->second.plan = ask_plan(tick_time::max());
}

void interest_lanes::take_back(lane& l) {
  l.number = 0;
  l.to_say.merge(l.under_way);  // what is there already was said since
  l.under_way.clear();
}

interest_lanes::lane* interest_lanes::current(slot_id slot, std::uint64_t number) {
  auto found = lanes_.find(slot);
  return found != lanes_.end() && number != 0 && found->second.number == number ? &found->second
                                                                                : nullptr;
}

}  // namespace carillon
