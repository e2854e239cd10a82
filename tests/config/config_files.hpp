// A settings file with given text, in a folder of its own that is removed afterwards.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "config/load.hpp"
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

// The settings in a file with this text; complaints call the file x.toml.
inline result<settings> load_text(const std::string& text, settings_sources sources = {}) {
  config_file file(text);
  sources.file = file.path();
  auto loaded = load_settings(sources);
  if (loaded)
    return loaded;
  std::string words = loaded.error().detail;  // with a fixed name for the file
  for (auto at = words.find(file.path()); at != std::string::npos; at = words.find(file.path()))
    words.replace(at, file.path().size(), "x.toml");
  return make_error(errc::invalid_config, words);
}

}  // namespace carillon::test
