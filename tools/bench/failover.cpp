#include <algorithm>
#include <optional>

#include "runtime/ring/slot_hash.hpp"
#include "tools/bench/pacer.hpp"
#include "tools/bench/population.hpp"
#include "tools/bench/stubborn_poster.hpp"
#include "tools/bench/workloads.hpp"

namespace carillon::bench {
namespace {

constexpr std::chrono::seconds patience{60};
constexpr double ticks_per_second = 200;

class failover_run {
public:
  explicit failover_run(const load_options& how)
      : how_(how), hosts_(how.host),
        all_(settle(loop_, hosts_, std::max<std::size_t>(how.channels / 10, 1), how.channels, 1)) {
    auto places = all_.places(0);
    waiting_.resize(places.size());
    for (std::size_t i = 0; i < places.size(); ++i)
      posters_.push_back(std::make_unique<stubborn_poster>(
          loop_, hosts_.hosts(), i, places[i], how.text_bytes,
          [this, i](tick_time tried, tick_time accepted) { note(i, tried, accepted); }));
  }

  report run() {
    pacer ticks(loop_, ticks_per_second, [this](tick_time) {
      for (auto& poster : posters_)
        poster->tick(steady_now());
    });
    wait_until_all_lead();
    loop_.run_for(how_.warm_up);
    for (std::size_t i = 0; i < how_.times; ++i)
      kill_one(i % hosts_.cluster().size());
    return describe();
  }

private:
  // From the kill to the first accepted post that was tried after it.
  void note(std::size_t channel, tick_time tried, tick_time accepted) {
    ++accepted_;
    if (waiting_[channel] && tried >= *waiting_[channel]) {
      waits_.record(accepted - *waiting_[channel]);
      waiting_[channel].reset();
    }
  }

  cluster::host_health health(std::size_t host) {
    client::api_client asker(loop_, hosts_.cluster().where(host));
    try {
      auto reply = asker.try_get("/healthz");
      return cluster::read_health(reply.status, boost::json::serialize(reply.json));
    } catch (const client::client_error&) {
      return {};
    }
  }

  void wait_until_all_lead() {
    auto deadline = steady_now() + patience;
    for (std::size_t host = 0; host < hosts_.cluster().size(); ++host)
      while (true) {
        auto now = health(host);
        if (now.well && !now.leads.empty())
          break;
        if (steady_now() >= deadline)
          throw client::client_error("not all hosts lead again");
        loop_.run_for(std::chrono::milliseconds(50));
      }
  }

  void kill_one(std::size_t host) {
    auto before = health(host);
    std::size_t affected = 0;
    auto killed_at = steady_now();
    for (std::size_t i = 0; i < all_.channels.size(); ++i) {
      auto slot = slot_of(entity_id::parse(all_.channels[i]).value(), before.slots);
      if (std::find(before.leads.begin(), before.leads.end(), slot) == before.leads.end())
        continue;
      waiting_[i] = killed_at;
      ++affected;
    }
    affected_ += affected;
    hosts_.cluster().process(host).kill_now();
    auto none_waits = [&] {
      return std::none_of(waiting_.begin(), waiting_.end(), [](auto& one) { return one.has_value(); });
    };
    if (!loop_.run_until(none_waits, patience))
      throw client::client_error("a channel takes no posts after its host was killed");
    hosts_.cluster().launch(host);
    hosts_.cluster().wait_until_listening(host);
    wait_until_all_lead();
    loop_.run_for(how_.warm_up);
  }

  report describe() {
    report out{"failover", {}, {}};
    out.add("hosts", static_cast<double>(hosts_.cluster().size()), "");
    out.add("kills", static_cast<double>(how_.times), "");
    out.add("channels", static_cast<double>(all_.channels.size()), "");
    out.add("channels_affected", static_cast<double>(affected_), "");
    out.add_latency("unavailable", waits_);
    std::uint64_t tries = 0;
    for (auto& poster : posters_)
      tries += poster->tries();
    out.add("posts_accepted", static_cast<double>(accepted_), "");
    out.add("tries_not_accepted", static_cast<double>(tries - accepted_), "");
    return out;
  }

  const load_options& how_;
  target hosts_;
  client::event_loop loop_;
  population all_;
  std::vector<std::unique_ptr<stubborn_poster>> posters_;
  std::vector<std::optional<tick_time>> waiting_; // by channel: since when it is to take posts again
  histogram waits_;
  std::uint64_t accepted_ = 0;
  std::uint64_t affected_ = 0;
};

} // namespace

report run_failover(const load_options& how) {
  return failover_run(how).run();
}

} // namespace carillon::bench
