// The properties of figure 3.2, checked on everything that members do: fed by the scripts and by
// the randomised test. Each check fails the running test case with the property's name.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/runtime/raft/member.hpp"

namespace carillon::raft {

class safety {
public:
  explicit safety(const std::vector<std::unique_ptr<member>>& members) : members_(members) {}

  // Log matching: an index and a term name one entry, and one entry before it.
  void sees_written(member_id id, const ready& r);
  // State machine safety, and durability: a majority has it on disk when the first one applies it.
  void sees_applied(member_id id, const entry& e);
  // Election safety and leader completeness; and only a voter leads, or one that
  // is about to be removed.
  void sees_leader(member_id id, term_t term);
  // Linearizable reads: what was committed anywhere when a read is asked is in what it is answered.
  void sees_read_asked(std::uint64_t context);
  void sees_read(const read_state& read);

  std::size_t applied_count() const { return applied_.size(); }

private:
  bool known_to(const member& where, const entry& e) const;
  bool is_durable(const configuration& group, const entry& e) const;

  const std::vector<std::unique_ptr<member>>& members_;
  struct known {
    std::string text;  // describe(entry)
    term_t term_before = 0;
  };
  std::map<std::pair<log_index, term_t>, known> entries_;
  std::map<log_index, std::pair<term_t, std::string>> applied_;
  std::map<term_t, member_id> leaders_;
  std::map<std::uint64_t, log_index> reads_;  // by context, what was committed
};

}  // namespace carillon::raft
