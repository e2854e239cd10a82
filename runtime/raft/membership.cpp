#include "runtime/raft/membership.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon::raft {

std::shared_ptr<const std::string> encode_configuration(const configuration& config) {
  wire::group_config out;
  for (member_id id : config.voters)
    out.add_voters(id);
  for (member_id id : config.learners)
    out.add_learners(id);
  return std::make_shared<const std::string>(out.SerializeAsString());
}

std::optional<configuration> decode_configuration(const std::string& payload) {
  wire::group_config in;
  if (!in.ParseFromString(payload))
    return std::nullopt;
  configuration out;
  out.voters.assign(in.voters().begin(), in.voters().end());
  out.learners.assign(in.learners().begin(), in.learners().end());
  return out;
}

membership::membership(configuration as_of_applied, log_index applied)
    : base_(std::move(as_of_applied)), base_index_(applied), voters_(base_.voters) {}

const configuration& membership::now() const {
  return later_.empty() ? base_ : later_.back().config;
}

bool membership::is_learner(member_id id) const {
  const std::vector<member_id>& learners = now().learners;
  return std::find(learners.begin(), learners.end(), id) != learners.end();
}

log_index membership::since() const {
  return later_.empty() ? base_index_ : later_.back().index;
}

bool membership::was_voter(member_id id, log_index index) const {
  const configuration* then = &base_;
  for (const change& c : later_)
    if (c.index <= index)
      then = &c.config;
  return std::binary_search(then->voters.begin(), then->voters.end(), id);
}

void membership::append(log_index index, const configuration& config) {
  ENSURE(index > since(), "configurations follow one another");
  later_.push_back({index, config});
  refresh();
}

void membership::truncate(log_index keep) {
  while (!later_.empty() && later_.back().index > keep)
    later_.pop_back();
  refresh();
}

void membership::applied(log_index index) {
  while (!later_.empty() && later_.front().index <= index) {
    base_ = std::move(later_.front().config);
    base_index_ = later_.front().index;
    later_.pop_front();
  }
}

void membership::restart(log_index index, configuration config) {
  while (!later_.empty() && later_.front().index <= index)
    later_.pop_front();
  base_ = std::move(config);
  base_index_ = index;
  refresh();
}

void membership::refresh() {
  voters_ = voters(now().voters);
}

}  // namespace carillon::raft
