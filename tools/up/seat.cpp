#include "tools/up/seat.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/logging.hpp"
#include "tools/client/stream.hpp"

namespace carillon::up {

std::string program_text(const std::string& path) {
  std::error_code failed;
  const std::string real = std::filesystem::canonical(path, failed).string();
  struct stat about {};
  if (failed || ::stat(real.c_str(), &about) != 0 || !S_ISREG(about.st_mode) ||
      ::access(real.c_str(), X_OK) != 0)
    return {};
  return fmt::format("{:x}:{}:{}:{}.{:09} {}", about.st_dev, about.st_ino, about.st_size,
                     about.st_mtim.tv_sec, about.st_mtim.tv_nsec, real);
}

std::string path_of_program(const std::string& text) {
  const std::size_t space = text.find(' ');
  return space == std::string::npos ? std::string() : text.substr(space + 1);
}

held_file::~held_file() {
  if (file_ >= 0)
    ::close(file_);
}

held_file::held_file(held_file&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)) {}

bool held_file::take() {
  if (file_ >= 0)
    return true;
  const int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0)
    throw client::client_error(fmt::format("{}: {}", path_, std::strerror(errno)));
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    ::close(file);
    return false;
  }
  file_ = file;
  return true;
}

// In place, for the lock is on this file. Who reads half of it reads no program's text, and looks again.
void held_file::write(const std::string& line) const {
  const std::string text = line + "\n";
  if (::pwrite(file_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
      ::ftruncate(file_, static_cast<off_t>(text.size())) != 0)
    throw client::client_error(fmt::format("{}: {}", path_, std::strerror(errno)));
}

bool is_held(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return false;
  const bool taken = ::flock(file, LOCK_SH | LOCK_NB) != 0;
  ::close(file);
  return taken;
}

std::string line_of(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) && !file.eof() ? line : std::string();
}

}  // namespace carillon::up
