// The trip of one marked message, put together from what each host wrote down by its own clock: the
// clocks are set right, every step gets the step that it followed from, and the longest wait is named
// in words that lead to its cause. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/trace.hpp"
#include "runtime/wire/inspect.pb.h"

namespace carillon {

// One host was asked for its time: two moments by the asker's clock, between them one by its own.
struct clock_sample {
  std::string host;
  std::uint64_t asked_at = 0, answered_at = 0;
  std::uint64_t its_now = 0;
};

struct trip_facts {
  std::string asked;                  // by whose clock it is told
  std::vector<clock_sample> samples;  // hosts may be there several times, or not
  std::size_t replicas = 0;           // of the channel's slot; 0: as many as wrote something down
};

// `parts`: each host's steps, in the order of their times. Steps come out by one clock, causes before
// effects wherever any offsets of the clocks allow it.
wire::trace_picture whole_trip(const std::vector<wire::trace_picture>& parts, const trip_facts& facts);

// ---- its parts ----------------------------------------------------------------------------------

// One step as numbers, beside the picture's.
struct trip_step {
  trace_step what = trace_step::received;
  std::size_t host = 0;  // place among the hosts
  std::uint64_t at = 0;
  std::size_t to = SIZE_MAX;  // of `sent`: the host that is to hear of it; SIZE_MAX: not known
};
using trip_steps = std::vector<trip_step>;

inline constexpr std::size_t no_step = SIZE_MAX;

// trip_causes.cpp: for each step the place of the one that it followed from, or no_step. REQUIRES:
// `steps` by time, by one clock. `replicas`: as in trip_facts, not 0.
std::vector<std::size_t> causes_of(const trip_steps& steps, std::size_t replicas);
// Those that the poster's answer or some host's first subscriber had to wait for.
std::vector<bool> awaited_in(const trip_steps& steps, const std::vector<std::size_t>& causes);
// Where the entry was proposed, when that happened once; no_step otherwise.
std::size_t proposal_in(const trip_steps& steps);
// The hosts whose fsyncs the leader waited for, in the order of time; empty: it is not committed.
std::vector<std::size_t> quorum_in(const trip_steps& steps, std::size_t replicas);

// trip_words.cpp: what a step of the picture waited for; and what is worth a note. REQUIRES: everything
// else in the picture is filled in.
std::string wait_words(const wire::trace_picture& picture, int step, const std::vector<std::string>& quorum);
std::vector<std::string> trip_notes(const wire::trace_picture& picture,
                                    const std::vector<std::string>& quorum, std::size_t replicas);

}  // namespace carillon
