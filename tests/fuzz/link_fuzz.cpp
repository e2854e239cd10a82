// What another host's bytes do to a link: any frames at any moment, hellos and envelopes that are
// nearly right among them. A peer may be refused and its connection closed; nothing else breaks,
// every question is answered once, and what is decoded encodes to the same again.
#include <map>
#include <set>
#include <string>

#include "actors/raft_words.hpp"
#include "runtime/cluster/frame.hpp"
#include "runtime/cluster/link_state.hpp"
#include "runtime/wire/schema.hpp"
#include "tests/fuzz/input.hpp"

namespace carillon::cluster {
namespace {

using namespace std::chrono_literals;

wire::peer_hello hello_of(const char* name, std::uint64_t store_id, std::uint64_t incarnation) {
  wire::peer_hello hello;
  hello.set_schema_major(wire::schema_major);
  hello.set_cluster_name("test");
  hello.set_slots(4);
  hello.mutable_member()->set_name(name);
  hello.mutable_member()->set_store_id(store_id);
  hello.mutable_member()->set_incarnation(incarnation);
  return hello;
}

// Decoding forgets nothing, from the second time on: a first one may have come in another order of
// fields, or with fields repeated.
void check_frame(std::string_view bytes) {
  auto encoded = [](const frame_content& content) -> std::string {
    if (auto* hello = std::get_if<wire::peer_hello>(&content))
      return encode_frame(*hello);
    if (auto* envelope = std::get_if<wire::peer_envelope>(&content))
      return encode_frame(*envelope);
    return {};
  };
  const std::string once = encoded(decode_frame(bytes));
  ENSURE(once.empty() || encoded(decode_frame(once)) == once, "a frame is read as it is written");
}

void check_raft(std::string_view body) {
  const auto messages = decode_raft(body);
  if (!messages)
    return;
  const std::string once = encode_raft(*messages);
  const auto again = decode_raft(once);
  ENSURE(again && again->size() == messages->size() && encode_raft(*again) == once,
         "Raft's messages are read as they are written");
}

class fuzzed_link {
public:
  fuzzed_link() { connect(""); }

  void obey(fuzz::input& in) {
    switch (in.byte() % 10) {
      case 0:
        return connect(in.byte() % 2 ? "b" : "");
      case 1:
        return arrive(std::string(in.text(300)));
      case 2: {  // a hello that may be right
        wire::peer_hello hello = hello_of("b", 0xb1, 1 + in.byte() % 2);
        hello.MergeFromString(std::string(in.text(60)));
        return arrive(encode_frame(hello));
      }
      case 3:
      case 4:
        return arrive(envelope(in));
      case 5:
        now_ += std::chrono::milliseconds(in.number(2) % 2'000);
        link_.tick(now_);
        return;
      case 6:
        link_.ask(0xb1, in.byte() % 4, "question", 500ms, ++asked_, now_);
        waiting_.insert(asked_);
        return;
      case 7:
        link_.send(in.byte() % 2 ? 0xb1 : 0, wire::ITEM_EVENTS, in.byte() % 4,
                   std::string(in.number(2), 'e'));
        return;
      case 8:
        link_.closed(connection_, "the connection broke", now_);
        return;
      default:
        link_.set_generation(in.byte());
        link_.leads(in.byte() % 4, in.byte());
    }
  }

  void settle() {
    link_.flush();
    effects out = link_.take_effects();
    for (const frame_out& frame : out.frames) {
      ENSURE(!std::holds_alternative<std::monostate>(decode_frame(frame.bytes)), "we make sense");
      if (auto content = decode_frame(frame.bytes); auto* sent = std::get_if<wire::peer_envelope>(&content))
        for (const wire::peer_item& item : sent->items())
          if (item.kind() == wire::ITEM_REQUEST)
            last_question_ = item.id();
    }
    for (const arrival& each : out.arrived) {
      ENSURE(each.from != 0xa1 && link_.is_up(each.from), "only a peer that was accepted is heard");
      check_raft(each.item.body());
    }
    for (const question_answer& each : out.answers)
      ENSURE(waiting_.erase(each.cookie) == 1, "a question is answered once");
    for (const peer_address& each : out.dial)
      ENSURE(each.name == "b" || each.name == "c", "only peers are dialed");
    ENSURE(link_.queued_bytes(0xb1) <= options().queue_bytes, "what waits is bounded");
    ENSURE(link_.questions_open() == waiting_.size(), "what is not answered is open");
    ENSURE(!link_.describe().empty() && link_.peers_now(now_).size() == 2, "an operator can look");
    (void)link_.take_heard();
  }

  // Whoever asked hears in the end.
  void end() {
    for (int i = 0; i < 20; ++i) {
      now_ += 100ms;
      link_.tick(now_);
      settle();
    }
    ENSURE(waiting_.empty(), "patience ends");
  }

private:
  static link_options options() {
    link_options out;
    out.window_bytes = 4'096;
    out.queue_bytes = 16'384;
    out.envelope_bytes = 1'024;
    return out;
  }

  void connect(const char* dialed) {
    if (connection_ != 0)
      link_.closed(connection_, "another one comes", now_);
    link_.connected(++connection_, dialed, now_);
    sequence_ = 0;
  }
  void arrive(const std::string& frame) {
    check_frame(frame);
    link_.frame_arrived(connection_, frame, now_);
  }
  std::string envelope(fuzz::input& in) {
    wire::peer_envelope out;
    const std::uint8_t how = in.byte();
    out.set_from(0xb1);
    out.set_from_incarnation(1 + how % 2);
    out.set_to_incarnation(1);
    out.set_received_bytes(in.byte());
    out.set_generation(in.byte());
    if (how & 2) {
      auto& item = *out.add_items();
      item.set_kind(static_cast<wire::item_kind>(in.byte() % 9));
      item.set_slot(in.byte());
      item.set_id(item.kind() == wire::ITEM_REPLY ? last_question_ : in.byte());
      item.set_body(std::string(in.text(300)));
    }
    if (how & 4) {
      out.mutable_led()->add_slots(in.byte());
      out.mutable_led()->add_terms(in.byte());
    }
    if (how & 8)
      out.MergeFromString(std::string(in.text(100)));
    if (out.items_size() > 0 && !(how & 16))
      out.set_sequence(++sequence_);
    return encode_frame(out);
  }

  tick_time now_{1h};
  seeded_random random_{7};
  link_state link_{options(), hello_of("a", 0xa1, 1), {{"b", "b:7000"}, {"c", "c:7000"}}, random_, now_};
  connection_id connection_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t asked_ = 0;
  std::uint64_t last_question_ = 0;
  std::set<std::uint64_t> waiting_;
};

}  // namespace
}  // namespace carillon::cluster

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  fuzz::input in(data, size);
  cluster::fuzzed_link link;
  for (int steps = 0; !in.empty() && steps < 200; ++steps) {
    link.obey(in);
    link.settle();
  }
  link.end();
  return 0;
}
