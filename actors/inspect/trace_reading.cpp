#include "actors/inspect/trace_reading.hpp"

#include <algorithm>

#include "actors/describing.hpp"

namespace carillon {

void read_trace_here(caf::event_based_actor*, const host_services& host, const trace_id& trace,
                     std::function<void(wire::trace_picture)> then) {
  wire::trace_picture out;
  out.set_trace(trace);
  auto records = host.traces ? host.traces->of(trace) : std::vector<trace_record>();
  // Threads write as they come to it; of one moment, the earlier step of the trip stands first.
  std::stable_sort(records.begin(), records.end(), [](const trace_record& a, const trace_record& b) {
    return a.at != b.at ? a.at < b.at : a.step < b.step;
  });
  const std::string name = own_name(host.config);
  for (const trace_record& record : records) {
    auto& step = *out.add_steps();
    step.set_host(name);
    step.set_step(std::string(to_string(record.step)));
    step.set_at(record.at);
    step.set_detail(record.detail);
    if (!record.channel.empty())
      out.set_channel(record.channel);
    if (record.seq != 0)
      out.set_seq(record.seq);
  }
  then(std::move(out));
}

}  // namespace carillon
