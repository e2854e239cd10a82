// What a host does in ZooKeeper: finds or founds its cluster, registers, looks for other hosts, runs for
// leader of the ring, keeps the ring view there. Pure: sessions, replies and watches come in, requests
// come out; the library is in zookeeper_session. Used by one actor.
//
//   ROOT/cluster       founding facts, made once: whoever creates it has founded the cluster
//   ROOT/hosts/NAME    each host's registration, ephemeral
//   ROOT/election/...  who runs for leader, ephemeral and sequential: the lowest number leads, everyone
//                      watches the one before it only (ZooKeeper's recipe, "Leader Election")
//   ROOT/view          the ring view (wire::view_record); a change names the version that it follows
//
// There is one way through it, and every trouble leads back to its beginning: after each connection all
// of it is looked at anew, in this order, and what is missing is made. So a request whose answer was lost
// needs no memory: a node that is ours says so by its owner, a candidacy by the session in its name, a
// changed view is read again. Whoever deletes or changes a node of ours is noticed by a watch.
//
// The leader is so by three things at once: it has the lowest number, its connection stands, and it has
// read the view since. A change that it makes is refused by ZooKeeper if anyone else made one meanwhile.
// Its fencing number is that of its candidacy in ZooKeeper's own order (czxid), and stands in the view:
// a leader that finds a higher one is none.
//
// Nobody is taken for dead because of ZooKeeper: that is for the links between the hosts to say.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/random.hpp"
#include "runtime/base/result.hpp"
#include "runtime/coordination/zookeeper_words.hpp"
#include "runtime/wire/coordination.pb.h"

namespace carillon::zookeeper {

// A server's jute.maxbuffer, which nobody should have to raise, is 1,048,575 bytes for a whole request;
// the path and a head are in it too. (Where a server is configured for less, its refusal is told.)
inline constexpr std::size_t record_bytes_max = 1'000'000;

struct zk_options {
  std::string servers;  // for people
  std::string root;     // "/carillon"
  wire::host_registration myself;     // without cluster_id
  std::uint32_t hosts_to_found = 3;   // the first so many found the cluster
};

// This host may change the ring view.
struct ring_lease {
  std::uint64_t fence = 0;              // rises from leader to leader
  std::optional<wire::ring_view> view;  // as it stands there; none: nobody has written one
};

struct zk_note {
  bool warning = false;
  std::string words;
};

// To be carried out in this order.
struct zk_effects {
  std::vector<zk_note> notes;
  bool open_session = false;         // the one before, if any, is closed first
  std::vector<zk_request> requests;  // in their order
  std::optional<wire::founding_facts> founded;   // the cluster's, once
  std::vector<wire::host_registration> hosts;    // seen there: all that are known, whenever one is new
  bool lease_changed = false;        // look at lease()
  std::optional<status> changed;     // the outcome of change()
  bool empty() const {
    return notes.empty() && !open_session && requests.empty() && !founded && hosts.empty() &&
           !lease_changed && !changed;
  }
};

class zookeeper_state {
public:
  // `facts`: what this disk was founded with, if it was.
  zookeeper_state(zk_options options, std::optional<wire::founding_facts> facts,
                  random_source& random);

  // -- from the library --
  // `why`: of a refusal, for people.
  void session(zk_session what, session_id id, tick_time now, const std::string& why = {});
  void replied(const zk_reply& reply, tick_time now);
  void fired(const std::string& path, tick_time now);  // a watch

  // -- from the house --
  // Whether this host is to be leader of the ring when its turn comes.
  void run(bool wants, tick_time now);
  // effects::changed follows, also when the lease ends meanwhile. REQUIRES: lease(), no other change is
  // on its way. Errors: invalid_arguments: it is too large (nothing was sent); not_owner: somebody else
  // changed it, or the answer was lost: the next lease has what is there.
  void change(const wire::ring_view& next, tick_time now);
  // This host is a member of the ring: it need not look for others here any more.
  void joined() { joined_ = true; }
  void tick(tick_time now);

  zk_effects take_effects();

  // -- looking --
  const std::optional<ring_lease>& lease() const { return lease_; }
  // Why ZooKeeper is not what it should be to this host, or what it waits for there; empty: all is well.
  const std::string& trouble() const { return trouble_; }

private:
  // The way, in its order. A step that begins anew forgets what it had asked.
  enum step { folders, cluster, registration, others, election, view, steps };
  using then = std::function<void(const zk_reply&)>;

  void begin(step which);
  void ask(step which, zk_request request, then next);
  void start_over();
  void stop_all();
  // What nobody expected: said, and all of it begins anew after a pause.
  void stumble(const std::string& what, const zk_reply& reply);
  void wait(std::string why, std::chrono::milliseconds pause);
  void lose_lease();
  std::string at(const std::string& below) const { return options_.root + below; }
  std::string own_node() const;
  void note(bool warning, std::string words);

  // -- finding the cluster (zookeeper_founding.cpp) --
  void make_folders(std::size_t done);
  void look_for_cluster();
  void take_cluster(const zk_reply& reply);
  void register_myself();
  void judge_registration(const zk_reply& reply, const std::string& mine);
  void look_for_others();
  void take_other(const std::string& name, const zk_reply& reply);
  void others_known();
  void found();

  // -- leading (zookeeper_election.cpp) --
  void hold_election();
  void stand(const std::vector<std::string>& candidates);
  void lead(const std::string& node);
  void read_view(std::uint64_t fence);
  std::string candidate_prefix() const;

  const zk_options options_;
  random_source& random_;
  std::optional<wire::founding_facts> facts_;
  bool joined_ = false;
  bool wants_ = false;

  session_id session_ = 0;
  bool up_ = false;
  bool folders_made_ = false;
  bool registered_ = false;
  bool told_registered_ = false;  // in this session
  std::map<std::string, wire::host_registration> known_;  // others, by name
  std::size_t others_asked_ = 0;                          // and not answered
  std::optional<ring_lease> lease_;
  std::int32_t view_version_ = -1;  // of ROOT/view; -1: it is not there
  bool changing_ = false;

  std::uint64_t last_id_ = 0;
  struct question {
    step which;
    std::uint64_t round;
    then next;
  };
  std::map<std::uint64_t, question> questions_;
  std::array<std::uint64_t, steps> rounds_{};
  std::optional<tick_time> again_at_;  // all of it begins anew
  std::optional<tick_time> look_at_;   // for others
  bool reopen_ = false;  // at again_at_, with a new session
  tick_time now_{};      // of the call at hand
  std::string trouble_;
  std::string told_;     // the last trouble of this connection that went into the log
  zk_effects out_;
};

}  // namespace carillon::zookeeper
