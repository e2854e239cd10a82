// How the directory's commands get from the meta group's log into this host's directory: in order,
// and by way of a copy of another host's when the log no longer has what is missing.
#include <algorithm>

#include "actors/ask.hpp"
#include "actors/ring/meta_actor.hpp"
#include "runtime/base/logging.hpp"
#include "storage/directory_copy.hpp"

namespace carillon {
namespace {

constexpr std::uint32_t piece_bytes = 1u << 20;
constexpr std::chrono::milliseconds piece_patience{20'000};
constexpr std::chrono::milliseconds pull_delay{500};
// Should no host have it whole, they do not spend all their time handing over.
constexpr std::chrono::seconds hand_over_pause{5};
constexpr std::size_t log_page_bytes = 4u << 20;
// So many entries that are not the directory's may lie behind what its file says it has.
constexpr raft::log_index foreign_entries = 256;

}  // namespace

// After a restart the tables may be ahead of the directory: these entries are not committed anew.
void meta_actor::deliver_what_the_log_has() {
  if (!setup_.directory_sink)
    return;
  const auto& log = group().log();
  const raft::log_index last = group().committed();
  if (delivered_ >= last)
    return;
  if (log.first_index() > delivered_ + 1)
    return pull_directory(last);
  for (raft::log_index next = delivered_ + 1; next <= last;) {
    auto entries = log.entries(next, last, log_page_bytes);
    if (entries.empty())
      return pull_directory(last);
    std::vector<directory_commit> commits;
    for (const auto& entry : entries) {
      wire::slot_command command;
      if (entry.kind == raft::entry_kind::command && entry.payload &&
          command.ParseFromString(*entry.payload) && !command.meta().directory().empty())
        commits.push_back({entry.index, command.meta().directory()});
    }
    next = entries.back().index + 1;
    deliver(std::move(commits));
  }
}

void meta_actor::deliver(std::vector<directory_commit> commits) {
  if (commits.empty() || !setup_.directory_sink)
    return;
  delivered_ = commits.back().index;
  if (pulling_) {
    held_back_.insert(held_back_.end(), std::make_move_iterator(commits.begin()),
                      std::make_move_iterator(commits.end()));
    return;
  }
  for (const auto& commit : commits)
    to_apply_.push_back(commit.index);
  setup_.directory_sink(std::move(commits));
}

void meta_actor::on_directory_applied(raft::log_index index) {
  while (!to_apply_.empty() && to_apply_.front() <= index)
    to_apply_.pop_front();
  directory_at_ = std::max(directory_at_, index);
  if (pulling_ && index >= *pulling_) {
    pulling_.reset();
    auto waiting = std::exchange(held_back_, {});
    std::erase_if(waiting, [index](const auto& commit) { return commit.index <= index; });
    deliver(std::move(waiting));
  }
  move_cursor();
}

// The log may be trimmed below what is applied in the tables and what the directory's file says it
// has: after a restart it wants the entries from there on. When nothing in them was the directory's
// for a while, it is told (a commit without a command), so that its file says so too.
void meta_actor::move_cursor() {
  if (pulling_)
    return;
  raft::log_index done = group().applied();
  if (setup_.directory_sink) {
    if (to_apply_.empty() && done >= delivered_ + foreign_entries)
      deliver({{done, {}}});
    done = std::min(done, directory_at_);
  }
  if (done > group().projected())
    group().set_projected(done);
}

// -- a copy of the leader's directory -----------------------------------------------------------

caf::response_promise meta_actor::on_peer_asks(const peer_asks& asked) {
  if (!asked.what->has_fetch() || !host_.directory_copy)
    return replica_actor::on_peer_asks(asked);
  auto promise = make_response_promise();
  const wire::fetch_chunk& fetch = asked.what->fetch();
  const bool first = fetch.after_key().empty();
  if (first) {
    // Whoever takes a copy drops the commands up to its index: it comes from a host that was handed
    // all of them, and whose directory is not itself waiting for a copy.
    if (!group().serves() || pulling_ || group().committed() < fetch.index()) {
      promise.deliver(peer_refusal(make_error(errc::not_owner)));
      return promise;
    }
    if (giving_first_) {
      promise.deliver(peer_refusal(make_error(errc::timed_out, "a copy is being made")));
      return promise;
    }
    giving_first_ = true;
    // The last entries are not the directory's: its file is to say that it has them.
    if (std::max(delivered_, directory_at_) < fetch.index())
      deliver({{group().committed(), {}}});
  }
  auto read = [what = asked.what](storage::directory_copy& copy) {
    return copy.read_chunk(what->fetch());
  };
  detail::ask_blocking<copy_job, storage::directory_copy>(
      this, copyist(), read, [this, promise, first](result<wire::chunk> piece) mutable {
        if (first)
          giving_first_ = false;
        if (!piece)
          return promise.deliver(peer_refusal(piece.error()));
        wire::peer_reply reply;
        *reply.mutable_chunk() = std::move(*piece);
        promise.deliver(peer_reply_box(std::move(reply)));
      });
  return promise;
}

// Making a copy and taking one over wait for the applier: nobody's history waits behind that.
const caf::actor& meta_actor::copyist() {
  if (!copyist_)
    copyist_ = spawn<caf::linked + caf::detached>(
        [copy = host_.directory_copy](caf::event_based_actor*) -> caf::behavior {
          return {[copy](copy_job& job) {
            job.work(*copy);
            return caf::unit;
          }};
        });
  return copyist_;
}

void meta_actor::pull_directory(raft::log_index index) {
  const bool running = pulling_.has_value();
  pulling_ = std::max(index, pulling_.value_or(0));
  delivered_ = std::max(delivered_, index);
  log_info("ring", "the directory is pulled from the meta group's leader, as of {}", index);
  if (!running)
    pull_piece({});
}

void meta_actor::pull_again() {
  delayed_send(this, pull_delay, run_later{[this] {
                 if (pulling_)
                   pull_piece({});
               }});
}

void meta_actor::pull_piece(std::string after_key) {
  const raft::member_id whom = leader();
  // Copies come from the leader: one that lacks its own directory lets another host lead.
  if (group().serves() && !group().alone() &&
      (!handed_over_at_ || steady_now() - *handed_over_at_ > hand_over_pause)) {
    handed_over_at_ = steady_now();
    group().step_down();
    carry_out_soon();
    return pull_again();
  }
  if (!host_.directory_copy || !host_.link || whom == 0 || whom == host_.self)
    return pull_again();
  auto what = std::make_shared<wire::peer_request>();
  auto& fetch = *what->mutable_fetch();
  fetch.set_slot(slot_);
  fetch.set_family(storage::directory_copy_family);
  fetch.set_after_key(std::move(after_key));
  fetch.set_bytes_max(piece_bytes);
  fetch.set_index(*pulling_);
  request(host_.link, caf::infinite, ask_peer{whom, slot_, std::move(what), piece_patience})
      .then(
          [this](const peer_reply_box& reply) {
            if (reply_error(*reply) || !reply->has_chunk())
              return pull_again();
            take_piece(std::make_shared<const wire::chunk>(reply->chunk()));
          },
          [this](const caf::error&) { pull_again(); });
}

void meta_actor::take_piece(std::shared_ptr<const wire::chunk> piece) {
  auto take = [piece](storage::directory_copy& copy) { return copy.take_chunk(*piece); };
  detail::ask_blocking<copy_job, storage::directory_copy>(
      this, copyist(), take, [this, piece](const status& taken) {
        if (!taken) {
          log_warn("ring", "a piece of the directory: {}", taken.error().describe());
          return pull_again();
        }
        if (!piece->last() && piece->rows_size() > 0)
          return pull_piece(piece->rows(piece->rows_size() - 1).key());
        // directory_applied follows; should it say less than what is wanted, pull again.
        pull_again();
      });
}

}  // namespace carillon
