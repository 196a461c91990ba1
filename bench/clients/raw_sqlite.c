#include "bench/clients/clients.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* SQLite's own interface in two ways. At its best: no mutex, which is right where one thread at a time uses a
 * connection, everything prepared once. As people write it: sqlite3_open(), BEGIN and COMMIT by sqlite3_exec(). In both
 * texts are bound without a copy and every result is looked at. */

#define COLUMN_COUNT 4

typedef enum kept_statement { BEGIN_WRITE, COMMIT, INSERT, MANY, SELECT, READ, ONE, KEPT_STATEMENTS } kept_statement;

static const char *const texts[KEPT_STATEMENTS] = {
    [BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [INSERT] = CLIENTS_INSERT_INTO "(?, ?, ?, ?)",
    [SELECT] = CLIENTS_SELECT_ALL " WHERE id = ?",
    [READ] = CLIENTS_SELECT_ALL,
    [ONE] = "SELECT 1",
};

struct clients_connection {
    sqlite3 *handle;
    bool has_text_control; /* BEGIN and COMMIT are run as text. */
    sqlite3_stmt *kept[KEPT_STATEMENTS];
    sqlite3_stmt *different[CLIENTS_STATEMENTS];
    char answer[512];
};

static void check(clients_connection *connection, int code, int expected) {
    if (code != expected)
        bench_die("SQLite: %s", sqlite3_errmsg(connection->handle));
}

static void run(clients_connection *connection, const char *sql) {
    check(connection, sqlite3_exec(connection->handle, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void prepare(clients_connection *connection, sqlite3_stmt **statement, const char *sql) {
    check(connection, sqlite3_prepare_v3(connection->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL),
          SQLITE_OK);
}

/* ---- Opening and closing. ---- */

static clients_connection *open_with(const char *path, int flags) {
    clients_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        bench_die("out of memory");
    flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    check(connection, sqlite3_open_v2(path != NULL ? path : ":memory:", &connection->handle, flags, NULL), SQLITE_OK);
    run(connection, clients_sqlite_script());
    return connection;
}

static clients_connection *open_best(clients_target target, const char *path, const char *options) {
    (void)target;
    (void)options;
    return open_with(path, SQLITE_OPEN_NOMUTEX);
}

static clients_connection *open_written(clients_target target, const char *path, const char *options) {
    (void)target;
    (void)options;
    clients_connection *connection = open_with(path, 0);
    connection->has_text_control = true;
    return connection;
}

static void close_connection(clients_connection *connection) {
    for (int i = 0; i < KEPT_STATEMENTS; i++)
        sqlite3_finalize(connection->kept[i]);
    for (int i = 0; i < CLIENTS_STATEMENTS; i++)
        sqlite3_finalize(connection->different[i]);
    check(connection, sqlite3_close(connection->handle), SQLITE_OK);
    free(connection);
}

static const char *ask(clients_connection *connection, const char *sql) {
    sqlite3_stmt *statement = NULL;
    prepare(connection, &statement, sql);
    connection->answer[0] = '\0';
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        strncpy(connection->answer, text != NULL ? text : "", sizeof connection->answer - 1);
    } else {
        check(connection, code, SQLITE_DONE);
    }
    check(connection, sqlite3_finalize(statement), SQLITE_OK);
    return connection->answer;
}

/* ---- Statements. ---- */

static sqlite3_stmt *kept(clients_connection *connection, kept_statement which) {
    if (connection->kept[which] == NULL)
        prepare(connection, &connection->kept[which], texts[which]);
    return connection->kept[which];
}

/* Runs a statement that has no rows. */
static void step(clients_connection *connection, sqlite3_stmt *statement) {
    check(connection, sqlite3_step(statement), SQLITE_DONE);
    check(connection, sqlite3_reset(statement), SQLITE_OK);
}

static void control(clients_connection *connection, kept_statement which) {
    if (connection->has_text_control)
        run(connection, texts[which]);
    else
        step(connection, kept(connection, which));
}

/* The row at `index` as the row `place` of the statement. */
static void bind_row(clients_connection *connection, sqlite3_stmt *statement, int place, int64_t index) {
    clients_row row = clients_row_at(index);
    int column = COLUMN_COUNT * place;
    check(connection, sqlite3_bind_int64(statement, column + 1, row.id), SQLITE_OK);
    check(connection, sqlite3_bind_double(statement, column + 2, row.ratio), SQLITE_OK);
    check(connection, sqlite3_bind_text(statement, column + 3, row.name, -1, SQLITE_STATIC), SQLITE_OK);
    check(connection, sqlite3_bind_int64(statement, column + 4, row.moment_us), SQLITE_OK);
}

/* Reads the rows of a statement whose parameters are bound. */
static uint64_t read_rows(clients_connection *connection, sqlite3_stmt *statement) {
    uint64_t sum = 0;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        clients_row row = {
            .id = sqlite3_column_int64(statement, 0),
            .ratio = sqlite3_column_double(statement, 1),
            .name = (const char *)sqlite3_column_text(statement, 2),
            .moment_us = sqlite3_column_int64(statement, 3),
        };
        sum += clients_row_sum(&row);
    }
    check(connection, code, SQLITE_DONE);
    check(connection, sqlite3_reset(statement), SQLITE_OK);
    return sum;
}

/* ---- What is measured. ---- */

static uint64_t insert(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    sqlite3_stmt *statement = kept(connection, INSERT);
    control(connection, BEGIN_WRITE);
    for (int64_t i = first; i < first + count; i++) {
        bind_row(connection, statement, 0, i);
        step(connection, statement);
    }
    control(connection, COMMIT);
    return 0;
}

static uint64_t sessions(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    for (int64_t i = first; i < first + count; i++)
        insert(connection, i, 1, rows);
    return 0;
}

/* The INSERT of as many rows as are inserted together. */
static sqlite3_stmt *kept_many(clients_connection *connection) {
    static const char more[] = ", (?, ?, ?, ?)";
    static char sql[sizeof CLIENTS_INSERT_INTO + CLIENTS_BATCH_ROWS * sizeof more] = CLIENTS_INSERT_INTO "(?, ?, ?, ?)";
    if (connection->kept[MANY] == NULL) {
        char *end = sql + sizeof CLIENTS_INSERT_INTO "(?, ?, ?, ?)" - 1;
        for (int i = 1; i < CLIENTS_BATCH_ROWS; i++, end += sizeof more - 1)
            memcpy(end, more, sizeof more);
        prepare(connection, &connection->kept[MANY], sql);
    }
    return connection->kept[MANY];
}

static uint64_t insert_many(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    sqlite3_stmt *many = kept_many(connection);
    sqlite3_stmt *one = kept(connection, INSERT);
    int64_t i = first;
    control(connection, BEGIN_WRITE);
    for (; i + CLIENTS_BATCH_ROWS <= first + count; i += CLIENTS_BATCH_ROWS) {
        for (int place = 0; place < CLIENTS_BATCH_ROWS; place++)
            bind_row(connection, many, place, i + place);
        step(connection, many);
    }
    for (; i < first + count; i++) {
        bind_row(connection, one, 0, i);
        step(connection, one);
    }
    control(connection, COMMIT);
    return 0;
}

static uint64_t select_keys(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    uint64_t sum = 0;
    sqlite3_stmt *statement = kept(connection, SELECT);
    control(connection, BEGIN_WRITE);
    for (int64_t i = first; i < first + count; i++) {
        check(connection, sqlite3_bind_int64(statement, 1, clients_key_at(i, rows) + 1), SQLITE_OK);
        sum += read_rows(connection, statement);
    }
    control(connection, COMMIT);
    return sum;
}

static uint64_t read_all(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    control(connection, BEGIN_WRITE);
    uint64_t sum = read_rows(connection, kept(connection, READ));
    control(connection, COMMIT);
    return sum;
}

static uint64_t read_number(clients_connection *connection, sqlite3_stmt *statement) {
    check(connection, sqlite3_step(statement), SQLITE_ROW);
    uint64_t number = (uint64_t)sqlite3_column_int64(statement, 0);
    check(connection, sqlite3_step(statement), SQLITE_DONE);
    check(connection, sqlite3_reset(statement), SQLITE_OK);
    return number;
}

static uint64_t select_one(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)rows;
    uint64_t sum = 0;
    sqlite3_stmt *statement = kept(connection, ONE);
    control(connection, BEGIN_WRITE);
    for (int64_t i = 0; i < count; i++)
        sum += read_number(connection, statement);
    control(connection, COMMIT);
    return sum;
}

static uint64_t run_statements(clients_connection *connection, int64_t count, int statement_count) {
    uint64_t sum = 0;
    for (int64_t i = 0; i < count; i++) {
        int which = (int)(i % statement_count);
        if (connection->different[which] == NULL)
            prepare(connection, &connection->different[which], clients_statement_at(which));
        sum += read_number(connection, connection->different[which]);
    }
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

extern const clients_api clients_sqlite_best, clients_sqlite_written;

const clients_api clients_sqlite_best = {
    .name = "SQLite, at its best",
    .open = open_best,
    .close = close_connection,
    .works = {[CLIENTS_SESSION] = sessions,
              [CLIENTS_POINT] = select_keys,
              [CLIENTS_ONE] = select_one,
              [CLIENTS_READ] = read_all,
              [CLIENTS_INSERT] = insert,
              [CLIENTS_MANY] = insert_many,
              [CLIENTS_SAME_STATEMENT] = same_statement,
              [CLIENTS_MANY_STATEMENTS] = many_statements},
    .ask = ask,
};

const clients_api clients_sqlite_written = {
    .name = "SQLite, as written",
    .open = open_written,
    .close = close_connection,
    .works = {[CLIENTS_SESSION] = sessions,
              [CLIENTS_POINT] = select_keys,
              [CLIENTS_ONE] = select_one,
              [CLIENTS_READ] = read_all,
              [CLIENTS_INSERT] = insert},
    .ask = ask,
};
