// A trip's waits for people who do not know the code: what was waited for, and on which host.
#include <algorithm>

#include "actors/inspect/trip.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

constexpr std::uint64_t worth_a_note = 5'000;  // microseconds
constexpr std::size_t notes_max = 4;           // of what kept nobody waiting

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += fmt::format("{}{}", i == 0 ? "" : i + 1 == words.size() ? " and " : ", ", words[i]);
  return out;
}

std::string ms(std::uint64_t micros) {
  return fmt::format("{:.1f} ms", static_cast<double>(micros) / 1e3);
}

bool has(const wire::trace_picture& picture, std::string_view step, const std::string& host) {
  return std::any_of(picture.steps().begin(), picture.steps().end(), [&](const auto& each) {
    return each.step() == step && (host.empty() || each.host() == host);
  });
}

std::string fsync_words(const wire::trace_step* cause, const std::string& on,
                        const std::vector<std::string>& quorum) {
  if (quorum.size() < 2 || std::find(quorum.begin(), quorum.end(), on) == quorum.end())
    return fmt::format("the fsync of {}", on);
  if (cause && cause->step() == "proposed")
    return fmt::format("the fsync of {0}, the leader: it answers for nothing that its own disk does not "
                       "have (the majority was {1})",
                       on, joined(quorum));
  return fmt::format("the fsync of {} (the majority was {})", on, joined(quorum));
}

std::string why(const std::string& step, const wire::trace_step* cause, const std::string& on,
                const std::vector<std::string>& quorum) {
  const std::string from = cause ? cause->host() : std::string();
  const bool here = from == on;
  auto say = [&](const char* words) { return fmt::format(fmt::runtime(words), on, from); };
  if (step == "asked")
    return say("{0} to read the request, the token and the channel's name");
  if (step == "request_in")
    return say("the network from {1} to {0}: the request");
  if (step == "arrived")
    return here ? say("the mailbox of the channel's slot on {0}")
                : say("the network from {1} to {0}, or the mailbox of the channel's slot there");
  if (step == "admitted")
    return say("the mailbox of the channel's actor on {0}, or waking it up");
  if (step == "proposed")
    return say("the channel's actor on {0} to decide, and the mailbox of its slot");
  if (step == "entry_in")
    return say("the network from {1} to {0}: the entry of the log");
  if (step == "appended")
    return here ? say("the mailbox of the slot's replica on {0}")
                : say("the network from {1} to {0}, or the mailbox of the slot's replica there");
  if (step == "fsynced")
    return fsync_words(cause, on, quorum);
  if (step == "committed" && cause && cause->step() == "committed")
    return say("word of the commit from {1} to {0}, which comes with the next message or beat");
  if (step == "committed") {
    const auto other = std::find_if(quorum.begin(), quorum.end(),
                                    [&](const std::string& host) { return host != on; });
    return other == quorum.end()
               ? say("the mailbox of the channel's slot on {0}")
               : fmt::format("word of the fsync of {0} on its way to {1}: the network, or the mailbox of "
                             "the channel's slot on {1}",
                             *other, on);
  }
  if (step == "applied")
    return say("{0} to write its tables");
  if (step == "answered")
    return here ? say("{0} to hand the answer over")
                : say("the network from {1} to {0}, or a mailbox on either: the answer");
  if (step == "replied")
    return say("{0} to make the answer");
  if (step == "sent")
    return say("{0} to put together what each host is to hear");
  if (step == "event_in")
    return say("the network from {1} to {0}: the event for its subscribers");
  if (step == "at_hub")
    return here ? say("the mailbox of the hub on {0}")
                : say("the network from {1} to {0}, or the mailbox of its hub");
  if (step == "published")
    return say("the hub on {0} to encode the event");
  if (step == "written")
    return say("the I/O threads of {0}, or a subscriber that does not read");
  return {};
}

}  // namespace

std::string wait_words(const wire::trace_picture& picture, int step,
                       const std::vector<std::string>& quorum) {
  const wire::trace_step& late = picture.steps(step);
  const wire::trace_step* cause =
      late.after() > 0 ? &picture.steps(static_cast<int>(late.after()) - 1) : nullptr;
  return why(late.step(), cause, late.host(), quorum);
}

std::vector<std::string> trip_notes(const wire::trace_picture& picture,
                                    const std::vector<std::string>& quorum, std::size_t replicas) {
  std::vector<std::string> out;
  // What has not come to its end.
  if (has(picture, "proposed", {}) && quorum.empty()) {
    std::vector<std::string> had;
    for (const auto& step : picture.steps())
      if (step.step() == "fsynced")
        had.push_back(step.host());
    out.push_back(fmt::format("not committed: {} of {} replicas must have it on disk, {} {} it",
                              replicas / 2 + 1, replicas, had.empty() ? "nobody" : joined(had),
                              had.size() > 1 ? "have" : "has"));
  }
  for (const auto& step : picture.steps())
    if (step.step() == "published" && !has(picture, "written", step.host()))
      out.push_back(fmt::format("no subscriber's socket on {} has taken it: `inspect top` has the "
                                "slowest connections",
                                step.host()));
  // What was late and did no harm, the latest first.
  std::vector<int> late;
  for (int i = 0; i < picture.steps_size(); ++i)
    // Followers hear of a commit when there is something else to hear.
    if (!picture.steps(i).awaited() && picture.steps(i).waited() >= worth_a_note &&
        picture.steps(i).step() != "committed")
      late.push_back(i);
  std::stable_sort(late.begin(), late.end(), [&](int a, int b) {
    return picture.steps(a).waited() > picture.steps(b).waited();
  });
  if (late.size() > notes_max)
    late.resize(notes_max);
  for (const int i : late)
    out.push_back(fmt::format("{} for {}, which kept nobody waiting",
                              ms(picture.steps(i).waited()), wait_words(picture, i, {})));
  return out;
}

}  // namespace carillon
