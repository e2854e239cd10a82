// Encoding, lengths and names, on both sides of each border.
#include "actors/api/text_rules.hpp"

#include <doctest/doctest.h>

namespace carillon::api {
namespace {

TEST_CASE("text: well-formed UTF-8 is taken to its borders, everything beyond is not") {
  for (std::string_view good :
       {"", "plain", "한글", "\x7f", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
        "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    CHECK(is_clean_text(good));
  for (std::string_view bad :
       {"\x80", "\xC1\xBF", "\xC2", "\xC2\x7F", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE1\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"})
    CHECK_FALSE(is_clean_text(bad));
  CHECK_FALSE(is_clean_text(std::string_view("a\0b", 3)));
}

TEST_CASE("text: what is wrong is found wherever it stands in a long text") {
  for (std::size_t length : {7u, 8u, 9u, 16u, 25u})
    for (std::size_t at = 0; at < length; ++at) {
      std::string text(length, 'a');
      text[at] = '\0';
      CHECK_FALSE(is_clean_text(text));
      text[at] = '\x01';
      CHECK(is_clean_text(text));
      text[at] = '\x80';
      CHECK_FALSE(is_clean_text(text));
      text.replace(at, 1, "한");
      CHECK(is_clean_text(text));
      text.replace(at + 3, text.size() - at - 3, std::string(length, '\x7f'));
      CHECK(is_clean_text(text));
      text.back() = '\0';
      CHECK_FALSE(is_clean_text(text));
    }
}

TEST_CASE("text: characters are counted, not bytes") {
  CHECK(count_characters("") == 0);
  CHECK(count_characters("a한😀") == 3);
}

TEST_CASE("channel name: what Slack allows") {
  for (std::string_view good : {"a", "1", "general", "team-a_b", "공지사항", "日本語", "straße"})
    CHECK(check_channel_name(good, 80));
}

TEST_CASE("channel name: what Slack refuses, each with its own word") {
  auto code = [](std::string_view name) {
    auto checked = check_channel_name(name, 80);
    return checked ? errc::internal_error : checked.code();
  };
  CHECK(code("") == errc::invalid_name_required);
  CHECK(code("Big") == errc::invalid_name_specials);
  CHECK(code("two words") == errc::invalid_name_specials);
  CHECK(code("a.b") == errc::invalid_name_specials);
  CHECK(code("#a") == errc::invalid_name_specials);
  CHECK(code("ÉTÉ") == errc::invalid_name_specials);
  CHECK(code("a😀") == errc::invalid_name_specials);
  CHECK(code("전각　공백") == errc::invalid_name_specials);
  CHECK(code("a\xE2\x80\xAE") == errc::invalid_name_specials);  // turns the direction of writing
  CHECK(code("-_-") == errc::invalid_name_punctuation);
}

TEST_CASE("channel name: 80 characters fit, 81 do not, in any script") {
  std::string hangul;
  for (int i = 0; i < 80; ++i)
    hangul += "가";
  CHECK(check_channel_name(std::string(80, 'a'), 80));
  CHECK(check_channel_name(hangul, 80));
  CHECK(check_channel_name(std::string(81, 'a'), 80).code() == errc::invalid_name_maxlength);
  CHECK(check_channel_name(hangul + "가", 80).code() == errc::invalid_name_maxlength);
}

TEST_CASE("e-mail: likely addresses and impossible ones") {
  for (std::string_view good : {"a@b.c", "ada+x@mail.example.org", "root@localhost"})
    CHECK(is_email(good));
  for (std::string_view bad :
       {"", "a", "@b.c", "a@", "a@b", "a@@b.c", "a b@c.d", "a@.c", "a@b.", "<a@b.c>"})
    CHECK_FALSE(is_email(bad));
  CHECK(is_email(std::string(248, 'a').append("@bb.cc")));
  CHECK_FALSE(is_email(std::string(249, 'a').append("@bb.cc")));
}

TEST_CASE("handle: made of a person's name") {
  CHECK(handle_of("Ada Lovelace") == "ada.lovelace");
  CHECK(handle_of("  Ada  ") == "ada");
  CHECK(handle_of("김철수") == "김철수");
  CHECK(handle_of("O'Neil & Co!") == "oneil..co");
  CHECK(handle_of("😀") == "user");
  CHECK(count_characters(handle_of(std::string(200, 'x'))) == 80);
}

TEST_CASE("printable: a stranger's words, made harmless") {
  CHECK(printable("a\nb\xff") == "a?b?");
  CHECK(printable(std::string(100, 'a')).size() == 64);
}

}  // namespace
}  // namespace carillon::api
