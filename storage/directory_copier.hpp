// Both ends of a copy's way (directory_copy.hpp) for a replica's file. Thread-safe; one piece at a
// time each way.
//
// Beside the file: "<file>.copy" is given, and stays until a newer one is wanted; "<file>.incoming"
// is taken. Both are of no worth after a restart and removed then.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "storage/directory_applier.hpp"
#include "storage/directory_copy.hpp"

namespace carillon::storage {

class directory_copier final : public directory_copy {
public:
  directory_copier(std::string file, directory_applier& applier);

  result<wire::chunk> read_chunk(const wire::fetch_chunk& asked) override;
  status take_chunk(const wire::chunk& piece) override;

private:
  status make_copy(std::uint64_t wanted);
  status take_over(std::uint64_t index);

  const std::string given_path_;
  const std::string taken_path_;
  directory_applier& applier_;

  std::mutex giving_;
  std::uint64_t given_index_ = 0;  // 0: there is none
  std::uint64_t given_bytes_ = 0;

  std::mutex taking_;
  std::uint64_t taken_index_ = 0;
  std::uint64_t taken_bytes_ = 0;
};

}  // namespace carillon::storage
