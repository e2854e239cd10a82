// Having been away. A host that was frozen or hears no majority does not learn what is committed
// meanwhile: that a token was revoked, for one. So it counts as cut off until somebody who leads by a
// majority's word, given after that, has said how far the meta log is, and its directory is there.
#include <algorithm>

#include "actors/ask.hpp"
#include "actors/ring/meta_actor.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds question_patience{1'000};
constexpr std::uint32_t ticks_at_least = 3;  // a tick may come late

}  // namespace

// The actor's own word on its health is good for as long as a silent host is trusted: who wakes up
// after more finds it over, before this actor has had its first tick.
void meta_actor::watch_itself(tick_time now) {
  const auto& voters = group().core().members().voters;
  const std::size_t reached = voters_heard();
  const bool majority = reached * 2 > voters.size();
  if (majority != hears_majority_) {
    hears_majority_ = majority;
    if (majority)
      log_info("ring", "{} of {} ring hosts are heard", reached, voters.size());
    else
      log_warn("ring", "cut off: {} of {} ring hosts are heard", reached, voters.size());
  }
  if (!host_.link)
    return setup_.health->set_cut_off(!majority);
  const auto& config = host_.config.cluster;
  const std::chrono::milliseconds trusted{
      std::max(config.suspect_ms, ticks_at_least * config.tick_ms)};
  const bool stood_still = last_tick_ && now - *last_tick_ > trusted;
  last_tick_ = now;
  if (stood_still)
    log_warn("ring", "this host stood still");
  if (stood_still || !majority) {
    away_ = true;
    ++times_away_;
    missed_to_.reset();
  }
  setup_.health->set_cut_off(away_);
  setup_.health->good_until(now + trusted);
  if (away_ && majority && !missed_to_)
    ask_what_was_missed();
  come_back();
}

void meta_actor::ask_what_was_missed() {
  if (asking_missed_)
    return;
  asking_missed_ = true;
  const std::uint64_t now = times_away_;
  if (group().serves())
    return when_committed_known(
        [this, now](result<raft::log_index> index) { missed_up_to(now, std::move(index)); });
  const raft::member_id whom = leader();
  if (whom == 0 || whom == host_.self)
    return missed_up_to(now, errc::not_owner);
  auto what = std::make_shared<wire::peer_request>();
  what->mutable_meta();
  request(host_.link, caf::infinite, ask_peer{whom, slot_, std::move(what), question_patience})
      .then(
          [this, now](const peer_reply_box& reply) {
            if (auto why = reply_error(*reply))
              missed_up_to(now, *why);
            else
              missed_up_to(now, reply->meta().index());
          },
          [this, now](const caf::error&) { missed_up_to(now, errc::not_owner); });
}

// The next tick asks again when this was of no use.
void meta_actor::missed_up_to(std::uint64_t times_away, result<raft::log_index> index) {
  asking_missed_ = false;
  if (!index || times_away != times_away_)
    return;
  missed_to_ = *index;
  come_back();
}

void meta_actor::come_back() {
  if (!away_ || !hears_majority_ || !missed_to_ || group().committed() < *missed_to_)
    return;
  feed_directory();
  if (!directory_has(*missed_to_))
    return;
  if (setup_.before_return)
    setup_.before_return();
  away_ = false;
  missed_to_.reset();
  setup_.health->set_cut_off(false);
  log_info("ring", "what was committed meanwhile is here");
}

}  // namespace carillon
