// The page as it is in the binary: whatever one of its files names, the binary has; and nothing
// in it needs a laxer Content-Security-Policy.
#include "tools/web/web_files.hpp"

#include <regex>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace carillon;

namespace {

std::vector<std::string> all_matches(std::string_view text, const std::regex& pattern) {
  std::vector<std::string> out;
  std::string owned(text);
  for (std::sregex_iterator it(owned.begin(), owned.end(), pattern), end; it != end; ++it)
    out.push_back((*it)[1]);
  return out;
}

// What "./x.js" and "../x.js" mean in the file at `path`.
std::string beside(const std::string& path, std::string_view name) {
  std::string out = path.substr(0, path.rfind('/'));
  if (name.starts_with("../")) {
    out.resize(out.rfind('/'));
    name.remove_prefix(1);
  }
  out += name.substr(1);
  return out;
}

}  // namespace

TEST_CASE("page: / is index.html, as HTML") {
  auto page = find_web_file("/");
  REQUIRE(page);
  CHECK(page->content_type == "text/html; charset=utf-8");
  CHECK(page->bytes.starts_with("<!doctype html>"));
  CHECK(page->bytes.ends_with("</html>\n"));
  CHECK(find_web_file("/index.html")->bytes.data() == page->bytes.data());
}

TEST_CASE("console: /console is its index.html, with and without the slash") {
  auto page = find_web_file("/console");
  REQUIRE(page);
  CHECK(page->content_type == "text/html; charset=utf-8");
  CHECK(page->bytes.starts_with("<!doctype html>"));
  CHECK(find_web_file("/console/")->bytes.data() == page->bytes.data());
}

TEST_CASE("page: everything that a file names is there, with its type") {
  std::set<std::string> seen = {"/", "/console"};
  std::vector<std::string> unvisited = {"/", "/console"};
  const std::regex in_page(R"re((?:src|href)="(/[^"]+)")re");
  const std::regex in_script(R"re(from '(\.\.?/[^']+)')re");
  while (!unvisited.empty()) {
    std::string path = unvisited.back();
    unvisited.pop_back();
    INFO("file " << path);
    auto file = find_web_file(path);
    REQUIRE(file);
    CHECK(!file->bytes.empty());
    bool script = path.ends_with(".js");
    if (script)
      CHECK(file->content_type == "text/javascript; charset=utf-8");
    for (const std::string& name : all_matches(file->bytes, script ? in_script : in_page))
      if (std::string next = script ? beside(path, name) : name; seen.insert(next).second)
        unvisited.push_back(next);
  }
  CHECK(seen.size() > 10);
  CHECK(seen.contains("/console/feed.js"));
}

TEST_CASE("page: nothing else is there, whatever the path looks like") {
  for (const char* path : {"", "index.html", "/index.htm", "/app.js/", "/../app.js", "//app.js",
                           "/web_files.cpp", "/package.json", "/console.css", "/console/dom.js"})
    CHECK(!find_web_file(path));
}

TEST_CASE("page: no script, style or handler stands inline") {
  for (const char* path : {"/", "/console"}) {
    INFO("page " << path);
    std::string page(find_web_file(path)->bytes);
    CHECK(!std::regex_search(page, std::regex(R"re(<style|\sstyle=|\son[a-z]+=|javascript:)re")));
    CHECK(!std::regex_search(page, std::regex(R"re(<script(?![^>]*\ssrc=))re")));
  }
}
