#include "actors/data_folder.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace carillon {
namespace {

error system_error(const std::string& what) {
  return make_error(errc::io_error, what + ": " + std::strerror(errno));
}

// Written beside and moved over, so that no reader meets half a file.
status replace_file(const std::string& path, const std::string& text, mode_t mode) {
  std::string draft = path + ".new";
  int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (file < 0)
    return system_error(draft);
  bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                 ::fsync(file) == 0;
  ::close(file);
  if (!written || ::rename(draft.c_str(), path.c_str()) != 0)
    return system_error(path);
  return ok;
}

}  // namespace

result<data_folder> data_folder::open(const std::string& path) {
  std::error_code failure;
  bool made = std::filesystem::create_directories(path, failure);
  if (failure)
    return make_error(errc::io_error, path + ": " + failure.message());
  if (made)
    ::chmod(path.c_str(), 0700);
  std::string lock_path = path + "/LOCK";
  int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0)
    return system_error(lock_path);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return make_error(errc::io_error, path + " is in use by another host");
  }
  return data_folder(path, lock);
}

data_folder::data_folder(data_folder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

data_folder::~data_folder() {
  if (lock_ >= 0)
    ::close(lock_);
}

result<std::string> data_folder::admin_token(const std::string& fresh) const {
  std::string path = file("admin.token");
  std::ifstream existing(path);
  std::string text;
  if (existing && std::getline(existing, text) && !text.empty())
    return text;
  auto written = replace_file(path, fresh + "\n", 0600);
  if (!written)
    return written.error();
  return fresh;
}

status data_folder::write_admin_token(const std::string& text) const {
  return replace_file(file("admin.token"), text + "\n", 0600);
}

status data_folder::write_address(const std::string& url) const {
  return replace_file(file("address"), url + "\n", 0644);
}

status data_folder::mark_old_copy(const std::string& why) const {
  return replace_file(file("OLD_COPY"), why + "\n", 0644);
}

std::string data_folder::old_copy() const {
  std::ifstream mark(file("OLD_COPY"));
  std::string why;
  if (mark && (!std::getline(mark, why) || why.empty()))
    return "marked so without a word";
  return why;
}

void data_folder::remove_address() const {
  ::unlink(file("address").c_str());
}

}  // namespace carillon
