// The ticket inside a WebSocket's address: ours is read, with one character changed it is not, and
// nobody can write one without the key.
#include <string>

#include "storage/credentials.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::storage;
  static const bool works = start_credentials();
  ENSURE(works, "libsodium works here");
  const std::string key(32, 'k');
  fuzz::input in(data, size);
  ticket made;
  made.user = {"UB"[in.byte() % 2], in.number(8) % entity_id::number_end};
  made.team = {'T', in.number(8) % entity_id::number_end};
  made.expires = in.number(8);
  made.token_hash.assign(32, static_cast<char>(in.byte()));
  const std::uint64_t place = in.byte();
  const char changed = static_cast<char>(in.byte());
  const std::uint64_t now = in.number(8);

  const std::string text = make_ticket(made, key);
  const auto read = read_ticket(text, key, now);
  ENSURE(read.has_value() == (now < made.expires), "a ticket holds until its end");
  if (read)
    ENSURE(read->user == made.user && read->team == made.team && read->expires == made.expires &&
               read->token_hash == made.token_hash,
           "and says what was said");
  std::string wrong = text;
  wrong[place % wrong.size()] = changed;
  ENSURE(wrong == text || !read_ticket(wrong, key, 0), "one changed character is seen");
  ENSURE(!read_ticket(text, std::string(32, 'K'), 0), "so is another key");
  ENSURE(!read_ticket(in.rest(), key, 0) || in.rest() == text, "nobody writes one without the key");
  ENSURE(!read_ticket(std::string(text) + std::string(in.rest().substr(0, 4)) + "A", key, 0),
         "nothing may follow");
  return 0;
}
