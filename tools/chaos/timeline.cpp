#include "tools/chaos/timeline.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "tools/chaos/sheet.hpp"
#include "tools/chaos/timeline_faults.hpp"

namespace carillon::chaos {
namespace {

constexpr std::size_t sentences_shown = 6;
constexpr std::size_t lines_of_a_sentence = 2;
constexpr std::size_t sentence_length_max = 600; // before it is broken into lines
constexpr double bold = 1.15;                    // as wide as the same words in the usual weight
constexpr double wait_floor = 0.001;             // seconds; the logarithmic scale begins there

double length_of(const timeline& run) {
  double end = run.seen.seconds();
  for (const fault_event& each : run.faults)
    end = std::max(end, last_of(each, 0));
  return std::max(end, 1.);
}

std::string seconds_text(double seconds) {
  return join({number_text(seconds, seconds < 10 ? 2 : 1), " s"});
}

// -- the head -------------------------------------------------------------------------------------

struct badge {
  std::string_view words, colour;
};
badge badge_of(run_end end) {
  switch (end) {
  case run_end::held: return {"HELD", "#1b7f3b"};
  case run_end::broken: return {"BROKEN", "#b3261e"};
  case run_end::unfinished: break;
  }
  return {"NOT FINISHED", "#9a5b00"};
}

// Only up to its first line break: behind it comes a host's log, which the terminal has whole.
std::vector<std::string> lines_of(std::string_view sentence, double width, double font_size) {
  std::string rest(sentence.substr(0, std::min(sentence.find('\n'), sentence_length_max)));
  std::vector<std::string> lines;
  while (!rest.empty() && lines.size() + 1 < lines_of_a_sentence && width_of(rest, font_size) > width) {
    std::size_t end = shorten(rest, width, font_size).size();
    end = rest.rfind(' ', std::min(end, rest.size() - 1));
    if (end == std::string::npos || end == 0)
      break;
    lines.push_back(rest.substr(0, end));
    rest.erase(0, end + 1);
  }
  lines.push_back(shorten(rest, width, font_size));
  return lines;
}

void draw_head(sheet& on, const timeline& run) {
  const badge end = badge_of(run.end);
  const double badge_width = width_of(end.words, 15) * bold + 28;
  const double room = plot_right - sheet_margin - badge_width - 16;
  on.skip(sheet_margin);
  const bool is_long = width_of(run.name, 21) * bold > room;
  on.ink().text(sheet_margin, on.y() + 21, shorten(run.name, room / bold, is_long ? 17 : 21),
                is_long ? "class=\"long name\"" : "class=\"name\"");
  on.ink().rect({plot_right - badge_width, on.y() - 1, badge_width, 28},
                join({"rx=\"5\" fill=\"", end.colour, "\""}));
  on.ink().text(plot_right - badge_width / 2, on.y() + 18.5, end.words, "class=\"badge middle\"");
  on.skip(32);
  const double width = plot_right - sheet_margin;
  auto say = [&](double indent, std::string_view words, std::string_view look) {
    on.skip(17);
    on.ink().text(sheet_margin + indent, on.y(), words, look);
  };
  for (const std::string& fact : run.facts)
    say(0, shorten(fact, width, 12), "");
  for (std::size_t i = 0; i < std::min(run.broken.size(), sentences_shown); ++i) {
    auto lines = lines_of(run.broken[i], width - 14, 12);
    for (std::size_t line = 0; line < lines.size(); ++line)
      say(line == 0 ? 0 : 14, line == 0 ? join({"\xE2\x80\xA2 ", lines[line]}) : lines[line],
          "class=\"broken\"");
  }
  if (run.broken.size() > sentences_shown)
    say(14, join({"and ", count_text(static_cast<double>(run.broken.size() - sentences_shown)), " more"}),
        "class=\"broken\"");
  on.skip(14);
}

// -- what clients saw -----------------------------------------------------------------------------

template <class Get>
std::vector<double> values_of(const recording& seen, const Get& get) {
  std::vector<double> values;
  for (const recording::bucket& each : seen.buckets())
    values.push_back(static_cast<double>(get(each)));
  return values;
}

// The last bucket may have only begun.
void per_second(std::vector<double>& values, const recording& seen) {
  const double width = seen.bucket_seconds();
  const double last = seen.seconds() - width * static_cast<double>(values.size() - 1);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] /= i + 1 < values.size() ? width : std::clamp(last, width / 2, width);
}

double highest(const std::vector<double>& values) {
  return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

// A chart from nought to `top`, with half of it marked.
void draw_linear(sheet& on, const box& where, const std::vector<double>& values, double width,
                 double top, std::string_view look) {
  const int decimals = top < 4 ? 1 : 0;
  for (double share : {0., 0.5, 1.})
    on.scale_line(where, where.bottom() - share * where.height,
                  decimals == 0 ? count_text(share * top) : number_text(share * top, 1));
  on.steps(where, values, width, [&](double value) { return value / top * where.height; }, look);
}

void draw_posts(sheet& on, const timeline& run) {
  auto posts = values_of(run.seen, [](auto& each) { return each.posts; });
  per_second(posts, run.seen);
  std::string wanted = join({"dashed: ", count_text(run.posts_wanted), " a second, the posters' pace"});
  box where = on.panel(84, "Posts accepted per second", run.posts_wanted > 0 ? wanted : "");
  const double top = round_up(std::max(highest(posts), run.posts_wanted));
  draw_linear(on, where, posts, run.seen.bucket_seconds(), top, "fill=\"#3b6fb6\"");
  if (run.posts_wanted > 0)
    on.ink().horizontal(where.x, where.bottom() - run.posts_wanted / top * where.height, where.width,
                        "class=\"wanted\"");
}

void draw_waits(sheet& on, const timeline& run) {
  auto waits = values_of(run.seen, [](auto& each) { return each.worst_wait; });
  const double worst = highest(waits);
  std::string note = run.wait_expected_seconds > 0
                         ? join({"dashed: ", seconds_text(run.wait_expected_seconds), ", ",
                                 run.wait_expected, " \xC2\xB7 worst ", seconds_text(worst)})
                         : join({"worst ", seconds_text(worst)});
  box where = on.panel(92, "Longest wait of a post, logarithmic", note);
  double top = 10;
  while (top < worst || top < run.wait_expected_seconds)
    top *= 10;
  auto height_of = [&](double wait) {
    return wait <= wait_floor ? 0
                              : where.height * std::log(wait / wait_floor) / std::log(top / wait_floor);
  };
  for (double tick = wait_floor; tick <= top * 1.01; tick *= 10)
    on.scale_line(where, where.bottom() - height_of(tick * 1.0000001),
                  tick < 0.99 ? join({number_text(tick * 1'000, 0), " ms"})
                              : join({number_text(tick, 0), " s"}));
  on.steps(where, waits, run.seen.bucket_seconds(), height_of, "fill=\"#8695a8\"");
  if (run.wait_expected_seconds <= 0)
    return;
  for (double& wait : waits)
    wait = wait > run.wait_expected_seconds ? wait : 0;
  on.steps(where, waits, run.seen.bucket_seconds(), height_of, "fill=\"#c62828\"");
  on.ink().horizontal(where.x, where.bottom() - height_of(run.wait_expected_seconds), where.width,
                      "class=\"limit\"");
}

void draw_events(sheet& on, const timeline& run) {
  auto events = values_of(run.seen, [](auto& each) { return each.events; });
  per_second(events, run.seen);
  box where = on.panel(64, "Events seen per second", "by all subscribers");
  draw_linear(on, where, events, run.seen.bucket_seconds(), round_up(highest(events)),
              "fill=\"#4f8a8b\"");
}

void draw_connections(sheet& on, const timeline& run) {
  auto again = values_of(run.seen, [](auto& each) { return each.reconnections; });
  auto away = values_of(run.seen, [](auto& each) { return each.unconnected; });
  box where = on.panel(64, "Subscribers without a connection, and those that connect again",
                       join({"pale: without, at worst; dark: connecting again, in each ",
                             seconds_text(run.seen.bucket_seconds())}));
  const double top = round_up(std::max(highest(again), highest(away)));
  draw_linear(on, where, away, run.seen.bucket_seconds(), top, "fill=\"#d9b3cf\"");
  on.steps(where, again, run.seen.bucket_seconds(),
           [&](double value) { return value / top * where.height; }, "fill=\"#7b2d6b\"");
}

// -- the channels ---------------------------------------------------------------------------------

struct heat {
  double from = 0; // seconds without an accepted post
  std::string_view colour;
};

// From what an eye should meet up to what is not as expected. What a channel's posters make of their
// own pace is nothing to meet.
std::vector<heat> heats_of(const timeline& run) {
  std::vector<heat> heats{{0.5, "#fde08a"}, {1, "#fbb040"}, {2, "#f3722c"}, {5, "#d62828"},
                          {10, "#9d0208"},  {20, "#6a040f"}};
  const double pace = run.posts_wanted > 0 ? static_cast<double>(run.seen.channels()) / run.posts_wanted : 0;
  const double limit = run.gap_expected_seconds > 0 ? run.gap_expected_seconds : 1e9;
  std::erase_if(heats, [&](const heat& each) { return each.from < 3 * pace || each.from >= limit; });
  if (run.gap_expected_seconds > 0)
    heats.push_back({limit, "#1b0320"});
  return heats;
}

void draw_heat_legend(sheet& on, double y, const std::vector<heat>& heats, bool limited) {
  double right = plot_right;
  for (std::size_t i = heats.size(); i-- > 0;) {
    const bool last = limited && i + 1 == heats.size();
    std::string words = last ? join({"over ", seconds_text(heats[i].from), ", not as expected"})
                             : join({"from ", seconds_text(heats[i].from)});
    right -= width_of(words, 11);
    on.ink().text(right, y, words, "class=\"note\"");
    right -= 15;
    on.ink().rect({right, y - 9, 10, 10}, join({"fill=\"", heats[i].colour, "\""}));
    right -= 12;
  }
}

void draw_channels(sheet& on, const timeline& run) {
  const recording& seen = run.seen;
  if (seen.rows() == 0)
    return;
  const auto heats = heats_of(run);
  const double height = seen.rows() <= 20 ? 12 : seen.rows() <= 32 ? 9 : 6;
  box where = on.panel(height * static_cast<double>(seen.rows()), "Channels without an accepted post", "");
  draw_heat_legend(on, where.y - 6, heats, run.gap_expected_seconds > 0);
  on.ink().rect(where, "fill=\"#dcefe2\" fill-opacity=\".6\"");
  std::map<std::size_t, std::string> paths; // by heat; steps from where the last ended are short
  auto pixel = [&](std::size_t bucket) {
    return std::round(on.x(static_cast<double>(bucket) * seen.bucket_seconds()) * 10) / 10;
  };
  for (std::size_t row = 0; row < seen.rows(); ++row) {
    const double middle = where.y + height * (static_cast<double>(row) + 0.5);
    auto level_at = [&](std::size_t i) {
      const double gap = static_cast<double>(seen.gaps(row)[i]);
      std::size_t level = 0; // one more than its place in `heats`
      while (level < heats.size() && gap >= heats[level].from)
        ++level;
      return level;
    };
    std::map<std::size_t, double> pens; // in this row
    for (std::size_t i = 0, next; i < seen.gaps(row).size(); i = next) {
      const std::size_t level = level_at(i);
      for (next = i + 1; next < seen.gaps(row).size() && level_at(next) == level;)
        ++next;
      if (level == 0)
        continue;
      const double from = pixel(i), to = pixel(next);
      auto pen = pens.find(level);
      paths[level - 1] += pen == pens.end()
                              ? join({"M", number_text(from), " ", number_text(middle)})
                              : join({"m", number_text(from - pen->second), " 0"});
      paths[level - 1] += join({"h", number_text(to - from)});
      pens[level] = to;
    }
    if (height < 9 && row % 2 == 1)
      continue; // no room for its name
    std::size_t first = 0;
    while (seen.row_of(first) < row)
      ++first;
    if (first < run.channels.size())
      on.ink().text(where.x - 8, middle + 3, shorten(run.channels[first], plot_left - 30, 9),
                    "class=\"id end\"");
  }
  for (const auto& [level, steps] : paths)
    on.ink().path(steps, join({"stroke=\"", heats[level].colour, "\" stroke-width=\"",
                               number_text(height - 1), "\""}));
}

} // namespace

std::string draw(const timeline& run) {
  sheet on(length_of(run));
  draw_head(on, run);
  on.number_the_axis();
  draw_faults(on, run);
  draw_posts(on, run);
  draw_waits(on, run);
  draw_channels(on, run);
  draw_events(on, run);
  draw_connections(on, run);
  on.skip(4);
  on.number_the_axis();
  return on.finish(run.name);
}

} // namespace carillon::chaos
