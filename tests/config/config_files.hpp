// A settings file with given text, in a folder of its own that is removed afterwards.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/base/ensure.hpp"

namespace carillon::test {

class config_file {
public:
  explicit config_file(const std::string& text) {
    std::string pattern = (std::filesystem::temp_directory_path() / "carillon-XXXXXX").string();
    ENSURE(mkdtemp(pattern.data()) != nullptr, "the temporary folder can be made");
    folder_ = pattern;
    std::ofstream(path()) << text;
  }
  ~config_file() { std::filesystem::remove_all(folder_); }
  config_file(const config_file&) = delete;
  config_file& operator=(const config_file&) = delete;

  std::string folder() const { return folder_.string(); }
  std::string path() const { return (folder_ / "x.toml").string(); }

private:
  std::filesystem::path folder_;
};

}  // namespace carillon::test
