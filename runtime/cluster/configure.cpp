// caf_transport's settings: what CAF's middleman must be told before an actor system is made, and
// whether its TLS files can be used at all.
#include <caf/io/all.hpp>
#include <caf/openssl/manager.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "runtime/base/logging.hpp"
#include "runtime/cluster/caf_transport.hpp"
#include "runtime/cluster/link_state.hpp"

namespace carillon::cluster {
namespace {

using std::chrono::milliseconds;

std::string openssl_words() {
  char words[256] = {};
  unsigned long code = ERR_get_error();
  ERR_error_string_n(code, words, sizeof(words));
  ERR_clear_error();
  return std::string(words);
}

error unusable(const std::string& what, const std::string& file) {
  return make_error(errc::invalid_config,
                    fmt::format("cluster.tls_{}: {} cannot be used: {}", what, file, openssl_words()));
}

// Apart, and with a name that the compiler does not see through: GCC 12 warns falsely about moved
// short strings in what CAF inlines here.
[[gnu::noinline]] void add_frame_type(caf::actor_system_config& cfg, const std::string& name) {
  cfg.add_message_type<peer_frame>(name);
}

}  // namespace

void configure_middleman(caf::actor_system_config& cfg,
                         const settings::cluster_settings& cluster) {
  // Both sides must beat, or a frozen host would never be noticed down there. Twice as patient as
  // link_state, which cuts silent connections itself: this one is for those it does not know of.
  auto interval = std::max(milliseconds(5 * cluster.tick_ms), milliseconds(200));
  auto timeout = std::max(milliseconds(3 * cluster.suspect_ms), cut_at_least) + interval;
  add_frame_type(cfg, "carillon.peer_frame");
  cfg.load<caf::io::middleman>();
  cfg.set("middleman.heartbeat-interval", caf::timespan(interval));
  cfg.set("middleman.connection-timeout", caf::timespan(timeout));
  cfg.set("middleman.workers", std::size_t{0});  // a frame is opaque bytes: nothing to hand on
  cfg.set("middleman.enable-automatic-connections", false);
  // Says only that it is one of ours. Which cluster and which version stands in the hello, where a
  // refusal can be put in words and reaches the logs of both sides; CAF's would be silent.
  const std::string ours = "carillon.link";
  cfg.set("middleman.app-identifiers", std::vector<std::string>(1, ours));
  if (cluster.tls_certificate.empty())
    return;
  cfg.openssl_certificate = cluster.tls_certificate;
  cfg.openssl_key = cluster.tls_key;
  cfg.openssl_cafile = cluster.tls_ca;
  cfg.load<caf::openssl::manager>();
}

status check_tls_files(const settings::cluster_settings& cluster) {
  if (cluster.tls_certificate.empty())
    return ok;
  ERR_clear_error();
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_method()),
                                                            &SSL_CTX_free);
  if (!context)
    return make_error(errc::internal_error, openssl_words());
  if (SSL_CTX_use_certificate_chain_file(context.get(), cluster.tls_certificate.c_str()) != 1)
    return unusable("certificate", cluster.tls_certificate);
  if (SSL_CTX_use_PrivateKey_file(context.get(), cluster.tls_key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1)
    return unusable("key", cluster.tls_key);
  if (SSL_CTX_load_verify_locations(context.get(), cluster.tls_ca.c_str(), nullptr) != 1)
    return unusable("ca", cluster.tls_ca);
  return ok;
}

}  // namespace carillon::cluster
