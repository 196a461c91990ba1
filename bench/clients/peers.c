#include "bench/clients/peers.h"

#include <stdio.h>
#include <string.h>

void peers_postgresql(char text[PEERS_TEXT_BYTES]) {
    snprintf(text, PEERS_TEXT_BYTES, "host=%s port=%s user=%s password=%s dbname=" PEERS_DATABASE,
             clients_environment("BERTH_TEST_POSTGRESQL_FOLDER"), clients_environment("BERTH_TEST_POSTGRESQL_PORT"),
             clients_environment("BERTH_TEST_USER"), clients_environment("BERTH_TEST_PASSWORD"));
}

bool peers_is_query(const char *sql) {
    return strncmp(sql, "SELECT", 6) == 0 || strncmp(sql, "PRAGMA", 6) == 0;
}

void peers_set_up_sqlite(clients_connection *database,
                         const char *(*ask)(clients_connection *database, const char *sql)) {
    char statement[PEERS_TEXT_BYTES];
    const char *from = clients_sqlite_script();
    size_t length;
    for (; (length = strcspn(from, ";")) > 0; from += length + (from[length] != '\0')) {
        snprintf(statement, sizeof statement, "%.*s", (int)length, from);
        if (strspn(statement, " \n") < length)
            ask(database, statement);
    }
}
