// Posts that do not wait for anybody: so many per second over many connections, whatever the host says
// about it. Nothing is queued here: what no connection is free for was not sent. One thread: the
// loop's.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/bench/pacer.hpp"
#include "tools/bench/poster.hpp"
#include "tools/bench/pressure/told_posts.hpp"

namespace carillon::bench {

class flood {
public:
  struct counts {
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0; // answered with an error
    std::uint64_t lost = 0;    // no answer: the connection ended
    std::uint64_t unsent = 0;  // no connection was free
    std::uint64_t told_when = 0; // of the refused: with Retry-After
    std::string first_refusal; // for people
  };
  struct how {
    double per_second = 0;   // 0: closed loops over `closed` connections
    std::size_t closed = 512; // so many together get out of a group commit what there is
    std::size_t text_bytes = 200;
    bool ignores_refusals = false; // otherwise who is refused waits as long as it was told
  };

  flood(client::event_loop& loop, std::vector<client::endpoint> hosts)
      : loop_(loop), hosts_(std::move(hosts)) {}
  // One more connection, which posts to this place alone.
  void add_line(const post_place& place);

  // Counts begin anew. Lines are made with the first start: `text_bytes` is theirs for good.
  void start(const how& what);
  void stop() { pacer_.reset(), closed_ = 0; }
  bool is_quiet() const { return waiting_ == 0; } // nothing is on the way
  const counts& counted() const { return counts_; }
  std::uint64_t last_seq(const std::string& channel) const;

  // Every channel's history against what was acknowledged.
  chaos::counted judge();

private:
  struct line {
    line(client::event_loop& loop, const client::endpoint& where, std::size_t text_bytes)
        : writer(where, text_bytes), http(loop, where) {}
    post_place place;
    post_writer writer;
    client::http_client http;
    told_posts* told = nullptr;
  };
  void make_lines(std::size_t text_bytes);
  void post_one();
  void post(line& by);
  void hear(line& by, const client::http_response_view* response);
  void wake(tick_time now);

  client::event_loop& loop_;
  std::vector<client::endpoint> hosts_;
  std::vector<post_place> places_; // of lines that are to be made
  std::vector<std::unique_ptr<line>> lines_;
  std::map<std::string, told_posts> told_; // by channel
  std::map<std::string, std::string> reader_; // of each channel: a member's token
  std::deque<line*> free_;
  std::vector<std::pair<tick_time, line*>> resting_; // a heap: who rests least first
  how how_;
  std::size_t closed_ = 0; // connections in closed loops
  std::size_t waiting_ = 0;
  counts counts_;
  std::optional<pacer> pacer_;
};

} // namespace carillon::bench
