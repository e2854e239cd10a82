#include "actors/host_metrics.hpp"

namespace carillon {

std::string_view to_string(actor_kind kind) {
  switch (kind) {
    case actor_kind::api:
      return "api";
    case actor_kind::session:
      return "session";
    case actor_kind::channel:
      return "channel";
    case actor_kind::user:
      return "user";
    case actor_kind::slot:
      return "slot";
    case actor_kind::meta:
      return "meta";
    case actor_kind::hub:
      return "hub";
    case actor_kind::presence:
      return "presence";
    case actor_kind::courier:
      return "courier";
    case actor_kind::link:
      return "link";
    case actor_kind::directory:
      return "directory";
    case actor_kind::reader:
      return "reader";
    case actor_kind::inspector:
      return "inspector";
    case actor_kind::push:
      return "push";
  }
  return "unknown";
}

std::string_view to_string(post_stage stage) {
  switch (stage) {
    case post_stage::ask:
      return "ask";
    case post_stage::order:
      return "order";
    case post_stage::commit:
      return "commit";
    case post_stage::answer:
      return "answer";
    case post_stage::deliver:
      return "deliver";
    case post_stage::whole:
      return "whole";
  }
  return "unknown";
}

std::string_view to_string(gateway_reason why) {
  switch (why) {
    case gateway_reason::here:
      return "here";
    case gateway_reason::region:
      return "region";
    case gateway_reason::room:
      return "room";
    case gateway_reason::full:
      return "full";
    case gateway_reason::resting:
      return "resting";
    case gateway_reason::nowhere:
      return "nowhere";
  }
  return "unknown";
}

}  // namespace carillon
