// JSON written straight into a string, for what passes once per message: one line, no tree in
// between. The caller keeps to JSON's grammar; strings must be UTF-8 already. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/clock.hpp"

namespace carillon::slack {

// Appends `value` in quotes to `out`. Everything below 0x20 is escaped, so that the text never
// breaks a line.
void append_string(std::string& out, std::string_view value);

// JSON text that was checked when it came in, kept on one line: a raw line break in valid JSON can
// only be white space between tokens.
void append_json(std::string& out, std::string_view json);

// One JSON object, field by field, in the order of the calls.
class object_text {
public:
  explicit object_text(std::string& out) : out_(out) { out_ += '{'; }

  void string(std::string_view key, std::string_view value);
  // As Slack writes it: "1700000000.000123".
  void ts(std::string_view key, timestamp value);
  void number(std::string_view key, std::uint64_t value);
  void boolean(std::string_view key, bool value);
  void json(std::string_view key, std::string_view text) {
    name(key);
    append_json(out_, text);
  }
  // `fill`: void(object_text&).
  template <class Fill>
  void object(std::string_view key, Fill fill) {
    name(key);
    object_text inner(out_);
    fill(inner);
    inner.close();
  }
  // Writes the key; the caller appends exactly one JSON value to out() afterwards.
  void name(std::string_view key);
  std::string& out() { return out_; }
  void close() { out_ += '}'; }

private:
  char* begin_field(std::string_view key, std::size_t room);

  std::string& out_;
  bool first_ = true;
};

}  // namespace carillon::slack
