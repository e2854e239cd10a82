#include "actors/push/block_text.hpp"

#include <string_view>

#include <boost/json.hpp>

namespace json = boost::json;

namespace carillon {
namespace {

constexpr int depth_max = 8;  // of lists in quotes in rich text; what is deeper is passed over

std::string_view text_at(const json::object& in, std::string_view name) {
  const auto* found = in.if_contains({name.data(), name.size()});
  const auto* text = found ? found->if_string() : nullptr;
  return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

// As Slack has people write it, so that readable_text() gives it back.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  return out;
}

class reader {
public:
  std::string take() { return std::move(out_); }

  void read_list(const json::value* list, int depth) {
    const auto* items = list ? list->if_array() : nullptr;
    if (!items || depth > depth_max)
      return;
    for (const auto& item : *items)
      if (const auto* object = item.if_object(); object && out_.size() < block_text_max)
        read(*object, depth);
  }

  // `text`, of a block or of what is in it, is an object of its own with the words in its `text`.
  void read(const json::object& what, int depth) {
    const std::string_view type = text_at(what, "type");
    if (type == "mrkdwn")
      return add(std::string(text_at(what, "text")));
    if (type == "plain_text" || type == "text")
      return add(escaped(text_at(what, "text")));
    if (type == "user")
      return add("<@" + std::string(text_at(what, "user_id")) + ">");
    if (type == "channel")
      return add("<#" + std::string(text_at(what, "channel_id")) + ">");
    if (type == "broadcast")
      return add("<!" + std::string(text_at(what, "range")) + ">");
    if (type == "emoji")
      return add(":" + std::string(text_at(what, "name")) + ":");
    if (type == "link")
      return add(escaped(text_at(what, "text").empty() ? text_at(what, "url") : text_at(what, "text")));
    if (type == "image")
      return add_line(escaped(text_at(what, "alt_text")));
    const bool is_rich = type.starts_with("rich_text");  // its words stand one after the other
    if (type != "rich_text")
      add_line({});
    if (const auto* text = what.if_contains("text"); text && text->is_object())
      read(text->get_object(), depth + 1);
    for (const char* parts : {"fields", "elements"}) {
      const auto* list = what.if_contains(parts);
      apart_ = !is_rich;
      read_list(list, depth + 1);
      apart_ = false;
    }
  }

  void add_line(const std::string& text) {
    if (!out_.empty() && out_.back() != '\n')
      out_ += '\n';
    out_ += text;
  }

private:
  void add(const std::string& text) {
    if (apart_ && !out_.empty() && out_.back() != '\n')
      out_ += ' ';
    out_ += text;
  }

  std::string out_;
  bool apart_ = false;
};

json::value parsed(const std::string& text) {
  json::error_code failed;
  json::value out = text.empty() ? json::value() : json::parse(text, failed);
  return failed ? json::value() : out;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  return text;
}

}  // namespace

std::string words_of(const wire::chat_message& message) {
  if (!message.text().empty())
    return message.text();
  reader blocks;
  const json::value list = parsed(message.blocks());
  blocks.read_list(&list, 0);
  if (std::string out = trimmed(blocks.take()); !out.empty())
    return out;
  reader attachments;
  const json::value attached = parsed(message.attachments());
  if (const auto* items = attached.if_array())
    for (const auto& item : *items)
      if (const auto* object = item.if_object())
        for (const char* name : {"fallback", "pretext", "text", "title"})
          if (const auto words = text_at(*object, name); !words.empty()) {
            attachments.add_line(std::string(words.substr(0, block_text_max)));
            break;
          }
  return trimmed(attachments.take());
}

}  // namespace carillon
