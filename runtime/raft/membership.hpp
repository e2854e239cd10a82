// Who is in a group, as its log says: the configuration as of what is applied, and those that later
// entries brought. A configuration counts from the moment its entry is in the log, committed or not
// (section 4.1); when the entry is replaced, the one before it counts again.
// Pure value, used by one raft; one thread.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "runtime/raft/types.hpp"
#include "runtime/raft/voters.hpp"

namespace carillon::raft {

// The payload of an entry of kind config: a wire::group_config. Deterministic.
std::shared_ptr<const std::string> encode_configuration(const configuration& config);
// nullopt: not a configuration.
std::optional<configuration> decode_configuration(const std::string& payload);

class membership {
public:
  membership(configuration as_of_applied, log_index applied);

  const configuration& now() const;
  const voters& who_votes() const { return voters_; }
  bool is_voter(member_id id) const { return voters_.contains(id); }
  bool is_learner(member_id id) const;
  bool contains(member_id id) const { return is_voter(id) || is_learner(id); }
  // The entry that brought now(); the applied index the object began with, or less, if none did.
  log_index since() const;

  // Whether the member votes in the configuration that counted at `index`. REQUIRES: not before
  // what is applied.
  bool was_voter(member_id id, log_index index) const;

  // An entry of kind config is in the log at `index`. REQUIRES: index > since(). An undecodable
  // payload leaves everything as it is (append() of a stranger's bytes is refused before this).
  void append(log_index index, const configuration& config);
  // Entries after `keep` are gone, and what they changed with them.
  void truncate(log_index keep);
  // Entries up to `index` are applied: as_of_applied() moves.
  void applied(log_index index);
  const configuration& as_of_applied() const { return base_; }
  // The tables were replaced as of `index`, and what the log said up to there is void.
  void restart(log_index index, configuration config);

private:
  struct change {
    log_index index = 0;
    configuration config;
  };
  void refresh();

  configuration base_;
  log_index base_index_ = 0;
  std::deque<change> later_;  // rising index, all after what is applied
  voters voters_;             // of now()
};

}  // namespace carillon::raft
