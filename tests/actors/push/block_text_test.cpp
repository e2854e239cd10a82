// What a message without a text of its own says.
#include "actors/push/block_text.hpp"

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

std::string of_blocks(std::string blocks, std::string attachments = "") {
  wire::chat_message message;
  message.set_blocks(std::move(blocks));
  message.set_attachments(std::move(attachments));
  return words_of(message);
}

TEST_CASE("block text: the text of a message is what it says, whatever its blocks are") {
  wire::chat_message message;
  message.set_text("mine");
  message.set_blocks(R"([{"type":"section","text":{"type":"mrkdwn","text":"theirs"}}])");
  CHECK(words_of(message) == "mine");
}

TEST_CASE("block text: each block is a line, marks stay, signs of plain text are no marks") {
  CHECK(of_blocks(R"([{"type":"header","text":{"type":"plain_text","text":"1 < 2 & so on"}},{"type":"divider"},)"
                  R"({"type":"section","text":{"type":"mrkdwn","text":"*hello* <@U000000000001>"},)"
                  R"("fields":[{"type":"mrkdwn","text":"one"},{"type":"plain_text","text":"two"}]},)"
                  R"({"type":"image","image_url":"https://x.example","alt_text":"a cat"},)"
                  R"({"type":"context","elements":[{"type":"mrkdwn","text":"small"},{"type":"mrkdwn","text":"print"}]}])") ==
        "1 &lt; 2 &amp; so on\n*hello* <@U000000000001> one two\na cat\nsmall print");
}

TEST_CASE("block text: rich text is one run of words, a list has lines") {
  CHECK(of_blocks(R"([{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[)"
                  R"({"type":"text","text":"hi "},{"type":"user","user_id":"U000000000001"},{"type":"text","text":", see "},)"
                  R"({"type":"channel","channel_id":"C000000000001"},{"type":"text","text":" "},{"type":"emoji","name":"wave"},)"
                  R"({"type":"broadcast","range":"here"},{"type":"link","url":"https://a.example"}]},)"
                  R"({"type":"rich_text_list","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a"}]},)"
                  R"({"type":"rich_text_section","elements":[{"type":"text","text":"b"}]}]}]}])") ==
        "hi <@U000000000001>, see <#C000000000001> :wave:<!here>https://a.example\na\nb");
}

TEST_CASE("block text: without blocks the attachments speak; what is no JSON, or has no words, is nothing") {
  CHECK(of_blocks("", R"([{"title":"not this","fallback":"short"},{"text":"second"}])") == "short\nsecond");
  CHECK(of_blocks(R"([{"type":"divider"}])", R"([{"pretext":"before"}])") == "before");
  CHECK(of_blocks("[{", "nonsense").empty());
  CHECK(of_blocks(R"({"type":"section"})").empty());
  CHECK(of_blocks(R"([1,"x",{"type":7},{"text":"x"},{"type":"section","text":"x"}])").empty());
}

TEST_CASE("block text: what is too long ends early, what is too deep is passed over") {
  std::string many = "[";
  for (int i = 0; i < 100; ++i)
    many += std::string(i == 0 ? "" : ",") + R"({"type":"section","text":{"type":"mrkdwn","text":")" + std::string(100, 'x') + R"("}})";
  CHECK(of_blocks(many + "]").size() < block_text_max + 200);
  std::string deep = R"({"type":"text","text":"deep"})";
  for (int i = 0; i < 12; ++i)
    deep = R"({"type":"rich_text_section","elements":[)" + deep + "]}";
  CHECK(of_blocks("[" + deep + "]").empty());
}

}  // namespace
}  // namespace carillon::test
