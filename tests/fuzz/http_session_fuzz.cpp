// A client's bytes from the connection on, through the real HTTP session (and, if they ask for it
// properly, the WebSocket behind it): any split of them gives the same requests in the same order.
#include "tests/fuzz/edge_client.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  if (size > 4'000)
    return 0;
  fuzz::input in(data, size);
  const std::uint64_t seed = in.byte();
  const fuzz::edge_trip whole = fuzz::talk_to_edge(fuzz::pieces_of(in.rest(), 0));
  const fuzz::edge_trip cut =
      fuzz::talk_to_edge(fuzz::pieces_of(in.rest(), seed + 1, fuzz::pieces_most));
  ENSURE(whole.events == cut.events, "any split of the bytes gives the same requests");
  const bool head_only = in.rest().find("HEAD") != std::string_view::npos;
  fuzz::check_answer(whole.answer, head_only);
  fuzz::check_answer(cut.answer, head_only);
  return 0;
}
