#include "actors/metrics/metrics_text.hpp"

#include <sstream>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "runtime/base/ensure.hpp"

namespace carillon {
namespace {

prometheus::MetricType type_of(metric_family::type kind) {
  switch (kind) {
    case metric_family::type::counter:
      return prometheus::MetricType::Counter;
    case metric_family::type::gauge:
      return prometheus::MetricType::Gauge;
    case metric_family::type::histogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

prometheus::ClientMetric to_client(const metric_family& family, const metric_family::sample& each) {
  prometheus::ClientMetric out;
  for (std::size_t i = 0; i < family.labels.size(); ++i)
    out.label.push_back({std::string(family.labels[i]), each.labels[i]});
  if (family.kind == metric_family::type::counter)
    out.counter.value = each.value;
  if (family.kind == metric_family::type::gauge)
    out.gauge.value = each.value;
  if (family.kind == metric_family::type::histogram) {
    out.histogram.sample_sum = each.spread.sum;
    out.histogram.sample_count = each.spread.count;
    for (const auto& [bound, count] : each.spread.buckets)
      out.histogram.bucket.push_back({count, bound});
  }
  return out;
}

}  // namespace

metric_family& metric_family::add(double value, std::vector<std::string> label_values) {
  ENSURE(label_values.size() == labels.size(), "a sample has a value for each label");
  samples.push_back({std::move(label_values), value, {}});
  return *this;
}

metric_family& metric_family::add(const metric_histogram::reading& read, const view& how,
                                  std::vector<std::string> label_values) {
  ENSURE(label_values.size() == labels.size(), "a sample has a value for each label");
  sample out;
  out.labels = std::move(label_values);
  std::uint64_t up_to_here = 0;
  for (std::size_t bucket = 0; bucket < metric_histogram::buckets; ++bucket) {
    up_to_here += read.counts[bucket] * how.weight;
    if (bucket >= how.first && bucket <= how.last)
      out.spread.buckets.emplace_back(static_cast<double>(std::uint64_t{1} << bucket) * how.unit,
                                      up_to_here);
  }
  out.spread.count = up_to_here;
  out.spread.sum = static_cast<double>(read.sum * how.weight) * how.unit;
  samples.push_back(std::move(out));
  return *this;
}

std::string_view to_string(metric_family::type kind) {
  switch (kind) {
    case metric_family::type::counter:
      return "counter";
    case metric_family::type::gauge:
      return "gauge";
    case metric_family::type::histogram:
      return "histogram";
  }
  return "unknown";
}

std::string to_text(const std::vector<metric_family>& families) {
  std::vector<prometheus::MetricFamily> all;
  for (const metric_family& family : families) {
    prometheus::MetricFamily out;
    out.name = family.name;
    out.help = family.help;
    out.type = type_of(family.kind);
    for (const metric_family::sample& each : family.samples)
      out.metric.push_back(to_client(family, each));
    all.push_back(std::move(out));
  }
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, all);
  return text.str();
}

}  // namespace carillon
