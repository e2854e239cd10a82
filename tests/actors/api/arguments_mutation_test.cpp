// Bodies that were good once, broken at random: whatever a stranger sends, reading it ends, and
// what comes out is clean text. The seed is printed; the sanitizer builds watch the memory.
#include "actors/api/arguments.hpp"

#include <doctest/doctest.h>

#include "actors/cursor.hpp"
#include "actors/api/text_rules.hpp"
#include "runtime/base/random.hpp"

namespace carillon::api {
namespace {

struct sample {
  std::string content_type;
  std::string body;
};

const sample samples[] = {
    {"multipart/form-data; boundary=xyz",
     "--xyz\r\nContent-Disposition: form-data; name=\"channel\"\r\n\r\nC1\r\n"
     "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a;b\"\r\n\r\nline\r\n"
     "--xyz--\r\n"},
    {"application/json", R"({"a":["x",1,{"b":null}],"t":"\u00e9\ud83d\ude00"})"},
    {"application/x-www-form-urlencoded", "a=b&c=%ED%95%9C+x&d"},
};

// One byte replaced, some erased, or some repeated elsewhere.
void break_somewhere(std::string& text, random_source& chance) {
  constexpr std::string_view syntax = "\r\n-;:\"=%&{}[]xyz\\";
  if (text.empty())
    return;
  std::size_t at = chance.below(text.size());
  switch (chance.below(4)) {
  case 0:
    text[at] = static_cast<char>(chance.next());
    break;
  case 1:
    text[at] = syntax[chance.below(syntax.size())];
    break;
  case 2:
    text.erase(at, 1 + chance.below(8));
    break;
  default:
    text.insert(at, text.substr(chance.below(text.size()), chance.below(12)));
  }
}

TEST_CASE("arguments: broken bodies are refused or read, and what is read is clean") {
  std::uint64_t seed = secure_random().next();
  CAPTURE(seed);
  seeded_random chance(seed);
  std::size_t unclean = 0;
  std::size_t taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    sample broken = samples[chance.below(std::size(samples))];
    for (std::uint64_t wounds = 1 + chance.below(6); wounds > 0; --wounds)
      break_somewhere(chance.below(6) == 0 ? broken.content_type : broken.body, chance);
    edge::http_request request;
    request.content_type = broken.content_type;
    request.body = broken.body;
    request.query = broken.body.substr(0, chance.below(20));
    result<arguments> args = arguments::read(request);
    if (!args)
      continue;
    ++taken;
    for (const auto& [name, value] : args->all()) {
      bool clean = is_clean_text(name) && is_clean_text(value) && is_clean_text(handle_of(value));
      unclean += clean ? 0 : 1;
      args->list(name);
      static_cast<void>(check_channel_name(value, 80));
      static_cast<void>(read_cursor("team", value));
    }
  }
  CHECK(unclean == 0);
  CHECK(taken > 0);
}

}  // namespace
}  // namespace carillon::api
