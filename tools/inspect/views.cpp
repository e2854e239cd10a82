#include "tools/inspect/views.hpp"

#include <algorithm>
#include <ostream>
#include <thread>

#include <sys/ioctl.h>
#include <unistd.h>

#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/base/trace.hpp"
#include "tools/inspect/cluster_text.hpp"
#include "tools/inspect/entity_text.hpp"
#include "tools/inspect/live.hpp"
#include "tools/inspect/top_text.hpp"
#include "tools/inspect/trace_text.hpp"

namespace carillon::inspect {
namespace {

// A marked message's last steps are written down after its poster has the answer.
constexpr std::chrono::milliseconds trace_settles{200};
constexpr int trace_looks_max = 10;

using picture = live_host::answer;

look look_of(const cli::invocation&) {
  look how;
  how.colour = ::isatty(STDOUT_FILENO) != 0;
  winsize size{};
  if (how.colour && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    how.width = size.ws_col;
  return how;
}

// An id says nothing to people: what they call it stands behind it, as far as is known.
std::string with_name(std::string text, const wire::entity_picture& picture, const std::string& asked) {
  const std::string& channel = picture.channel().facts().name();
  const std::size_t sign = asked.rfind('@');
  std::string name;
  if (!channel.empty())
    name = "#" + channel;
  else if (picture.has_user() && sign != std::string::npos)
    name = asked.substr(sign);
  else if (picture.has_user() && asked.starts_with("user/") && !entity_id::parse(asked.substr(5)))
    name = "@" + asked.substr(5);
  if (!name.empty())
    text.insert(std::min(text.find('\n'), text.size()), fmt::format(" ({})", harmless(name)));
  return text;
}

std::string text_of(const wire::inspect_reply& reply, const std::string& asked, const look& how) {
  switch (reply.what_case()) {
  case wire::inspect_reply::kCluster:
    return cluster_text(reply.cluster(), how);
  case wire::inspect_reply::kHost:
  case wire::inspect_reply::kRing:
    return {};  // no view asks for it
  case wire::inspect_reply::kEntity:
    return with_name(entity_text(reply.entity(), wall_now(), how), reply.entity(), asked);
  case wire::inspect_reply::kEntities:
    return entities_text(reply.entities(), wall_now(), how);
  case wire::inspect_reply::kTop:
    return top_text(reply.top(), how);
  case wire::inspect_reply::kTrace:
    return trace_text(reply.trace(), how);
  case wire::inspect_reply::WHAT_NOT_SET:
    return "done\n";
  }
  return {};
}

// Posts the message, then reads its steps until no more come.
result<picture> trace_message(live_host& host, const inspect_options& options) {
  auto posted = host.post("trace" + query_text({{"channel", options.channel},
                                                {"text", options.text},
                                                {"as_user", options.as_user}}));
  if (!posted || !posted->reply.has_trace() || posted->reply.trace().trace().empty())
    return posted;
  const std::string address =
      "trace" + query_text({{"id", carillon::trace_text(posted->reply.trace().trace())}});
  int steps = posted->reply.trace().steps_size();
  for (int i = 0; i < trace_looks_max; ++i) {
    std::this_thread::sleep_for(trace_settles);
    auto read = host.get(address);
    if (!read)
      return read;
    const bool settled = read->reply.trace().steps_size() == steps && steps > 0;
    steps = read->reply.trace().steps_size();
    posted = std::move(read);
    if (settled)
      break;
  }
  return posted;
}

result<picture> operate(live_host& host, const inspect_options& options) {
  const std::string action = options.what == "keep-awake" ? "KEEP_AWAKE"
                             : options.what == "let-rest" ? "LET_REST"
                                                          : "STOP";
  return host.post("operate" +
                   query_text({{"entity", options.name},
                               {"what", action},
                               {"seconds", options.what == "keep-awake"
                                               ? std::to_string(options.seconds)
                                               : std::string()}}));
}

result<picture> ask(live_host& host, const inspect_options& options) {
  if (options.what == "cluster")
    return host.get("cluster?slots=1");
  if (options.what == "top")
    return host.get("top" + query_text({{"limit", std::to_string(options.limit)}}));
  if (options.what == "trace")
    return trace_message(host, options);
  if (options.what == "keep-awake" || options.what == "let-rest" || options.what == "stop")
    return operate(host, options);
  return host.get("entity" + query_text({{"name", options.what},
                                         {"tail", std::to_string(options.tail)},
                                         {"text", options.show_text ? "1" : ""}}));
}

// Written over the last picture, line by line, so that nothing flickers.
std::string over_the_last(const std::string& text) {
  std::string out = "\x1b[H";
  for (char c : text)
    out += c == '\n' ? std::string("\x1b[K\n") : std::string(1, c);
  return out + "\x1b[J";
}

std::string shown(const result<picture>& said, const inspect_options& options, const look& how) {
  if (!said)
    return warning(said.error().detail, how) + '\n';
  return options.host.json ? said->json + '\n' : text_of(said->reply, options.what, how);
}

}  // namespace

int look_live(cli::invocation& now, const inspect_options& options) {
  auto where = cli::find_host(options.host);
  if (!where) {
    now.err << "carillon: " << where.error().detail << '\n';
    return cli::exit_failed;
  }
  try {
    live_host host(std::move(*where));
    const look how = look_of(now);
    if (options.watch > 0) {
      for (bool first = true;; first = false) {
        const std::string text = shown(ask(host, options), options, how);
        if (how.colour && !options.host.json)
          now.out << (first ? "\x1b[2J" : "") << over_the_last(text) << std::flush;
        else
          now.out << (first || options.host.json ? "" : "\n") << text << std::flush;
        if (!now.out)
          return cli::exit_done;  // whoever read it is gone
        std::this_thread::sleep_for(std::chrono::duration<double>(options.watch));
      }
    }
    auto said = ask(host, options);
    if (!said) {
      now.err << "carillon: " << said.error().detail << '\n';
      return cli::exit_failed;
    }
    now.out << shown(said, options, how);
    return cli::exit_done;
  } catch (const client::client_error& failure) {
    now.err << "carillon: " << failure.what() << '\n';
    return cli::exit_failed;
  }
}

}  // namespace carillon::inspect
