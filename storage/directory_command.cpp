#include "storage/directory_command.hpp"

namespace carillon::storage {
namespace {

// Ids in commands were written by entity_id::text(); the empty text is no id.
entity_id id_of(const std::string& text) {
  return entity_id::parse(text).value_or(entity_id{});
}

std::string text_of(const entity_id& id) {
  return id ? id.text() : std::string();
}

directory::founding from_wire(const wire::directory_founding& first, timestamp now) {
  return {.default_team = first.default_team(),
          .default_team_id = id_of(first.default_team_id()),
          .general_id = id_of(first.general_id()),
          .now = now,
          .secret_key = first.secret_key(),
          .admin_token = first.admin_token()};
}

team_row from_wire(const wire::directory_team& row) {
  return {.id = id_of(row.id()),
          .name = row.name(),
          .domain = row.domain(),
          .created = row.created(),
          .general = id_of(row.general())};
}

user_row from_wire(const wire::directory_user& row) {
  return {.id = id_of(row.id()),
          .team = id_of(row.team()),
          .name = row.name(),
          .real_name = row.real_name(),
          .email = row.email(),
          .profile = row.profile(),
          .tz = row.tz(),
          .owner = row.owner(),
          .admin = row.admin(),
          .bot = row.bot(),
          .disabled = row.disabled(),
          .bot_id = id_of(row.bot_id()),
          .created = row.created(),
          .updated = row.updated()};
}

token_row from_wire(const wire::directory_token& row) {
  return {.hash = row.hash(),
          .user = id_of(row.user()),
          .team = id_of(row.team()),
          .kind = static_cast<token_kind>(row.kind()),
          .scopes = row.scopes(),
          .device = row.device(),
          .created = row.created(),
          .expires = row.expires()};
}

channel_row from_wire(const wire::directory_channel& row) {
  return {.id = id_of(row.id()),
          .team = id_of(row.team()),
          .name = row.name(),
          .is_private = row.is_private(),
          .archived = row.archived(),
          .general = row.general(),
          .creator = id_of(row.creator()),
          .created = row.created(),
          .updated = row.updated(),
          .topic = row.topic(),
          .purpose = row.purpose(),
          .facts = row.facts(),
          .member_count = row.member_count(),
          .reserved = row.reserved()};
}

push_claim from_wire(const wire::directory_push_claim& row) {
  return {.endpoint = row.endpoint(), .user = id_of(row.user()), .device = row.device(),
          .session = row.session(), .at = row.at()};
}

result<std::uint64_t> counted(const status& done) {
  if (!done)
    return done.error();
  return std::uint64_t{0};
}

result<std::uint64_t> run(directory& on, const wire::directory_command& command) {
  using what = wire::directory_command;
  switch (command.what_case()) {
  case what::kFound:
    return counted(on.found(from_wire(command.found(), command.now())));
  case what::kAddTeam:
    return counted(on.add_team(from_wire(command.add_team())));
  case what::kAddUser:
    return counted(on.add_user(from_wire(command.add_user()), command.add_user().password_hash()));
  case what::kSetPassword:
    return counted(on.set_password(id_of(command.set_password().user()),
                                   command.set_password().password_hash()));
  case what::kSetProfile: {
    const auto& change = command.set_profile();
    return counted(on.set_profile(id_of(change.user()), change.real_name(), change.profile(),
                                  change.email(), change.updated()));
  }
  case what::kSetDisabled: {
    const auto& change = command.set_disabled();
    return counted(on.set_disabled(id_of(change.user()), change.disabled(), change.updated()));
  }
  case what::kAddToken:
    return counted(on.add_token(from_wire(command.add_token())));
  case what::kRevokeToken:
    return counted(on.revoke_token(command.revoke_token()));
  case what::kRevokeTokensOf:
    return on.revoke_tokens_of(id_of(command.revoke_tokens_of()));
  case what::kReserveChannelName: {
    const auto& wish = command.reserve_channel_name();
    return counted(on.reserve_channel_name(from_wire(wish.row()), wish.now(), wish.stale_before()));
  }
  case what::kReleaseChannelName:
    return counted(on.release_channel_name(id_of(command.release_channel_name())));
  case what::kReserveRename: {
    const auto& wish = command.reserve_rename();
    return counted(
        on.reserve_rename(id_of(wish.channel()), wish.name(), wish.now(), wish.stale_before()));
  }
  case what::kUpsertChannel:
    return counted(on.upsert_channel(from_wire(command.upsert_channel())));
  case what::kClaimPush:
    return on.claim_push(from_wire(command.claim_push()));
  case what::WHAT_NOT_SET:
    break;
  }
  return make_error(errc::internal_error, "a command that this program does not know");
}

}  // namespace

wire::directory_founding to_wire(const directory::founding& first) {
  wire::directory_founding out;
  out.set_default_team(first.default_team);
  out.set_default_team_id(text_of(first.default_team_id));
  out.set_general_id(text_of(first.general_id));
  out.set_secret_key(first.secret_key);
  out.set_admin_token(first.admin_token);
  return out;
}

wire::directory_team to_wire(const team_row& row) {
  wire::directory_team out;
  out.set_id(text_of(row.id));
  out.set_name(row.name);
  out.set_domain(row.domain);
  out.set_created(row.created);
  out.set_general(text_of(row.general));
  return out;
}

wire::directory_user to_wire(const user_row& row, const std::string& password_hash) {
  wire::directory_user out;
  out.set_id(text_of(row.id));
  out.set_team(text_of(row.team));
  out.set_name(row.name);
  out.set_real_name(row.real_name);
  out.set_email(row.email);
  out.set_profile(row.profile);
  out.set_tz(row.tz);
  out.set_owner(row.owner);
  out.set_admin(row.admin);
  out.set_bot(row.bot);
  out.set_disabled(row.disabled);
  out.set_bot_id(text_of(row.bot_id));
  out.set_created(row.created);
  out.set_updated(row.updated);
  out.set_password_hash(password_hash);
  return out;
}

wire::directory_token to_wire(const token_row& row) {
  wire::directory_token out;
  out.set_hash(row.hash);
  out.set_user(text_of(row.user));
  out.set_team(text_of(row.team));
  out.set_kind(static_cast<std::uint32_t>(row.kind));
  out.set_scopes(row.scopes);
  out.set_device(row.device);
  out.set_created(row.created);
  out.set_expires(row.expires);
  return out;
}

wire::directory_channel to_wire(const channel_row& row) {
  wire::directory_channel out;
  out.set_id(text_of(row.id));
  out.set_team(text_of(row.team));
  out.set_name(row.name);
  out.set_is_private(row.is_private);
  out.set_archived(row.archived);
  out.set_general(row.general);
  out.set_creator(text_of(row.creator));
  out.set_created(row.created);
  out.set_updated(row.updated);
  out.set_topic(row.topic);
  out.set_purpose(row.purpose);
  out.set_facts(row.facts);
  out.set_member_count(row.member_count);
  out.set_reserved(row.reserved);
  return out;
}

wire::directory_push_claim to_wire(const push_claim& row) {
  wire::directory_push_claim out;
  out.set_endpoint(row.endpoint);
  out.set_user(text_of(row.user));
  out.set_device(row.device);
  out.set_session(row.session);
  out.set_at(row.at);
  return out;
}

wire::directory_outcome run_command(directory& on, const wire::directory_command& command) {
  return to_outcome(run(on, command));
}

bool is_of_this_host(errc code) {
  return code == errc::storage_unavailable || code == errc::corrupt_record ||
         code == errc::io_error;
}

wire::directory_outcome to_outcome(const result<std::uint64_t>& what) {
  wire::directory_outcome out;
  if (what) {
    out.set_number(*what);
    return out;
  }
  out.set_errc(static_cast<std::uint32_t>(what.code()) + 1);
  out.set_detail(what.error().detail);
  return out;
}

result<std::uint64_t> from_outcome(const wire::directory_outcome& outcome) {
  if (outcome.errc() == 0)
    return outcome.number();
  // A number of a newer host's, which this program has no name for.
  if (outcome.errc() > static_cast<std::uint32_t>(last_errc) + 1)
    return make_error(errc::internal_error, outcome.detail());
  return make_error(static_cast<errc>(outcome.errc() - 1), outcome.detail());
}

std::optional<directory_event> event_of(const wire::directory_command& command,
                                        const wire::directory_outcome& outcome) {
  using kind = directory_event::kind;
  using what = wire::directory_command;
  if (outcome.errc() != 0)
    return std::nullopt;
  switch (command.what_case()) {
  case what::kRevokeToken:
    return directory_event{kind::token_revoked, command.revoke_token(), {}};
  case what::kRevokeTokensOf:
    return directory_event{kind::user_shut_out, {}, id_of(command.revoke_tokens_of())};
  case what::kSetDisabled:
    return directory_event{command.set_disabled().disabled() ? kind::user_shut_out
                                                             : kind::user_changed,
                           {},
                           id_of(command.set_disabled().user())};
  case what::kSetProfile:
    return directory_event{kind::user_changed, {}, id_of(command.set_profile().user())};
  default:
    return std::nullopt;
  }
}

}  // namespace carillon::storage
