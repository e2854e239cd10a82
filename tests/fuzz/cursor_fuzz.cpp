// Paging cursors: what we issue comes back, a cursor of one method is none of another, and what a
// client makes up is refused or means what one of ours would.
#include <string>

#include "actors/cursor.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  constexpr std::string_view types[] = {"next_ts", "prev_ts", "user", "channel"};
  fuzz::input in(data, size);
  const std::string_view type = types[in.byte() % 4];
  const std::string_view text = in.rest();
  for (std::string_view each : types)
    if (auto position = read_cursor(each, text)) {
      ENSURE(position->size() < 128, "a position is no longer than its cursor");
      ENSURE(read_cursor(each, make_cursor(each, *position)) == position,
             "a position that is accepted has a cursor of ours");
    }
  const std::string_view position = text.substr(0, 80);
  const std::string issued = make_cursor(type, position);
  ENSURE(issued.size() <= 128 && issued.find_first_of("\r\n \"") == std::string::npos,
         "a cursor is a word");
  for (std::string_view each : types) {
    const auto read = read_cursor(each, issued);
    ENSURE(read.has_value() == (each == type), "it is of one method");
    ENSURE(!read || *read == position, "and names the position");
  }
  return 0;
}
