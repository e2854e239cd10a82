// A file of a test's own, gone with it.
#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <unistd.h>

namespace carillon::testing {

class temporary_file {
public:
  explicit temporary_file(std::string_view bytes) {
    std::string path = (std::filesystem::temp_directory_path() / "carillon-XXXXXX").string();
    ::close(::mkstemp(path.data()));
    path_ = path;
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~temporary_file() { std::remove(path_.c_str()); }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;

  const std::string& path() const { return path_; }

private:
  std::string path_;
};

}  // namespace carillon::testing
