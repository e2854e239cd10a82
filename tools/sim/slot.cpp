#include "tools/sim/slot.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"
#include "storage/record.hpp"
#include "storage/slot_range.hpp"
#include "tools/sim/host.hpp"

namespace carillon::sim {

slot::slot(host& of, replica::setup how, const storage::slot_start& from,
           std::unique_ptr<storage::log_store> log)
    : host_(of), number_(how.slot), replica_(std::move(how), from, std::move(log), of.chance()) {
  if (of.has_inboxes() && number_ != of.slots())
    begin_inboxes();
}

slot::~slot() = default;

// ---- the group ----------------------------------------------------------------------------------

void slot::start() {
  replica_.start();
  carry_out();
}

void slot::tick(const replica::heard& heard) {
  replica_.tick(heard);
  for (raft::member_id lost : heard.lost)
    forget_hub(lost);
  if (projector_)
    projector_->tick();
  carry_out();
}

void slot::step(std::vector<raft::message> messages) {
  if (!hears_)
    return;
  replica_.step(std::move(messages));
  carry_out();
}

void slot::nominate(raft::term_t term, raft::member_id lost) {
  replica_.nominate(term, lost);
  carry_out();
}

void slot::transfer(raft::member_id to) {
  replica_.transfer(to);
  carry_out();
}

result<raft::log_index> slot::propose_meta(std::shared_ptr<const wire::slot_command> command) {
  auto index = replica_.propose(std::move(command), 0);
  carry_out_soon();
  return index;
}

void slot::carry_out_soon() {
  if (std::exchange(soon_, true))
    return;
  host_.later(0, [this] {
    soon_ = false;
    carry_out();
  });
}

void slot::carry_out() {
  if (left_ || std::exchange(carrying_, true))
    return;
  for (;;) {
    auto what = replica_.take_effects();
    say_whom_it_follows();  // before what leaves
    if (what.empty())
      break;
    carry_out_once(what);
  }
  carrying_ = false;
  gone_.clear();
}

void slot::say_whom_it_follows() {
  host_.followed().says(number_, left_ || !hears_ ? 0 : replica_.follows());
}

void slot::carry_out_once(replica::effects& what) {
  // A host says so and goes on with its other groups; here it is found.
  ENSURE(!replica_.core().contradicted(), "nobody in the group forgot what it promised");
  if (!what.send.empty())
    host_.send_raft(number_, std::move(what.send));
  for (auto& write : what.writes) {
    if (write.config && !write.restart && !write.mixed)
      host_.saw_members(number_, write.applied, *write.config);
    write.done = [this](status outcome) { on_written(outcome); };
    host_.write(std::move(write));
  }
  if (!what.committed.empty())
    on_committed(what.committed);
  if (what.lost)
    on_lost(*what.lost);
  if (what.leadership_changed)
    on_leadership();
  auto tell = [this](const std::vector<std::uint64_t>& numbers, bool good) {
    for (std::uint64_t number : numbers)
      if (auto found = readers_.extract(number))
        found.mapped()(good);
  };
  tell(what.readable, true);
  tell(what.unreadable, false);
  if (what.tables_replaced) {
    host_.count().pulls_done += 1;
    if (number_ == host_.slots())
      host_.reload_view();
  }
  if (what.pull) {
    host_.count().pulls += 1;
    host_.pull(number_, what.pull->from, what.pull->what,
               [this, id = what.pull->id](result<wire::chunk> answer) {
                 replica_.chunk_arrived(id, std::move(answer));
                 carry_out();
               });
  }
}

void slot::on_written(const status& outcome) {
  replica_.written(outcome);
  activate_waiting();
  if (projector_ && served_)
    projector_->applied();
  carry_out();
}

void slot::on_committed(const std::vector<replica::committed_entry>& entries) {
  for (const auto& each : entries) {
    host_.saw_commit(number_, each, replica_.core().members().voters);
    if (each.command && each.command->has_meta())
      host_.meta_committed(each.command->meta());
  }
  if (served_) {
    if (projector_)
      for (const auto& each : entries)
        if (each.command)
          projector_->committed(each.index, *each.command);
    if (!projector_)
      replica_.set_projected(replica_.committed());
    deliver_events(entries);
  }
  for (const auto& each : entries) {
    if (!each.mine)
      continue;
    auto mine = proposals_.extract(each.tag);
    if (mine.empty())
      continue;
    if (taker_)
      taker_->committed(each.tag);
    auto found = entities_.find(mine.mapped().entity);
    if (found == entities_.end() || !found->second.awake)
      continue;
    found->second.awake->committed(mine.mapped().cookie);
  }
  if (projector_ && served_) {
    projector_->told_all();
    taker_->answer_committed();
  }
  // Who was refused and waited for earlier ones to be told.
  std::vector<entity_id> ending;
  for (const auto& [id, at] : entities_)
    if (at.losing && at.awake)
      ending.push_back(id);
  std::sort(ending.begin(), ending.end());
  for (const entity_id& id : ending)
    if (std::none_of(proposals_.begin(), proposals_.end(),
                     [&](const auto& each) { return each.second.entity == id; }))
      end(id, make_error(errc::overloaded));
}

void slot::on_lost(const error& why) {
  host_.count().lost_proposals += proposals_.size();
  if (taker_)
    taker_->refuse_all(why);
  std::vector<entity_id> losers;
  for (const auto& [tag, lost] : proposals_)
    losers.push_back(lost.entity);
  proposals_.clear();
  std::sort(losers.begin(), losers.end());
  losers.erase(std::unique(losers.begin(), losers.end()), losers.end());
  for (const entity_id& id : losers)
    end(id, why);
}

void slot::on_leadership() {
  const replica::place now = replica_.leader();
  if (replica_.leads())
    host_.saw_leader(number_, now.term);
  host_.led_by(number_, now, replica_.leads());
  if (served_ == replica_.serves())
    return;
  served_ = replica_.serves();
  if (served_ && !projector_)
    return replica_.set_projected(replica_.committed());
  if (served_) {
    taker_->begin();
    return projector_->begin();
  }
  // The next leader may have gone on already: nothing that was learned here counts any more.
  proposals_.clear();
  if (projector_) {
    projector_->stop();
    taker_->refuse_all(make_error(errc::not_owner));
  }
  end_all(make_error(errc::not_owner));
  interest_ = {};
  hubs_.clear();
}

// The meta group has no entities, and in runs without devices nobody reads inboxes.
void slot::begin_inboxes() {
  projector_ = std::make_unique<projector>(projector::house{
      host_, replica_, number_, [this](std::function<void(bool)> then) { when_readable(std::move(then)); },
      [this] { carry_out_soon(); }, [this](const error& what) { found_damage(what); }});
  taker_ = std::make_unique<inbox_taker>(inbox_taker::house{
      replica_, host_.rows(), number_, [this] { return host_.wall_now(); },
      [this](std::shared_ptr<const wire::slot_command> command, std::uint64_t& tag) {
        tag = ++last_tag_;
        auto index = replica_.propose(std::move(command), tag);
        if (index)
          proposals_.emplace(tag, proposal{});
        carry_out_soon();
        return index;
      }});
}

// ---- channels and users -------------------------------------------------------------------------

void slot::request(const channel_request& request, channel_answer answer) {
  hand_to(*entity_id::parse(request->channel_id()),
          {[request, answer](resident& at) { static_cast<channel&>(at).request(request, answer); },
           [answer] {
             wire::channel_reply refusal;
             refusal.set_errc(static_cast<std::uint32_t>(errc::not_owner) + 1);
             answer(std::move(refusal));
           }});
}

void slot::request(const user_request& request, user_answer answer) {
  const auto refuse = [answer] {
    wire::user_reply refusal;
    refusal.set_errc(static_cast<std::uint32_t>(errc::not_owner) + 1);
    answer(std::move(refusal));
  };
  if (!request->has_delivery())
    return hand_to(*entity_id::parse(request->user_id()),
                   {[request, answer](resident& at) { static_cast<user&>(at).request(request, answer); },
                    refuse});
  if (!replica_.serves() || !taker_)
    return refuse();
  taker_->take(request->delivery(), std::move(answer));
}

void slot::hand_to(const entity_id& id, waiting what) {
  if (!replica_.serves())
    return what.refuse();
  auto [found, is_new] = entities_.try_emplace(id);
  entity& at = found->second;
  if (at.awake && !at.losing) {
    what.ask(*at.awake);
    return carry_out_soon();
  }
  at.held.push_back(std::move(what));
  if (is_new) {
    at.activate_after = host_.activates_early() ? 0 : replica_.core().last_index();
    if (replica_.applied() >= at.activate_after)
      activate(id, at);
  }
  carry_out_soon();
}

void slot::activate(const entity_id& id, entity& at) {
  if (id.is_channel())
    at.awake = std::make_unique<channel>(id, static_cast<entity_house&>(*this));
  else
    at.awake = std::make_unique<user>(id, static_cast<entity_house&>(*this));
  at.losing = false;
  host_.count().activations += 1;
  for (waiting& each : std::exchange(at.held, {})) {
    if (at.awake)
      each.ask(*at.awake);
    else
      at.held.push_back(std::move(each));
  }
}

void slot::activate_waiting() {
  std::vector<entity_id> ready;
  for (const auto& [id, at] : entities_)
    if (!at.awake && replica_.applied() >= at.activate_after)
      ready.push_back(id);
  std::sort(ready.begin(), ready.end());
  for (const entity_id& id : ready)
    activate(id, entities_.at(id));
}

void slot::end(const entity_id& id, const error& why) {
  auto found = entities_.find(id);
  if (found == entities_.end())
    return;
  entity gone = std::move(found->second);
  entities_.erase(found);
  if (gone.awake) {
    gone.awake->end(why);
    gone_.push_back(std::move(gone.awake));
  }
  for (waiting& each : gone.held)
    each.refuse();
}

void slot::end_all(const error& why) {
  std::vector<entity_id> all;
  for (const auto& [id, at] : entities_)
    all.push_back(id);
  std::sort(all.begin(), all.end());
  for (const entity_id& id : all)
    end(id, why);
}

void slot::look_for_damage() {
  for (storage::family where : storage::pulled_families) {
    if (where == storage::family::meta)
      continue;
    auto at = host_.rows().scan(where, storage::slot_span(number_, where));
    for (at->seek(storage::slot_span(number_, where)); at->valid(); at->next())
      if (auto sound = storage::unseal(where, at->key(), at->value()); !sound) {
        found_damage(sound.error());
        return;
      }
  }
}

void slot::found_damage(const error& what) {
  if (what.code != errc::corrupt_record)
    return;
  host_.count().repairs += 1;
  replica_.damaged(what);
  carry_out_soon();
}

void slot::rest() {
  std::vector<entity_id> idle;
  for (const auto& [id, at] : entities_)
    if (at.awake && !at.losing && at.held.empty() && at.awake->is_idle())
      idle.push_back(id);
  for (const entity_id& id : idle)
    end(id, make_error(errc::not_owner));
  gone_.clear();
}

timestamp slot::wall_now() { return host_.wall_now(); }
const storage::message_store& slot::tables() { return host_.tables(); }
const storage::kv& slot::rows() { return host_.rows(); }
const settings& slot::config() { return host_.config(); }
random_source& slot::chance() { return host_.chance(); }
void slot::later(sim_time delay, task&& what) { host_.later(delay, std::move(what)); }
void slot::note_duplicate() { host_.count().duplicates += 1; }
bool slot::answers_before_commit() const { return host_.answers_before_commit(); }
void slot::tell_membership(const entity_id& user, const wire::project_membership& what) {
  host_.tell_membership(user, what);
}

void slot::propose(const entity_id& id, std::shared_ptr<const wire::slot_command> command,
                   std::uint64_t cookie) {
  entity& at = entities_.at(id);
  if (at.losing)
    return;
  const std::uint64_t tag = ++last_tag_;
  if (host_.shows_before_commit())
    deliver_events({{.index = 0, .term = 0, .command = command, .tag = 0, .mine = true}});
  if (auto index = replica_.propose(std::move(command), tag); index) {
    proposals_.emplace(tag, proposal{id, cookie});
    return carry_out_soon();
  }
  // Everything it proposes from now on builds on what was refused.
  at.losing = true;
  host_.count().refused_proposals += 1;
  if (std::none_of(proposals_.begin(), proposals_.end(),
                   [&](const auto& each) { return each.second.entity == id; }))
    host_.later(0, [this, id] {
      if (auto found = entities_.find(id); found != entities_.end() && found->second.losing)
        end(id, make_error(errc::not_owner));
      gone_.clear();
    });
}

void slot::when_readable(std::function<void(bool)> then) {
  readers_.emplace(replica_.read_barrier(), std::move(then));
  carry_out_soon();
}

void slot::drop(const entity_id& id) {
  host_.later(0, [this, id] {
    end(id, make_error(errc::not_owner));
    gone_.clear();
  });
}

// ---- rows for those who are behind ---------------------------------------------------------------

void slot::fetch(raft::member_id from, const wire::fetch_chunk& wanted, chunk_then then) {
  if (!replica_.pin_log(from, wanted.index()))
    return then(make_error(errc::not_owner));
  // Rows at least as new as promised: asked for again.
  if (replica_.applied() < wanted.index())
    return then(make_error(errc::overloaded));
  auto chunk = storage::read_chunk(host_.rows(), wanted);
  if (!chunk)
    found_damage(chunk.error());
  then(std::move(chunk));
}

}  // namespace carillon::sim
