// A poster that does not give up, as the SDKs do: a post without acknowledgement is sent again with
// the same client_msg_id, over connections and hosts, until it is acknowledged. Keeps what it was
// told for the referee (history_check.hpp). One thread: the loop's.
#pragma once

#include <string>
#include <vector>

#include "tests/support/history_check.hpp"
#include "tools/client/http_client.hpp"
#include "tools/client/workforce.hpp"

namespace carillon::testing {

class insistent_poster {
public:
  // `name` makes its keys: NAME-1, NAME-2, ...
  insistent_poster(client::event_loop& loop, client::worker who, std::string channel,
                   std::string name, std::size_t text_bytes = 40);

  // A host listens: goes on where it stopped.
  void resume(const client::endpoint& where);
  // After a refusal it rests until resume() or retry().
  void retry();
  // The host is gone; what was on the way has an unknown fate.
  void pause();
  // No new posts from now on; the last one is still insisted on.
  void finish() { finishing_ = true; }

  bool is_connected() const { return http_ && connected_; }
  bool is_waiting() const { return http_ && http_->is_busy(); }
  // Nothing is without acknowledgement.
  bool is_settled() const { return posts_.empty() || posts_.back().acknowledged; }

  const std::vector<post_record>& posts() const { return posts_; }
  const std::string& channel() const { return channel_; }
  const client::worker& who() const { return who_; }
  std::size_t acknowledged() const;

  struct refusal {
    int status = 0;
    int retry_after = -1;
    std::string body;
  };
  const std::vector<refusal>& refusals() const { return refusals_; }

private:
  void post_next();
  void send_last();
  void hear(const client::http_response_view* response);

  client::event_loop& loop_;
  client::worker who_;
  std::string channel_;
  std::string name_;
  std::string text_;
  client::endpoint where_;
  std::unique_ptr<client::http_client> http_;
  bool connected_ = false; // no sign of the host's end since resume()
  bool finishing_ = false;
  std::vector<post_record> posts_; // only the last may be without acknowledgement
  std::vector<refusal> refusals_;
};

} // namespace carillon::testing
