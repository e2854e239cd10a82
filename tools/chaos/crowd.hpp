// Everyone who uses the cluster during a chaos run: users, channels, posters, subscribers, stock
// clients; what they saw, and whether they are all well. One thread: the loop's.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/chaos/poster.hpp"
#include "tools/chaos/recording.hpp"
#include "tools/chaos/scenario.hpp"
#include "tools/chaos/stock_client.hpp"
#include "tools/chaos/subscriber.hpp"

namespace carillon::chaos {

class crowd {
public:
  // Makes users and channels on the first host. Nobody posts or listens yet.
  crowd(client::event_loop& loop, const scenario& what, const std::vector<client::endpoint>& hosts,
        const std::string& admin_token);

  void connect_subscribers(); // throws client_error when they do not all get their hello in a minute
  // Empty: they run. Otherwise why there are none.
  std::string start_stock_clients(const std::string& script);

  // Runs loop and crowd for so long, or until `done` (true).
  void run_for(std::chrono::nanoseconds time);
  bool run_until(const std::function<bool()>& done, std::chrono::nanoseconds at_most);

  // A fault begins: accepted posts first tried from now on are counted by channel.
  void fault_begins(const std::set<std::size_t>& hosts);
  // These too may lose their connections from now on.
  void excuse(const std::set<std::size_t>& hosts) { excused_.insert(hosts.begin(), hosts.end()); }
  // Connections to the hosts of the last fault may break until this is called. Posters go back to
  // where they started.
  void fault_is_over();
  // By channel: from the fault's beginning to the first accepted post tried after it; negative: none
  // yet.
  const std::vector<double>& seconds_to_first_post() const { return first_post_; }
  bool every_channel_posts() const;
  // By channel: its longest time without an accepted post that ended since this was last asked, or has
  // not ended; in seconds. What began earlier counts from there: no stretch is cut in two.
  std::vector<double> take_longest_gaps();
  // By channel: the longest that a post waited for its acknowledgement, of those accepted since this was
  // last asked; in seconds.
  std::vector<double> take_longest_waits();
  // All subscribers drop their connections at once, and come back as soon as they can.
  void drop_connections();
  bool everyone_is_connected() const;
  std::size_t connected() const;

  // From now on, what is seen is kept for the timeline; until told to stop, when posts that nobody
  // accepted yet are counted as such.
  void record_from(tick_time now);
  void stop_recording();
  const std::optional<recording>& recorded() const { return seen_; }

  // No more posts; waits until the last are acknowledged and every subscriber saw everything.
  // Sentences about what does not happen in time go to `verdict`.
  void settle(std::chrono::seconds at_most, counted& verdict);
  // Reads all history and judges.
  void judge_all(counted& verdict);

  const std::vector<std::string>& channels() const { return channels_; }
  std::uint64_t accepted() const { return accepted_; }
  std::uint64_t events() const;
  std::uint64_t retries() const;
  std::uint64_t reconnections() const; // of our own subscribers
  std::uint64_t reads_repeated() const { return reads_repeated_; } // of history, after a 503
  // Connections that broke though nothing was done to their host.
  const std::vector<std::string>& broken() const { return broken_; }

private:
  void tick();
  void sample(tick_time now);
  recording::totals totals() const;
  std::vector<sighting> read_history(client::api_client& reader, const std::string& channel);

  client::event_loop& loop_;
  const scenario what_;
  const std::vector<client::endpoint>& hosts_;
  std::vector<client::worker> people_;
  std::vector<std::string> channels_;
  std::vector<std::unique_ptr<poster>> posters_;
  std::vector<std::unique_ptr<subscriber>> subscribers_;
  std::vector<std::unique_ptr<stock_client>> stock_;
  subscriber::listener told_;

  std::vector<double> first_post_;
  tick_time fault_at_;
  std::vector<tick_time> last_post_;
  std::vector<double> longest_gap_, longest_wait_;
  std::optional<recording> seen_;
  bool recording_ = false;
  tick_time recorded_from_, sampled_at_;
  std::set<std::size_t> excused_;
  std::vector<std::string> broken_;
  counted live_; // what subscribers found wrong while it happened
  std::uint64_t accepted_ = 0;
  std::uint64_t reads_repeated_ = 0;
};

} // namespace carillon::chaos
