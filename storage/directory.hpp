// Teams, users, profiles, bots, tokens and the catalogue of channels: the relational part, in SQL
// through SOCI. SOCI is met only in storage/directory_*. Four shapes of one interface:
//   an SQLite file by itself                                   directory::open
//   the same file as a replica's: changes are commands         directory_replicated.hpp (changes),
//   of the meta group, applied by                              directory_applier.hpp
//   a PostgreSQL server                                        directory::open_postgres
//
// Failures: name_taken and email_taken as noted; storage_unavailable when the disk is full, failing
// or locked by another process for more than five seconds, or when the server is not there;
// corrupt_record when the file is damaged or not ours; of a replica's changes also timed_out (no
// majority in time: it may still happen) and overloaded. After any other failure nothing of the
// change is stored, and the next call may succeed.
//
// Blocking; used by one thread at a time. What is const only looks things up. Changes are complete
// in their arguments (ids, hashes and times come in), so that as commands of the meta group they
// give the same rows on every ring host.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"

namespace carillon::storage {

struct team_row {
  entity_id id;
  std::string name;    // as given, unique ignoring case
  std::string domain;  // lower case letters, digits and dashes, from the name; unique
  std::uint64_t created = 0;  // seconds
  entity_id general;   // the channel that everyone is in
};

struct user_row {
  entity_id id;
  entity_id team;
  std::string name;        // handle: lower case, unique in the team
  std::string real_name;
  std::string email;       // lower case, unique in the team; empty for bots
  std::string profile = "{}";  // JSON object: display_name, status_text, status_emoji, title, ...
  std::string tz = "UTC";
  bool owner = false;
  bool admin = false;      // owners are admins
  bool bot = false;
  bool disabled = false;
  entity_id bot_id;        // bots: B...
  std::uint64_t created = 0;  // seconds
  std::uint64_t updated = 0;  // seconds
};

enum class token_kind : std::uint8_t { person, bot, app };  // xoxp-, xoxb-, xapp-

struct token_row {
  std::string hash;        // 32 bytes, BLAKE2b of the token text: the text itself is never stored
  entity_id user;
  entity_id team;
  token_kind kind = token_kind::person;
  std::string scopes;      // comma-separated; "*": all that the role allows
  std::string device;      // name given at sign-in, or empty
  std::uint64_t created = 0;  // seconds
  std::uint64_t expires = 0;  // seconds; 0: never
};

// Who a token stands for: what every call needs, in one row.
struct principal {
  token_row token;
  user_row user;
  std::string team_name;
  std::string team_domain;
};

// An endpoint that takes pushes belongs to whoever registered it last, and to nobody else.
struct push_claim {
  std::string endpoint;    // its hash (push::endpoint_hash), 32 bytes: the endpoint itself is never stored
  entity_id user;
  std::string device;      // as the user calls it
  std::string session;     // hash of the access token that said so: with it the registration ends
  timestamp at = 0;        // when; of one endpoint later claims have greater ones
};
inline constexpr int push_claims_max = 100;  // of a user

struct channel_row {       // the catalogue: follows the channels' own facts (a projection)
  entity_id id;
  entity_id team;
  std::string name;
  bool is_private = false;
  bool archived = false;
  bool general = false;
  entity_id creator;
  std::uint64_t created = 0;   // seconds
  std::uint64_t updated = 0;   // microseconds: channel_facts.updated; an older one changes nothing
  std::string topic;
  std::string purpose;
  std::string facts;           // serialized wire::channel_facts, the whole truth for listings
  std::uint32_t member_count = 0;
  bool reserved = false;       // the name is taken, the channel does not exist yet
};

template <class Row>
struct page_of {
  std::vector<Row> rows;
  std::string next;  // key to go on after; empty: the end
};

// Something was changed that sessions and caches of every host must hear of.
struct directory_event {
  enum class kind : std::uint8_t {
    token_revoked,   // token_hash: its sessions end
    user_shut_out,   // user: disabled, or all tokens revoked; all sessions end
    user_changed,    // user: caches look again
  };
  kind what = kind::user_changed;
  std::string token_hash;
  entity_id user;
};
using directory_events = std::function<void(const directory_event&)>;

class directory {
public:
  // The first words of a directory. Whatever of them is there already stays as it is.
  struct founding {
    std::string default_team;
    entity_id default_team_id;
    entity_id general_id;
    timestamp now = 0;
    std::string secret_key = {};   // signs tickets, the same on all hosts; empty: none is stored
    std::string admin_token = {};  // the text of the host-wide admin token; empty: none is stored
  };
  // Opens or makes `path` and founds it.
  static result<std::unique_ptr<directory>> open(const std::string& path, const founding& first);
  // Opens a server's database, makes the tables when they are absent, founds nothing. `connection`
  // is libpq's text. `events` is called on the calling thread after a change that matters; may be
  // empty. When the server goes away, calls fail with storage_unavailable until it is back.
  static result<std::unique_ptr<directory>> open_postgres(const std::string& connection,
                                                          directory_events events);
  virtual ~directory() = default;

  // Changes from now on are to be done by then (a replica's wait for their commit; others need no
  // such word). Without it: ten seconds from when each is asked for.
  virtual void allow_until(tick_time) {}

  // -- the cluster --
  virtual status found(const founding& first) = 0;
  // What found() stored, "secret_key" or "admin_token"; empty: none.
  virtual result<std::string> setting(const std::string& name) const = 0;

  // -- teams --
  virtual result<team_row> default_team() const = 0;
  virtual result<std::optional<team_row>> team_by_name(const std::string& name) const = 0;
  virtual result<std::optional<team_row>> team_by_id(entity_id id) const = 0;
  virtual result<std::vector<team_row>> teams() const = 0;
  // An empty domain is made from the name and made unique ("My Team!" -> "my-team", "my-team-2").
  virtual status add_team(const team_row& team) = 0;                     // name_taken

  // -- users --
  virtual status add_user(const user_row& user, const std::string& password_hash) = 0;
                                                 // name_taken, email_taken, team_not_found
  virtual result<std::optional<user_row>> user_by_id(entity_id id) const = 0;
  virtual result<std::optional<user_row>> user_by_email(entity_id team,
                                                        const std::string& email) const = 0;
  virtual result<std::optional<user_row>> user_by_name(entity_id team,
                                                       const std::string& name) const = 0;
  virtual result<std::optional<user_row>> user_by_bot(entity_id bot) const = 0;
  // Ordered by id; ids that nobody has are left out, repeats come once.
  virtual result<std::vector<user_row>> users_by_id(const std::vector<entity_id>& ids) const = 0;
  // Ordered by id, `limit` after `after` (empty: from the start). Disabled ones are listed too.
  virtual result<page_of<user_row>> list_users(entity_id team, const std::string& after,
                                               std::uint32_t limit) const = 0;
  virtual result<std::uint64_t> count_users(entity_id team) const = 0;
  virtual result<std::uint64_t> count_people(entity_id team) const = 0;  // bots are left out
  virtual result<std::string> password_hash(entity_id user) const = 0;          // empty: none
  // The three below: user_not_found.
  virtual status set_password(entity_id user, const std::string& password_hash) = 0;
  virtual status set_profile(entity_id user, const std::string& real_name,
                             const std::string& profile, const std::string& email,
                             std::uint64_t updated) = 0;                   // email_taken
  virtual status set_disabled(entity_id user, bool disabled, std::uint64_t updated) = 0;

  // -- tokens --
  virtual status add_token(const token_row& token) = 0;                   // user_not_found
  virtual result<std::optional<principal>> find_token(const std::string& hash) const = 0;  // or its first bytes, 6 or more, if one alone begins so
  virtual status revoke_token(const std::string& hash) = 0;               // not_found
  virtual result<std::uint64_t> revoke_tokens_of(entity_id user) = 0;     // how many
  virtual result<std::vector<token_row>> tokens_of(entity_id user) const = 0;

  // -- endpoints of pushes --
  // It is this user's device's from now on; the `at` that the claim got, which is later than the one before.
  // Of a user's the newest push_claims_max are kept.
  virtual result<timestamp> claim_push(const push_claim& claim) = 0;
  virtual result<std::optional<push_claim>> find_push_claim(const std::string& endpoint) const = 0;

  // -- the catalogue of channels --
  // Takes the name within the team for a channel that is about to be created: name_taken if
  // another channel has it (archived ones too, as Slack). A reservation that never became a channel
  // is taken over after `stale_before` (microseconds).
  virtual status reserve_channel_name(const channel_row& row, timestamp now,
                                      timestamp stale_before) = 0;
  // Gives back what the two calls around this reserved; names in use stay. Nothing reserved: fine.
  virtual status release_channel_name(entity_id channel) = 0;
  // rename: takes the new name as well; the channel keeps both until its facts follow. Same refusal
  // and same end of a reservation as above; an earlier rename that never happened is dropped.
  virtual status reserve_rename(entity_id channel, const std::string& name, timestamp now,
                                timestamp stale_before) = 0;
  // The channel's facts as they are now: ends the reservations that they fulfil, gives back a name
  // that the channel had before. An older `updated` changes nothing.
  virtual status upsert_channel(const channel_row& row) = 0;
  virtual result<std::optional<channel_row>> channel_by_id(entity_id id) const = 0;
  virtual result<std::optional<channel_row>> channel_by_name(entity_id team,
                                                             const std::string& name) const = 0;
  // Ordered by id, without reservations. Public ones if `publics`; if `privates`, private ones whose
  // id is in `also` (any number of ids, in any order).
  struct channel_query {
    entity_id team;
    bool publics = true;
    bool privates = false;
    bool exclude_archived = false;
    std::vector<entity_id> also;  // private channels the caller is in
    std::string after;
    std::uint32_t limit = 100;
  };
  virtual result<page_of<channel_row>> list_channels(const channel_query& query) const = 0;
};

}  // namespace carillon::storage
