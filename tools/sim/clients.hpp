// The people of a run. A poster posts, edits, reads and comes and goes in one channel after another,
// one thing at a time, on whichever host answers; what has a client_msg_id is said again until it is
// acknowledged. A listener keeps a connection to a host, and another one when that ends. Both tell
// the checker what they saw.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "tools/sim/world.hpp"

namespace carillon::sim {

// Where and as whom: shared by all people of a run.
struct site {
  entity_id team;
  std::vector<entity_id> users;
  std::vector<entity_id> channels;
  // By channel: so many of the users found it, and so many may ever come. Empty: all are in all of them.
  std::vector<std::size_t> founders;
  std::vector<std::size_t> room;
  bool comes_and_goes() const { return !room.empty(); }
};
site draw_site(random_source& chance);
// Of a site as drawn: two channels stay small, two become too large for inboxes, and all of them are
// joined and left.
void let_people_come_and_go(site& where);

class poster {
public:
  poster(world& in, const site& where, std::size_t number, std::uint64_t seed);

  // The first of them founds the channels.
  void start();
  // Nothing new is begun; what is open is brought to its end.
  void finish() { finishing_ = true; }
  bool is_done() const { return finishing_ && !open_; }
  std::string describe() const;

private:
  enum class kind { found, post, edit, erase, read, topic, come_or_go };
  struct operation {
    kind what = kind::post;
    entity_id channel;
    wire::channel_request request;
    post_number post = 0;         // kind::post
    bool insists = false;         // said again until it is acknowledged
    std::uint64_t at_least = 0;   // kind::read: what the page must hold
    std::uint32_t attempts = 0;
  };

  void rest();
  void begin();
  void attempt();
  void over(std::uint64_t call, std::optional<wire::channel_reply> reply);
  void good(const wire::channel_reply& reply);
  void again();
  operation draw();
  std::size_t draw_channel();
  bool is_in(const entity_id& channel) const;
  operation make_post(const entity_id& channel);

  world& world_;
  const site& site_;
  const std::size_t number_;
  seeded_random chance_;
  wire::caller self_;
  machine_number at_ = 0;
  std::uint64_t call_ = 0;  // the newest
  std::optional<operation> open_;
  std::size_t founded_ = 0;
  bool is_member_ = true;   // of the channel it comes to and goes from
  std::unordered_map<entity_id, bool> in_;  // where people come and go: what it was told of itself
  bool finishing_ = false;
  struct mine {
    entity_id channel;
    std::uint64_t ts = 0;
  };
  std::vector<mine> acknowledged_;  // the newest few posts
};

class listener final : private session_listener {
public:
  listener(world& in, const site& where, std::size_t number, std::uint64_t seed);

  void start() { connect_soon(); }
  void finish() { finishing_ = true; }
  // Has had everything of every channel.
  bool is_even() const;
  std::string describe() const;

private:
  struct place {
    std::optional<std::uint64_t> first;   // live event of this connection
    std::optional<std::uint64_t> last;
    std::optional<std::uint64_t> read_to; // what history held after the greeting
  };

  void ready(std::uint64_t connection) override;
  void event(std::uint64_t connection, const entity_id& channel,
             const wire::channel_event& event) override;
  void gone(std::uint64_t connection) override;
  bool is_current(std::uint64_t connection) const {
    return connected_ && connection == connections_;
  }

  void connect_soon();
  void connect();
  void disconnect();
  void watch(std::uint64_t connection);
  void read(const entity_id& channel, std::uint64_t connection);
  void read_again(const entity_id& channel, std::uint64_t connection);
  void check_seam(const entity_id& channel, const place& at);

  world& world_;
  const site& site_;
  const std::size_t number_;
  seeded_random chance_;
  machine_number at_ = 0;
  std::uint64_t connections_ = 0;  // counted; the newest is current
  std::uint64_t life_ = 0;         // of the process it is connected to
  connection_id who_ = 0;
  bool connected_ = false;
  bool greeted_ = false;
  bool finishing_ = false;
  sim_time leaves_at_ = 0;
  std::uint32_t silent_ = 0;       // seconds without an answer
  std::unordered_map<entity_id, place> places_;
};

}  // namespace carillon::sim
