// Runs a target over files instead of libFuzzer: what the fuzzers have found, again on every build and
// with every compiler. usage: fuzz_NAME FILE|FOLDER...
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "tests/fuzz/input.hpp"

namespace {

namespace fs = std::filesystem;

void replay(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  std::fprintf(stderr, "%s\n", file.c_str());  // the last one is the one that failed
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int count, char** words) {
  std::set<fs::path> files;
  for (int i = 1; i < count; ++i) {
    if (!fs::is_directory(words[i])) {
      files.insert(words[i]);
      continue;
    }
    for (const auto& each : fs::directory_iterator(words[i]))
      files.insert(each.path());
  }
  LLVMFuzzerTestOneInput(nullptr, 0);
  for (const fs::path& each : files)
    replay(each);
  std::printf("%zu inputs\n", files.size());
  return files.empty() ? 2 : 0;
}
