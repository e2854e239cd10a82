// What the look at the texts says is what parsing says, for every text that a slot's log can hold.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "runtime/wire/event.pb.h"
#include "runtime/wire/wire_texts.hpp"

namespace carillon {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Calls `then` once per text field of the type, however deep, with that field alone set.
void with_each_text(const std::string& text, Message& root, Message& at, int depth,
                    const std::function<void(const std::string&)>& then) {
  const auto& type = *at.GetDescriptor();
  const auto& how = *at.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      if (field->is_repeated())
        how.AddString(&at, field, text);
      else
        how.SetString(&at, field, text);
      then(field->full_name());
    } else if (field->type() == FieldDescriptor::TYPE_MESSAGE && depth < 6) {
      Message* inside = field->is_repeated() ? how.AddMessage(&at, field)
                                             : how.MutableMessage(&at, field);
      with_each_text(text, root, *inside, depth + 1, then);
    }
    how.ClearField(&at, field);
  }
}

const wire_texts& of_commands() {
  static const wire_texts texts(*wire::slot_command::descriptor());
  return texts;
}

std::size_t check_each_text(const std::string& text, bool good) {
  std::size_t fields = 0;
  wire::slot_command root;
  with_each_text(text, root, root, 0, [&](const std::string& field) {
    ++fields;
    CAPTURE(field);
    const std::string bytes = root.SerializeAsString();
    CHECK(wire::slot_command().ParseFromString(bytes) == good);
    CHECK(of_commands().are_utf8(bytes) == good);
  });
  return fields;
}

}  // namespace

TEST_CASE("wire texts: a text that is not UTF-8 is found in every field of a command, and a good one passes") {
  CHECK(check_each_text("h\xc3\xa9llo \xed\x95\x9c\xea\xb8\x80", true) > 30);
  check_each_text(std::string("a\0b", 3), true);
  for (const char* bad : {"\xff\xfe", "twelve bytes\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xf5\x80\x80\x80"})
    check_each_text(bad, false);
}

TEST_CASE("wire texts: numbers, flags and bytes may be anything") {
  wire::slot_command command;
  auto& event = *command.mutable_channel()->add_events();
  event.set_seq(~0ULL);
  event.set_ts(0xfffe);
  event.mutable_message()->set_deleted(true);
  CHECK(of_commands().are_utf8(command.SerializeAsString()));
  command.mutable_meta()->set_directory("\xff\xfe");
  command.mutable_meta()->mutable_view()->add_members()->set_store_id(0xfefefefefefefefeULL);
  CHECK(of_commands().are_utf8(command.SerializeAsString()));
  CHECK(of_commands().are_utf8(""));
}

TEST_CASE("wire texts: bytes that end too early are refused, wherever they are cut") {
  wire::slot_command command;
  command.mutable_channel()->set_channel_id("C00000000000A");
  command.mutable_channel()->add_events()->mutable_message()->set_text("some words");
  const std::string whole = command.SerializeAsString();
  for (std::size_t size = 1; size < whole.size(); ++size)
    CHECK_FALSE(of_commands().are_utf8(whole.substr(0, size)));
}

}  // namespace carillon
