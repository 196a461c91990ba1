#include "bench/clients/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES 512

static const char *const create_table[CLIENTS_TARGETS] = {
    [CLIENTS_POSTGRESQL] = "CREATE TABLE bench_rows (id bigint NOT NULL, ratio double precision NOT NULL, "
                           "name varchar(20) NOT NULL, moment timestamp NOT NULL)",
    [CLIENTS_MARIADB] = "CREATE TABLE bench_rows (id bigint NOT NULL, ratio double NOT NULL, "
                        "name varchar(20) NOT NULL, moment datetime(6) NOT NULL)",
    [CLIENTS_SQLITE_FILE] = "CREATE TABLE bench_rows (id BIGINT NOT NULL, ratio DOUBLE NOT NULL, "
                            "name VARCHAR(20) NOT NULL, moment BIGINT NOT NULL)",
    [CLIENTS_SQLITE_MEMORY] = "CREATE TABLE bench_rows (id BIGINT NOT NULL, ratio DOUBLE NOT NULL, "
                              "name VARCHAR(20) NOT NULL, moment BIGINT NOT NULL)",
};

static bool is_sqlite(clients_target target) {
    return target == CLIENTS_SQLITE_FILE || target == CLIENTS_SQLITE_MEMORY;
}

static void run(const clients_witness *witness, const char *sql) {
    witness->api->ask(witness->connection, sql);
}

void clients_witness_create(const clients_witness *witness, int64_t rows, bool by_key) {
    run(witness, create_table[witness->target]);
    if (rows == 0)
        return;
    clients_do(witness->api, witness->connection, CLIENTS_BULK, 0, rows, 0);
    clients_witness_verify(witness, "the witness", 0, rows);
    if (by_key)
        run(witness, "CREATE UNIQUE INDEX bench_rows_id ON bench_rows (id)");
}

void clients_witness_empty(const clients_witness *witness) {
    run(witness, is_sqlite(witness->target) ? "DELETE FROM bench_rows" : "TRUNCATE TABLE bench_rows");
}

void clients_witness_drop(const clients_witness *witness) {
    run(witness, "DROP TABLE bench_rows");
}

/* ---- Verifying. ---- */

static void write_moment(clients_target target, int64_t moment_us, char text[CLIENTS_MOMENT_BYTES]) {
    if (is_sqlite(target))
        snprintf(text, CLIENTS_MOMENT_BYTES, "%lld", (long long)moment_us);
    else
        clients_moment_write(moment_us, text);
}

/* What the table says when all is well. */
static void expect(clients_target target, int64_t first, int64_t count, char text[TEXT_BYTES]) {
    char from[CLIENTS_MOMENT_BYTES];
    char to[CLIENTS_MOMENT_BYTES];
    long long ids = 0;
    long long eighths = 0;
    long long numbers = 0;
    for (int64_t i = first; i < first + count; i++) {
        clients_row row = clients_row_at(i);
        ids += row.id;
        eighths += (long long)(row.ratio * 8);
        numbers += strtoll(row.name + CLIENTS_NAME_NUMBER, NULL, 10);
    }
    write_moment(target, clients_row_at(first).moment_us, from);
    write_moment(target, clients_row_at(first + count - 1).moment_us, to);
    snprintf(text, TEXT_BYTES, "%lld/%lld/%lld/%lld/%s/%s", (long long)count, ids, eighths, numbers, from, to);
}

/* The statement that asks for it. */
static void write_question(clients_target target, int64_t first, int64_t count, char sql[TEXT_BYTES]) {
    static const char of_servers[] =
        "concat(count(*), '/', sum(id), '/', CAST(sum(ratio * 8) AS decimal(30, 0)), '/', "
        "sum(CAST(substring(name, 12, 5) AS decimal(10, 0))), '/', min(moment), '/', max(moment))";
    static const char of_sqlite[] = "count(*) || '/' || sum(id) || '/' || CAST(sum(ratio * 8) AS INTEGER) || '/' || "
                                    "sum(CAST(substr(name, 12, 5) AS INTEGER)) || '/' || min(moment) || '/' || "
                                    "max(moment)";
    snprintf(sql, TEXT_BYTES, "SELECT %s FROM bench_rows WHERE id > %lld AND id <= %lld",
             is_sqlite(target) ? of_sqlite : of_servers, (long long)first, (long long)(first + count));
}

void clients_witness_verify(const clients_witness *witness, const char *who, int64_t first, int64_t count) {
    char sql[TEXT_BYTES];
    char expected[TEXT_BYTES];
    write_question(witness->target, first, count, sql);
    expect(witness->target, first, count, expected);
    const char *found = witness->api->ask(witness->connection, sql);
    if (strcmp(found, expected) != 0)
        bench_die("%s inserted %s (number of rows, sums, first and last moment), expected %s", who, found, expected);
}

/* ---- The set-up of SQLite. ---- */

static char sqlite_script[TEXT_BYTES];

const char *clients_sqlite_script(void) {
    return sqlite_script;
}

void clients_sqlite_copy_setup(clients_target target, const char *path, const char *options) {
    static const char *const pragmas[] = {"journal_mode", "synchronous", "foreign_keys", "cache_size"};
    size_t length = 0;
    clients_connection *connection = clients_berth.open(target, path, options);
    for (size_t i = 0; i < sizeof pragmas / sizeof *pragmas; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "PRAGMA %s", pragmas[i]);
        length += (size_t)snprintf(sqlite_script + length, sizeof sqlite_script - length, "PRAGMA %s=%s; ", pragmas[i],
                                   clients_berth.ask(connection, sql));
        if (length >= sizeof sqlite_script)
            bench_die("the set-up is too long: %s", sqlite_script);
    }
    clients_berth.close(connection);
}
