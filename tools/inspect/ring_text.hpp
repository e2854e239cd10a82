// The ring in a terminal: one letter per slot, that of the host that leads it. Pure.
#pragma once

#include <string>

#include "runtime/wire/inspect.pb.h"
#include "tools/inspect/words.hpp"

namespace carillon::inspect {

// One letter per host, those that answered and then the silent ones: the names' first ones where these
// differ, otherwise A, B, C.
std::vector<char> host_letters(const wire::cluster_picture& picture);

// Capital: leads and serves as the ring wishes, or is silent and the others say that it leads. Small:
// leads, and another one is preferred. "!": nobody serves it; "*" (rings of more than 1,024 slots, where
// a letter stands for several): they differ. Empty without the states of slots.
std::string ring_text(const wire::cluster_picture& picture, const look& how);

}  // namespace carillon::inspect
