#include "actors/replica_actor.hpp"

#include <algorithm>

#include "actors/ask.hpp"
#include "actors/held_slots.hpp"
#include "actors/raft_line.hpp"
#include "actors/raft_words.hpp"
#include "actors/trace_notes.hpp"
#include "actors/transfer_pace.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"
#include "storage/directory_copy.hpp"
#include "storage/journal.hpp"
#include "storage/slot_range.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds rows_patience{5'000};  // for one chunk from another host
constexpr std::chrono::milliseconds turn_patience{2'500};  // of it, until the chunk is read there
constexpr std::chrono::seconds pin_time{30};  // the log is kept for who pulls, after its last chunk
constexpr std::chrono::milliseconds retry_time{500};       // between pulls that failed
constexpr std::size_t followed_max = 32;  // entries of a group at a time
constexpr std::chrono::milliseconds hand_over_time{1'000};  // a stopping host waits so long for it

std::uint32_t ticks_in(std::chrono::milliseconds time, const settings& config) {
  const std::uint32_t tick = std::max(1u, config.cluster.tick_ms);
  return std::max(1u, (static_cast<std::uint32_t>(time.count()) + tick - 1) / tick);
}

}  // namespace

std::chrono::milliseconds disk_patience(const settings& config) {
  return std::chrono::milliseconds(2 * config.cluster.election_ms);
}

replica::setup replica_actor::setup_of(const host_services& host, slot_id slot,
                                       raft::configuration founders) {
  replica::setup how;
  how.slot = slot;
  how.raft.self = host.self;
  how.raft.election_ticks =
      std::max(3u, ticks_in(std::chrono::milliseconds(host.config.cluster.election_ms), host.config));
  how.raft.hurry_at_start = true;
  how.founders = std::move(founders);
  how.log_keep_entries = host.config.storage.log_keep_entries;
  how.retry_ticks = ticks_in(retry_time, host.config);
  how.pin_ticks = ticks_in(pin_time, host.config);
  how.disk_patience_ticks = ticks_in(disk_patience(host.config), host.config);
  return how;
}

replica_actor::replica_actor(caf::actor_config& config, const host_services& host,
                             replica::setup setup, const storage::slot_start& start,
                             std::unique_ptr<storage::log_store> log)
    : measured_actor(config, host.metrics,
                     setup.slot < host.config.cluster.slots ? actor_kind::slot : actor_kind::meta),
      host_(host),
      slot_(setup.slot),
      replica_(std::move(setup), start, std::move(log), random_) {}

caf::message_handler replica_actor::replica_behavior() {
  return {  // what comes most often first: CAF compares one after the other
      [this](const journal_done& done) {
        ++writes_done_;
        if (!followed_.empty()) [[unlikely]]
          follow_written(writes_done_, done.outcome.has_value());
        replica_.written(done.outcome);
        carry_out();
      },
      [this](run_later& job) { job.work(); },
      [this](raft_received& received) {
        if (!started_ || !hears_)
          return;
        replica_.step(std::move(received.messages));
        carry_out();
      },
      [this](const host_tick& tick) { on_host_tick(*tick.heard); },
      [this](const nominated& nomination) { on_nominated(nomination); },
      [this](const peer_asks& asked) {
        const bool rows = asked.what->has_fetch() &&
                          asked.what->fetch().family() != storage::directory_copy_family;
        return rows ? serve_fetch(asked) : on_peer_asks(asked);
      },
      [this](entry_marked& entry) { mark(std::move(entry)); },
      [this](const records_damaged& damage) { on_damage(damage.what); },
      [this](wait_serving) { return on_wait_serving(); },
      [this](stop_slot) { return on_stop(); },
      [this](const hear_group& what) {
        hears_ = what.hears;
        say_whom_we_follow();
      },
      [this](const leave_slot& what) { leave(what.committed); },
  };
}

// ---- starting and stopping --------------------------------------------------------------------

void replica_actor::start() {
  if (std::exchange(started_, true))
    return;
  on_started();
  replica_.start();
  carry_out();
}

caf::response_promise replica_actor::on_wait_serving() {
  auto promise = make_response_promise();
  serving_waiters_.push_back(promise);
  start();
  answer_waiters();
  return promise;
}

// A group of one serves in a moment. In a group of several it may take as long as others are away,
// and this host is of use meanwhile: it is enough that the group has begun.
void replica_actor::answer_waiters() {
  if (replica_.failure())
    for (auto& waiter : std::exchange(serving_waiters_, {}))
      waiter.deliver(caf::make_error(caf::sec::runtime_error, replica_.failure()->describe()));
  if (replica_.serves() || !replica_.alone())
    for (auto& waiter : std::exchange(serving_waiters_, {}))
      waiter.deliver(caf::unit);
  if (replica_.alone() || !replica_.leads() || replica_.failure())
    for (auto& waiter : std::exchange(stop_waiters_, {}))
      waiter.deliver(caf::unit);
}

// New work is refused; what is in the journal finishes there (the node stops the journal). Others
// take over now instead of waiting until this host is missed.
caf::response_promise replica_actor::on_stop() {
  auto promise = make_response_promise();
  stopping_ = true;
  stop_waiters_.push_back(promise);
  replica_.retire();
  carry_out();
  answer_waiters();
  if (!stop_waiters_.empty())
    delayed_send(this, hand_over_time, run_later{[this] {
                   for (auto& waiter : std::exchange(stop_waiters_, {}))
                     waiter.deliver(caf::unit);
                 }});
  return promise;
}

// Whatever still comes is fed to a core whose effects leave this actor no more (carry_out_one).
void replica_actor::leave(raft::log_index committed) {
  if (std::exchange(left_, true))
    return;
  stopping_ = true;
  say_whom_we_follow();
  storage::journal_write write = erasure_of(slot_, std::min(replica_.vouched(), committed));
  write.done = [self = caf::actor_cast<caf::actor>(this), slot = slot_](const status& outcome) {
    if (!outcome)
      log_error("ring", "slot {} is not erased here: {}", slot, outcome.error().describe());
    caf::anon_send_exit(self, caf::exit_reason::user_shutdown);
  };
  if (host_.where)
    host_.where->led_by(slot_, 0, replica_.leader().term);
  if (host_.link)
    send(host_.link, leads_slot{slot_, 0});
  host_.journal->submit(std::move(write));
}

// ---- what comes in ----------------------------------------------------------------------------

void replica_actor::on_host_tick(const liveness& heard) {
  if (!started_)
    return;
  replica::heard what;
  what.alive = heard.alive;
  what.lost = heard.lost;
  if (slot_ < heard.leaders.size())
    for (const auto& led : heard.leaders[slot_])
      if (led.term >= what.led.term)
        what.led = {led.leader, led.term};
  what.writing = host_.journal->writing();
  const bool hung = replica_.disk_hangs();
  replica_.tick(what);
  if (hung != replica_.disk_hangs() && host_.where && slot_ == host_.where->meta_slot())
    log_warn("replica", "{}", hung ? "the disk answers again"
                                   : "the disk does not answer: others are to lead what this host led");
  carry_out();
  measure_lag();
  on_tick(heard);
}

void replica_actor::on_nominated(const nominated& nomination) {
  if (!started_ || stopping_)
    return;
  if (nomination.transfer_to != 0) {
    host_.metrics->transfers.add();
    replica_.transfer(nomination.transfer_to);
  } else {
    host_.metrics->nominations.add();
    replica_.nominate(nomination.term, nomination.lost);
  }
  carry_out();
}

void replica_actor::on_damage(const error& what) {
  host_.metrics->records_repaired.add();
  replica_.damaged(what);
  carry_out();
}

caf::response_promise replica_actor::on_peer_asks(const peer_asks&) {
  auto promise = make_response_promise();
  promise.deliver(peer_refusal(make_error(errc::unknown_method, "not for this group")));
  return promise;
}

peer_reply_box replica_actor::peer_refusal(const error& why) const {
  wire::peer_reply reply;
  set_error(reply, why);
  if (why.code == errc::not_owner)
    reply.set_leader(replica_.leader().leader);
  return peer_reply_box(std::move(reply));
}

caf::response_promise replica_actor::serve_fetch(const peer_asks& asked) {
  auto promise = make_response_promise();
  const wire::fetch_chunk& wanted = asked.what->fetch();
  if (!replica_.pin_log(asked.from, wanted.index())) {
    promise.deliver(peer_refusal(make_error(errc::not_owner)));
    return promise;
  }
  const auto wait = host_.pace ? host_.pace->take(wanted.bytes_max(), steady_now(), turn_patience)
                               : std::chrono::nanoseconds(0);
  if (!wait) {
    promise.deliver(peer_refusal(make_error(errc::overloaded, "others are given tables first")));
    return promise;
  }
  if (*wait >= std::chrono::milliseconds(1)) {
    delayed_send(this, *wait, run_later{[this, promise, what = asked.what] { give_rows(what, promise); }});
    return promise;
  }
  give_rows(asked.what, promise);
  return promise;
}

void replica_actor::give_rows(const std::shared_ptr<const wire::peer_request>& asked,
                              caf::response_promise promise) {
  // Rows at least as new as promised.
  when_applied(asked->fetch().index(), [this, promise, what = asked]() mutable {
    auto read = [what, store = host_.store](const storage::message_store&) {
      return storage::read_chunk(*store, what->fetch());
    };
    detail::ask_blocking<reader_job, const storage::message_store>(
        this, host_.readers[slot_ % host_.readers.size()], read,
        [this, promise](result<wire::chunk> rows) mutable {
          if (!rows) {
            if (rows.error().code == errc::corrupt_record)
              on_damage(rows.error());
            return promise.deliver(peer_refusal(rows.error()));
          }
          wire::peer_reply reply;
          *reply.mutable_chunk() = std::move(*rows);
          promise.deliver(peer_reply_box(std::move(reply)));
        });
  });
}

// ---- carrying out -----------------------------------------------------------------------------

void replica_actor::carry_out_soon() {
  if (std::exchange(pump_posted_, true))
    return;
  send(this, run_later{[this] {
         pump_posted_ = false;
         carry_out();
       }});
}

// What is called from here may feed the group and call this again: that goes on below, in order.
void replica_actor::carry_out() {
  carry_out_again_ = true;
  if (carrying_out_)
    return;
  carrying_out_ = true;
  while (std::exchange(carry_out_again_, false)) {
    for (;;) {
      auto next = replica_.take_effects();
      say_whom_we_follow();
      if (next.empty())
        break;
      carry_out_one(std::move(next));
    }
    if (replica_.failure() && !std::exchange(failure_told_, true)) {
      log_error("replica", "group {} stops acknowledging: {}", slot_,
                replica_.failure()->describe());
      tell_who_leads();
      on_failed(*replica_.failure());
      answer_waiters();
    }
    release_barriers();
    if (std::exchange(told_applied_, replica_.applied()) != replica_.applied())
      on_applied();
  }
  carrying_out_ = false;
  measure_group();
}

void replica_actor::carry_out_one(replica::effects next) {
  // The journal goes on with what it was given before. What follows from that would be written over the
  // erasure, and acknowledged as if it were still here.
  if (left_) {
    next.send.clear();
    next.writes.clear();
    next.pull.reset();
  }
  post(std::move(next.send));
  for (auto& write : next.writes)
    submit(std::move(write));
  if (!next.committed.empty())
    on_committed(std::move(next.committed));
  if (next.lost)
    on_lost(*next.lost);
  if (next.leadership_changed) {
    tell_who_leads();
    on_leadership();
    answer_waiters();
  }
  auto answer = [this](std::uint64_t id, bool good) {
    auto waiting = confirm_barriers_.extract(id);
    if (!waiting.empty())
      waiting.mapped()(good);
  };
  for (auto id : next.readable)
    answer(id, true);
  for (auto id : next.unreadable)
    answer(id, false);
  if (next.tables_replaced) {
    host_.metrics->snapshots_pulled.add();
    log_info("replica", "group {} has its tables whole again, as of {}", slot_,
             replica_.applied());
    on_tables_replaced();
  }
  if (next.trouble)
    log_warn("replica", "group {} pulls its tables from another host: {}", slot_,
             next.trouble->describe());
  for (const auto& alarm : next.alarms)
    log_error("replica", "group {}: {} {}", slot_, name_of(alarm.host), alarm.words);
  if (next.pull)
    ask_rows(std::move(*next.pull));
}

std::string replica_actor::name_of(raft::member_id host) const {
  std::string name = host == host_.self ? "this host" : fmt::format("host {:016x}", host);
  if (!host_.ring)
    return name;
  for (const auto& member : host_.ring->now()->members())
    if (member.store_id() == host)
      return fmt::format("{} ({})", name, member.name());
  return name;
}

void replica_actor::post(std::vector<raft::message> messages) {
  if (!host_.link)
    return;
  std::vector<std::pair<raft::member_id, std::vector<raft::message>>> by_peer;
  for (auto& message : messages) {
    auto found = std::find_if(by_peer.begin(), by_peer.end(),
                              [&](const auto& each) { return each.first == message.to; });
    if (found == by_peer.end())
      found = by_peer.insert(by_peer.end(), {message.to, {}});
    found->second.push_back(std::move(message));
  }
  for (const auto& [peer, batch] : by_peer) {
    const bool only_asks = std::all_of(batch.begin(), batch.end(), [](const raft::message& each) {
      return each.kind == raft::message_kind::read_check;
    });
    send(host_.link, send_to_peer{peer, wire::ITEM_RAFT, slot_, encode_raft(batch), only_asks});
  }
}

void replica_actor::submit(storage::journal_write write) {
  ++writes_begun_;
  write.done = [self = caf::actor_cast<caf::actor>(this)](status outcome) {
    caf::anon_send(self, journal_done{std::move(outcome)});
  };
  if (!followed_.empty()) [[unlikely]]
    follow_write(write);
  host_.journal->submit(std::move(write));
}

// ---- entries that somebody follows ------------------------------------------------------------

void replica_actor::mark(entry_marked entry) {
  if (!host_.traces)
    return;
  if (followed_.size() == followed_max)  // lost with their leader, or their writes hang
    followed_.erase(followed_.begin());
  followed_.push_back({std::move(entry)});
}

void replica_actor::follow_write(storage::journal_write& write) {
  // Entries replace whatever stood from the first of them on.
  const raft::log_index first = write.entries.empty() ? 0 : write.entries.front().index;
  const raft::log_index last = write.entries.empty() ? 0 : write.entries.back().index;
  std::erase_if(followed_, [&](const followed_entry& each) {
    const raft::log_index index = each.what.index;
    if (first == 0 || index < first)
      return false;
    return index <= last ? write.entries[index - first].term != each.what.term
                         : each.entry_write != 0;
  });
  // The disk's time, not that of the turn in which this mailbox comes to hear of it.
  auto on_disk = std::make_shared<std::atomic<timestamp>>(0);
  for (followed_entry& each : followed_) {
    const raft::log_index index = each.what.index;
    if (first != 0 && first <= index && index <= last) {
      each.entry_write = writes_begun_;
      each.entry_on_disk = on_disk;
      if (!replica_.leads())
        note_marked(each.what, trace_step::appended);
    }
    if (each.entry_write != 0 && each.apply_write == 0 && index <= write.applied) {
      each.apply_write = writes_begun_;
      each.apply_on_disk = on_disk;
      note_marked(each.what, trace_step::committed);
    }
  }
  write.done = [on_disk, now = &host_.now, then = std::move(write.done)](status outcome) {
    on_disk->store((*now)());
    then(std::move(outcome));
  };
}

void replica_actor::follow_written(std::uint64_t number, bool good) {
  std::erase_if(followed_, [&](const followed_entry& each) {
    if (good && each.entry_write == number)
      note_marked(each.what, trace_step::fsynced, each.entry_on_disk->load());
    if (good && each.apply_write == number)
      note_marked(each.what, trace_step::applied, each.apply_on_disk->load());
    return !good || each.apply_write == number;
  });
}

void replica_actor::note_marked(const entry_marked& entry, trace_step step, timestamp at) {
  note_step(host_,
            {.trace = entry.trace, .step = step, .at = at, .slot = slot_, .index = entry.index});
}

void replica_actor::ask_rows(replica::fetch wanted) {
  auto arrived = [this, id = wanted.id](result<wire::chunk> rows) {
    host_.metrics->chunks_pulled.add(rows ? 1 : 0);
    replica_.chunk_arrived(id, std::move(rows));
    carry_out();
  };
  if (!host_.link) {
    send(this, run_later{[arrived] { arrived(errc::not_owner); }});
    return;
  }
  auto request_out = std::make_shared<wire::peer_request>();
  *request_out->mutable_fetch() = std::move(wanted.what);
  request(host_.link, caf::infinite, ask_peer{wanted.from, slot_, request_out, rows_patience})
      .then(
          [arrived](const peer_reply_box& reply) {
            if (auto refused = reply_error(*reply))
              arrived(*refused);
            else
              arrived(reply->chunk());
          },
          [arrived](const caf::error&) { arrived(errc::not_owner); });
}

// The link answers leaders from this. So it is said before anything of a newer term leaves this host. The
// link may say yes for a moment longer than a replica hears its group: that we gave no newer leader a vote
// stays true, and it acknowledges nothing.
void replica_actor::say_whom_we_follow() {
  const raft::term_t term = left_ || !hears_ ? 0 : replica_.follows();
  if (host_.followed && std::exchange(followed_term_, term) != term)
    host_.followed->says(slot_, term);
}

void replica_actor::tell_who_leads() {
  const replica::place place = replica_.leader();
  // A leader whose disk failed cannot lead: nobody should wait for it.
  const bool we_lead = replica_.leads() && (!replica_.failure() || replica_.alone());
  if (host_.where)
    host_.where->led_by(slot_, replica_.leads() && !we_lead ? 0 : place.leader, place.term);
  if (replica_.leads() && std::exchange(led_term_, place.term) != place.term)
    leads_since_ = host_.now();
  const raft::term_t told = we_lead ? place.term : 0;
  if (host_.link && std::exchange(told_link_, told) != told)
    send(host_.link, leads_slot{slot_, told});
}

}  // namespace carillon
