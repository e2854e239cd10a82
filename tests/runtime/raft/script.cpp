#include "tests/runtime/raft/script.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

#include "runtime/raft/describe.hpp"
#include "tests/runtime/raft/safety.hpp"

namespace carillon::raft {
namespace {

using link = std::pair<member_id, member_id>;  // 0: any

class stage {
public:
  stage() : checks_(members_) {}

  // Runs one command; what happened, one line each.
  std::vector<std::string> run(const std::string& line) {
    record_.clear();
    std::istringstream in(line);
    std::string verb;
    in >> verb;
    if (verb == "quietly") {
      in >> verb;
      run_verb(verb, in);
      return {};
    }
    run_verb(verb, in);
    return record_;
  }

private:
  void run_verb(const std::string& verb, std::istringstream& in);
  void nodes(std::istringstream& in);
  void settle();
  void deliver(link which);
  void status(const member& m);
  void note_refusal(const std::string& what, const result<log_index>& answer);
  bool change_network(const std::string& verb, std::istringstream& in);
  bool ask_member(const std::string& verb, std::istringstream& in);
  void show_disk(const member& m);

  void note(std::string line) { record_.push_back(std::move(line)); }
  member::watcher watch();
  member& pick(std::istringstream& in);
  static link read_link(std::istringstream& in);
  static bool matches(const message& m, link which) {
    return (which.first == 0 || which.first == m.from) &&
           (which.second == 0 || which.second == m.to);
  }

  std::vector<std::unique_ptr<member>> members_;
  std::deque<message> network_;
  std::set<link> cut_;
  std::map<member_id, member::disk_state> copies_;
  safety checks_;
  bool checked_ = true;
  std::vector<std::string> record_;
};

member::watcher stage::watch() {
  return {
      .sends =
          [this](member_id, const message& m) {
            bool lost = cut_.contains({m.from, m.to});
            note((lost ? "lost   " : "sends  ") + describe(m));
            if (!lost)
              network_.push_back(m);
          },
      .writes =
          [this](member_id id, const ready& r) {
            if (checked_)
              checks_.sees_written(id, r);
            std::string line = "writes " + std::to_string(id) + ':';
            if (r.hard)
              line +=
                  " term " + std::to_string(r.hard->term) + " vote " + std::to_string(r.hard->vote);
            if (r.log_lost)
              line += " lost up to " + std::to_string(*r.log_lost);
            for (const entry& e : r.entries)
              line += ' ' + describe(e);
            note(line);
          },
      .applies =
          [this](member_id id, const entry& e) {
            if (checked_)
              checks_.sees_applied(id, e);
            note("apply  " + std::to_string(id) + ": " + describe(e));
          },
      .becomes =
          [this](member_id id, role r, term_t term) {
            note("role   " + std::to_string(id) + " is " + std::string(to_string(r)) + " in term " +
                 std::to_string(term));
            if (r == role::leader && checked_)
              checks_.sees_leader(id, term);
          },
      .reads =
          [this](member_id id, const read_state& read) {
            checks_.sees_read(read);
            note("read   " + std::to_string(id) + ": " + std::to_string(read.context) +
                 (read.index == 0 ? " refused" : " once " + std::to_string(read.index)));
          },
      .is_offered =
          [this](member_id id, const snapshot_offer& what) {
            note("offer  " + std::to_string(id) + ": tables of " + std::to_string(what.from) +
                 " as of " + std::to_string(what.index) + '@' + std::to_string(what.term) + ' ' +
                 describe(what.config) + (what.restart_log ? ", a new log" : ", the log stays"));
          },
      .sees_loss =
          [this](member_id id, const lost_log& what) {
            note("loss   " + std::to_string(id) + ": " + std::to_string(what.who) +
                 " lost what it acknowledged up to " + std::to_string(what.acknowledged));
          },
      .is_whole = [this](member_id id) { note("whole  " + std::to_string(id)); },
      .gives_up =
          [this](member_id id, const contradiction& why) {
            note("gives  " + std::to_string(id) + " up: " + std::to_string(why.index) + '@' +
                 std::to_string(why.ours) + " is @" + std::to_string(why.theirs) + " to " +
                 std::to_string(why.from));
          },
  };
}

member& stage::pick(std::istringstream& in) {
  member_id id = 0;
  in >> id;
  if (id < 1 || id > members_.size())
    throw std::runtime_error("no such member");
  return *members_[id - 1];
}

// "1->2", "*->2", "1->*"; nothing: all.
link stage::read_link(std::istringstream& in) {
  std::string text;
  if (!(in >> text))
    return {0, 0};
  std::size_t arrow = text.find("->");
  if (arrow == std::string::npos)
    throw std::runtime_error("a link is written 1->2");
  auto end = [](const std::string& t) -> member_id { return t == "*" ? 0 : std::stoull(t); };
  return {end(text.substr(0, arrow)), end(text.substr(arrow + 2))};
}

void stage::nodes(std::istringstream& in) {
  std::map<std::string, std::size_t> given{{"learners", 0},
                                           {"outside", 0},
                                           {"entries_per_append", 1'024},
                                           {"bytes_per_append", 1 << 20},
                                           {"appends_in_flight", 64},
                                           {"bytes_in_flight", 8 << 20},
                                           {"uncommitted_max_bytes", 64 << 20},
                                           {"readies_in_flight", 1},
                                           {"host_beats", 0},
                                           {"pre_vote", 1},
                                           {"check_quorum", 1}};
  std::size_t voters = 0;
  in >> voters;
  std::string key;
  std::size_t value = 0;
  while (in >> key >> value) {
    if (!given.contains(key))
      throw std::runtime_error("unknown option " + key);
    given[key] = value;
  }
  options how;
  how.entries_per_append = given["entries_per_append"];
  how.bytes_per_append = given["bytes_per_append"];
  how.appends_in_flight = given["appends_in_flight"];
  how.bytes_in_flight = given["bytes_in_flight"];
  how.uncommitted_max_bytes = given["uncommitted_max_bytes"];
  how.readies_in_flight = given["readies_in_flight"];
  how.host_beats = given["host_beats"] != 0;
  how.pre_vote = given["pre_vote"] != 0;
  how.check_quorum = given["check_quorum"] != 0;
  configuration group;
  for (member_id id = 1; id <= voters + given["learners"]; ++id)
    (id <= voters ? group.voters : group.learners).push_back(id);
  for (member_id id = 1; id <= voters + given["learners"] + given["outside"]; ++id) {
    how.self = id;
    bool inside = id <= voters + given["learners"];
    members_.push_back(
        std::make_unique<member>(how, inside ? group : configuration{}, id, watch()));
  }
}

// What is in flight now; what it causes stays in flight.
void stage::deliver(link which) {
  std::deque<message> now;
  now.swap(network_);
  std::deque<message> kept;
  for (message& m : now) {
    if (!matches(m, which)) {
      kept.push_back(std::move(m));
      continue;
    }
    member& to = *members_[m.to - 1];
    note((to.is_up() ? "gets   " : "lost   ") + describe(m));
    if (to.is_up())
      to.step(std::move(m));
  }
  network_.insert(network_.begin(), kept.begin(), kept.end());
}

// Disks and network at rest: everything under way arrives, and what it causes, until all is quiet.
void stage::settle() {
  for (int round = 0; round < 100; ++round) {
    bool writing = false;
    for (auto& m : members_) {
      writing = writing || (m->is_up() && m->is_writing());
      m->persist();
    }
    if (!writing && network_.empty())
      return;
    deliver({0, 0});
  }
  throw std::runtime_error("this never becomes quiet");
}

void stage::status(const member& m) {
  note(m.is_up() ? m.core().describe() + (m.core().may_serve() ? " | may serve" : "")
                 : std::to_string(m.id()) + " is down");
}

void stage::note_refusal(const std::string& what, const result<log_index>& answer) {
  if (!answer)
    note("refuse " + what + ": " + answer.error().describe());
}

void stage::show_disk(const member& m) {
  std::string line = "disk " + std::to_string(m.id()) + ": term " +
                     std::to_string(m.disk().hard.term) + " vote " +
                     std::to_string(m.disk().hard.vote) + " log [";
  const memory_log& log = m.disk().log;
  if (log.last_index() >= log.first_index())
    for (const entry& e : log.entries(log.first_index(), log.last_index(), 1 << 20))
      line += (e.index == log.first_index() ? "" : ", ") + describe(e);
  note(line + ']');
}

// The network and the power.
bool stage::change_network(const std::string& verb, std::istringstream& in) {
  if (verb == "deliver") {
    deliver(read_link(in));
  } else if (verb == "settle") {
    settle();
  } else if (verb == "cut") {  // from now on, what is sent there is lost
    link which = read_link(in);
    for (const auto& from : members_)
      for (const auto& to : members_)
        if (matches({.from = from->id(), .to = to->id()}, which))
          cut_.insert({from->id(), to->id()});
  } else if (verb == "isolate") {
    member_id id = pick(in).id();
    for (const auto& other : members_) {
      cut_.insert({id, other->id()});
      cut_.insert({other->id(), id});
    }
  } else if (verb == "heal") {
    cut_.clear();
  } else if (verb == "lose") {  // what is in flight there
    link which = read_link(in);
    std::erase_if(network_, [&](const message& m) { return matches(m, which); });
  } else if (verb == "duplicate") {
    link which = read_link(in);
    std::deque<message> now = network_;
    for (const message& m : now)
      if (matches(m, which))
        network_.push_back(m);
  } else if (verb == "reverse") {
    link which = read_link(in);
    std::deque<message> turned;
    for (const message& m : network_)
      if (matches(m, which))
        turned.push_front(m);
    std::erase_if(network_, [&](const message& m) { return matches(m, which); });
    network_.insert(network_.end(), turned.begin(), turned.end());
  } else if (verb == "crash") {  // crash 1 [written]: the writes under way made it to the disk
    member& at = pick(in);
    std::string how;
    in >> how;
    at.crash(how == "written" ? SIZE_MAX : 0);
  } else if (verb == "unchecked") {
    checked_ = false;
  } else if (verb == "copy") {
    const member& of = pick(in);
    copies_[of.id()] = of.disk();
  } else if (verb == "put-back") {
    member& at = pick(in);
    at.put_back(copies_.at(at.id()));
  } else if (verb == "restart") {
    pick(in).restart();
  } else {
    return false;
  }
  return true;
}

// What is asked of one member's core.
bool stage::ask_member(const std::string& verb, std::istringstream& in) {
  member& at = pick(in);
  std::string word;
  member_id other = 0;
  if (verb == "campaign") {  // campaign 1 [gently]
    in >> word;
    at.act([&](raft& core) { core.campaign(word != "gently"); });
  } else if (verb == "propose") {  // propose 1 a b: two proposals
    while (in >> word)
      note_refusal(word, at.propose(word));
  } else if (verb == "read") {
    std::uint64_t context = 0;
    in >> context;
    checks_.sees_read_asked(context);
    at.act([&](raft& core) { core.read_index(context); });
  } else if (verb == "tick") {  // tick 2 10: member 2, ten times
    int times = 1;
    in >> times;
    while (times-- > 0)
      at.tick();
  } else if (verb == "tick-until-candidate") {
    for (int ticks = 0; at.core().current_role() == role::follower; ++ticks) {
      if (ticks > 1'000)
        throw std::runtime_error("it never campaigns");
      at.tick();
    }
  } else if (verb == "persist") {
    at.persist();
  } else if (verb == "electable") {
    in >> word;
    at.act([&](raft& core) { core.set_electable(word == "yes"); });
  } else if (verb == "step-down") {
    at.act([](raft& core) { core.step_down(); });
  } else if (verb == "damaged") {
    at.request_snapshot();
  } else if (verb == "pull") {
    if (!at.offer())
      throw std::runtime_error("nothing is offered");
    at.pull(*members_[at.offer()->from - 1]);
  } else if (verb == "spoil" && in >> other) {
    at.spoil(other);
  } else if (verb == "trim" && in >> other) {
    at.trim_before(other);
  } else if (verb == "status") {
    status(at);
  } else if (verb == "disk") {
    show_disk(at);
  } else if (in >> other) {
    if (verb == "add")
      note_refusal(verb, at.act([&](raft& core) { return core.add_learner(other); }));
    else if (verb == "promote")
      note_refusal(verb, at.act([&](raft& core) { return core.promote(other); }));
    else if (verb == "remove")
      note_refusal(verb, at.act([&](raft& core) { return core.remove(other); }));
    else if (verb == "transfer")
      at.act([&](raft& core) { core.transfer(other); });
    else if (verb == "heard")
      at.act([&](raft& core) { core.heard_from(other); });
    else if (verb == "lost")
      at.act([&](raft& core) { core.host_lost(other); });
    else if (verb == "beat")
      at.act([&](raft& core) { core.leader_beat(other, members_[other - 1]->core().term()); });
    else
      return false;
  } else {
    return false;
  }
  return true;
}

void stage::run_verb(const std::string& verb, std::istringstream& in) {
  if (verb == "nodes")
    return nodes(in);
  if (change_network(verb, in))
    return;
  if (verb == "status" && in.peek() == EOF) {
    for (const auto& m : members_)
      status(*m);
    return;
  }
  if (!ask_member(verb, in))
    throw std::runtime_error("unknown command " + verb);
}

}  // namespace

std::string play_script(const std::string& script) {
  stage on;
  std::string out;
  std::istringstream in(script);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("> ") || line == ">")
      continue;
    out += line + '\n';
    if (line.empty() || line.starts_with('#'))
      continue;
    try {
      for (const std::string& event : on.run(line))
        out += "> " + event + '\n';
    } catch (const std::runtime_error& problem) {
      out += std::string("> cannot: ") + problem.what() + '\n';
    }
  }
  return out;
}

}  // namespace carillon::raft
