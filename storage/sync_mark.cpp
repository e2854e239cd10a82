#include "storage/sync_mark.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace carillon::storage {

result<std::unique_ptr<sync_mark>> sync_mark::open(const std::string& folder) {
  const std::string path = folder + "/" + file_name;
  const auto refused = [&path] {
    return make_error(errc::io_error, path + ": " + std::strerror(errno));
  };
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0)
    return refused();
  void* mapped = MAP_FAILED;
  // Allocated now: a store into a mapped hole of a full disk would end the process.
  if (const int failed = ::posix_fallocate(file, 0, sizeof(page)); failed != 0)
    errno = failed;
  else
    mapped = ::mmap(nullptr, sizeof(page), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  const int why = errno;
  ::close(file);
  errno = why;
  if (mapped == MAP_FAILED)
    return refused();
  return std::unique_ptr<sync_mark>(new sync_mark(static_cast<page*>(mapped)));
}

std::optional<std::uint64_t> sync_mark::read(const std::string& folder) {
  page there{};
  std::ifstream file(folder + "/" + file_name, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(&there), sizeof there) || there.inverted != ~there.sequence)
    return std::nullopt;
  return there.sequence;
}

sync_mark::~sync_mark() {
  ::msync(mapped_, sizeof(page), MS_SYNC);
  ::munmap(mapped_, sizeof(page));
}

std::optional<std::uint64_t> sync_mark::promised() const {
  if (mapped_->inverted != ~mapped_->sequence)
    return std::nullopt;
  return mapped_->sequence;
}

void sync_mark::promise(std::uint64_t sequence) {
  mapped_->sequence = sequence;
  mapped_->inverted = ~sequence;
}

}  // namespace carillon::storage
