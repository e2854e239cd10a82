// Raft's messages as bytes between hosts (peer.proto, ITEM_RAFT) and back. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/raft/types.hpp"
#include "runtime/wire/peer.pb.h"

namespace carillon {

// A raft_batch.
std::string encode_raft(const std::vector<raft::message>& messages);
// nullopt: not a raft_batch, or one with a kind that this version does not know.
std::optional<std::vector<raft::message>> decode_raft(std::string_view bytes);

}  // namespace carillon
