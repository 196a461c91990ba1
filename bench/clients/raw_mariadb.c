#include "bench/clients/raw_mariadb.h"

#include <stdlib.h>
#include <string.h>

#define US_PER_S INT64_C(1000000)
#define S_PER_DAY INT64_C(86400)

static const char *const texts[MARIADB_STATEMENTS] = {
    [MARIADB_INSERT] = CLIENTS_INSERT_INTO "(?, ?, ?, ?)",
    [MARIADB_SELECT] = CLIENTS_SELECT_ALL " WHERE id = ?",
    [MARIADB_READ] = CLIENTS_SELECT_ALL,
    [MARIADB_ONE] = "SELECT 1",
    [MARIADB_MANY] = CLIENTS_INSERT_INTO "(?, ?, ?, ?)",
};

void mariadb_check(clients_connection *connection, bool failed) {
    if (failed)
        bench_die("libmariadb: %s", mysql_error(connection->handle));
}

void mariadb_check_statement(MYSQL_STMT *statement, bool failed) {
    if (failed)
        bench_die("libmariadb: %s", mysql_stmt_error(statement));
}

void mariadb_run(clients_connection *connection, const char *sql) {
    mariadb_check(connection, mysql_real_query(connection->handle, sql, strlen(sql)) != 0);
}

clients_connection *mariadb_open(clients_target target, const char *path, const char *options) {
    (void)target;
    (void)path;
    (void)options;
    clients_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL || (connection->handle = mysql_init(NULL)) == NULL)
        bench_die("out of memory");
    mysql_options(connection->handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mariadb_check(connection,
                  mysql_real_connect(connection->handle, "localhost", clients_environment("BERTH_TEST_USER"),
                                     clients_environment("BERTH_TEST_PASSWORD"), "berth_socket", 0,
                                     clients_environment("BERTH_TEST_MARIADB_SOCKET"), 0) == NULL);
    return connection;
}

void mariadb_close(clients_connection *connection) {
    for (int i = 0; i < MARIADB_STATEMENTS; i++)
        if (connection->statements[i] != NULL)
            mysql_stmt_close(connection->statements[i]);
    mysql_close(connection->handle);
    free(connection);
}

/* ---- Statements. ---- */

MYSQL_STMT *mariadb_prepare(clients_connection *connection, mariadb_statement which) {
    MYSQL_STMT **kept = &connection->statements[which];
    if (*kept == NULL) {
        *kept = mysql_stmt_init(connection->handle);
        mariadb_check(connection, *kept == NULL);
        mariadb_check_statement(*kept, mysql_stmt_prepare(*kept, texts[which], strlen(texts[which])) != 0);
    }
    return *kept;
}

MYSQL_STMT *mariadb_prepare_insert(clients_connection *connection) {
    MYSQL_BIND binds[MARIADB_COLUMNS];
    MYSQL_STMT *statement = mariadb_prepare(connection, MARIADB_INSERT);
    mariadb_bind_row(&connection->rows[0], binds);
    mariadb_check_statement(statement, mysql_stmt_bind_param(statement, binds) != 0);
    return statement;
}

void mariadb_insert_row(clients_connection *connection, MYSQL_STMT *statement, int64_t index) {
    mariadb_fill_row(&connection->rows[0], index);
    mariadb_check_statement(statement, mysql_stmt_execute(statement) != 0);
}

uint64_t mariadb_select_one(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)rows;
    int64_t number = 0;
    uint64_t sum = 0;
    MYSQL_BIND bind = {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &number};
    MYSQL_STMT *statement = mariadb_prepare(connection, MARIADB_ONE);
    mariadb_check_statement(statement, mysql_stmt_bind_result(statement, &bind) != 0);
    mariadb_run(connection, "BEGIN");
    for (int64_t i = 0; i < count; i++) {
        mariadb_check_statement(statement, mysql_stmt_execute(statement) != 0);
        while (mysql_stmt_fetch(statement) == 0)
            sum += (uint64_t)number;
        mariadb_check_statement(statement, mysql_stmt_free_result(statement) != 0);
    }
    mariadb_run(connection, "COMMIT");
    return sum;
}

/* ---- Values. ---- */

void mariadb_bind_row(mariadb_row *row, MYSQL_BIND binds[MARIADB_COLUMNS]) {
    memset(binds, 0, MARIADB_COLUMNS * sizeof *binds);
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

void mariadb_fill_row(mariadb_row *bound, int64_t index) {
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
