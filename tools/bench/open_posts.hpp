// Posts at intended times, whatever became of those before: an open loop over a few keep-alive
// connections. When all of them wait for an answer a post waits here, and its time counts from when
// it was intended. One thread: the loop's.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "tools/bench/pacer.hpp"
#include "tools/bench/poster.hpp"
#include "tools/bench/target.hpp"

namespace carillon::bench {

class open_posts {
public:
  // `places` outlives it; each post goes to the next one. `lines`: connections, spread over hosts.
  open_posts(client::event_loop& loop, const target& hosts, const std::vector<post_place>& places,
             std::size_t lines, std::size_t text_bytes, post_tally& tally);

  void start(double per_second);
  void stop() { pacer_.reset(); } // what waits is posted still: stop_posting() waits for it
  // From now on each answer is handed on too: which writer's post it was, and what came (null: nothing).
  using listener = std::function<void(std::uint32_t writer, const client::http_response_view*)>;
  void tell(listener whom) { told_ = std::move(whom); }
  std::size_t waiting_here() const { return intended_.size(); } // no connection was free yet

private:
  struct line {
    line(client::event_loop& loop, const client::endpoint& where, std::size_t text_bytes)
        : writer(where, text_bytes), http(loop, where) {}
    post_writer writer;
    client::http_client http;
    tick_time intended;
  };
  void post_next(line& by);

  client::event_loop& loop_;
  const std::vector<post_place>& places_;
  post_tally& tally_;
  std::vector<std::unique_ptr<line>> lines_;
  std::vector<line*> free_;
  std::deque<tick_time> intended_;
  std::size_t next_place_ = 0;
  listener told_;
  std::optional<pacer> pacer_;
};

} // namespace carillon::bench
