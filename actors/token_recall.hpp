// What this host remembers of a token by its hash, without asking the directory, as far as no revocation
// told it to forget; null: the directory knows. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "storage/directory.hpp"

namespace carillon {

using token_recall =
    std::function<std::shared_ptr<const storage::principal>(const std::string& token_hash)>;

}  // namespace carillon
