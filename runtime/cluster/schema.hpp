// The version of what hosts say to one another (runtime/wire/peer.proto, event.proto, api.proto).
// Hosts of one major speak to each other whatever their minor: fields are added, never reused. A
// new major is for what an older host would misread; hosts of two majors refuse one another.
#pragma once

#include <cstdint>

namespace carillon::cluster {

inline constexpr std::uint32_t schema_major = 1;
inline constexpr std::uint32_t schema_minor = 0;

}  // namespace carillon::cluster
