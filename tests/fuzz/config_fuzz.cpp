// Settings from a file and from --set: what is accepted can be printed and read back to the same, what
// is not has words that say why.
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "actors/api/text_rules.hpp"
#include "config/load.hpp"
#include "tests/fuzz/input.hpp"

namespace carillon {
namespace {

// A file that is in memory only.
class memory_file {
public:
  explicit memory_file(std::string_view text) : descriptor_(::memfd_create("settings", MFD_CLOEXEC)) {
    ENSURE(descriptor_ >= 0, "there is memory for a file");
    for (std::string_view rest = text; !rest.empty();) {
      const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
      ENSURE(written > 0, "and for what is in it");
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  ~memory_file() { ::close(descriptor_); }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

private:
  int descriptor_;
};

void check(const result<settings>& read, bool whole_cluster) {
  if (!read) {
    ENSURE(read.code() == errc::invalid_config, "a refusal is one of settings");
    ENSURE(!read.error().detail.empty(), "and says why");
    return;
  }
  const std::string printed = print_settings(*read);
  const memory_file file(printed);
  settings_sources sources;
  sources.file = file.path();
  sources.whole_cluster = whole_cluster;
  const result<settings> again = load_settings(sources);
  ENSURE(again, "what is printed can be read");
  ENSURE(print_settings(*again) == printed, "and is the same");
}

}  // namespace
}  // namespace carillon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  if (size > 8'192)
    return 0;
  fuzz::input in(data, size);
  const std::uint8_t how = in.byte();
  settings_sources sources;
  sources.whole_cluster = how == 'w';
  if (how == 'h')
    sources.host = "a";
  if (how == 's') {  // each line as behind a --set
    for (std::string_view rest = in.rest(); !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      sources.set.emplace_back(line);
    }
    // Bytes that are no text cannot be printed as TOML; a path of such bytes is its owner's.
    if (!api::is_clean_text(in.rest()))
      return 0;
    check(load_settings(sources), false);
    return 0;
  }
  const memory_file file(in.rest());
  sources.file = file.path();
  check(load_settings(sources), sources.whole_cluster);
  return 0;
}
