#include "tools/certs/certs.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <ostream>
#include <set>

#include <fcntl.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace carillon::certs {
namespace {

template <class T, void (*Free)(T*)>
struct freed_by {
  void operator()(T* what) const { Free(what); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY, EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509, X509_free>>;
struct bio_freed {
  void operator()(BIO* what) const { BIO_free_all(what); }
};
using bio_ptr = std::unique_ptr<BIO, bio_freed>;

constexpr long seconds_a_day = 24 * 60 * 60;
constexpr mode_t mode_of_keys = 0600;
constexpr mode_t mode_of_certificates = 0644;

error openssl_error(const std::string& what) {
  char words[256] = {};
  ERR_error_string_n(ERR_get_error(), words, sizeof(words));
  std::string detail = what;
  detail.append(": ").append(words);
  return make_error(errc::internal_error, std::move(detail));
}

// -- certificates ---------------------------------------------------------------------------------

struct issued {
  key_ptr key;
  certificate_ptr certificate;
};

bool add_extension(X509& to, X509& issuer, int which, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &to, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION, X509_EXTENSION_free>> made(
      X509V3_EXT_conf_nid(nullptr, &context, which, value.c_str()));
  return made && X509_add_ext(&to, made.get(), -1) == 1;
}

// 128 random bits, positive (RFC 5280, 4.1.2.2: unique, at most 20 octets).
bool set_serial(X509& of) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1)
    return false;
  bytes[0] &= 0x7f;
  std::unique_ptr<BIGNUM, freed_by<BIGNUM, BN_free>> number(
      BN_bin2bn(bytes, sizeof(bytes), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&of));
}

bool set_name(X509& of, const std::string& name) {
  X509_NAME* subject = X509_get_subject_name(&of);
  auto add = [&](const char* field, const std::string& text) {
    return X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1,
                                      0) == 1;
  };
  return add("O", "Carillon") && add("CN", name);
}

// `by`: null for one that signs itself, the CA.
result<issued> issue(const std::string& name, const issued* by) {
  issued out{key_ptr(EVP_EC_gen("P-256")), certificate_ptr(X509_new())};
  if (!out.key || !out.certificate)
    return openssl_error("cannot make a key");
  X509& made = *out.certificate;
  const issued& signer = by ? *by : out;
  bool good = X509_set_version(&made, 2) == 1 && set_serial(made) && set_name(made, name) &&
              X509_gmtime_adj(X509_getm_notBefore(&made), -seconds_a_day) &&  // clocks differ
              X509_gmtime_adj(X509_getm_notAfter(&made), days_valid * seconds_a_day) &&
              X509_set_pubkey(&made, out.key.get()) == 1 &&
              X509_set_issuer_name(&made, X509_get_subject_name(signer.certificate.get())) == 1;
  X509& issuer = *signer.certificate;
  if (by)
    good = good && add_extension(made, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(made, issuer, NID_key_usage, "critical,digitalSignature") &&
           add_extension(made, issuer, NID_ext_key_usage, "serverAuth,clientAuth") &&
           add_extension(made, issuer, NID_subject_alt_name, "DNS:" + name);
  else
    good = good && add_extension(made, issuer, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
           add_extension(made, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
  good = good && add_extension(made, issuer, NID_subject_key_identifier, "hash") &&
         add_extension(made, issuer, NID_authority_key_identifier, "keyid:always");
  if (!good || X509_sign(&made, signer.key.get(), EVP_sha256()) == 0)
    return openssl_error("cannot make a certificate for " + name);
  return out;
}

// -- files ----------------------------------------------------------------------------------------

std::string taken_from(BIO& memory) {
  char* bytes = nullptr;
  long size = BIO_get_mem_data(&memory, &bytes);
  return std::string(bytes, static_cast<std::size_t>(size));
}

status write_new_file(const std::string& path, const std::string& bytes, mode_t mode) {
  auto failed = [&] {
    std::string detail = "cannot write ";
    detail.append(path).append(": ").append(std::strerror(errno));
    return make_error(errc::io_error, std::move(detail));
  };
  int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0)
    return failed();
  std::size_t written = 0;
  while (written < bytes.size()) {
    ssize_t more = write(fd, bytes.data() + written, bytes.size() - written);
    if (more < 0 && errno == EINTR)
      continue;
    if (more < 0)
      break;
    written += static_cast<std::size_t>(more);
  }
  bool good = written == bytes.size() && fsync(fd) == 0;
  error why = good ? error{} : failed();
  close(fd);
  return good ? status(ok) : status(why);
}

status write_pair(const std::string& stem, const issued& what) {
  bio_ptr key(BIO_new(BIO_s_mem()));
  bio_ptr certificate(BIO_new(BIO_s_mem()));
  if (!key || !certificate ||
      PEM_write_bio_PKCS8PrivateKey(key.get(), what.key.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1 ||
      PEM_write_bio_X509(certificate.get(), what.certificate.get()) != 1)
    return openssl_error("cannot write PEM");
  if (status done = write_new_file(stem + ".key", taken_from(*key), mode_of_keys); !done)
    return done;
  return write_new_file(stem + ".pem", taken_from(*certificate), mode_of_certificates);
}

// As cluster.hosts takes them; "ca" is the name of another file.
bool is_host_name(const std::string& name) {
  return !name.empty() && name.size() <= 63 && name != "ca" &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-';
         });
}

status check(const request& wanted) {
  if (wanted.hosts.empty())
    return make_error(errc::invalid_arguments, "no hosts given");
  std::set<std::string> names;
  for (const std::string& name : wanted.hosts) {
    if (!is_host_name(name))
      return make_error(errc::invalid_arguments,
                        "\"" + name + "\": names of hosts are letters, digits and dashes, not ca");
    if (!names.insert(name).second)
      return make_error(errc::invalid_arguments, "\"" + name + "\" is there twice");
  }
  names.insert("ca");
  for (const std::string& name : names)
    for (const char* ending : {".pem", ".key"}) {
      std::string path = wanted.folder + "/" + name + ending;
      if (std::filesystem::exists(std::filesystem::symlink_status(path)))
        return make_error(errc::invalid_arguments, path + " is there already; nothing was written");
    }
  return ok;
}

}  // namespace

status make_certificates(const request& wanted) {
  if (status good = check(wanted); !good)
    return good;
  std::error_code failed;
  std::filesystem::create_directories(wanted.folder, failed);
  if (failed)
    return make_error(errc::io_error, "cannot make " + wanted.folder + ": " + failed.message());
  auto ca = issue("Carillon hosts", nullptr);
  if (!ca)
    return ca.error();
  if (status done = write_pair(wanted.folder + "/ca", *ca); !done)
    return done;
  for (const std::string& name : wanted.hosts) {
    auto host = issue(name, &*ca);
    if (!host)
      return host.error();
    if (status done = write_pair(wanted.folder + "/" + name, *host); !done)
      return done;
  }
  return ok;
}

void add_certs_command(CLI::App& program, std::function<int()>& run, std::ostream& out,
                       std::ostream& err) {
  CLI::App* certs = program.add_subcommand("certs", "certificates for TLS between hosts");
  certs->require_subcommand(1);
  auto wanted = std::make_shared<request>();
  CLI::App* make = certs->add_subcommand("new", "a CA, and one certificate per host");
  make->add_option("--hosts", wanted->hosts, "names of the hosts, as in cluster.hosts: a,b,c")
      ->required()
      ->delimiter(',');
  make->add_option("--out", wanted->folder, "folder for the files; those there are kept")
      ->required();
  make->callback([wanted, &run, &out, &err] {
    run = [wanted, &out, &err] {
      if (status done = make_certificates(*wanted); !done) {
        err << done.error().detail << "\n";
        return 1;
      }
      out << "Written to " << wanted->folder << ": ca.pem, ca.key";
      for (const std::string& name : wanted->hosts)
        out << ", " << name << ".pem, " << name << ".key";
      out << "\nOn each host: cluster.tls_certificate = NAME.pem, cluster.tls_key = NAME.key,\n"
             "cluster.tls_ca = ca.pem. Keep ca.key away from the hosts.\n";
      return 0;
    };
  });
}

}  // namespace carillon::certs
