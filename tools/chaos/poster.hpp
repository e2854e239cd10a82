// A poster of a chaos run: posts at its own pace, and insists on each post as the SDKs do, with the
// same client_msg_id, over refusals, lost connections and hosts. One thread: the loop's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "tools/chaos/record.hpp"
#include "tools/client/http_client.hpp"
#include "tools/client/workforce.hpp"

namespace carillon::chaos {

class poster {
public:
  struct plan {
    client::worker who;
    std::uint32_t number = 0;  // from 1 on
    std::size_t channel = 0;   // its place in the run's list
    std::string channel_id;
    std::size_t host = 0;      // where it starts
    std::chrono::nanoseconds offset{0};  // from its first tick() to its first post
    std::chrono::nanoseconds interval{0};
  };
  // `told`: a post was accepted that was first tried at `first_tried`.
  using acceptance = std::function<void(std::size_t channel, tick_time first_tried, tick_time now)>;

  poster(client::event_loop& loop, plan what, const std::vector<client::endpoint>& hosts,
         acceptance told);

  // Does what is due; called every few milliseconds.
  void tick(tick_time now);
  // No new posts; the last one is still insisted on.
  void finish() { finishing_ = true; }
  // Back to where it started, once its post is accepted: or all would gather on few hosts, as clients
  // behind a proxy do not.
  void go_home() { going_home_ = true; }
  // Its post under way was first tried then; nullopt: there is none.
  std::optional<tick_time> waits_since() const {
    return is_settled() ? std::nullopt : std::optional(first_tried_);
  }
  bool is_settled() const { return posts_.empty() || posts_.back().seq != 0; }

  const plan& what() const { return plan_; }
  const std::vector<acknowledgement>& posts() const { return posts_; }
  std::uint64_t retries() const { return retries_; }

private:
  void send(tick_time now);
  void hear(const client::http_response_view* response);
  void try_elsewhere(tick_time again_at);

  client::event_loop& loop_;
  const plan plan_;
  const std::vector<client::endpoint>& hosts_; // by place; a host that starts again keeps it
  acceptance told_;
  std::size_t host_;
  std::unique_ptr<client::http_client> http_;
  std::vector<acknowledgement> posts_; // only the last may be without acknowledgement
  tick_time first_tried_, sent_at_, next_at_;
  bool drop_connection_ = false; // not from inside its own handler
  bool going_home_ = false;
  bool finishing_ = false;
  std::uint64_t retries_ = 0;
};

} // namespace carillon::chaos
