#include "bench/clients/peers.h"

#include <dbi/dbi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libdbi has no pool and no prepared statements: one connection, and values that are written into the text. Its type of
 * dates has seconds alone, and it gives dates as nothing else, so the servers are asked for moments as texts. BEGIN and
 * COMMIT are run as statements, since dbi_conn_transaction_begin() and _commit() never free their results. */

struct clients_connection {
    clients_target target;
    dbi_conn handle;
    char answer[PEERS_TEXT_BYTES];
};

static void fail(const clients_connection *database) {
    const char *text = NULL;
    dbi_conn_error(database->handle, &text);
    bench_die("libdbi: %s", text != NULL ? text : "no reason given");
}

static void check(const clients_connection *database, int code) {
    if (code != 0)
        fail(database);
}

static dbi_result query(const clients_connection *database, const char *sql) {
    dbi_result result = dbi_conn_query(database->handle, sql);
    if (result == NULL)
        fail(database);
    return result;
}

static void end_query(const clients_connection *database, dbi_result result) {
    check(database, dbi_result_free(result));
}

static void run(const clients_connection *database, const char *sql) {
    end_query(database, query(database, sql));
}

/* Only for SQLite, whose driver has too little room for the names of expressions: the answer takes a way around. */
static const char *ask(clients_connection *database, const char *sql) {
    char insert[PEERS_TEXT_BYTES];
    database->answer[0] = '\0';
    if (!peers_is_query(sql)) {
        run(database, sql);
        return database->answer;
    }
    snprintf(insert, sizeof insert, "INSERT INTO bench_answer %s", sql);
    run(database, "CREATE TEMPORARY TABLE bench_answer (value TEXT)");
    run(database, insert);
    dbi_result result = query(database, "SELECT value FROM bench_answer");
    if (dbi_result_next_row(result))
        snprintf(database->answer, sizeof database->answer, "%s", dbi_result_get_string_idx(result, 1));
    end_query(database, result);
    run(database, "DROP TABLE bench_answer");
    return database->answer;
}

/* ---- Opening and closing. ---- */

static void set_address(clients_connection *database, const char *path) {
    dbi_conn handle = database->handle;
    if (peers_is_sqlite(database->target)) {
        const char *name = path != NULL ? strrchr(path, '/') + 1 : ":memory:";
        char folder[PEERS_TEXT_BYTES] = "";
        if (path != NULL)
            snprintf(folder, sizeof folder, "%.*s", (int)(name - path), path);
        dbi_conn_set_option(handle, "sqlite3_dbdir", folder);
        dbi_conn_set_option(handle, "dbname", name);
        return;
    }
    dbi_conn_set_option(handle, "dbname", PEERS_DATABASE);
    dbi_conn_set_option(handle, "username", clients_environment("BERTH_TEST_USER"));
    dbi_conn_set_option(handle, "password", clients_environment("BERTH_TEST_PASSWORD"));
    if (database->target == CLIENTS_POSTGRESQL) {
        dbi_conn_set_option(handle, "host", clients_environment("BERTH_TEST_POSTGRESQL_FOLDER"));
        dbi_conn_set_option(handle, "port", clients_environment("BERTH_TEST_POSTGRESQL_PORT"));
    } else {
        dbi_conn_set_option(handle, "mysql_unix_socket", clients_environment("BERTH_TEST_MARIADB_SOCKET"));
    }
}

/* The mode of the journal is the file's own, and the driver complains on stderr about the row that setting it gives. */
static const char *set_up(clients_connection *database, const char *sql) {
    if (strstr(sql, "journal_mode") == NULL)
        run(database, sql);
    return "";
}

static clients_connection *open_connection(clients_target target, const char *path, const char *options) {
    static const char *const drivers[] = {"pgsql", "mysql", "sqlite3", "sqlite3"};
    static dbi_inst instance; /* Never shut down: with it libmariadb would be, for the whole process. */
    (void)options;
    clients_connection *database = calloc(1, sizeof *database);
    if (database == NULL)
        bench_die("out of memory");
    if (instance == NULL && dbi_initialize_r(NULL, &instance) < 0)
        bench_die("libdbi: no drivers");
    database->target = target;
    database->handle = dbi_conn_new_r(drivers[target], instance);
    if (database->handle == NULL)
        bench_die("libdbi: no driver %s", drivers[target]);
    set_address(database, path);
    check(database, dbi_conn_connect(database->handle));
    if (peers_is_sqlite(target))
        peers_set_up_sqlite(database, set_up);
    return database;
}

static void close_connection(clients_connection *database) {
    dbi_conn_close(database->handle);
    free(database);
}

/* ---- Values. ---- */

static void insert_row(const clients_connection *database, int64_t index) {
    char sql[PEERS_TEXT_BYTES];
    char moment[CLIENTS_MOMENT_BYTES];
    char *name;
    clients_row row = clients_row_at(index);
    if (dbi_conn_quote_string_copy(database->handle, row.name, &name) == 0)
        fail(database);
    if (peers_is_sqlite(database->target))
        snprintf(moment, sizeof moment, "%lld", (long long)row.moment_us);
    else
        clients_moment_write(row.moment_us, moment);
    snprintf(sql, sizeof sql, CLIENTS_INSERT_INTO "(%lld, %.17g, %s, '%s')", (long long)row.id, row.ratio, name,
             moment);
    free(name);
    run(database, sql);
}

static uint64_t rows_sum(const clients_connection *database, dbi_result result) {
    uint64_t sum = 0;
    bool is_sqlite = peers_is_sqlite(database->target);
    while (dbi_result_next_row(result)) {
        clients_row row = {
            .id = dbi_result_get_longlong_idx(result, 1),
            .ratio = dbi_result_get_double_idx(result, 2),
            .name = dbi_result_get_string_idx(result, 3),
            .moment_us = is_sqlite ? dbi_result_get_longlong_idx(result, 4)
                                   : clients_moment_read(dbi_result_get_string_idx(result, 4)),
        };
        sum += clients_row_sum(&row);
    }
    return sum;
}

/* All rows, with moments as libdbi can give them. */
static const char *const select_all[] = {
    [CLIENTS_POSTGRESQL] = "SELECT id, ratio, name, CAST(moment AS text) FROM bench_rows",
    [CLIENTS_MARIADB] = "SELECT id, ratio, name, CAST(moment AS char) FROM bench_rows",
    [CLIENTS_SQLITE_FILE] = CLIENTS_SELECT_ALL,
    [CLIENTS_SQLITE_MEMORY] = CLIENTS_SELECT_ALL,
};

/* ---- What is measured. ---- */

static uint64_t insert_rows(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    run(database, "BEGIN");
    for (int64_t i = first; i < first + count; i++)
        insert_row(database, i);
    run(database, "COMMIT");
    return 0;
}

static uint64_t sessions(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    for (int64_t i = first; i < first + count; i++)
        insert_rows(database, i, 1, rows);
    return 0;
}

static uint64_t select_keys(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    uint64_t sum = 0;
    run(database, "BEGIN");
    for (int64_t i = first; i < first + count; i++) {
        char sql[PEERS_TEXT_BYTES];
        snprintf(sql, sizeof sql, "%s WHERE id = %lld", select_all[database->target],
                 (long long)clients_key_at(i, rows) + 1);
        dbi_result result = query(database, sql);
        sum += rows_sum(database, result);
        end_query(database, result);
    }
    run(database, "COMMIT");
    return sum;
}

static uint64_t select_one(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)rows;
    /* For a SELECT without a table its driver of SQLite writes a complaint to stderr. */
    const char *sql = peers_is_sqlite(database->target) ? "SELECT 1 FROM bench_rows LIMIT 1" : "SELECT 1";
    uint64_t sum = 0;
    run(database, "BEGIN");
    for (int64_t i = 0; i < count; i++) {
        dbi_result result = query(database, sql);
        while (dbi_result_next_row(result))
            sum += (uint64_t)dbi_result_get_as_longlong_idx(result, 1);
        end_query(database, result);
    }
    run(database, "COMMIT");
    return sum;
}

static uint64_t read_all(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    dbi_result result = query(database, select_all[database->target]);
    uint64_t sum = rows_sum(database, result);
    end_query(database, result);
    return sum;
}

const clients_api clients_peer_dbi = {
    .name = "libdbi",
    .open = open_connection,
    .close = close_connection,
    .works = {[CLIENTS_SESSION] = sessions,
              [CLIENTS_POINT] = select_keys,
              [CLIENTS_ONE] = select_one,
              [CLIENTS_READ] = read_all,
              [CLIENTS_INSERT] = insert_rows},
    .ask = ask,
};
