#include "tools/bench/workloads.hpp"

namespace carillon::bench {

report run_scale(const load_options& how) {
  report out{"scale", {}, {}};
  out.add("posters", static_cast<double>(how.posters), "");
  double cpu_alone = 0;
  for (std::size_t hosts = 1; hosts <= how.host.hosts; ++hosts) {
    load_options with = how;
    with.host.hosts = hosts;
    with.host.data.clear();
    report one = run_durable(with);
    std::string end = "_" + std::to_string(hosts);
    for (const char* name :
         {"acknowledged_per_second", "latency_p50", "latency_p99", "server_cpu_per_post",
          "load_cpu_per_post", "load_cpu_to_server_cpu", "raw_per_second", "ratio_to_raw"})
      if (const figure* row = one.find(name)) {
        out.figures.push_back(*row);
        out.figures.back().name += end;
      }
    for (curve& line : one.curves) {
      line.name += end;
      out.curves.push_back(std::move(line));
    }
    double cpu = one.at("server_cpu_per_post");
    if (hosts == 1)
      cpu_alone = cpu;
    else
      out.add("cpu_per_post" + end + "_to_1", cpu / cpu_alone, "", 2, better::lower);
  }
  return out;
}

} // namespace carillon::bench
