#include "bench/clients/raw_mariadb.h"

#include <stdio.h>
#include <string.h>

/* libmariadb at its best: autocommit off, so that transactions begin by themselves, binary results, arrays of rows. */

#define US_PER_S INT64_C(1000000)
#define S_PER_DAY INT64_C(86400)

static clients_connection *open_connection(clients_target target, const char *path, const char *options) {
    clients_connection *connection = mariadb_open(target, path, options);
    mariadb_check(connection, mysql_autocommit(connection->handle, 0) != 0);
    return connection;
}

static uint64_t insert(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    MYSQL_STMT *statement = mariadb_prepare_insert(connection);
    for (int64_t i = first; i < first + count; i++)
        mariadb_insert_row(connection, statement, i);
    mariadb_run(connection, "COMMIT");
    return 0;
}

static uint64_t sessions(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    MYSQL_STMT *statement = mariadb_prepare_insert(connection);
    for (int64_t i = first; i < first + count; i++) {
        mariadb_insert_row(connection, statement, i);
        mariadb_run(connection, "COMMIT");
    }
    return 0;
}

/* Prepared statements can't be queued by the public functions, texts can. */
static void send_text(clients_connection *connection, const char *sql) {
    mariadb_check(connection, mysql_send_query(connection->handle, sql, strlen(sql)) != 0);
}

static void send_row(clients_connection *connection, int64_t index) {
    char sql[256];
    char moment[CLIENTS_MOMENT_BYTES];
    clients_row row = clients_row_at(index);
    clients_moment_write(row.moment_us, moment);
    snprintf(sql, sizeof sql, CLIENTS_INSERT_INTO "(%lld, %.17g, '%s', '%s')", (long long)row.id, row.ratio, row.name,
             moment);
    send_text(connection, sql);
}

/* One round trip for all of a transaction. */
static void insert_pipelined(clients_connection *connection, int64_t first, int64_t count, int statements) {
    for (int64_t i = 0; i < count; i++) {
        for (int j = 0; j < statements; j++)
            send_row(connection, first + i * statements + j);
        send_text(connection, "COMMIT");
        for (int j = 0; j < statements + 1; j++)
            mariadb_check(connection, mysql_read_query_result(connection->handle) != 0);
    }
}

static uint64_t sessions_pipelined(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    insert_pipelined(connection, first, count, 1);
    return 0;
}

static uint64_t ten_pipelined(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    insert_pipelined(connection, first, count, CLIENTS_TEN);
    return 0;
}

/* ---- Reading. ---- */

static uint64_t row_sum(const mariadb_row *bound) {
    const MYSQL_TIME *moment = &bound->moment;
    clients_date date = {.year = (int)moment->year, .month = moment->month, .day = moment->day};
    int64_t seconds =
        clients_days_of(date) * S_PER_DAY + moment->hour * 3600 + moment->minute * 60 + (int64_t)moment->second;
    clients_row row = {
        .id = bound->id,
        .ratio = bound->ratio,
        .name = bound->name,
        .moment_us = seconds * US_PER_S + (int64_t)moment->second_part,
    };
    return clients_row_sum(&row);
}

/* Reads the rows of a statement that was executed and whose result is bound to the first row. */
static uint64_t read_rows(clients_connection *connection, MYSQL_STMT *statement) {
    uint64_t sum = 0;
    int code;
    while ((code = mysql_stmt_fetch(statement)) == 0)
        sum += row_sum(&connection->rows[0]);
    mariadb_check_statement(statement, code != MYSQL_NO_DATA);
    mariadb_check_statement(statement, mysql_stmt_free_result(statement) != 0);
    return sum;
}

static uint64_t select_keys(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    int64_t key;
    uint64_t sum = 0;
    MYSQL_BIND binds[MARIADB_COLUMNS];
    MYSQL_BIND key_bind = {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &key};
    MYSQL_STMT *statement = mariadb_prepare(connection, MARIADB_SELECT);
    mariadb_bind_row(&connection->rows[0], binds);
    mariadb_check_statement(statement, mysql_stmt_bind_param(statement, &key_bind) != 0);
    mariadb_check_statement(statement, mysql_stmt_bind_result(statement, binds) != 0);
    for (int64_t i = first; i < first + count; i++) {
        key = clients_key_at(i, rows) + 1;
        mariadb_check_statement(statement, mysql_stmt_execute(statement) != 0);
        sum += read_rows(connection, statement);
    }
    mariadb_run(connection, "COMMIT");
    return sum;
}

static uint64_t read_with(clients_connection *connection, bool store) {
    MYSQL_BIND binds[MARIADB_COLUMNS];
    MYSQL_STMT *statement = mariadb_prepare(connection, MARIADB_READ);
    mariadb_bind_row(&connection->rows[0], binds);
    mariadb_check_statement(statement, mysql_stmt_bind_result(statement, binds) != 0);
    mariadb_check_statement(statement, mysql_stmt_execute(statement) != 0);
    if (store)
        mariadb_check_statement(statement, mysql_stmt_store_result(statement) != 0);
    uint64_t sum = read_rows(connection, statement);
    mariadb_run(connection, "COMMIT");
    return sum;
}

static uint64_t read_streamed(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    return read_with(connection, false);
}

static uint64_t read_stored(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    return read_with(connection, true);
}

/* ---- Many rows. ---- */

static void insert_array(clients_connection *connection, MYSQL_STMT *statement, int64_t first, unsigned count) {
    mariadb_check_statement(statement, mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &count) != 0);
    for (unsigned i = 0; i < count; i++)
        mariadb_fill_row(&connection->rows[i], first + i);
    mariadb_check_statement(statement, mysql_stmt_execute(statement) != 0);
}

static uint64_t insert_many(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    MYSQL_BIND binds[MARIADB_COLUMNS];
    size_t row_bytes = sizeof(mariadb_row);
    unsigned batch = CLIENTS_BATCH_ROWS;
    MYSQL_STMT *statement = mariadb_prepare(connection, MARIADB_MANY);
    mariadb_check_statement(statement, mysql_stmt_attr_set(statement, STMT_ATTR_ROW_SIZE, &row_bytes) != 0 ||
                                           mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &batch) != 0);
    mariadb_bind_row(&connection->rows[0], binds);
    mariadb_check_statement(statement, mysql_stmt_bind_param(statement, binds) != 0);
    for (int64_t i = 0; i < count; i += batch)
        insert_array(connection, statement, first + i, count - i < batch ? (unsigned)(count - i) : batch);
    mariadb_run(connection, "COMMIT");
    return 0;
}

extern const clients_api clients_mariadb_best;

const clients_api clients_mariadb_best = {
    .name = "libmariadb, at its best",
    .open = open_connection,
    .close = mariadb_close,
    .works = {[CLIENTS_SESSION] = sessions,
              [CLIENTS_SESSION_PIPELINED] = sessions_pipelined,
              [CLIENTS_TEN_PIPELINED] = ten_pipelined,
              [CLIENTS_POINT] = select_keys,
              [CLIENTS_ONE] = mariadb_select_one,
              [CLIENTS_READ] = read_streamed,
              [CLIENTS_READ_STORED] = read_stored,
              [CLIENTS_INSERT] = insert,
              [CLIENTS_MANY] = insert_many},
};
