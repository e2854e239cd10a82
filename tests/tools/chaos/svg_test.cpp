// The words of SVG: nothing that a run says may break out of its place in the file, numbers are short
// and the same in every locale, and what has no room ends with dots.
#include <string>

#include <doctest/doctest.h>

#include "tests/tools/chaos/xml_check.hpp"
#include "tools/chaos/svg.hpp"

using namespace carillon::chaos;

TEST_CASE("svg: text is escaped, and what no XML may hold becomes a mark") {
  CHECK(escape_xml("a < b && c > \"d\" 'e'") == "a &lt; b &amp;&amp; c &gt; &quot;d&quot; &#39;e&#39;");
  CHECK(escape_xml("tab\tand line\n") == "tab\tand line\n");
  CHECK(escape_xml(std::string_view("\0\x01\x1f", 3)) == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(escape_xml("caf\xC3\xA9 \xF0\x9F\x94\xA5") == "caf\xC3\xA9 \xF0\x9F\x94\xA5");
  CHECK(escape_xml("\xC3") == "\xEF\xBF\xBD");                                       // cut off
  CHECK(escape_xml("\xC0\xAF") == "\xEF\xBF\xBD\xEF\xBF\xBD");                       // too long a form
  CHECK(escape_xml("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");       // a surrogate
  CHECK(escape_xml("\xEF\xBF\xBF") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");       // U+FFFF
  CHECK(escape_xml("\xEF\xBF\xBD") == "\xEF\xBF\xBD");
  CHECK(escape_xml("") == "");
}

TEST_CASE("svg: numbers have no zeros at their end and no minus before nought") {
  CHECK(number_text(12.5) == "12.5");
  CHECK(number_text(3) == "3");
  CHECK(number_text(-0.01) == "0");
  CHECK(number_text(0.25, 2) == "0.25");
  CHECK(number_text(100, 0) == "100");
  CHECK(count_text(999) == "999");
  CHECK(count_text(1'000) == "1,000");
  CHECK(count_text(1'234'567) == "1,234,567");
  CHECK(count_text(-123) == "-123");
  CHECK(count_text(-1'234) == "-1,234");
}

TEST_CASE("svg: words that fit stay, others end with dots, and no character is cut") {
  const std::string words = "h\xC3\xB6rt auf, wo es zu eng wird";
  CHECK(shorten(words, width_of(words, 12), 12) == words);
  CHECK(shorten(words, width_of(words, 12) - 0.01, 12) != words);
  for (double width = 0; width < 200; width += 1) {
    std::string shorter = shorten(words, width, 12);
    CHECK(escape_xml(shorter) == shorter);
    CHECK((shorter.ends_with("\xE2\x80\xA6") || shorter == words));
    if (width > 20)
      CHECK(width_of(shorter, 12) <= width);
  }
}

TEST_CASE("svg: what is drawn is one well-formed file") {
  drawing ink;
  ink.rect({1, 2, 3, 4.25}, "fill=\"#fff\"", "a <hint>");
  ink.text(1, 2, "a & b", "class=\"x\"");
  ink.path("", "class=\"nothing\"");
  ink.vertical(1, 2, 3, "class=\"y\"");
  auto found = check_xml(ink.finish(100, 50, "it's \"fine\"", "text{fill:red}"));
  CHECK(found.wrong == "");
  CHECK(found.tags.count("path") == 1);  // what has no steps is not drawn
  CHECK(found.texts == std::vector<std::string>{"it&#39;s &quot;fine&quot;", "text{fill:red}",
                                                "a &lt;hint&gt;", "a &amp; b"});
}

TEST_CASE("svg: the check of XML sees what is not well-formed") {
  CHECK(check_xml("<a b=\"1\"><c/>x &lt; y</a>\n").wrong == "");
  for (const char* bad : {"<a>", "<a></b>", "</a>", "<a b=1/>", "<a b=\"1\" b=\"2\"/>", "<a>&nbsp;</a>",
                          "<a>x & y</a>", "<a/>words", "<a", "<a b=\"<\"/>"})
    CHECK_MESSAGE(check_xml(bad).wrong != "", bad);
}
