// The words of a message that has blocks or attachments and no text of its own, marked up as text is. Pure.
#pragma once

#include <string>

#include "runtime/wire/event.pb.h"

namespace carillon {

// Its text, or else what its blocks say, or else its attachments: words of one block in one line, at most
// block_text_max bytes and a little. Empty: it has no words.
inline constexpr std::size_t block_text_max = 4'000;
std::string words_of(const wire::chat_message& message);

}  // namespace carillon
