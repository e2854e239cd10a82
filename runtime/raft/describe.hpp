// Raft's values as text, one line each: the same words in logs, in the inspector and in the
// recorded exchanges of tests/runtime/raft/*.txt. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "runtime/raft/progress.hpp"
#include "runtime/raft/types.hpp"

namespace carillon::raft {

std::string_view to_string(role r);
std::string_view to_string(message_kind kind);
std::string_view to_string(progress::mode mode);

// voters 1 2 3 learners 4
std::string describe(const configuration& config);
// index@term and what it is: 7@2 "text", 8@3 noop, 9@3 config voters 1 2. Payloads are shown whole:
// meant for small ones.
std::string describe(const entry& e);
// from->to kind, term and what the kind carries: 1->2 append term 2 after 6@1 [7@2 "x"] commit 5.
std::string describe(const message& m);

}  // namespace carillon::raft
