// The files of a data folder that are not databases: the lock that keeps a second host out, the
// host-wide admin token, the address. Blocking; start and stop only.
#pragma once

#include <string>

#include "runtime/base/result.hpp"

namespace carillon {

class data_folder {
public:
  // Makes the folder (mode 0700) when absent and locks it. io_error: in use by another host, or not
  // to be written.
  static result<data_folder> open(const std::string& path);
  data_folder(data_folder&& other) noexcept;
  data_folder& operator=(data_folder&&) = delete;
  ~data_folder();  // unlocks

  std::string file(const char* name) const { return path_ + "/" + name; }

  // The text in admin.token (mode 0600), made with `fresh` when absent.
  result<std::string> admin_token(const std::string& fresh) const;
  status write_admin_token(const std::string& text) const;  // replaces it
  // Written at once or not at all: whoever reads it finds a host that listens.
  status write_address(const std::string& url) const;
  void remove_address() const;

  // Other hosts said that this folder was put back from an older copy: whoever opens it next is told,
  // in their words. A disk that forgot promises must not vote, and its next start would count as a new
  // one.
  status mark_old_copy(const std::string& why) const;
  std::string old_copy() const;  // why; empty: not marked

private:
  data_folder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_ = -1;
};

}  // namespace carillon
