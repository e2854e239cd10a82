#include "tools/bench/figures/plan.hpp"

#include <algorithm>

namespace carillon::bench {

const std::vector<planned_run>& plan() {
  static const std::vector<planned_run> all{
      {"fanout", "fanout --pin", "fanout --subscribers 20 --in-flight 4"},
      {"fanout_one", "fanout --pin --in-flight 1",
       "fanout --subscribers 20 --in-flight 1"},
      {"groups", "groups --pin", "groups --channels 6 --members 5 --subscribers 10 --in-flight 4"},
      {"latency_wide", "latency --pin --rate 20 --seconds 20",
       "latency --rate 50 --subscribers 20"},
      {"latency_groups",
       "latency --pin --rate 2000 --channels 1000 --members 10 --subscribers 1000",
       "latency --rate 100 --channels 6 --members 5 --subscribers 10"},
      {"idle", "idle --pin --connections 10000", "idle --connections 20"},
      {"durable", "durable --pin", "durable --posters 8 --channels 4"},
      {"durable_minute", "durable --pin --seconds 60",
       "durable --posters 8 --channels 4"},
      {"channels", "channels --channels 8000", "channels --channels 20"},
      {"activate", "activate --channels 20000", "activate --channels 20"},
      {"dormant", "dormant --channels 16000000", "dormant --channels 2000 --activate 20"},
      {"storm", "storm --hosts 3 --clients 50000 --processes 3",
       "storm --clients 40 --people 20 --members 5 --rate 50"},
      {"pressure_stalled", "pressure stalled --pin --seconds 20",
       "pressure stalled --members 5 --posters 8 --rate 50"},
      {"pressure_trickle", "pressure trickle --pin --seconds 20",
       "pressure trickle --readers 20 --members 5 --posters 8 --rate 50"},
      {"pressure_flood", "pressure flood --pin --seconds 20",
       "pressure flood --lines 100 --fsync-ms 5 --members 5 --posters 8 --rate 50"},
      {"pressure_flood_ignored", "pressure flood --pin --seconds 20 --ignore-refusals",
       "pressure flood --lines 100 --fsync-ms 5 --members 5 --posters 8 --rate 50 --ignore-refusals"},
      {"pressure_storm", "pressure storm --hosts 3 --seconds 10",
       "pressure storm --clients 40 --people 20 --processes 1 --members 5 --posters 8 --rate 50"},
      {"scale", "scale --hosts 3", "scale --hosts 2 --posters 8 --channels 4"},
      {"growth", "growth", "growth --hosts 3 --subscribers 20 --people 20 --processes 1 --rate 20"},
      {"growth_crowd", "growth --subscribers 100000 --people 10000 --processes 6 --rate 1", "growth --hosts 3 --subscribers 40 --people 10 --rate 20"},
      {"presence", "presence",
       "presence --hosts 3 --people 40 --watched 10 --channels 4 --members 5 --rate 20 --processes 1 --return-seconds 1"},
      {"failover", "failover --hosts 3 --times 10",
       "failover --hosts 3 --times 1 --channels 8"},
  };
  return all;
}

std::vector<std::string> split_at_blanks(std::string_view line) {
  std::vector<std::string> words;
  while (!line.empty()) {
    std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0)
      words.emplace_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

} // namespace carillon::bench
