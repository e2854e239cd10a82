// config/carillon.example.toml documents every setting with its default and what is allowed. It is
// read here as a person would use it: with the '#' in front of a setting taken away.
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <doctest/doctest.h>

#include "config/keys.hpp"
#include "config/load.hpp"
#include "tests/config/config_files.hpp"

using namespace carillon;

namespace {

struct example {
  std::string uncommented;
  std::map<std::string, std::string> comments;  // by section.key, joined to one line
  std::map<std::string, std::string> values;    // by section.key, as written
};

example read_example() {
  std::ifstream file("config/carillon.example.toml");
  REQUIRE(file);
  example out;
  std::string line, section, comment;
  while (std::getline(file, line)) {
    if (line.starts_with("[")) {
      section = line.substr(1, line.find(']') - 1);
    } else if (line.starts_with("# ")) {
      comment += (comment.empty() ? "" : " ") + line.substr(2);
    } else if (line.starts_with("#") && line.find(" = ") != std::string::npos) {
      line.erase(0, 1);
      std::size_t equals = line.find(" = ");
      std::string path = section + '.' + line.substr(0, equals);
      CHECK_MESSAGE(out.values.emplace(path, line.substr(equals + 3)).second, path);
      out.comments[path] = comment;
      comment.clear();
    } else if (line.empty()) {
      comment.clear();
    }
    out.uncommented += line + '\n';
  }
  return out;
}

}  // namespace

TEST_CASE("example: as it stands it changes nothing") {
  auto loaded =
      load_settings({.file = "config/carillon.example.toml", .data = {}, .listen = {}, .set = {}});
  REQUIRE(loaded);
  CHECK(print_settings(*loaded) == print_settings(settings{}));
}

TEST_CASE("example: it has every setting with its default, and what is allowed in words") {
  example read = read_example();
  CHECK(read.values.size() == setting_keys().size());
  for (const setting_key& key : setting_keys()) {
    CAPTURE(key.path());
    CHECK(read.values[key.path()] == format_value(key.read(settings{})));
    CHECK(read.comments[key.path()].find(key.allowed()) != std::string::npos);
  }
}

TEST_CASE("example: with every setting uncommented it loads as the defaults") {
  test::config_file file(read_example().uncommented);
  auto loaded = load_settings({.file = file.path(), .data = {}, .listen = {}, .set = {}});
  REQUIRE(loaded);
  CHECK(print_settings(*loaded) == print_settings(settings{}));
}
