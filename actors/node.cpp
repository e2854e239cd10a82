#include "actors/protocols.hpp"
#include "storage/journal.hpp"
#include "storage/message_store.hpp"
#include "storage/log_store.hpp"
#include "storage/credentials.hpp"
#include "runtime/raft/raft.hpp"
#include "config/settings.hpp"
struct cfg : caf::actor_system_config { cfg(){ add_message_type<carillon::channel_request_box>("channel_request"); } };
