#include "bench/clients/berth_arrow.h"

#include <stdio.h>
#include <stdlib.h>

/* Berth's side as its documentation shows it. */
struct clients_connection {
    berth_engine *engine;
    bool has_moments; /* SQLite's are numbers here. */
    char answer[512];
};

static void check(berth_status status, const berth_error *error) {
    if (status != BERTH_OK)
        bench_die("Berth: %s", error->message);
}

static void end(berth_session *session) {
    berth_error error;
    check(berth_session_end(session, &error), &error);
}

void clients_berth_end(berth_session *session) {
    end(session);
}

berth_engine *clients_berth_engine(const clients_connection *connection) {
    return connection->engine;
}

static void write_url(clients_target target, const char *path, const char *options, char *url, size_t bytes) {
    switch (target) {
    case CLIENTS_POSTGRESQL:
        snprintf(url, bytes, "%s%s", clients_environment("BERTH_TEST_POSTGRESQL_SOCKET_URL"), options);
        break;
    case CLIENTS_MARIADB:
        snprintf(url, bytes, "%s%s", clients_environment("BERTH_TEST_MARIADB_SOCKET_URL"), options);
        break;
    case CLIENTS_SQLITE_FILE:
        snprintf(url, bytes, "sqlite:///%s%s", path, options);
        break;
    default:
        snprintf(url, bytes, "sqlite://%s", options);
    }
}

static clients_connection *open_engine(clients_target target, const char *path, const char *options) {
    char url[5000];
    berth_error error;
    clients_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        bench_die("out of memory");
    write_url(target, path, options, url, sizeof url);
    connection->has_moments = target == CLIENTS_POSTGRESQL || target == CLIENTS_MARIADB;
    check(berth_engine_open(url, NULL, &connection->engine, &error), &error);
    return connection;
}

static void close_engine(clients_connection *connection) {
    berth_error error;
    check(berth_engine_close(connection->engine, &error), &error);
    free(connection);
}

static const char *ask(clients_connection *connection, const char *sql) {
    berth_session *session = berth_session_open(connection->engine, NULL);
    berth_result *rows = berth_query(session, sql, NULL);
    bool found = berth_next(rows);
    snprintf(connection->answer, sizeof connection->answer, "%s", found ? berth_get_text(rows, 0) : "");
    berth_result_close(rows);
    end(session);
    return connection->answer;
}

/* ---- Rows. ---- */

static berth_value moment_value(const clients_connection *connection, int64_t moment_us) {
    return connection->has_moments ? berth_timestamp(moment_us) : berth_int64(moment_us);
}

static void insert_row(clients_connection *connection, berth_session *session, int64_t index) {
    clients_row row = clients_row_at(index);
    berth_exec(session, CLIENTS_INSERT_INTO "(?, ?, ?, ?)",
               berth_params(row.id, row.ratio, row.name, moment_value(connection, row.moment_us)));
}

static uint64_t row_sum(const clients_connection *connection, berth_result *rows) {
    clients_row row = {
        .id = berth_get_int64(rows, 0),
        .ratio = berth_get_double(rows, 1),
        .name = berth_get_text(rows, 2),
        .moment_us = connection->has_moments ? berth_get_timestamp(rows, 3) : berth_get_int64(rows, 3),
    };
    return clients_row_sum(&row);
}

/* ---- Sessions. ---- */

static void insert_sessions(clients_connection *connection, int64_t first, int64_t count, bool pipeline,
                            int statements) {
    for (int64_t i = 0; i < count; i++) {
        berth_session *session = berth_session_open(connection->engine, BERTH_SESSION_OPTIONS(.pipeline = pipeline));
        for (int j = 0; j < statements; j++)
            insert_row(connection, session, first + i * statements + j);
        end(session);
    }
}

static uint64_t sessions(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    insert_sessions(connection, first, count, false, 1);
    return 0;
}

static uint64_t sessions_pipelined(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    insert_sessions(connection, first, count, true, 1);
    return 0;
}

static uint64_t ten_pipelined(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    insert_sessions(connection, first, count, true, CLIENTS_TEN);
    return 0;
}

/* ---- Reading. ---- */

static uint64_t select_keys(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    uint64_t sum = 0;
    berth_session *session = berth_session_open(connection->engine, NULL);
    for (int64_t i = first; i < first + count; i++) {
        berth_result *found =
            berth_query(session, CLIENTS_SELECT_ALL " WHERE id = ?", berth_params(clients_key_at(i, rows) + 1));
        while (berth_next(found))
            sum += row_sum(connection, found);
        berth_result_close(found);
    }
    end(session);
    return sum;
}

/* Runs a statement of one number. */
static uint64_t read_number(berth_session *session, const char *sql) {
    uint64_t sum = 0;
    berth_result *found = berth_query(session, sql, NULL);
    while (berth_next(found))
        sum += berth_get_uint64(found, 0);
    berth_result_close(found);
    return sum;
}

static uint64_t select_one(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)rows;
    uint64_t sum = 0;
    berth_session *session = berth_session_open(connection->engine, NULL);
    for (int64_t i = 0; i < count; i++)
        sum += read_number(session, "SELECT 1");
    end(session);
    return sum;
}

static uint64_t read_all(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    uint64_t sum = 0;
    berth_session *session = berth_session_open(connection->engine, NULL);
    berth_result *found = berth_query(session, CLIENTS_SELECT_ALL, NULL);
    while (berth_next(found))
        sum += row_sum(connection, found);
    berth_result_close(found);
    end(session);
    return sum;
}

/* ---- Many rows. ---- */

static uint64_t insert(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    berth_session *session = berth_session_open(connection->engine, NULL);
    for (int64_t i = first; i < first + count; i++)
        insert_row(connection, session, i);
    end(session);
    return 0;
}

static uint64_t load(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    berth_session *session = berth_session_open(connection->engine, NULL);
    berth_bulk_load *bulk = berth_bulk_open(session, "bench_rows", CLIENTS_COLUMNS, NULL);
    for (int64_t i = first; i < first + count; i++) {
        clients_row row = clients_row_at(i);
        berth_bulk_row(bulk, berth_params(row.id, row.ratio, row.name, moment_value(connection, row.moment_us)));
    }
    berth_bulk_close(bulk, NULL);
    end(session);
    return 0;
}

static uint64_t insert_many(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    berth_params *many = calloc((size_t)count, sizeof *many);
    berth_value(*values)[4] = calloc((size_t)count, sizeof *values);
    if (many == NULL || values == NULL)
        bench_die("out of memory");
    for (int64_t i = 0; i < count; i++) {
        clients_row row = clients_row_at(first + i);
        values[i][0] = berth_int64(row.id);
        values[i][1] = berth_double(row.ratio);
        values[i][2] = berth_text(row.name);
        values[i][3] = moment_value(connection, row.moment_us);
        many[i] = (berth_params){.values = values[i], .count = 4};
    }
    berth_session *session = berth_session_open(connection->engine, NULL);
    berth_exec_many(session, CLIENTS_INSERT_INTO "(?, ?, ?, ?)", many, (size_t)count);
    end(session);
    free(values);
    free(many);
    return 0;
}

/* ---- Statements in the cache. ---- */

static uint64_t run_statements(clients_connection *connection, int64_t count, int statement_count) {
    uint64_t sum = 0;
    berth_session *session = berth_session_open(connection->engine, NULL);
    for (int64_t i = 0; i < count; i++)
        sum += read_number(session, clients_statement_at((int)(i % statement_count)));
    end(session);
    return sum;
}

static uint64_t same_statement(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)rows;
    return run_statements(connection, count, 1);
}

static uint64_t many_statements(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)rows;
    return run_statements(connection, count, CLIENTS_STATEMENTS);
}

const clients_api clients_berth = {
    .name = "Berth",
    .open = open_engine,
    .close = close_engine,
    .ask = ask,
    .works = {[CLIENTS_SESSION] = sessions,
              [CLIENTS_SESSION_PIPELINED] = sessions_pipelined,
              [CLIENTS_TEN_PIPELINED] = ten_pipelined,
              [CLIENTS_POINT] = select_keys,
              [CLIENTS_ONE] = select_one,
              [CLIENTS_READ] = read_all,
              [CLIENTS_READ_COLUMNS] = clients_berth_read_columns,
              [CLIENTS_READ_ARROW] = clients_berth_read_arrow,
              [CLIENTS_INSERT] = insert,
              [CLIENTS_MANY] = insert_many,
              [CLIENTS_BULK] = load,
              [CLIENTS_SAME_STATEMENT] = same_statement,
              [CLIENTS_MANY_STATEMENTS] = many_statements},
};
