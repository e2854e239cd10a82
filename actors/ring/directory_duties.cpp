// How the directory's commands get from the meta group's log into this host's directory: in order,
// and by way of a copy of another host's when the log no longer has what is missing.
#include <algorithm>
#include <utility>

#include "actors/ask.hpp"
#include "actors/ring/meta_actor.hpp"
#include "runtime/base/logging.hpp"
#include "storage/directory_copy.hpp"

namespace carillon {
namespace {

constexpr std::uint32_t piece_bytes = 1u << 20;
constexpr std::chrono::milliseconds piece_patience{20'000};
constexpr std::chrono::milliseconds pull_delay{500};
constexpr std::size_t log_page_bytes = 1u << 20;
// So many entries that are not the directory's may lie behind what its file says it has.
constexpr raft::log_index foreign_entries = 256;

}  // namespace

// Everything goes this one way, after a restart, behind a copy and as it is committed: what is next is
// read from the log, whose newest entries are in memory. What does not fit the hands stays there.
void meta_actor::feed_directory() {
  if (!setup_.directory_sink)
    return;
  const auto& log = group().log();
  const raft::log_index last = group().committed();
  while (!pulling_ && read_to_ < last && !hands_are_full()) {
    if (log.first_index() > read_to_ + 1)
      return pull_directory(log.first_index() - 1);
    auto entries = log.entries(read_to_ + 1, last, log_page_bytes);
    if (entries.empty())
      return pull_directory(last);  // a record that cannot be read
    std::vector<directory_commit> commits;
    for (const auto& entry : entries) {
      if (hands_are_full())
        break;
      read_to_ = entry.index;
      wire::slot_command command;
      if (entry.kind != raft::entry_kind::command || !entry.payload ||
          !command.ParseFromString(*entry.payload) || command.meta().directory().empty())
        continue;
      commits.push_back({entry.index, std::move(*command.mutable_meta()->mutable_directory())});
      to_apply_.push_back({entry.index, commits.back().command.size()});
      to_apply_bytes_ += to_apply_.back().bytes;
    }
    give(std::move(commits));
  }
}

void meta_actor::give(std::vector<directory_commit> commits) {
  if (commits.empty())
    return;
  given_ = commits.back().index;
  setup_.directory_sink(std::move(commits));
}

bool meta_actor::hands_are_full() const {
  return to_apply_.size() >= setup_.bounds.in_hand ||
         to_apply_bytes_ >= setup_.bounds.in_hand_bytes;
}

// Every command up to there is in this host's file.
bool meta_actor::directory_has(raft::log_index index) const {
  return !setup_.directory_sink ||
         (!pulling_ && read_to_ >= index && (to_apply_.empty() || to_apply_.front().index > index));
}

// Whoever asks here would wait for more than this host can apply soon.
std::optional<error> meta_actor::directory_behind() const {
  const raft::log_index at = std::max(read_to_, pulling_.value_or(0));
  if (!setup_.directory_sink || group().committed() <= at + setup_.bounds.behind)
    return std::nullopt;
  return make_error(errc::overloaded, "the directory of this host is too far behind");
}

void meta_actor::on_directory_applied(raft::log_index index) {
  for (; !to_apply_.empty() && to_apply_.front().index <= index; to_apply_.pop_front())
    to_apply_bytes_ -= to_apply_.front().bytes;
  directory_at_ = std::max(directory_at_, index);
  if (setup_.directory_sink)
    group().keep_log_after(directory_at_);
  if (pulling_ && index >= *pulling_) {
    pulling_.reset();
    read_to_ = std::max(read_to_, index);
    given_ = std::max(given_, index);
  }
  feed_directory();
  move_cursor();
  come_back();
}

// The log may be trimmed below what is applied in the tables and what the directory's file says it
// has: after a restart it wants the entries from there on. When nothing in them was the directory's
// for a while, it is told (a commit without a command), so that its file says so too.
void meta_actor::move_cursor() {
  if (pulling_)
    return;
  raft::log_index done = group().applied();
  if (setup_.directory_sink) {
    done = std::min(done, read_to_);
    if (to_apply_.empty() && done >= given_ + foreign_entries)
      give({{done, {}}});
    done = std::min(done, directory_at_);
  }
  if (done > group().projected())
    group().set_projected(done);
}

// -- a copy of another host's directory ----------------------------------------------------------

caf::response_promise meta_actor::on_peer_asks(const peer_asks& asked) {
  if (!asked.what->has_fetch() || !host_.directory_copy)
    return replica_actor::on_peer_asks(asked);
  auto promise = make_response_promise();
  const wire::fetch_chunk& fetch = asked.what->fetch();
  const bool first = fetch.after_key().empty();
  if (first) {
    feed_directory();
    // Whoever takes a copy drops the commands up to its index: it comes from a host that has given all
    // of them to its own directory, which is not itself waiting for a copy. Whether that host leads
    // does not matter: what is committed is so everywhere.
    if (pulling_ || read_to_ < fetch.index()) {
      promise.deliver(peer_refusal(make_error(errc::not_owner)));
      return promise;
    }
    if (giving_first_) {
      promise.deliver(peer_refusal(make_error(errc::timed_out, "a copy is being made")));
      return promise;
    }
    giving_first_ = true;
    // The last entries are not the directory's: its file is to say that it has them.
    if (std::max(given_, directory_at_) < fetch.index())
      give({{read_to_, {}}});
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
  pulling_ = std::max(index, pulling_.value_or(0));
  log_info("ring", "the directory is pulled from another host, as of {}", *pulling_);
  if (std::exchange(puller_runs_, true))
    return;
  pulls_ = 0;
  pull_piece({});
}

void meta_actor::pull_again() {
  delayed_send(this, pull_delay, run_later{[this] { pull_piece({}); }});
}

// The leader first, which has everything as a rule; then whoever is heard, in turn: it is enough to be
// as far as this host's log begins. Who is not that far refuses.
raft::member_id meta_actor::next_giver() {
  std::vector<raft::member_id> givers;
  const raft::member_id led_by = leader();
  if (led_by != 0 && led_by != host_.self)
    givers.push_back(led_by);
  for (raft::member_id each : heard_)
    if (each != led_by && each != host_.self)
      givers.push_back(each);
  return givers.empty() ? 0 : givers[pulls_++ % givers.size()];
}

void meta_actor::pull_piece(std::string after_key) {
  puller_runs_ = pulling_.has_value();
  if (!puller_runs_)
    return;
  if (after_key.empty())
    giver_ = next_giver();
  if (!host_.directory_copy || !host_.link || giver_ == 0)
    return pull_again();
  auto what = std::make_shared<wire::peer_request>();
  auto& fetch = *what->mutable_fetch();
  fetch.set_slot(slot_);
  fetch.set_family(storage::directory_copy_family);
  fetch.set_after_key(std::move(after_key));
  fetch.set_bytes_max(piece_bytes);
  fetch.set_index(*pulling_);
  request(host_.link, caf::infinite, ask_peer{giver_, slot_, std::move(what), piece_patience})
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
