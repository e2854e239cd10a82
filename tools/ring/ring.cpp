#include "tools/ring/ring.hpp"

#include <memory>
#include <ostream>
#include <thread>

#include <unistd.h>

#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "tools/inspect/live.hpp"
#include "tools/ring/plan_text.hpp"
#include "tools/ring/ring_look.hpp"
#include "tools/ring/ring_wait.hpp"
#include "tools/ring/simulate.hpp"

namespace carillon::ring {
namespace {

using inspect::live_host;

struct options {
  cli::host_options host;
  std::string name;       // of a host
  std::string slot;       // a number, or a channel's id
  std::uint32_t weight = 100;
  bool announced = false;
  bool dry_run = false;
  bool wait = false;
  double patience = 600;
  double watch = 0;
};

constexpr std::chrono::milliseconds look_pause{300};
// A host that rests tells its clients within five seconds; who comes after that stays until it ends.
constexpr std::chrono::seconds clients_time{8};

constexpr const char* footer = R"(a host is stopped for a moment, for another program or a reboot, and nobody notices:
  carillon ring rest b --wait     its leaderships and clients go to others, its copies stay
  ... stop it, start it again ...
  carillon ring add b --wait      until it has caught up; then the next host
a host is emptied before it goes for long or for good:
  carillon ring drain b --wait    its slots go to the other hosts, live
  ... stop, mend or replace it ...
  carillon ring add b             it gets its share again
HOST is a name, or a store id as `carillon ring show` prints it.)";

result<live_host::answer> look(live_host& host) {
  return host.get("ring");
}

// Who does what for a move is in the picture of all slots.
std::string shown(live_host& host, const live_host::answer& ring) {
  auto cluster = host.get("cluster?slots=1");
  return ring_text(ring.reply.ring().view(),
                   cluster ? cluster->reply.cluster() : wire::cluster_picture());
}

int with_host(cli::invocation& now, const options& how,
              const std::function<int(live_host&)>& work) {
  auto where = cli::find_host(how.host);
  if (!where) {
    now.err << "carillon: " << where.error().detail << '\n';
    return cli::exit_failed;
  }
  try {
    live_host host(std::move(*where));
    return work(host);
  } catch (const client::client_error& failure) {
    now.err << "carillon: " << failure.what() << '\n';
    return cli::exit_failed;
  }
}

int failed(cli::invocation& now, const error& why) {
  now.err << "carillon: " << why.detail << '\n';
  return cli::exit_failed;
}

int show(cli::invocation& now, const options& how) {
  return with_host(now, how, [&](live_host& host) {
    const bool screen = ::isatty(STDOUT_FILENO) != 0;
    for (;;) {
      auto said = look(host);
      if (!said && how.watch == 0)
        return failed(now, said.error());
      const std::string text = !said           ? said.error().detail + "\n"
                               : how.host.json ? said->json + "\n"
                                               : shown(host, *said);
      now.out << (screen && how.watch > 0 ? "\x1b[2J\x1b[H" : "") << text << std::flush;
      if (how.watch == 0 || !now.out)
        return cli::exit_done;
      std::this_thread::sleep_for(std::chrono::duration<double>(how.watch));
    }
  });
}

int order(cli::invocation& now, const options& how,
          const std::function<result<wire::ring_command>(live_host&)>& make) {
  return with_host(now, how, [&](live_host& host) {
    auto command = make(host);
    if (!command)
      return failed(now, command.error());
    wire::ring_order what;
    *what.mutable_command() = std::move(*command);
    what.set_dry_run(how.dry_run);
    auto said = order_ring(host, what);
    if (!said)
      return failed(now, said.error());
    if (how.host.json)
      now.out << said->json << '\n';
    else
      now.out << plan_text(said->reply.ring().before(), said->reply.ring().view(), how.dry_run);
    return cli::exit_done;
  });
}

// Each other thing that it waits for is a line.
int wait_until_done(cli::invocation& now, const options& how, wire::host_intent intent) {
  const auto began = steady_now();
  const auto until = began + std::chrono::duration_cast<std::chrono::milliseconds>(
                                 std::chrono::duration<double>(how.patience));
  for (std::string told;;) {
    std::string left;
    auto where = cli::find_host(how.host);
    if (!where) {
      left = where.error().detail;
    } else {
      live_host host(std::move(*where));
      auto seen = look_at_ring(host);
      left = seen ? still_to_come(*seen, how.name, intent, steady_now() - began > clients_time)
                  : seen.error().detail;
    }
    if (left.empty())
      return cli::exit_done;
    if (left != std::exchange(told, left))
      now.out << "waiting: " << left << std::endl;
    if (steady_now() >= until)
      return failed(now, make_error(errc::timed_out,
                                    fmt::format("not done in {} s: {}. The same command waits on",
                                                how.patience, left)));
    std::this_thread::sleep_for(look_pause);
  }
}

// A slot's number, or the slot of a channel or user with that id.
result<std::uint32_t> slot_named(live_host& host, const std::string& name) {
  if (!name.empty() && name.find_first_not_of("0123456789") == std::string::npos && name.size() < 6)
    return static_cast<std::uint32_t>(std::stoul(name));
  auto id = entity_id::parse(name);
  if (!id)
    return make_error(errc::invalid_arguments,
                      "a slot is a number, or the id of a channel or user that lives in it");
  auto said = look(host);
  if (!said)
    return said.error();
  return slot_of(*id, static_cast<std::uint32_t>(said->reply.ring().view().slots_size()));
}

CLI::App* add(CLI::App& ring, const char* name, const char* words,
              const std::shared_ptr<options>& how) {
  CLI::App* out = ring.add_subcommand(name, words);
  cli::add_host_options(*out, how->host);
  return out;
}

void add_intent(CLI::App& ring, cli::invocation& now, const std::shared_ptr<options>& how,
                const char* name, const char* words, wire::host_intent intent) {
  CLI::App* command = add(ring, name, words, how);
  command->add_option("host", how->name, "its name")->required();
  auto* dry = command->add_flag("--dry-run", how->dry_run, "say what would move, and do nothing");
  command->add_flag("--wait", how->wait, "until it is done")->excludes(dry);
  command->add_option("--patience", how->patience, "seconds to wait at most")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 86'400.0));
  command->callback([=, &now] {
    now.run = [=, &now] {
      const int said = order(now, *how, [=](live_host&) -> result<wire::ring_command> {
        return wish_of(how->name, intent);
      });
      return said == cli::exit_done && how->wait ? wait_until_done(now, *how, intent) : said;
    };
  });
}

void add_hold(CLI::App& ring, cli::invocation& now, const std::shared_ptr<options>& how,
              const char* name, const char* words, bool hold) {
  CLI::App* command = add(ring, name, words, how);
  command->add_flag("--dry-run", how->dry_run, "say what would move, and do nothing");
  command->callback([=, &now] {
    now.run = [=, &now] {
      return order(now, *how, [=](live_host&) -> result<wire::ring_command> {
        wire::ring_command out;
        out.set_hold(hold);
        return out;
      });
    };
  });
}

}  // namespace

void add_ring_command(CLI::App& program, cli::invocation& now) {
  auto how = std::make_shared<options>();
  CLI::App* ring = program.add_subcommand("ring", "which host holds what, and what it should become");
  ring->require_subcommand(1);
  ring->footer(footer);

  CLI::App* command = add(*ring, "show", "hosts, their shares, what moves and what is planned", how);
  command->add_option("--watch", how->watch, "show it again every so many seconds")
      ->check(CLI::Range(0.1, 3'600.0));
  command->callback([how, &now] { now.run = [how, &now] { return show(now, *how); }; });

  add_intent(*ring, now, how, "add", "the host gets its share (again): after rest, drain or remove",
             wire::HOST_SERVES);
  add_intent(*ring, now, how, "drain", "all that it has goes to others; it stays a member",
             wire::HOST_DRAINS);
  add_intent(*ring, now, how, "rest",
             "it leads nothing and sends its clients elsewhere, and keeps its copies: before it is stopped",
             wire::HOST_RESTS);
  add_intent(*ring, now, how, "remove", "the same, and then it is a member no more",
             wire::HOST_LEAVES);

  command = add(*ring, "weight", "its share, beside the others' weights", how);
  command->add_option("host", how->name, "its name")->required();
  auto* weight = command->add_option("weight", how->weight, "100 is what hosts have by default");
  command->add_flag("--as-configured", how->announced, "back to what its configuration says")
      ->excludes(weight);
  command->add_flag("--dry-run", how->dry_run, "say what would move, and do nothing");
  command->callback([how, weight, &now] {
    const bool said = weight->count() > 0 || how->announced;
    now.run = [how, said, &now] {
      if (!said) {  // who asks for a weight in this way does not mean to change it
        now.err << "carillon: say a weight, 100 is what hosts have by default, or --as-configured\n";
        return cli::exit_usage;
      }
      return order(now, *how, [how](live_host&) -> result<wire::ring_command> {
        wire::ring_command out;
        out.mutable_host()->set_host(how->name);
        if (how->announced)
          out.mutable_host()->set_announced_weight(true);
        else
          out.mutable_host()->set_weight(how->weight);
        return out;
      });
    };
  });

  command = add(*ring, "pin", "one slot is led by this host; without a host: by any again", how);
  command->add_option("slot", how->slot, "its number, or a channel's id")->required();
  command->add_option("host", how->name, "its name");
  command->add_flag("--dry-run", how->dry_run, "say what would move, and do nothing");
  command->callback([how, &now] {
    now.run = [how, &now] {
      return order(now, *how, [how](live_host& host) -> result<wire::ring_command> {
        auto slot = slot_named(host, how->slot);
        if (!slot)
          return slot.error();
        wire::ring_command out;
        out.mutable_pin()->set_slot(*slot);
        out.mutable_pin()->set_host(how->name);
        return out;
      });
    };
  });

  command = ring->add_subcommand("simulate", "a large ring, computed: its table, and what moves when hosts are lost");
  auto large = std::make_shared<large_ring>();
  command->add_option("--hosts", large->hosts)->capture_default_str()->check(CLI::Range(3u, 10'000u));
  command->add_option("--zones", large->zones)->capture_default_str()->check(CLI::Range(1u, 1'000u));
  command->add_option("--slots", large->slots)->capture_default_str()->check(CLI::Range(1u, 16'384u));
  command->add_option("--replicas", large->replicas)->capture_default_str()->check(CLI::Range(1u, 7u));
  command->add_option("--channels", large->channels, "in the whole ring")->capture_default_str();
  command->add_option("--bytes-per-channel", large->bytes_per_channel)->capture_default_str();
  command->add_option("--gigabits", large->gigabits_per_host, "of a host's network")->capture_default_str();
  command->callback([large, &now] {
    now.run = [large, &now] {
      now.out << report_text(*large, simulate(*large));
      return cli::exit_done;
    };
  });

  add_hold(*ring, now, how, "hold", "moves under way end, and none begins", true);
  add_hold(*ring, now, how, "rebalance", "what is planned begins again, after hold", false);
}

}  // namespace carillon::ring
