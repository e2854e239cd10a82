// Chance as a value. Pure cores take a `random_source`; `seeded_random` replays exactly (SplitMix64,
// Steele, Lea and Flood 2014), `secure_random` draws from the operating system for ids, salts and
// tickets. A random_source is used by one thread at a time; secure_random by any.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/ids.hpp"

namespace carillon {

class random_source {
public:
  virtual ~random_source() = default;
  virtual std::uint64_t next() = 0;

  // In [0, end), uniform but for the modulo's bias: nothing to speak of for timeouts and choices,
  // less than a hundredth of a bit for new_id. REQUIRES: end > 0.
  std::uint64_t below(std::uint64_t end) { return next() % end; }
  entity_id new_id(char kind) { return entity_id{kind, below(entity_id::number_end)}; }
};

class seeded_random final : public random_source {
public:
  explicit seeded_random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

private:
  std::uint64_t state_;
};

class secure_random final : public random_source {
public:
  std::uint64_t next() override;
};

// `bytes` random bytes from the operating system, as they are.
std::string random_bytes(std::size_t bytes);

}  // namespace carillon
