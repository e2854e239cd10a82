// One member of a group, whose others are what a test says they are.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/raft/raft.hpp"
#include "tests/runtime/raft/memory_log.hpp"

namespace carillon::raft {

inline std::shared_ptr<const std::string> text(std::string words) {
  return std::make_shared<const std::string>(std::move(words));
}

inline const configuration three{.voters = {1, 2, 3}, .learners = {}};

// A disk whose older entries can become unreadable.
class failing_log final : public log_store {
public:
  log_index first_index() const override { return good.first_index(); }
  log_index last_index() const override { return good.last_index(); }
  std::optional<term_t> term_of(log_index index) const override { return good.term_of(index); }
  std::vector<entry> entries(log_index first, log_index last, std::size_t bytes) const override {
    if (first <= unreadable)
      return {};
    return good.entries(first, last, bytes);
  }

  memory_log good;
  log_index unreadable = 0;  // entries up to here
};

struct bench {
  explicit bench(options how = {.self = 1}, configuration group = three)
      : core(how, {}, std::move(group), 0, log, random) {}
  ready take() {
    ready out = core.take_ready();
    log.good.append(out.entries);
    return out;
  }
  // Carries out everything there is; what it sent.
  std::vector<message> settle() {
    std::vector<message> sent;
    while (core.has_ready()) {
      ready now = take();
      for (auto* some : {&now.messages, &now.messages_after_persist})
        sent.insert(sent.end(), some->begin(), some->end());
      for (const read_state& read : now.reads)
        reads.push_back(read);
      for (const entry& e : now.committed)
        applied.push_back(e.index);
      if (now.offer)
        offer = now.offer;
      core.advance();
    }
    return sent;
  }
  void hear(message_kind kind, member_id from, log_index index = 0) {
    core.step({.kind = kind, .from = from, .to = 1, .term = core.term(), .index = index});
  }
  // A leader in term 1, its noop committed.
  void lead() {
    core.campaign();
    settle();
    hear(message_kind::vote_reply, 2);
    settle();
    hear(message_kind::append_reply, 2, 1);
    settle();
    REQUIRE(core.may_serve());
  }
  void follow(std::vector<entry> entries, log_index commit) {
    core.step({.kind = message_kind::append,
               .from = 2,
               .to = 1,
               .term = 1,
               .index = core.last_index(),
               .log_term = core.last_index() == 0 ? 0u : 1u,
               .entries = std::move(entries),
               .commit = commit});
  }

  failing_log log;
  seeded_random random{1};
  raft core;
  std::vector<read_state> reads;
  std::vector<log_index> applied;
  std::optional<snapshot_offer> offer;
};

inline entry command(log_index index, std::string words = "x") {
  return {
      .term = 1, .index = index, .kind = entry_kind::command, .payload = text(std::move(words))};
}
inline entry config_entry(log_index index, configuration config) {
  return {.term = 1,
          .index = index,
          .kind = entry_kind::config,
          .payload = encode_configuration(config)};
}

}  // namespace carillon::raft
