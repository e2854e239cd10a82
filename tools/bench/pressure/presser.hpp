// What presses on hosts: each of the cases, made beforehand, let loose while others are measured, and
// taken away again. One thread: the loop's, which goes on in all of these calls.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tools/bench/figures/report.hpp"
#include "tools/bench/target.hpp"
#include "tools/bench/workloads.hpp"

namespace carillon::bench {

class presser {
public:
  virtual ~presser() = default;
  // Connected, and quiet. What it found out by that goes into the report.
  virtual void prepare(report& out) = 0;
  // Begins, goes on for as long as it lasts, is as it was in the middle when `middle` was called.
  virtual void press(const std::function<void()>& middle) = 0;
  // Ends; what became of those who pressed.
  virtual void release(report& out) = 0;
  // Holds what was acknowledged against history.
  virtual void judge(report& out) = 0;
};

// "stalled", "trickle", "flood", "storm".
std::vector<std::string> pressure_names();
std::unique_ptr<presser> make_presser(client::event_loop& loop, const target& hosts,
                                      const load_options& how);
// Descriptors that a process of this case needs.
std::uint64_t pressure_files(const load_options& how);

} // namespace carillon::bench
