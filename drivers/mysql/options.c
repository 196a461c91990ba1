#include "client.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

const berth_driver_option mydb_options[] = {
    {.name = "socket", .kind = BERTH_OPTION_TEXT, .help = "the file of the server's unix socket"},
    {.name = "charset",
     .kind = BERTH_OPTION_CHOICE,
     .choices = "utf8mb4",
     .default_value = "utf8mb4",
     .help = "the character set of the connection; text is UTF-8, so there is only one"},
    {.name = "connect_timeout",
     .kind = BERTH_OPTION_INTEGER,
     .minimum = 1,
     .maximum = DAY_MS / 1000,
     .help = "seconds until a server that does not answer is given up"},
    {.name = "compress",
     .kind = BERTH_OPTION_SWITCH,
     .default_value = "off",
     .help = "whether what is sent and received is compressed"},
    {.name = "mariadb",
     .kind = BERTH_OPTION_SWITCH,
     .default_value = "on",
     .help = "whether what only MariaDB's library and servers have is used; off where a proxy does not know it"},
    {.name = "ssl_ca", .kind = BERTH_OPTION_TEXT, .alias_of = "tls_ca", .help = "another name of tls_ca"},
    {.name = "ssl_cert", .kind = BERTH_OPTION_TEXT, .alias_of = "tls_cert", .help = "another name of tls_cert"},
    {.name = "ssl_key", .kind = BERTH_OPTION_TEXT, .alias_of = "tls_key", .help = "another name of tls_key"},
    {.name = NULL},
};
