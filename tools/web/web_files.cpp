#include "tools/web/web_files.hpp"

#include <algorithm>
#include <array>

// The bytes, put between these names by web_embedded.S (tools/web/CMakeLists.txt writes it).
extern "C" {
#define CARILLON_WEB_FILE(number, path, type) \
  extern const char carillon_web_begin_##number[]; \
  extern const char carillon_web_end_##number[];
#include "web_embedded.inc"
#undef CARILLON_WEB_FILE
}

namespace carillon {

std::optional<web_file> find_web_file(std::string_view path) {
  struct row {
    std::string_view path;
    std::string_view type;
    const char* begin;
    const char* end;
  };
  static const std::array rows = {
#define CARILLON_WEB_FILE(number, path, type) \
  row{path, type, carillon_web_begin_##number, carillon_web_end_##number},
#include "web_embedded.inc"
#undef CARILLON_WEB_FILE
  };
  if (path == "/") {
    path = "/index.html";
  } else if (path == "/console" || path == "/console/") {
    path = "/console/index.html";
  }
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const row& r) { return r.path == path; });
  if (found == rows.end()) {
    return std::nullopt;
  }
  return web_file{found->type,
                  {found->begin, static_cast<std::size_t>(found->end - found->begin)}};
}

}  // namespace carillon
