#include "tools/chaos/run.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <ostream>
#include <set>

#include "runtime/base/random.hpp"
#include "tools/chaos/crowd.hpp"
#include "tools/chaos/host_asker.hpp"
#include "tools/chaos/injector.hpp"
#include "tools/chaos/stage.hpp"

namespace carillon::chaos {
namespace {

constexpr std::chrono::seconds unavailable_at_most{30};
constexpr std::chrono::milliseconds turn{20}; // between looks at the faults that are on
// A rolling restart may begin as the schedule's last fault, and waits for each host.
constexpr std::chrono::seconds healing_at_most{200};

std::chrono::nanoseconds nanoseconds(double seconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

volatile std::sig_atomic_t signal_came = 0;

void on_signal(int) {
  signal_came = 1;
}

void heed_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESETHAND;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

class runner {
public:
  runner(const scenario& what, const run_options& how, std::ostream& progress, run_outcome& outcome)
      : what_(what), how_(how), progress_(progress), chance_(how.seed),
        stage_(what, how.folder.empty() ? scratch_.path() : how.folder, how.seed),
        asker_(loop_, stage_),
        injector_(stage_,
                  {.is_well = [this](std::size_t host) { return asker_.ask(host, asker_.quick).well; },
                   .storm = [this] { crowd_->drop_connections(); },
                   .ring = ring_access()}),
        outcome_(outcome) {}

  void run() {
    try {
      run_to_the_end();
    } catch (...) {
      take_figures(); // whoever asks why wants to see as much as there is
      throw;
    }
  }

private:
  void run_to_the_end() {
    auto began = steady_now();
    stage_.hosts().launch_all();
    stage_.hosts().wait_until_all_listen();
    endpoints_ = stage_.hosts().endpoints();
    wait_until_well("the cluster's start");
    crowd_ = std::make_unique<crowd>(loop_, what_, endpoints_, stage_.hosts().admin_token());
    asker_.accompany(*crowd_);
    crowd_->connect_subscribers();
    outcome_.no_stock_clients = crowd_->start_stock_clients(how_.stock_script);
    progress_ << "cluster of " << what_.hosts << ", " << what_.posters << " posters, "
              << crowd_->connected() << " subscribers in " << what_.channels << " channels"
              << std::endl;
    for (std::size_t i = 0; i < stage_.size(); ++i)
      outcome_.hosts.push_back(stage_.hosts().entry(i).name);
    outcome_.channels = crowd_->channels();
    load_at_ = steady_now();
    crowd_->record_from(load_at_);
    if (!what_.rounds.empty())
      begin_phase("one fault after the other");
    for (const fault_rounds& rounds : what_.rounds)
      run_rounds(rounds);
    if (!what_.schedule.empty())
      run_schedule();
    progress_ << "settling" << std::endl;
    begin_phase("settling");
    crowd_->settle(unavailable_at_most, outcome_.verdict);
    crowd_->stop_recording();
    progress_ << "reading history and judging" << std::endl;
    crowd_->judge_all(outcome_.verdict);
    take_figures();
    outcome_.seconds = seconds(steady_now() - began);
    stage_.hosts().stop_in_order(std::chrono::seconds(15));
  }

  // What the crowd has seen up to now; nothing before there is one.
  void take_figures() {
    if (!crowd_)
      return;
    outcome_.broken = crowd_->broken();
    outcome_.accepted = crowd_->accepted();
    outcome_.events = crowd_->events();
    outcome_.retries = crowd_->retries();
    outcome_.reconnections = crowd_->reconnections();
    outcome_.reads_repeated = crowd_->reads_repeated();
    outcome_.bytes_lost = injector_.bytes_lost();
    crowd_->stop_recording();
    outcome_.seen = crowd_->recorded();
  }

  void begin_phase(const char* name) {
    outcome_.phases.push_back({name, seconds(steady_now() - load_at_)});
  }

  // -- one fault after the other ------------------------------------------------------------------

  void run_rounds(const fault_rounds& rounds) {
    outcome_.figures.emplace_back().fault = rounds.fault;
    fault_figures& figures = outcome_.figures.back();
    std::uint32_t times = how_.times.value_or(rounds.times);
    go_on(nanoseconds(rounds.rest_seconds));
    crowd_->take_longest_gaps();
    crowd_->take_longest_waits();
    for (std::uint32_t round = 0; round < times; ++round) {
      progress_ << to_string(rounds.fault) << ' ' << round + 1 << '/' << times << std::flush;
      run_round(rounds, figures);
      // With the rest: a stretch may begin before all is said to be well, and end after.
      go_on(nanoseconds(rounds.rest_seconds));
      auto gaps = crowd_->take_longest_gaps();
      figures.gaps.insert(figures.gaps.end(), gaps.begin(), gaps.end());
      auto waits = crowd_->take_longest_waits();
      figures.waits.insert(figures.waits.end(), waits.begin(), waits.end());
    }
  }

  void run_round(const fault_rounds& rounds, fault_figures& figures) {
    target whom = injector_.choose(rounds, chance_);
    // Of all hosts: a fault may take the wind from others too, and one_way has two sides.
    std::set<std::size_t> led =
        whom.hosts.empty() ? all_channels() : asker_.channels_led_by(whom.hosts);
    if (!whom.hosts.empty())
      progress_ << ": " << names_of(whom.hosts) << " led " << led.size() << " of " << what_.channels
                << " channels";
    progress_ << std::flush;
    crowd_->fault_begins(injector_.excused(rounds, whom));
    auto began = steady_now();
    auto which = begin(rounds, whom);
    bool all_post = go_on_until([&] { return crowd_->every_channel_posts(); }, unavailable_at_most);
    double worst = 0;
    const auto& waits = crowd_->seconds_to_first_post();
    for (std::size_t c = 0; c < waits.size(); ++c) {
      double wait = waits[c] < 0 ? static_cast<double>(unavailable_at_most.count()) : waits[c];
      (led.contains(c) ? figures.affected : figures.others).push_back(wait);
      worst = std::max(worst, wait);
    }
    progress_ << ", worst wait " << worst << " s" << std::flush;
    if (!all_post && rounds.fault != fault_kind::kill_all)
      outcome_.verdict.say("availability: some channel took no post for 30 s after " +
                           std::string(to_string(rounds.fault)));
    auto passed = steady_now() - began;
    if (auto length = nanoseconds(rounds.seconds); length > passed)
      go_on(length - passed);
    progress_ << asker_.complaints_of(whom.hosts);
    auto ended = steady_now();
    note_end(which);
    progress_ << words_before(", ", injector_.end(which, ended));
    go_on_until([&] { return injector_.is_over(which); }, healing_at_most);
    bool well = wait_until_well(std::string(to_string(rounds.fault)));
    if (well)
      outcome_.faults.back().all_well = seconds(steady_now() - load_at_);
    crowd_->fault_is_over();
    figures.recovery.push_back(seconds(steady_now() - ended));
    ++figures.rounds;
    progress_ << ", well again after " << figures.recovery.back() << " s"
              << (well ? "" : " (NOT WELL)") << std::endl;
  }

  // -- a schedule ---------------------------------------------------------------------------------

  void run_schedule() {
    struct occurrence {
      tick_time at;
      const scheduled_fault* what;
    };
    struct running {
      injector::handle which;
      tick_time ends;
    };
    const tick_time start = steady_now();
    std::vector<occurrence> coming;
    tick_time last_end = start;
    for (const scheduled_fault& each : what_.schedule)
      for (std::uint32_t i = 0; i < each.times; ++i) {
        tick_time at = start + nanoseconds(each.at + i * each.every);
        coming.push_back({at, &each});
        last_end = std::max(last_end, at + nanoseconds(each.seconds));
      }
    begin_phase("schedule");
    std::stable_sort(coming.begin(), coming.end(),
                     [](const occurrence& a, const occurrence& b) { return a.at < b.at; });
    crowd_->fault_begins({});
    crowd_->take_longest_gaps();
    crowd_->take_longest_waits();
    std::vector<running> on;
    auto next = coming.begin();
    while (next != coming.end() || !on.empty()) {
      tick_time now = steady_now();
      for (; next != coming.end() && next->at <= now; ++next) {
        target whom = injector_.choose(*next->what, chance_);
        crowd_->excuse(injector_.excused(*next->what, whom)); // until all is well again
        progress_ << in_seconds(now) << to_string(next->what->fault) << ' ' << names_of(whom.hosts)
                  << std::endl;
        on.push_back({begin(*next->what, whom), now + nanoseconds(next->what->seconds)});
      }
      std::erase_if(on, [&](const running& each) {
        if (each.ends <= now) {
          progress_ << words_before(in_seconds(now), injector_.end(each.which, now), "\n");
          note_end(each.which);
        }
        return injector_.is_over(each.which);
      });
      if (now > last_end + healing_at_most) {
        outcome_.verdict.say("recovery: a fault does not heal");
        break;
      }
      go_on(turn);
      check_hosts("the schedule");
    }
    auto ended = steady_now();
    begin_phase("until all is well");
    bool well = wait_until_well("the schedule");
    outcome_.recovery = seconds(steady_now() - ended);
    // A channel that was waited for is back when its posters are.
    crowd_->fault_begins({});
    go_on_until([&] { return crowd_->every_channel_posts(); }, unavailable_at_most);
    outcome_.gaps = crowd_->take_longest_gaps();
    outcome_.waits = crowd_->take_longest_waits();
    crowd_->fault_is_over();
    progress_ << in_seconds(steady_now()) << "well again after " << outcome_.recovery << " s"
              << (well ? "" : " (NOT WELL)") << std::endl;
  }

  // -- both ---------------------------------------------------------------------------------------

  injector::handle begin(const fault_plan& plan, const target& whom) {
    tick_time now = steady_now();
    auto which = injector_.begin(plan, whom, now);
    under_way_[which] = outcome_.faults.size();
    outcome_.faults.push_back({.fault = plan.fault,
                               .what = describe(plan),
                               .hosts = whom.hosts,
                               .began = seconds(now - load_at_),
                               .ended = {},
                               .healed = {},
                               .all_well = {}});
    return which;
  }

  // The first time counts. A fault that ends itself is on until it is over.
  void note_end(injector::handle which) {
    auto found = under_way_.find(which);
    if (found == under_way_.end())
      return;
    fault_event& fault = outcome_.faults[found->second];
    if (!fault.ended && !ends_itself(fault.fault))
      fault.ended = seconds(steady_now() - load_at_);
  }

  void note_what_is_over() {
    std::erase_if(under_way_, [this](const auto& each) {
      if (!injector_.is_over(each.first))
        return false;
      fault_event& fault = outcome_.faults[each.second];
      fault.healed = seconds(steady_now() - load_at_);
      fault.ended = fault.ended.value_or(*fault.healed);
      return true;
    });
  }

  void go_on(std::chrono::nanoseconds time) {
    go_on_until([] { return false; }, time);
  }

  // Everyone goes on, faults too.
  bool go_on_until(const std::function<bool()>& done, std::chrono::nanoseconds at_most) {
    auto deadline = steady_now() + at_most;
    while (!done()) {
      if (signal_came)
        throw interrupted();
      auto left = deadline - steady_now();
      if (left <= std::chrono::nanoseconds(0))
        return false;
      crowd_->run_until(done, std::min<std::chrono::nanoseconds>(turn, left));
      injector_.tick(steady_now());
      note_what_is_over();
    }
    return true;
  }

  chaos::ring_access ring_access() {
    return {.launch =
                [this](std::size_t host) {
                  std::filesystem::remove_all(stage_.hosts().entry(host).data);
                  stage_.hosts().launch(host);
                },
            .is_running = [this](std::size_t host) { return stage_.hosts().process(host).is_running(); },
            .end_in_order = [this](std::size_t host) { stage_.hosts().process(host).signal(SIGTERM); },
            .order = [this](std::size_t host, wire::host_intent wish) { return asker_.order_ring(host, wish); },
            .place_of = [this](std::size_t host) { return asker_.place_of(host); }};
  }

  void check_hosts(const std::string& after) {
    for (std::size_t i = 0; i < what_.hosts; ++i) {
      auto& process = stage_.hosts().process(i);
      if (process.is_running() || injector_.may_be_down(i))
        continue;
      throw client::client_error("host " + stage_.hosts().entry(i).name + " ended by itself after " +
                                 after + "; its log, " + process.log_path() + ":\n" +
                                 process.log_text());
    }
  }

  // Every host says it is well, and everyone is connected.
  bool wait_until_well(const std::string& after) {
    auto deadline = steady_now() + nanoseconds(what_.recover_seconds);
    auto all_well = [&] {
      return asker_.all_are_well() && (!crowd_ || crowd_->everyone_is_connected());
    };
    while (steady_now() < deadline) {
      if (signal_came)
        throw interrupted();
      check_hosts(after);
      if (all_well())
        return true;
      if (crowd_)
        go_on(std::chrono::milliseconds(100));
      else
        loop_.run_for(std::chrono::milliseconds(100));
    }
    std::string words = "recovery: not all is well " + std::to_string(what_.recover_seconds) +
                        " s after " + after + ":";
    words += asker_.words_of_all();
    if (crowd_)
      words += ", " + std::to_string(crowd_->connected()) + " subscribers connected";
    outcome_.verdict.say(words);
    return false;
  }

  std::set<std::size_t> all_channels() const {
    std::set<std::size_t> all;
    for (std::size_t c = 0; c < what_.channels; ++c)
      all.insert(c);
    return all;
  }

  static std::string words_before(const std::string& lead, const std::string& words,
                                  const std::string& end = {}) {
    return words.empty() ? words : lead + words + end;
  }

  std::string names_of(const std::vector<std::size_t>& hosts) {
    std::string names = hosts.empty() ? "" : hosts.size() == 1 ? "host" : "hosts";
    for (std::size_t host : hosts)
      names += " " + stage_.hosts().entry(host).name;
    return names;
  }

  std::string in_seconds(tick_time now) const {
    char text[32];
    std::snprintf(text, sizeof text, "%7.1f s  ", seconds(now - load_at_));
    return text;
  }

  const scenario& what_;
  const run_options how_;
  std::ostream& progress_;
  seeded_random chance_;
  client::scratch_folder scratch_;
  client::event_loop loop_;
  stage stage_;
  host_asker asker_;
  injector injector_;
  std::vector<client::endpoint> endpoints_;
  std::unique_ptr<crowd> crowd_;
  tick_time load_at_;
  std::map<injector::handle, std::size_t> under_way_; // place in outcome_.faults
  run_outcome& outcome_;
};

} // namespace

void run_scenario(const scenario& what, const run_options& how, std::ostream& progress,
                  run_outcome& outcome) {
  heed_signals();
  runner(what, how, progress, outcome).run();
}

} // namespace carillon::chaos
