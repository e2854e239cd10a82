// Posts to one channel again and again, and does not give up when a host dies: what was not accepted
// is tried at the next host until it is. Tells when a post was first tried and when it was accepted.
// One thread: the loop's.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tools/bench/poster.hpp"

namespace carillon::bench {

class stubborn_poster {
public:
  using acceptance = std::function<void(tick_time first_tried, tick_time accepted)>;
  stubborn_poster(client::event_loop& loop, const std::vector<client::endpoint>& hosts,
                  std::size_t host, post_place place, std::size_t text_bytes, acceptance told);

  // Posts or tries again where it is time to; called every few milliseconds.
  void tick(tick_time now);
  std::uint64_t tries() const { return tries_; }

private:
  void hear(const client::http_response_view* response);
  void try_elsewhere(tick_time again_at);

  client::event_loop& loop_;
  const std::vector<client::endpoint>& hosts_;
  std::size_t host_;
  post_place place_;
  std::size_t text_bytes_;
  acceptance told_;
  std::unique_ptr<client::http_client> http_;
  bool drop_connection_ = false; // after its handler has returned
  bool unsettled_ = false;       // a post was tried and not accepted yet
  tick_time first_tried_, sent_at_, next_at_;
  std::uint64_t number_ = 0;
  std::uint64_t tries_ = 0;
};

} // namespace carillon::bench
