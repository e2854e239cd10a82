#include "runtime/push/credentials.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "config/keys.hpp"
#include "runtime/push/base64url.hpp"
#include "runtime/push/url_origin.hpp"

namespace carillon::push {
namespace {

constexpr std::size_t file_max_bytes = 4 << 20;  // a system's bundle of CAs is some hundred KB

class reader {
public:
  void complain(std::string_view key, const std::string& value, std::string_view what) {
    std::string line(key);
    line.append(" = ").append(format_value(value)).append(": ").append(what);
    problems_.push_back(std::move(line));
  }

  // nullopt: complained of, or none is named.
  std::optional<std::string> file(std::string_view key, const std::string& path) {
    if (path.empty())
      return std::nullopt;
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    // A folder opens and then fails to read; an empty file sets failbit without an errno.
    if (!in || (!(text << in.rdbuf()) && errno != 0)) {
      complain(key, path, std::string("cannot be read: ") + std::strerror(errno));
      return std::nullopt;
    }
    if (text.view().size() > file_max_bytes) {
      complain(key, path, "is not such a file: it is too large");
      return std::nullopt;
    }
    return text.str();
  }

  std::optional<private_key> p256(std::string_view key, const std::string& path, bool may_be_scalar) {
    const auto text = file(key, path);
    if (!text)
      return std::nullopt;
    if (may_be_scalar)
      if (const auto bytes = from_base64url(trimmed(*text)))
        if (auto made = private_key::from_scalar(*bytes))
          return made;
    auto made = private_key::from_pem(*text);
    if (!made) {
      complain(key, path, made.error().detail);
      return std::nullopt;
    }
    if (made->what() != private_key::kind::p256) {
      complain(key, path, "is not a P-256 key");
      return std::nullopt;
    }
    return std::move(*made);
  }

  static std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
  }

  status finish() const {
    if (problems_.empty())
      return ok;
    std::string lines;
    for (const std::string& problem : problems_)
      lines.append(lines.empty() ? "" : "\n").append(problem);
    return make_error(errc::invalid_config, std::move(lines));
  }

private:
  std::vector<std::string> problems_;
};

bool has_certificate(const std::string& pem) {
  std::unique_ptr<BIO, void (*)(BIO*)> memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free_all);
  std::unique_ptr<X509, void (*)(X509*)> first(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr), &X509_free);
  ERR_clear_error();
  return first != nullptr;
}

}  // namespace

result<credentials> credentials::read(const settings::push_settings& from) {
  reader in;
  credentials out;
  if (const auto ca = in.file("push.ca_file", from.ca_file); ca && !has_certificate(*ca))
    in.complain("push.ca_file", from.ca_file, "has no certificate as PEM");
  out.apns_key = in.p256("push.apns.key_file", from.apns.key_file, false);
  if (const auto account = in.file("push.fcm.key_file", from.fcm.key_file)) {
    if (auto read = google_account::read(*account))
      out.fcm = std::move(*read);
    else
      in.complain("push.fcm.key_file", from.fcm.key_file, read.error().detail);
  }
  out.vapid_key = in.p256("push.web.key_file", from.web.key_file, true);
  if (const auto secret = in.file("push.webhook.secret_file", from.webhook.secret_file)) {
    out.hook_secret = reader::trimmed(*secret);
    if (out.hook_secret.size() < hook_secret_min_bytes)
      in.complain("push.webhook.secret_file", from.webhook.secret_file,
                  "has fewer than " + std::to_string(hook_secret_min_bytes) + " bytes");
  }
  if (!from.webhook.url.empty() && url_origin(from.webhook.url).empty())
    in.complain("push.webhook.url", from.webhook.url, "is no URL");
  if (status good = in.finish(); !good)
    return good.error();
  return out;
}

}  // namespace carillon::push
