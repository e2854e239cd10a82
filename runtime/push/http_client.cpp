#include "runtime/push/http_client.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/base/ensure.hpp"
#include "runtime/push/address_rules.hpp"
#include "runtime/push/origin_gate.hpp"
#include "runtime/push/url_origin.hpp"

namespace carillon::push {
namespace {

constexpr std::chrono::seconds look_at_least_every{1};
constexpr long reconnect_after_s = 3'600;  // names move to other addresses
// How long an origin that does not answer is remembered as such, and how many origins at most: users
// choose them.
constexpr std::chrono::minutes failing_remembered{10};
constexpr std::size_t origins_max = 4'096;
constexpr std::int64_t retry_after_max_s = 24 * 3'600;

struct transfer;

// One server. Lives as long as it has transfers or sockets.
struct origin {
  origin_gate gate;
  std::deque<transfer*> waiting;  // for the gate, oldest first
  std::set<curl_socket_t> sockets;
  tick_time heard{};  // when it last answered
  tick_time ended{};  // when its last request ended
};

struct transfer {
  http_request what;
  bool public_only = false;
  http_client::then after;
  origin* to = nullptr;
  tick_time begun{};
  CURL* easy = nullptr;  // null while it waits for the gate
  curl_slist* headers = nullptr;
  std::string body;
  bool sent = false;     // a byte of it may have been written
  bool refused = false;  // an address was
  std::array<char, CURL_ERROR_SIZE> words{};

  transfer() = default;
  transfer(const transfer&) = delete;
  transfer& operator=(const transfer&) = delete;
  ~transfer() {
    if (easy)
      curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }
};

ip_address address_of(const sockaddr& from) {
  ip_address out;
  if (from.sa_family == AF_INET6) {
    out.is_v6 = true;
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(from);
    std::copy_n(v6.sin6_addr.s6_addr, out.bytes.size(), out.bytes.begin());
  } else {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&v4.sin_addr), 4, out.bytes.begin());
  }
  return out;
}

// Mapped IPv4 is judged as what it is: parse_address unmaps, so the text is the way.
bool may_speak_to(const transfer& by, const char* address) {
  if (!by.public_only)
    return true;
  const auto read = parse_address(address ? address : "");
  return read && is_public(*read);
}

// -- libcurl's hooks, all on the client's thread; `who` is the transfer, or the origin for sockets' ends --

std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* who) {
  auto& body = static_cast<transfer*>(who)->body;
  const std::size_t room = answer_max_bytes - body.size();
  body.append(bytes, std::min(room, size));
  return size <= room ? size : 0;  // fewer than came: libcurl ends the transfer
}

curl_socket_t open_socket(void* who, curlsocktype, curl_sockaddr* to) {
  auto& by = *static_cast<transfer*>(who);
  if (to->family != AF_INET && to->family != AF_INET6)
    return CURL_SOCKET_BAD;
  if (by.public_only && !is_public(address_of(to->addr))) {
    by.refused = true;
    return CURL_SOCKET_BAD;
  }
  const int made = ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
  if (made < 0)
    return CURL_SOCKET_BAD;
  by.to->sockets.insert(made);
  by.to->gate.connecting();
  return made;
}

int close_socket(void* who, curl_socket_t which) {
  static_cast<origin*>(who)->sockets.erase(which);
  return ::close(which);
}

// A connection that another transfer opened is judged here, before anything is written to it.
int before_request(void* who, char* address, char*, int, int) {
  auto& by = *static_cast<transfer*>(who);
  if (!may_speak_to(by, address)) {
    by.refused = true;
    return CURL_PREREQFUNC_ABORT;
  }
  by.sent = true;
  by.to->gate.connected();
  return CURL_PREREQFUNC_OK;
}

std::string header_of(CURL* easy, const char* name) {
  curl_header* found = nullptr;
  return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : "";
}

}  // namespace

class http_client::worker {
public:
  explicit worker(const options& how) : how_(how), multi_(curl_multi_init()) {
    ENSURE(multi_ != nullptr, "there is memory for libcurl");
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(multi_, CURLMOPT_MAX_CONCURRENT_STREAMS, static_cast<long>(origin_gate::streams_max));
    thread_ = std::thread([this] { work(); });
  }
  ~worker() {
    stop();
    curl_multi_cleanup(multi_);  // closes the connections, which still tell their origins
  }

  bool run(std::function<void()> what);
  void exchange(http_request what, bool public_only, then after);
  void stop();

private:
  void work();
  bool take_orders();
  void begin(transfer& which);
  void look_for_ends();
  void end(transfer& which, exchange_end how);
  void end_by_result(transfer& which, CURLcode result);
  void end_overdue(tick_time now);
  void let_in(origin& to);
  void let_all_in();
  void forget_idle_origins(tick_time now);
  void cut_all();
  exchange_end unanswered(const transfer& which, std::string reason) const;
  std::optional<http_answer> answer_of(transfer& which) const;

  const options how_;
  CURLM* const multi_;
  std::map<std::string, origin> origins_;  // by url_origin; those of public_only apart
  std::set<origin*> held_;                 // those that have a transfer waiting
  tick_time forget_at_{};
  std::multimap<tick_time, std::unique_ptr<transfer>> transfers_;  // by deadline
  bool cutting_ = false;

  std::mutex mutex_;  // of the two below
  std::vector<std::function<void()>> orders_;
  bool stopping_ = false;
  std::thread thread_;
};

// -- any thread -----------------------------------------------------------------------------------

bool http_client::worker::run(std::function<void()> what) {
  {
    std::lock_guard hold(mutex_);
    if (stopping_)
      return false;
    orders_.push_back(std::move(what));
  }
  curl_multi_wakeup(multi_);
  return true;
}

void http_client::worker::stop() {
  {
    std::lock_guard hold(mutex_);
    stopping_ = true;
  }
  curl_multi_wakeup(multi_);
  if (thread_.joinable())
    thread_.join();
}

// -- the thread -----------------------------------------------------------------------------------

void http_client::worker::work() {
  sigset_t pipe;  // a peer that is gone is an error code, not a signal
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  while (take_orders()) {
    int running = 0;
    curl_multi_perform(multi_, &running);
    look_for_ends();
    end_overdue(steady_now());
    let_all_in();
    forget_idle_origins(steady_now());
    auto wait = std::chrono::milliseconds(look_at_least_every);
    if (!transfers_.empty())
      wait = std::min(wait, std::chrono::ceil<std::chrono::milliseconds>(transfers_.begin()->first - steady_now()));
    // It also returns when libcurl has something to do by then.
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(std::max<std::int64_t>(wait.count(), 0)), nullptr);
  }
  cut_all();
}

bool http_client::worker::take_orders() {
  std::vector<std::function<void()>> taken;
  bool go_on = true;
  {
    std::lock_guard hold(mutex_);
    taken.swap(orders_);
    go_on = !stopping_;
  }
  for (auto& order : taken)
    order();
  return go_on;
}

void http_client::worker::exchange(http_request what, bool public_only, then after) {
  const std::string name = url_origin(what.url);
  auto made = std::make_unique<transfer>();
  transfer& which = *made;
  which.what = std::move(what);
  which.public_only = public_only;
  which.after = std::move(after);
  which.begun = steady_now();
  if (name.empty() || cutting_)
    return which.after(unanswered(which, name.empty() ? "no URL to send to" : "stopping"));
  // What users chose has gates of its own: nobody holds up the operator's by a name that it shares.
  origin& to = origins_[(public_only ? "public " : "") + name];
  const auto verdict = to.gate.ask();
  if (verdict == origin_gate::verdict::turn_away)
    return which.after(unanswered(which, "waiting for " + name + " to answer again"));
  which.to = &to;
  transfers_.emplace(which.begun + how_.deadline, std::move(made));
  if (verdict == origin_gate::verdict::start && to.waiting.empty())
    return begin(which);
  to.waiting.push_back(&which);
  held_.insert(&to);
}

void http_client::worker::begin(transfer& which) {
  which.to->gate.started();
  which.easy = curl_easy_init();
  ENSURE(which.easy != nullptr, "there is memory for libcurl");
  for (const std::string& line : which.what.headers) {
    curl_slist* longer = curl_slist_append(which.headers, line.c_str());
    ENSURE(longer != nullptr, "there is memory for a header");
    which.headers = longer;
  }
  auto set = [easy = which.easy](CURLoption option, auto value) {
    ENSURE(curl_easy_setopt(easy, option, value) == CURLE_OK, "libcurl knows the option");
  };
  set(CURLOPT_URL, which.what.url.c_str());
  set(CURLOPT_PRIVATE, &which);
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDS, which.what.body.c_str());
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(which.what.body.size()));
  set(CURLOPT_HTTPHEADER, which.headers);
  set(CURLOPT_USERAGENT, "carillon");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_PROTOCOLS_STR, "https,http");  // http: an operator's webhook only, see the settings
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!how_.ca_file.empty()) {
    set(CURLOPT_CAINFO, how_.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  set(CURLOPT_MAXLIFETIME_CONN, reconnect_after_s);
  set(CURLOPT_ERRORBUFFER, which.words.data());
  set(CURLOPT_WRITEFUNCTION, &take_body);
  set(CURLOPT_WRITEDATA, &which);
  set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(CURLOPT_OPENSOCKETDATA, &which);
  set(CURLOPT_CLOSESOCKETFUNCTION, &close_socket);
  set(CURLOPT_CLOSESOCKETDATA, which.to);
  set(CURLOPT_PREREQFUNCTION, &before_request);
  set(CURLOPT_PREREQDATA, &which);
  ENSURE(curl_multi_add_handle(multi_, which.easy) == CURLM_OK, "a new handle can be added");
}

void http_client::worker::look_for_ends() {
  int left = 0;
  while (CURLMsg* told = curl_multi_info_read(multi_, &left)) {
    if (told->msg != CURLMSG_DONE)
      continue;
    transfer* which = nullptr;
    curl_easy_getinfo(told->easy_handle, CURLINFO_PRIVATE, &which);
    const CURLcode result = told->data.result;  // `told` does not outlive the next call
    end_by_result(*which, result);
  }
}

// The status is all that matters: with it the provider has spoken, also where its words were cut short.
std::optional<http_answer> http_client::worker::answer_of(transfer& which) const {
  long status = 0;
  if (!which.easy || curl_easy_getinfo(which.easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK || status < 200)
    return std::nullopt;
  http_answer out;
  out.status = static_cast<int>(status);
  out.body = std::move(which.body);
  out.provider_id = header_of(which.easy, "apns-id");
  if (out.provider_id.empty())
    out.provider_id = header_of(which.easy, "location");
  curl_off_t seconds = 0;
  if (curl_easy_getinfo(which.easy, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK)
    out.retry_after = std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, retry_after_max_s));
  return out;
}

exchange_end http_client::worker::unanswered(const transfer& which, std::string reason) const {
  exchange_end out;
  out.end = which.sent ? exchange_end::how::no_answer : exchange_end::how::not_sent;
  out.reason = std::move(reason);
  return out;
}

void http_client::worker::end_by_result(transfer& which, CURLcode result) {
  if (auto answer = answer_of(which)) {
    exchange_end out;
    out.end = exchange_end::how::answered;
    out.answer = std::move(*answer);
    return end(which, std::move(out));
  }
  std::string words = which.words[0] != '\0' ? which.words.data() : curl_easy_strerror(result);
  exchange_end out = unanswered(which, std::move(words));
  if (which.refused && !which.sent) {
    out.end = exchange_end::how::address_refused;
    out.reason = "the address is not of the Internet at large";
  }
  end(which, std::move(out));
}

// The last thing that is done to it.
void http_client::worker::end(transfer& which, exchange_end how) {
  origin& to = *which.to;
  to.ended = steady_now();
  if (which.easy) {
    long version = 0;
    curl_easy_getinfo(which.easy, CURLINFO_HTTP_VERSION, &version);
    curl_multi_remove_handle(multi_, which.easy);
    if (how.end == exchange_end::how::answered) {
      to.heard = to.ended;
      to.gate.answered(version == CURL_HTTP_VERSION_2_0);
    } else {
      to.gate.failed();
    }
  } else {
    std::erase(to.waiting, &which);
  }
  const auto [from, until] = transfers_.equal_range(which.begun + how_.deadline);
  const auto at = std::find_if(from, until, [&](const auto& each) { return each.second.get() == &which; });
  ENSURE(at != until, "what ends was under way");
  std::unique_ptr<transfer> gone = std::move(at->second);
  transfers_.erase(at);
  then after = std::move(gone->after);
  gone.reset();
  after(std::move(how));  // may begin others
}

void http_client::worker::end_overdue(tick_time now) {
  while (!transfers_.empty() && transfers_.begin()->first <= now) {
    transfer& which = *transfers_.begin()->second;
    origin& to = *which.to;
    if (which.sent && to.heard < which.begun)
      for (const curl_socket_t silent : to.sockets)
        ::shutdown(silent, SHUT_RDWR);  // libcurl sees it end, and closes it
    if (auto answer = answer_of(which)) {
      exchange_end out;
      out.end = exchange_end::how::answered;
      out.answer = std::move(*answer);
      end(which, std::move(out));
    } else {
      end(which, unanswered(which, "nothing came within the deadline"));
    }
  }
}

void http_client::worker::let_in(origin& to) {
  while (!to.waiting.empty()) {
    switch (to.gate.ask()) {
    case origin_gate::verdict::wait:
      return;
    case origin_gate::verdict::turn_away: {
      transfer& which = *to.waiting.front();
      end(which, unanswered(which, "waiting for an answer to another"));
      break;
    }
    case origin_gate::verdict::start: {
      transfer& which = *to.waiting.front();
      to.waiting.pop_front();
      begin(which);
      break;
    }
    }
  }
}

void http_client::worker::let_all_in() {
  // Ends call back, and who is called may begin others.
  for (origin* each : std::vector<origin*>(held_.begin(), held_.end())) {
    let_in(*each);
    if (each->waiting.empty())
      held_.erase(each);
  }
}

void http_client::worker::forget_idle_origins(tick_time now) {
  if (now < forget_at_)
    return;
  forget_at_ = now + look_at_least_every;
  const bool too_many = origins_.size() > origins_max;
  std::erase_if(origins_, [&](const auto& each) {
    const origin& to = each.second;
    return to.gate.running() == 0 && to.waiting.empty() && to.sockets.empty() &&
           (!to.gate.failing() || too_many || now - to.ended > failing_remembered);
  });
}

void http_client::worker::cut_all() {
  cutting_ = true;
  while (!transfers_.empty()) {
    transfer& which = *transfers_.begin()->second;
    if (auto answer = answer_of(which)) {
      exchange_end out;
      out.end = exchange_end::how::answered;
      out.answer = std::move(*answer);
      end(which, std::move(out));
    } else {
      end(which, unanswered(which, "stopping"));
    }
  }
}

// -- the door -------------------------------------------------------------------------------------

http_client::http_client(std::unique_ptr<worker> made) : worker_(std::move(made)) {}

http_client::~http_client() = default;

result<std::unique_ptr<http_client>> http_client::start(const options& how) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const curl_version_info_data* has = curl_version_info(CURLVERSION_NOW);
  if (ready != CURLE_OK || (has->features & CURL_VERSION_SSL) == 0 || (has->features & CURL_VERSION_HTTP2) == 0)
    return make_error(errc::internal_error, "libcurl has no TLS or no HTTP/2");
  return std::unique_ptr<http_client>(new http_client(std::make_unique<worker>(how)));
}

bool http_client::run(std::function<void()> what) {
  return worker_->run(std::move(what));
}

void http_client::exchange(http_request what, bool public_only, then after) {
  worker_->exchange(std::move(what), public_only, std::move(after));
}

void http_client::stop() {
  worker_->stop();
}

}  // namespace carillon::push
