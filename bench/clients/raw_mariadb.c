#include "bench/clients/clients.h"

#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Connector/C as a careful programmer uses it: statements prepared once, binary values, every result looked at. */

#define COLUMN_COUNT 4
#define US_PER_S INT64_C(1000000)
#define S_PER_DAY INT64_C(86400)

/* A row as the client reads and writes it. */
typedef struct bound_row {
    int64_t id;
    double ratio;
    char name[24];
    unsigned long name_length;
    MYSQL_TIME moment;
} bound_row;

struct clients_connection {
    MYSQL *handle;
    MYSQL_STMT *insert, *select, *read, *one, *many;
    bound_row rows[CLIENTS_BATCH_ROWS];
};

static void check(clients_connection *database, bool failed) {
    if (failed)
        bench_die("libmariadb: %s", mysql_error(database->handle));
}

static void check_statement(MYSQL_STMT *statement, bool failed) {
    if (failed)
        bench_die("libmariadb: %s", mysql_stmt_error(statement));
}

static void run(clients_connection *database, const char *sql) {
    check(database, mysql_real_query(database->handle, sql, strlen(sql)) != 0);
}

static clients_connection *connect_database(clients_target target, const char *path, const char *options) {
    (void)target;
    (void)path;
    (void)options;
    clients_connection *database = calloc(1, sizeof *database);
    if (database == NULL || (database->handle = mysql_init(NULL)) == NULL)
        bench_die("out of memory");
    mysql_options(database->handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    check(database, mysql_real_connect(database->handle, "localhost", clients_environment("BERTH_TEST_USER"),
                                       clients_environment("BERTH_TEST_PASSWORD"), "berth_socket", 0,
                                       clients_environment("BERTH_TEST_MARIADB_SOCKET"), 0) == NULL);
    return database;
}

static void close_statement(MYSQL_STMT *statement) {
    if (statement != NULL)
        mysql_stmt_close(statement);
}

static void close_database(clients_connection *database) {
    close_statement(database->insert);
    close_statement(database->select);
    close_statement(database->read);
    close_statement(database->one);
    close_statement(database->many);
    mysql_close(database->handle);
    free(database);
}

static MYSQL_STMT *prepare(clients_connection *database, MYSQL_STMT **kept, const char *sql) {
    if (*kept == NULL) {
        *kept = mysql_stmt_init(database->handle);
        check(database, *kept == NULL);
        check_statement(*kept, mysql_stmt_prepare(*kept, sql, strlen(sql)) != 0);
    }
    return *kept;
}

/* ---- Values. ---- */

/* The same for parameters and for results. */
static void bind_row(bound_row *row, MYSQL_BIND binds[COLUMN_COUNT]) {
    memset(binds, 0, COLUMN_COUNT * sizeof *binds);
    binds[0].buffer_type = MYSQL_TYPE_LONGLONG;
    binds[0].buffer = &row->id;
    binds[1].buffer_type = MYSQL_TYPE_DOUBLE;
    binds[1].buffer = &row->ratio;
    binds[2].buffer_type = MYSQL_TYPE_STRING;
    binds[2].buffer = row->name;
    binds[2].buffer_length = sizeof row->name;
    binds[2].length = &row->name_length;
    binds[3].buffer_type = MYSQL_TYPE_DATETIME;
    binds[3].buffer = &row->moment;
    binds[3].buffer_length = sizeof row->moment;
}

static void fill_row(bound_row *bound, int64_t index) {
    clients_row row = clients_row_at(index);
    int64_t seconds = row.moment_us / US_PER_S;
    unsigned of_day = (unsigned)(seconds % S_PER_DAY);
    clients_date date = clients_date_of(seconds / S_PER_DAY);
    bound->id = row.id;
    bound->ratio = row.ratio;
    bound->name_length = strlen(row.name);
    memcpy(bound->name, row.name, bound->name_length + 1);
    bound->moment = (MYSQL_TIME){
        .year = (unsigned)date.year,
        .month = date.month,
        .day = date.day,
        .hour = of_day / 3600,
        .minute = of_day / 60 % 60,
        .second = of_day % 60,
        .second_part = (unsigned long)(row.moment_us % US_PER_S),
        .time_type = MYSQL_TIMESTAMP_DATETIME,
    };
}

static uint64_t row_sum(const bound_row *bound) {
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
static uint64_t read_rows(clients_connection *database, MYSQL_STMT *statement) {
    uint64_t sum = 0;
    int code;
    while ((code = mysql_stmt_fetch(statement)) == 0)
        sum += row_sum(&database->rows[0]);
    check_statement(statement, code != MYSQL_NO_DATA);
    check_statement(statement, mysql_stmt_free_result(statement) != 0);
    return sum;
}

/* ---- What is measured. ---- */

static uint64_t sessions(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    MYSQL_BIND binds[COLUMN_COUNT];
    MYSQL_STMT *statement = prepare(database, &database->insert, CLIENTS_INSERT_INTO "(?, ?, ?, ?)");
    bind_row(&database->rows[0], binds);
    check_statement(statement, mysql_stmt_bind_param(statement, binds) != 0);
    for (int64_t i = first; i < first + count; i++) {
        run(database, "BEGIN");
        fill_row(&database->rows[0], i);
        check_statement(statement, mysql_stmt_execute(statement) != 0);
        run(database, "COMMIT");
    }
    return 0;
}

static uint64_t select_keys(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    int64_t key;
    uint64_t sum = 0;
    MYSQL_BIND binds[COLUMN_COUNT];
    MYSQL_BIND key_bind = {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &key};
    MYSQL_STMT *statement = prepare(database, &database->select, CLIENTS_SELECT_ALL " WHERE id = ?");
    bind_row(&database->rows[0], binds);
    check_statement(statement, mysql_stmt_bind_param(statement, &key_bind) != 0);
    check_statement(statement, mysql_stmt_bind_result(statement, binds) != 0);
    run(database, "BEGIN");
    for (int64_t i = first; i < first + count; i++) {
        key = clients_key_at(i, rows) + 1;
        check_statement(statement, mysql_stmt_execute(statement) != 0);
        sum += read_rows(database, statement);
    }
    run(database, "COMMIT");
    return sum;
}

static uint64_t select_one(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)rows;
    int64_t number = 0;
    uint64_t sum = 0;
    MYSQL_BIND bind = {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &number};
    MYSQL_STMT *statement = prepare(database, &database->one, "SELECT 1");
    check_statement(statement, mysql_stmt_bind_result(statement, &bind) != 0);
    run(database, "BEGIN");
    for (int64_t i = 0; i < count; i++) {
        check_statement(statement, mysql_stmt_execute(statement) != 0);
        while (mysql_stmt_fetch(statement) == 0)
            sum += (uint64_t)number;
        check_statement(statement, mysql_stmt_free_result(statement) != 0);
    }
    run(database, "COMMIT");
    return sum;
}

static uint64_t read_with(clients_connection *database, bool store) {
    MYSQL_BIND binds[COLUMN_COUNT];
    MYSQL_STMT *statement = prepare(database, &database->read, CLIENTS_SELECT_ALL);
    bind_row(&database->rows[0], binds);
    check_statement(statement, mysql_stmt_bind_result(statement, binds) != 0);
    run(database, "BEGIN");
    check_statement(statement, mysql_stmt_execute(statement) != 0);
    if (store)
        check_statement(statement, mysql_stmt_store_result(statement) != 0);
    uint64_t sum = read_rows(database, statement);
    run(database, "COMMIT");
    return sum;
}

static uint64_t read_streamed(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    return read_with(database, false);
}

static uint64_t read_stored(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    return read_with(database, true);
}

static void insert_array(clients_connection *database, MYSQL_STMT *statement, int64_t first, unsigned count) {
    check_statement(statement, mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &count) != 0);
    for (unsigned i = 0; i < count; i++)
        fill_row(&database->rows[i], first + i);
    check_statement(statement, mysql_stmt_execute(statement) != 0);
}

static uint64_t insert_many(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    MYSQL_BIND binds[COLUMN_COUNT];
    size_t row_bytes = sizeof(bound_row);
    unsigned batch = CLIENTS_BATCH_ROWS;
    MYSQL_STMT *statement = prepare(database, &database->many, CLIENTS_INSERT_INTO "(?, ?, ?, ?)");
    check_statement(statement, mysql_stmt_attr_set(statement, STMT_ATTR_ROW_SIZE, &row_bytes) != 0 ||
                                   mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &batch) != 0);
    bind_row(&database->rows[0], binds);
    check_statement(statement, mysql_stmt_bind_param(statement, binds) != 0);
    run(database, "BEGIN");
    for (int64_t i = 0; i < count; i += batch)
        insert_array(database, statement, first + i, count - i < batch ? (unsigned)(count - i) : batch);
    run(database, "COMMIT");
    return 0;
}

extern const clients_api clients_mariadb_best;
const clients_api clients_mariadb_best = {
    .name = "libmariadb",
    .open = connect_database,
    .close = close_database,
    .works = {[CLIENTS_SESSION] = sessions,
              [CLIENTS_POINT] = select_keys,
              [CLIENTS_ONE] = select_one,
              [CLIENTS_READ] = read_streamed,
              [CLIENTS_READ_STORED] = read_stored,
              [CLIENTS_BULK] = insert_many,
              [CLIENTS_MANY] = insert_many},
};
