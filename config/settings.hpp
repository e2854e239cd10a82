// Every tunable and bound of a host, with its default. Nothing else in the house holds a number
// that an operator might want to change. config/carillon.example.toml documents each; a test
// checks that the example and this struct agree key by key. Values; read-only after start.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace carillon {

struct settings {
  struct host_settings {
    std::string name;                         // which of cluster.hosts this is; --host NAME
    std::string data = "./data";
    std::string listen = "127.0.0.1:8080";  // HOST:PORT; port 0: any free one
    std::string public_url;                 // empty: from Host and the listening port
    std::string log_level = "info";
    bool log_json = false;
    std::uint32_t scheduler_threads = 0;    // CAF workers; 0: cores - io_threads, at least 1
    std::uint32_t memory_max_mb = 0;        // the process's ceiling; 0: 3/4 of machine or container
  } host;

  struct edge_settings {
    std::uint32_t io_threads = 0;                 // 0: half of the cores, at least 1
    std::uint32_t header_timeout_ms = 10'000;     // whole request head, from its first byte
    std::uint32_t body_timeout_ms = 30'000;       // whole body
    std::uint32_t keep_alive_timeout_ms = 60'000; // idle HTTP connection
    std::uint32_t request_deadline_ms = 10'000;   // no answer from inside by then: 504
    std::uint32_t poll_max_ms = 60'000;           // so much longer for who asks to wait for news
    std::uint32_t header_max_bytes = 16'384;
    std::uint32_t body_max_bytes = 1'048'576;
    std::uint32_t ping_interval_ms = 10'000;      // silence of a WebSocket before we ping; of ours on a stream
    std::uint32_t ping_timeout_ms = 10'000;       // silence after our ping before we close
    std::uint32_t frame_in_max_bytes = 65'536;    // a client's whole message
    std::uint32_t outbound_queue_max_bytes = 4'194'304;  // per connection
    std::uint32_t outbound_total_max_mb = 256;    // of all connections together
    std::uint32_t lagging_timeout_ms = 60'000;    // a client still behind by then is closed
    std::uint32_t transient_queue_max_bytes = 262'144;   // above it transient events are dropped
    std::uint32_t connections_max = 60'000;       // above it: 503
    std::uint32_t calls_max = 8'192;              // unanswered requests of the host; above it: 429
    std::uint32_t upgrades_per_second = 5'000;    // new WebSockets; above it: 429; 0: no limit
    std::string trusted_proxies;                  // networks whose X-Forwarded-For is believed
  } edge;

  struct storage_settings {
    std::uint32_t block_cache_mb = 256;
    std::uint32_t write_buffer_mb = 64;       // per column family
    std::uint32_t wal_max_mb = 64;            // flushed above it; bounds the time of a restart
    std::uint32_t journal_queue_max_mb = 64;  // entries waiting for fsync; above it: overloaded
    std::uint32_t journal_delay_max_ms = 1'000;  // posts are turned away while fsync is so far behind
    std::uint32_t log_keep_entries = 1'024;   // applied log entries kept per slot
    std::uint32_t reader_threads = 2;         // history scans
    bool fsync = true;                        // false: for experiments only, loses data
  } storage;

  // One host of a cluster, a table of [[cluster.hosts]]. All hosts are given the same list.
  struct cluster_host {
    std::string name;                         // letters, digits and dashes; unique
    std::string peer;                         // HOST:PORT where it hears the other hosts
    std::string listen;                       // HOST:PORT for clients: its host.listen
    std::string data;                         // its host.data
    std::string public_url;                   // its host.public_url; may be empty
    std::string zone;                         // hosts of one zone may fail together; may be empty
    std::string region;                       // where in the world it is; may be empty
    std::uint32_t weight = 100;               // share of slots, beside the others' weights
    bool operator==(const cluster_host&) const = default;
  };
  // Read with cluster.coordination = "zookeeper" only.
  struct zookeeper_settings {
    std::string servers;                      // HOST:PORT,HOST:PORT,...
    std::string root = "/carillon";           // the cluster's node; hosts of one cluster share it
    std::uint32_t session_timeout_s = 10;     // silence of a host before its nodes vanish there
  };
  struct cluster_settings {
    std::string name = "carillon";            // hosts of another name are refused
    std::uint32_t slots = 64;                 // fixed when the data folder is founded
    std::uint32_t replicas = 3;               // of each slot, while there are so many hosts
    std::uint32_t tick_ms = 100;              // beats between hosts, and the unit of the next two
    std::uint32_t suspect_ms = 800;           // silence of a host before others take over
    std::uint32_t election_ms = 1'500;        // silence of a leader before its group elects alone
    std::uint32_t link_window_kb = 16'384;    // bytes on their way to one host
    std::uint32_t link_queue_mb = 64;         // waiting for that window; above it the link sheds
    std::uint32_t replace_after_s = 600;      // silence of a host before others hold what it held
    std::uint32_t moves_at_once = 16;         // replicas of slots on their way, in the whole ring
    std::uint32_t moves_per_host = 4;         // of them, those that come to one host
    std::uint32_t move_mb_per_second = 50;    // what a host gives to others that catch up; 0: no limit
    std::string tls_certificate;              // PEM files of this host; all three or none
    std::string tls_key;
    std::string tls_ca;                       // who signs the hosts' certificates
    std::string coordination = "embedded";    // or "zookeeper": who knows the hosts, keeps the ring view
    zookeeper_settings zookeeper;
    std::vector<cluster_host> hosts;          // empty: one host, no links

    bool has_zookeeper() const { return coordination == "zookeeper"; }
    // There are other hosts, or may be.
    bool has_peers() const { return hosts.size() > 1 || has_zookeeper(); }
  } cluster;

  // How the region of a client is found (actors/client_region.hpp).
  struct discovery_settings {
    struct range {
      std::string cidr;                       // a network as config/networks.hpp reads it; unique
      std::string region;                     // one of the hosts', or it is passed over
      bool operator==(const range&) const = default;
    };
    struct place {
      std::string code;                       // as the database has it: two capital letters
      std::string region;
      bool operator==(const place&) const = default;
    };
    std::string maxmind;                      // path of a database; empty: none
    std::vector<range> ranges;                // [[discovery.ranges]]
    std::vector<place> countries;             // [discovery.countries], ISO 3166-1
    std::vector<place> continents;            // [discovery.continents]
  } discovery;

  struct channel_settings {
    std::uint32_t idle_stop_ms = 60'000;      // no message for so long: the actor stops
    std::uint32_t in_flight_max = 4'096;      // proposals per channel; above it: overloaded
    std::uint32_t dedupe_recent = 256;        // client_msg_ids kept in memory per active channel
  } channel;

  struct presence_settings {
    std::uint32_t offline_grace_ms = 5'000;   // a device may be gone so long before "away"
    std::uint32_t subscriptions_max = 1'000;  // ids in one presence_sub or presence_query
    std::uint32_t auto_away_after_ms = 1'800'000;  // nothing done on any device for so long; 0: never
    std::uint32_t activity_interval_ms = 30'000;   // a device says at most once in it that it is in use
    std::uint32_t last_active_write_ms = 60'000;   // when a user was last active is written as often at most
    std::uint32_t friends_max = 200;          // of one user
    std::uint32_t events_per_connection_s = 4;     // presence_change frames, however many users change
    std::uint32_t events_per_host_s = 5'000;
    std::uint32_t window_ms = 500;            // changes for one connection are gathered for so long
    std::uint32_t window_max_ms = 10'000;     // when the budget makes it longer: only who asks is told
  } presence;

  // What users have not seen yet (actors/slot/inbox_lanes.hpp).
  struct inbox_settings {
    std::uint32_t members_max = 500;          // of a channel whose events go to each member's inbox
    std::uint32_t gather_ms = 20;             // between two rounds of deliveries to inboxes
    std::uint32_t gather_max_ms = 1'000;      // until each slot of users had its turn
    std::uint32_t retention_days = 30;        // a cursor older than that has expired
    std::uint32_t devices_max = 50;           // of one user; the one not seen for longest gives way
  } inbox;

  // Who tells devices that are not connected (runtime/push/sender.hpp). A provider without a key file,
  // or the webhook without a URL, is not used.
  struct push_apns_settings {
    std::string key_file;                     // PEM: the .p8 file from Apple
    std::string key_id;
    std::string team_id;
    std::string topic;                        // the app's bundle id
    std::string url = "https://api.push.apple.com";
  };
  struct push_fcm_settings {
    std::string key_file;                     // JSON: a service account of the Firebase project
    std::string url = "https://fcm.googleapis.com";
  };
  struct push_web_settings {
    std::string key_file;                     // VAPID: PEM, or the private key as web-push prints it
    std::string subject;                      // whom a push service writes to: mailto: or https:
  };
  struct push_webhook_settings {
    std::string url;
    std::string secret_file;                  // what signs the posts
  };
  struct push_settings {
    std::string ca_file;                      // PEM: who signs the providers; empty: the system's
    bool allow_private_endpoints = false;     // of Web Push, whose addresses users choose
    std::uint32_t in_flight_max = 256;        // pushes under way, of each provider
    std::uint32_t deadline_ms = 15'000;       // no answer of the provider by then
    std::uint32_t targets_max = 20;           // devices of one user; the one registered first gives way
    std::uint32_t outbox_max = 5'000;         // users and channels of one slot that wait or are shown
    std::uint32_t gather_ms = 500;            // a burst is one push
    std::uint32_t retry_first_ms = 1'000;     // doubled with every attempt
    std::uint32_t retry_max_ms = 60'000;
    std::uint32_t keep_hours = 24;            // what could not be told for so long is given up
    push_apns_settings apns;
    push_fcm_settings fcm;
    push_web_settings web;
    push_webhook_settings webhook;
  } push;

  struct limits_settings {
    std::uint32_t text_max_characters = 40'000;
    std::uint32_t blocks_max_bytes = 131'072;    // blocks and attachments each, as JSON text
    std::uint32_t client_msg_id_max_bytes = 128;
    std::uint32_t topic_max_characters = 250;
    std::uint32_t channel_name_max_characters = 80;
    std::uint32_t password_min_characters = 8;
    std::uint32_t group_dm_max_users = 9;
    std::uint32_t page_max = 1'000;              // items in one page
    std::uint32_t waits_max = 32;                // a user's streams and polls that wait, at one host
    std::uint32_t tier1_per_minute = 0;          // per user or bot, and method; 0: no limit
    std::uint32_t tier2_per_minute = 0;
    std::uint32_t tier3_per_minute = 0;
    std::uint32_t tier4_per_minute = 0;
    std::uint32_t post_per_minute = 0;           // posts and meMessages, per user or bot
    std::uint32_t channel_post_per_minute = 0;   // the same per channel, whoever posts
  } limits;

  struct directory_settings {
    std::string default_team = "carillon";       // the team that a fresh data folder has
    std::uint32_t token_days = 90;               // life of a sign-in token
    std::uint32_t password_ops = 2;              // Argon2id opslimit
    std::uint32_t password_memory_mb = 19;       // Argon2id memlimit (OWASP: 19 MiB, 2 passes)
    std::uint32_t ticket_seconds = 60;           // life of the ticket in a WebSocket URL
    std::string postgres;                        // libpq connection text; empty: embedded SQLite
    std::uint32_t reader_threads = 2;            // directory look-ups
    std::uint32_t writer_threads = 4;            // changes of the directory; each waits for its commit
  } directory;
};

}  // namespace carillon
