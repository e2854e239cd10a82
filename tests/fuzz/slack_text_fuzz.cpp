// JSON that is written straight into a string: a JSON parser reads the same text back, on one line.
#include <string>

#include <boost/json.hpp>

#include "actors/api/text_rules.hpp"
#include "actors/slack_json_input.hpp"
#include "actors/slack_text.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/same_json.hpp"

namespace carillon {
namespace {

namespace json = boost::json;

void check_one_line(std::string_view text) {
  for (unsigned char c : text)
    ENSURE(c >= 0x20, "a frame is one line");
}

// A raw NUL, which is text to JSON and none to us, is let through too.
bool is_utf8(std::string text) {
  for (char& c : text)
    if (c == '\0')
      c = ' ';
  return api::is_clean_text(text);
}

}  // namespace
}  // namespace carillon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  fuzz::input in(data, size);
  const std::uint64_t number = in.number(8);
  const std::string text(in.rest());

  const result<json::value> given = slack::read_json(text);  // as whatever is passed on

  std::string out = "front ";
  slack::append_string(out, text);
  ENSURE(out.starts_with("front \"") && out.ends_with('"'), "a string stands behind what was there");
  ENSURE(out.size() <= 8 + 6 * text.size(), "a character becomes six at most");
  check_one_line(out);

  std::string line;
  slack::object_text object(line);
  object.string("text", text);
  object.number("seq", number);
  if (given)
    object.json("blocks", text);
  object.object("inner", [&](slack::object_text& inner) {
    inner.boolean("yes", number % 2 == 0);
    inner.string("again", text);
  });
  object.close();
  if (!is_utf8(text))
    return 0;
  json::error_code failure;
  json::parse_options deeper;  // by the object around
  deeper.max_depth = 40;
  const json::value read = json::parse(line, failure, {}, deeper);
  ENSURE(!failure, "a JSON parser takes it");
  ENSURE(read.at("text") == json::string_view(text), "and reads the text");
  ENSURE(read.at("inner").at("again") == json::string_view(text), "twice");
  ENSURE(read.at("inner").at("yes").as_bool() == (number % 2 == 0), "the flag");
  ENSURE(read.at("seq").to_number<std::uint64_t>() == number, "the number");
  if (given) {
    ENSURE(fuzz::same_json(read.at("blocks"), *given), "and the JSON as it was");
    ENSURE(line.find_first_of("\r\n") == std::string::npos, "on one line");
  } else {
    check_one_line(line);
  }
  return 0;
}
