#include "tools/chaos/run.hpp"

#include <algorithm>
#include <csignal>
#include <memory>
#include <ostream>
#include <set>

#include "runtime/base/random.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "tools/chaos/crowd.hpp"
#include "tools/cluster/cluster_process.hpp"

namespace carillon::chaos {
namespace {

constexpr std::chrono::seconds unavailable_at_most{30};

std::chrono::nanoseconds nanoseconds(double seconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

class runner {
public:
  runner(const scenario& what, const run_options& how, std::ostream& progress)
      : what_(what), how_(how), progress_(progress), chance_(how.seed) {
    if (what_.network)
      network_ = std::make_unique<cluster::private_network>(what_.hosts);
    std::string folder = how_.folder.empty() ? scratch_.path() : how_.folder;
    std::string file = cluster::write_cluster_file(
        {.folder = folder, .hosts = what_.hosts, .network = network_.get()});
    hosts_ = std::make_unique<cluster::cluster_process>(cluster::cluster_process::options{
        .file = file, .settings = what_.settings, .logs = folder, .network = network_.get(), .program = {}});
  }

  run_outcome run() {
    auto began = steady_now();
    hosts_->launch_all();
    hosts_->wait_until_all_listen();
    endpoints_ = hosts_->endpoints();
    wait_until_well("the cluster's start");
    crowd_ = std::make_unique<crowd>(loop_, what_, endpoints_, hosts_->admin_token());
    crowd_->connect_subscribers();
    outcome_.no_stock_clients = crowd_->start_stock_clients(how_.stock_script);
    progress_ << "cluster of " << what_.hosts << ", " << what_.posters << " posters, "
              << crowd_->connected() << " subscribers in " << what_.channels << " channels"
              << std::endl;
    for (const fault_rounds& rounds : what_.rounds)
      run_rounds(rounds);
    progress_ << "settling" << std::endl;
    crowd_->settle(unavailable_at_most, outcome_.verdict);
    progress_ << "reading history and judging" << std::endl;
    crowd_->judge_all(outcome_.verdict);
    outcome_.broken = crowd_->broken();
    outcome_.accepted = crowd_->accepted();
    outcome_.events = crowd_->events();
    outcome_.retries = crowd_->retries();
    outcome_.reconnections = crowd_->reconnections();
    outcome_.seconds = std::chrono::duration<double>(steady_now() - began).count();
    hosts_->stop_in_order(std::chrono::seconds(15));
    return std::move(outcome_);
  }

private:
  void run_rounds(const fault_rounds& rounds) {
    fault_figures& figures = outcome_.figures.emplace_back();
    figures.fault = rounds.fault;
    std::uint32_t times = how_.times.value_or(rounds.times);
    for (std::uint32_t round = 0; round < times; ++round) {
      crowd_->run_for(nanoseconds(rounds.rest_seconds));
      std::size_t victim = chance_.below(what_.hosts);
      // Of all hosts: a fault may take the wind from others too, and one_way has two sides.
      std::set<std::size_t> led = channels_led_by(victim);
      progress_ << to_string(rounds.fault) << ' ' << round + 1 << '/' << times << ": host "
                << hosts_->entry(victim).name << " led " << led.size() << " of "
                << what_.channels << " channels" << std::flush;
      bool one_way_out = chance_.below(2) == 0;
      begin(rounds.fault, victim, one_way_out);
      bool all_post = crowd_->run_until([&] { return crowd_->every_channel_posts(); },
                                        unavailable_at_most);
      double worst = 0;
      const auto& waits = crowd_->seconds_to_first_post();
      for (std::size_t c = 0; c < waits.size(); ++c) {
        double wait = waits[c] < 0 ? static_cast<double>(unavailable_at_most.count()) : waits[c];
        bool affected = rounds.fault == fault_kind::kill_all || led.contains(c);
        (affected ? figures.affected : figures.others).push_back(wait);
        worst = std::max(worst, wait);
      }
      progress_ << ", worst wait " << worst << " s" << std::flush;
      if (!all_post && rounds.fault != fault_kind::kill_all)
        outcome_.verdict.say("availability: some channel took no post for 30 s after " +
                             std::string(to_string(rounds.fault)));
      auto passed = steady_now() - fault_at_;
      if (auto length = nanoseconds(rounds.seconds); length > passed)
        crowd_->run_for(length - passed);
      auto ended = steady_now();
      end(rounds.fault, victim);
      bool well = wait_until_well(std::string(to_string(rounds.fault)));
      crowd_->fault_is_over();
      double recovery = std::chrono::duration<double>(steady_now() - ended).count();
      figures.recovery.push_back(recovery);
      ++figures.rounds;
      progress_ << ", well again after " << recovery << " s" << (well ? "" : " (NOT WELL)")
                << std::endl;
    }
  }

  void begin(fault_kind fault, std::size_t victim, bool one_way_out) {
    std::set<std::size_t> excused{victim};
    if (fault == fault_kind::kill_all)
      for (std::size_t i = 0; i < what_.hosts; ++i)
        excused.insert(i);
    if (fault == fault_kind::none)
      excused.clear();
    crowd_->fault_begins(excused);
    fault_at_ = steady_now();
    switch (fault) {
    case fault_kind::none:
      break;
    case fault_kind::kill:
      hosts_->process(victim).kill_now();
      break;
    case fault_kind::kill_all:
      for (std::size_t i = 0; i < what_.hosts; ++i)
        hosts_->process(i).signal(SIGKILL);
      for (std::size_t i = 0; i < what_.hosts; ++i)
        hosts_->process(i).kill_now();
      for (std::size_t i = 0; i < what_.hosts; ++i)
        hosts_->launch(i); // the power comes back at once; the wait is for the restart
      break;
    case fault_kind::stop:
      hosts_->process(victim).signal(SIGSTOP);
      break;
    case fault_kind::partition:
    case fault_kind::one_way:
      for (std::size_t i = 0; i < what_.hosts; ++i)
        if (i != victim) {
          if (fault == fault_kind::partition || one_way_out)
            network_->cut(victim, i);
          if (fault == fault_kind::partition || !one_way_out)
            network_->cut(i, victim);
        }
      break;
    }
  }

  void end(fault_kind fault, std::size_t victim) {
    switch (fault) {
    case fault_kind::kill:
      hosts_->launch(victim);
      break;
    case fault_kind::stop:
      hosts_->process(victim).signal(SIGCONT);
      break;
    case fault_kind::partition:
    case fault_kind::one_way:
      network_->heal_all();
      break;
    default:
      break;
    }
  }

  // Every host says it is well, and everyone is connected.
  bool wait_until_well(const std::string& after) {
    auto deadline = steady_now() + nanoseconds(what_.recover_seconds);
    auto all_well = [&] {
      for (std::size_t i = 0; i < what_.hosts; ++i)
        if (!health_of(i).well)
          return false;
      return !crowd_ || crowd_->everyone_is_connected();
    };
    while (steady_now() < deadline) {
      for (std::size_t i = 0; i < what_.hosts; ++i)
        if (!hosts_->process(i).is_running()) {
          outcome_.verdict.say("a host ended by itself after " + after + ":\n" +
                               hosts_->process(i).log_text());
          throw client::client_error("host " + hosts_->entry(i).name + " ended by itself; its log: " +
                                     hosts_->process(i).log_path());
        }
      if (all_well())
        return true;
      if (crowd_)
        crowd_->run_for(std::chrono::milliseconds(100));
      else
        loop_.run_for(std::chrono::milliseconds(100));
    }
    std::string words = "recovery: not all is well " + std::to_string(what_.recover_seconds) +
                        " s after " + after + ":";
    for (std::size_t i = 0; i < what_.hosts; ++i) {
      auto health = health_of(i);
      words += " host " + hosts_->entry(i).name;
      words += health.well ? " well" : health.answers ? " says " + health.reason : " silent";
    }
    if (crowd_)
      words += ", " + std::to_string(crowd_->connected()) + " subscribers connected";
    outcome_.verdict.say(words);
    return false;
  }

  // Asks while posters and subscribers go on.
  cluster::host_health health_of(std::size_t host) {
    client::http_client asker(loop_, endpoints_.empty() ? hosts_->where(host) : endpoints_[host]);
    cluster::host_health health;
    bool answered = false;
    asker.send(client::get_request(hosts_->where(host), "/healthz"),
               [&](const client::http_response_view* answer) {
                 answered = true;
                 if (answer)
                   health = cluster::read_health(answer->status, std::string(answer->body));
               });
    auto done = [&] { return answered; };
    if (crowd_)
      crowd_->run_until(done, std::chrono::milliseconds(1'000));
    else
      loop_.run_until(done, std::chrono::milliseconds(1'000));
    return health;
  }

  std::set<std::size_t> channels_led_by(std::size_t host) {
    auto health = health_of(host);
    std::set<std::uint32_t> slots(health.leads.begin(), health.leads.end());
    std::set<std::size_t> led;
    if (health.slots == 0)
      return led; // it does not answer
    for (std::size_t c = 0; c < crowd_->channels().size(); ++c)
      if (auto id = entity_id::parse(crowd_->channels()[c]); id && slots.contains(slot_of(*id, health.slots)))
        led.insert(c);
    return led;
  }

  const scenario& what_;
  const run_options how_;
  std::ostream& progress_;
  seeded_random chance_;
  client::scratch_folder scratch_;
  client::event_loop loop_;
  std::unique_ptr<cluster::private_network> network_;
  std::unique_ptr<cluster::cluster_process> hosts_;
  std::vector<client::endpoint> endpoints_;
  std::unique_ptr<crowd> crowd_;
  tick_time fault_at_;
  run_outcome outcome_;
};

} // namespace

run_outcome run_scenario(const scenario& what, const run_options& how, std::ostream& progress) {
  return runner(what, how, progress).run();
}

} // namespace carillon::chaos
