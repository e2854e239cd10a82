#include "tools/sim/shrink.hpp"

#include <algorithm>

namespace carillon::sim {
namespace {

class shrinker {
public:
  shrinker(const run_options& how, const plan& faults, const outcome& found, std::uint32_t runs_max)
      : how_(how), runs_max_(runs_max), best_{faults, found, 0} {}

  shrunk run() {
    // What happens after the violation cannot have caused it.
    auto& faults = best_.faults.faults;
    std::erase_if(faults, [&](const fault& each) { return each.at > best_.result.at; });
    for (std::size_t width = std::max<std::size_t>(1, faults.size() / 2);; width /= 2) {
      while (leave_out_one_of(width)) {
      }
      if (width <= 1)
        break;
    }
    for (std::size_t i = 0; i < best_.faults.faults.size(); ++i)
      while (shorten(i)) {
      }
    return std::move(best_);
  }

private:
  bool still_breaks(plan candidate) {
    if (best_.runs >= runs_max_)
      return false;
    ++best_.runs;
    outcome result = play(how_, candidate);
    if (!result.broken || result.broken->invariant != best_.result.broken->invariant)
      return false;
    best_.faults = std::move(candidate);
    best_.result = std::move(result);
    return true;
  }

  bool leave_out_one_of(std::size_t width) {
    const auto& faults = best_.faults.faults;
    for (std::size_t from = 0; from < faults.size(); from += width) {
      plan candidate = best_.faults;
      const auto first = candidate.faults.begin() + static_cast<std::ptrdiff_t>(from);
      const auto count = std::min(width, faults.size() - from);
      candidate.faults.erase(first, first + static_cast<std::ptrdiff_t>(count));
      if (still_breaks(std::move(candidate)))
        return true;
    }
    return false;
  }

  bool shorten(std::size_t which) {
    plan candidate = best_.faults;
    fault& at = candidate.faults[which];
    if (at.lasts < 200 * millisecond)
      return false;
    at.lasts /= 2;
    return still_breaks(std::move(candidate));
  }

  const run_options& how_;
  const std::uint32_t runs_max_;
  shrunk best_;
};

}  // namespace

shrunk shrink(const run_options& how, const plan& faults, const outcome& found,
              std::uint32_t runs_max) {
  return shrinker(how, faults, found, runs_max).run();
}

std::string script_of(const run_options& how, const shrunk& what) {
  std::string text = "seed ";
  text.append(std::to_string(how.seed)).append(", ");
  text.append(std::to_string(what.faults.hosts)).append(" hosts, ");
  text.append(to_string(what.faults.weather)).append("\n");
  for (const fault& each : what.faults.faults)
    text.append("  ").append(each.describe()).append("\n");
  fault end;
  end.at = what.result.at;
  const std::string when = end.describe();
  text.append("  ").append(when.substr(0, when.find(" s"))).append(" s  broken: ");
  text.append(what.result.broken->invariant).append(": ").append(what.result.broken->words);
  text.append("\n");
  return text;
}

}  // namespace carillon::sim
