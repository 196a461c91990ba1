#include "bench/clients/delay.h"
#include "bench/clients/harness.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 512
#define URL_BYTES 4096

static clients_delay *ways[2]; /* To the servers that there are. */

/* `path` as the host of a URL. */
static void encode(const char *path, char *text, size_t bytes) {
    size_t length = 0;
    for (; *path != '\0' && length + 4 < bytes; path++)
        length += (size_t)snprintf(text + length, bytes - length, isalnum((unsigned char)*path) ? "%c" : "%%%02X",
                                   (unsigned char)*path);
}

/* Has a variable's URL lead to another host, with what follows it. */
static void lead_to(const char *variable, const char *path, const char *rest) {
    char host[NAME_BYTES * 3];
    char url[URL_BYTES];
    const char *old = clients_environment(variable);
    encode(path, host, sizeof host);
    snprintf(url, sizeof url, "%.*s@%s%s/berth_socket", (int)strcspn(old, "@"), old, host, rest);
    setenv(variable, url, 1);
}

static void slow_postgresql(const char *folder, int64_t delay_us) {
    char path[NAME_BYTES], server_path[NAME_BYTES], port[32];
    if (getenv("BERTH_TEST_POSTGRESQL_SOCKET_URL") == NULL)
        return;
    snprintf(port, sizeof port, ":%s", clients_environment("BERTH_TEST_POSTGRESQL_PORT"));
    snprintf(path, sizeof path, "%s/.s.PGSQL.%s", folder, port + 1);
    snprintf(server_path, sizeof server_path, "%s/.s.PGSQL.%s", clients_environment("BERTH_TEST_POSTGRESQL_FOLDER"),
             port + 1);
    ways[0] = clients_delay_open(path, server_path, delay_us);
    lead_to("BERTH_TEST_POSTGRESQL_SOCKET_URL", folder, port);
    setenv("BERTH_TEST_POSTGRESQL_FOLDER", folder, 1);
}

static void slow_mariadb(const char *folder, int64_t delay_us) {
    char path[NAME_BYTES];
    if (getenv("BERTH_TEST_MARIADB_SOCKET_URL") == NULL)
        return;
    snprintf(path, sizeof path, "%s/mariadb", folder);
    ways[1] = clients_delay_open(path, clients_environment("BERTH_TEST_MARIADB_SOCKET"), delay_us);
    lead_to("BERTH_TEST_MARIADB_SOCKET_URL", path, "");
    setenv("BERTH_TEST_MARIADB_SOCKET", path, 1);
}

void clients_network_open(const char *folder, int64_t delay_us) {
    /* Who goes another way must not be measured without a delay. */
    static const char *const other_ways[] = {"BERTH_TEST_POSTGRESQL_TCP_URL", "BERTH_TEST_POSTGRESQL_TLS_URL",
                                             "BERTH_TEST_MARIADB_TCP_URL", "BERTH_TEST_MARIADB_TLS_URL",
                                             "BERTH_TEST_MARIADB_PORT"};
    for (size_t i = 0; i < sizeof other_ways / sizeof *other_ways; i++)
        unsetenv(other_ways[i]);
    slow_postgresql(folder, delay_us);
    slow_mariadb(folder, delay_us);
}

void clients_network_close(void) {
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (ways[i] != NULL)
            clients_delay_close(ways[i]);
}
