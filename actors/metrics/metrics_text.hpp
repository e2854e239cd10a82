// Families of numbers, and the text in which Prometheus reads them (exposition format 0.0.4).
// prometheus-cpp is met in metrics_text.cpp only. Pure values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/metrics.hpp"

namespace carillon {

// One name on the page. `help` and `labels` live as long as the program.
class metric_family {
public:
  enum class type { counter, gauge, histogram };

  struct distribution {
    std::vector<std::pair<double, std::uint64_t>> buckets;  // upper bound, count up to it
    double sum = 0;
    std::uint64_t count = 0;
  };
  struct sample {
    std::vector<std::string> labels;  // values, in the order of the family's names
    double value = 0;
    distribution spread;              // of a histogram
  };

  metric_family(std::string_view name, type kind, std::vector<std::string_view> labels,
                std::string_view help)
      : name(name), kind(kind), labels(std::move(labels)), help(help) {}

  // REQUIRES: as many label values as the family has names.
  metric_family& add(double value, std::vector<std::string> label_values = {});
  template <class Number>
  metric_family& add(Number value, std::vector<std::string> label_values = {}) {
    return add(static_cast<double>(value), std::move(label_values));
  }

  // How a metric_histogram is shown: its values times `unit`, its counts times `weight`, and of its
  // buckets those from 2^first to 2^last; what is above is in the last, unbounded one.
  struct view {
    double unit = 1;
    std::uint64_t weight = 1;
    std::size_t first = 0;
    std::size_t last = metric_histogram::buckets - 2;
  };
  metric_family& add(const metric_histogram::reading& read, const view& how,
                     std::vector<std::string> label_values = {});

  std::string_view name;
  type kind;
  std::vector<std::string_view> labels;
  std::string_view help;
  std::vector<sample> samples;
};

std::string_view to_string(metric_family::type kind);

inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";
std::string to_text(const std::vector<metric_family>& families);

}  // namespace carillon
