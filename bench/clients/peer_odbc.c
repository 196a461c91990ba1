#include "bench/clients/peers.h"

#include <sql.h>
#include <sqlext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* unixODBC with its pool: SQLDriverConnect() takes a connection, SQLDisconnect() gives it back. Statements end with the
 * connection, so each checkout makes its own. */

#define US_PER_S INT64_C(1000000)
#define S_PER_DAY INT64_C(86400)
#define NAME_BYTES 24

/* Rows as they are bound, a column at a time: drivers know arrays of parameters in this form. */
typedef struct bound_rows {
    SQLBIGINT ids[CLIENTS_BATCH_ROWS];
    SQLDOUBLE ratios[CLIENTS_BATCH_ROWS];
    char names[CLIENTS_BATCH_ROWS][NAME_BYTES];
    SQLLEN name_lengths[CLIENTS_BATCH_ROWS];
    SQL_TIMESTAMP_STRUCT moments[CLIENTS_BATCH_ROWS]; /* Of servers. */
    SQLBIGINT moments_us[CLIENTS_BATCH_ROWS];         /* Of SQLite. */
} bound_rows;

struct clients_connection {
    bool is_sqlite;
    SQLHENV environment;
    SQLHDBC handle;
    char address[PEERS_TEXT_BYTES];
    char answer[PEERS_TEXT_BYTES];
    bound_rows bound;
};

static void check(SQLRETURN code, SQLSMALLINT type, SQLHANDLE of) {
    SQLCHAR state[6] = "";
    SQLCHAR text[256] = "";
    if (SQL_SUCCEEDED(code))
        return;
    SQLGetDiagRec(type, of, 1, state, NULL, text, sizeof text, NULL);
    bench_die("unixODBC: %s %s", state, text);
}

static void check_statement(SQLRETURN code, SQLHSTMT statement) {
    check(code, SQL_HANDLE_STMT, statement);
}

/* ---- The set-up, which drivers and the pool take from a file alone. ---- */

static char folder[] = "/tmp/berth-bench-odbc-XXXXXX";

static void configuration_path(char path[sizeof folder + 32]) {
    snprintf(path, sizeof folder + 32, "%s/odbcinst.ini", folder);
}

static void remove_configuration(void) {
    char path[sizeof folder + 32];
    configuration_path(path);
    remove(path);
    rmdir(folder);
}

/* Once for the process, since the driver manager may read it at any time. */
static void write_configuration(void) {
    static bool is_written;
    char path[sizeof folder + 32];
    if (is_written)
        return;
    if (mkdtemp(folder) == NULL)
        bench_die("unixODBC: no temporary folder can be made at %s", folder);
    configuration_path(path);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        bench_die("unixODBC: %s can't be written", path);
    fputs("[ODBC]\nPooling=Yes\n"
          "[PostgreSQL]\nDriver=psqlodbca.so\nThreading=0\nCPTimeout=3600\n"
          "[MariaDB]\nDriver=libmaodbc.so\nThreading=0\nCPTimeout=3600\n"
          "[SQLite3]\nDriver=libsqlite3odbc.so\nThreading=0\nCPTimeout=3600\n",
          file);
    fclose(file);
    setenv("ODBCSYSINI", folder, 1);
    atexit(remove_configuration);
    is_written = true;
}

/* PostgreSQL: prepared at the server, and without a savepoint before each statement. */
static int write_address(clients_target target, const char *path, char text[PEERS_TEXT_BYTES]) {
    if (target == CLIENTS_POSTGRESQL)
        return snprintf(text, PEERS_TEXT_BYTES,
                        "Driver=PostgreSQL;Servername=%s;Port=%s;Database=" PEERS_DATABASE ";UID=%s;PWD=%s;"
                        "UseServerSidePrepare=1;Protocol=7.4-1",
                        clients_environment("BERTH_TEST_POSTGRESQL_FOLDER"),
                        clients_environment("BERTH_TEST_POSTGRESQL_PORT"), clients_environment("BERTH_TEST_USER"),
                        clients_environment("BERTH_TEST_PASSWORD"));
    if (target == CLIENTS_MARIADB)
        return snprintf(text, PEERS_TEXT_BYTES,
                        "Driver=MariaDB;Server=localhost;Socket=%s;Database=" PEERS_DATABASE
                        ";UID=%s;PWD=%s;Charset=utf8mb4",
                        clients_environment("BERTH_TEST_MARIADB_SOCKET"), clients_environment("BERTH_TEST_USER"),
                        clients_environment("BERTH_TEST_PASSWORD"));
    return snprintf(text, PEERS_TEXT_BYTES, "Driver=SQLite3;Database=%s", peers_sqlite_path(target, path));
}

/* What is in the pool can't be closed, and is found again by the same text: so each pool has a text of its own. */
static void set_address(clients_connection *database, clients_target target, const char *path) {
    static int count;
    int length = write_address(target, path, database->address);
    snprintf(database->address + length, sizeof database->address - (size_t)length, ";Description=pool %d", ++count);
}

/* ---- Connections, statements and transactions. ---- */

static void set_autocommit(clients_connection *database, bool on) {
    check(SQLSetConnectAttr(database->handle, SQL_ATTR_AUTOCOMMIT,
                            (SQLPOINTER)(on ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF), 0),
          SQL_HANDLE_DBC, database->handle);
}

static void checkout(clients_connection *database) {
    check(SQLDriverConnect(database->handle, NULL, (SQLCHAR *)database->address, SQL_NTS, NULL, 0, NULL,
                           SQL_DRIVER_NOPROMPT),
          SQL_HANDLE_DBC, database->handle);
}

static void checkin(clients_connection *database) {
    check(SQLDisconnect(database->handle), SQL_HANDLE_DBC, database->handle);
}

static SQLHSTMT begin(clients_connection *database) {
    SQLHSTMT statement;
    checkout(database);
    set_autocommit(database, false);
    check(SQLAllocHandle(SQL_HANDLE_STMT, database->handle, &statement), SQL_HANDLE_DBC, database->handle);
    return statement;
}

static void commit(clients_connection *database, SQLHSTMT statement) {
    check_statement(SQLFreeHandle(SQL_HANDLE_STMT, statement), statement);
    check(SQLEndTran(SQL_HANDLE_DBC, database->handle, SQL_COMMIT), SQL_HANDLE_DBC, database->handle);
    checkin(database);
}

static void prepare(SQLHSTMT statement, const char *sql) {
    check_statement(SQLPrepare(statement, (SQLCHAR *)sql, SQL_NTS), statement);
}

static const char *ask(clients_connection *database, const char *sql) {
    SQLHSTMT statement;
    SQLLEN length;
    database->answer[0] = '\0';
    checkout(database);
    set_autocommit(database, true);
    check(SQLAllocHandle(SQL_HANDLE_STMT, database->handle, &statement), SQL_HANDLE_DBC, database->handle);
    SQLRETURN code = SQLExecDirect(statement, (SQLCHAR *)sql, SQL_NTS);
    if (code != SQL_NO_DATA) /* As it says when no row was changed. */
        check_statement(code, statement);
    if (peers_is_query(sql) && SQL_SUCCEEDED(SQLFetch(statement)))
        check_statement(SQLGetData(statement, 1, SQL_C_CHAR, database->answer, sizeof database->answer, &length),
                        statement);
    check_statement(SQLFreeHandle(SQL_HANDLE_STMT, statement), statement);
    checkin(database);
    return database->answer;
}

static clients_connection *open_pool(clients_target target, const char *path, const char *options) {
    (void)options;
    clients_connection *database = calloc(1, sizeof *database);
    if (database == NULL)
        bench_die("out of memory");
    write_configuration();
    database->is_sqlite = peers_is_sqlite(target);
    set_address(database, target, path);
    check(SQLSetEnvAttr(NULL, SQL_ATTR_CONNECTION_POOLING, (SQLPOINTER)SQL_CP_ONE_PER_DRIVER, 0), SQL_HANDLE_ENV, NULL);
    check(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &database->environment), SQL_HANDLE_ENV, NULL);
    check(SQLSetEnvAttr(database->environment, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0), SQL_HANDLE_ENV,
          database->environment);
    check(SQLAllocHandle(SQL_HANDLE_DBC, database->environment, &database->handle), SQL_HANDLE_ENV,
          database->environment);
    if (database->is_sqlite)
        peers_set_up_sqlite(database, ask);
    return database;
}

static void close_pool(clients_connection *database) {
    SQLFreeHandle(SQL_HANDLE_DBC, database->handle);
    check(SQLFreeHandle(SQL_HANDLE_ENV, database->environment), SQL_HANDLE_ENV, database->environment);
    free(database);
}

/* ---- Values. ---- */

static void bind_parameter(SQLHSTMT statement, SQLUSMALLINT number, SQLSMALLINT from, SQLSMALLINT to, void *values) {
    SQLULEN size = to == SQL_TYPE_TIMESTAMP ? 26 : 0;
    SQLSMALLINT digits = to == SQL_TYPE_TIMESTAMP ? 6 : 0;
    check_statement(SQLBindParameter(statement, number, SQL_PARAM_INPUT, from, to, size, digits, values, 0, NULL),
                    statement);
}

static void bind_parameters(clients_connection *database, SQLHSTMT statement) {
    bound_rows *bound = &database->bound;
    bind_parameter(statement, 1, SQL_C_SBIGINT, SQL_BIGINT, bound->ids);
    bind_parameter(statement, 2, SQL_C_DOUBLE, SQL_DOUBLE, bound->ratios);
    check_statement(SQLBindParameter(statement, 3, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 20, 0, bound->names,
                                     NAME_BYTES, bound->name_lengths),
                    statement);
    if (database->is_sqlite)
        bind_parameter(statement, 4, SQL_C_SBIGINT, SQL_BIGINT, bound->moments_us);
    else
        bind_parameter(statement, 4, SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, bound->moments);
}

static void bind_result(SQLHSTMT statement, SQLUSMALLINT number, SQLSMALLINT to, void *value, SQLLEN bytes) {
    check_statement(SQLBindCol(statement, number, to, value, bytes, NULL), statement);
}

/* To the first row. */
static void bind_results(clients_connection *database, SQLHSTMT statement) {
    bound_rows *bound = &database->bound;
    bind_result(statement, 1, SQL_C_SBIGINT, bound->ids, 0);
    bind_result(statement, 2, SQL_C_DOUBLE, bound->ratios, 0);
    bind_result(statement, 3, SQL_C_CHAR, bound->names, NAME_BYTES);
    if (database->is_sqlite)
        bind_result(statement, 4, SQL_C_SBIGINT, bound->moments_us, 0);
    else
        bind_result(statement, 4, SQL_C_TYPE_TIMESTAMP, bound->moments, 0);
}

static SQL_TIMESTAMP_STRUCT timestamp_of(int64_t moment_us) {
    int64_t seconds = moment_us / US_PER_S;
    unsigned of_day = (unsigned)(seconds % S_PER_DAY);
    clients_date date = clients_date_of(seconds / S_PER_DAY);
    return (SQL_TIMESTAMP_STRUCT){
        .year = (SQLSMALLINT)date.year,
        .month = (SQLUSMALLINT)date.month,
        .day = (SQLUSMALLINT)date.day,
        .hour = (SQLUSMALLINT)(of_day / 3600),
        .minute = (SQLUSMALLINT)(of_day / 60 % 60),
        .second = (SQLUSMALLINT)(of_day % 60),
        .fraction = (SQLUINTEGER)(moment_us % US_PER_S) * 1000,
    };
}

static void fill_row(clients_connection *database, int64_t position, int64_t index) {
    bound_rows *bound = &database->bound;
    clients_row row = clients_row_at(index);
    size_t length = strlen(row.name);
    bound->ids[position] = row.id;
    bound->ratios[position] = row.ratio;
    bound->name_lengths[position] = (SQLLEN)length;
    memcpy(bound->names[position], row.name, length + 1);
    if (database->is_sqlite)
        bound->moments_us[position] = row.moment_us;
    else
        bound->moments[position] = timestamp_of(row.moment_us);
}

static int64_t moment_of(const SQL_TIMESTAMP_STRUCT *moment) {
    clients_date date = {.year = moment->year, .month = moment->month, .day = moment->day};
    int64_t seconds = clients_days_of(date) * S_PER_DAY + moment->hour * 3600 + moment->minute * 60 + moment->second;
    return seconds * US_PER_S + moment->fraction / 1000;
}

static uint64_t row_sum(const clients_connection *database) {
    const bound_rows *bound = &database->bound;
    clients_row row = {
        .id = bound->ids[0],
        .ratio = bound->ratios[0],
        .name = bound->names[0],
        .moment_us = database->is_sqlite ? bound->moments_us[0] : moment_of(&bound->moments[0]),
    };
    return clients_row_sum(&row);
}

/* Reads the rows of a statement that was executed, and makes it ready for the next time. */
static uint64_t rows_sum(const clients_connection *database, SQLHSTMT statement) {
    uint64_t sum = 0;
    SQLRETURN code;
    while (SQL_SUCCEEDED(code = SQLFetch(statement)))
        sum += row_sum(database);
    if (code != SQL_NO_DATA)
        check_statement(code, statement);
    check_statement(SQLFreeStmt(statement, SQL_CLOSE), statement);
    return sum;
}

/* ---- What is measured. ---- */

static uint64_t insert_rows(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    SQLHSTMT statement = begin(database);
    prepare(statement, CLIENTS_INSERT_INTO "(?, ?, ?, ?)");
    bind_parameters(database, statement);
    for (int64_t i = first; i < first + count; i++) {
        fill_row(database, 0, i);
        check_statement(SQLExecute(statement), statement);
    }
    commit(database, statement);
    return 0;
}

/* The statement is executed once, so it is not prepared beforehand. */
static uint64_t sessions(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    for (int64_t i = first; i < first + count; i++) {
        SQLHSTMT statement = begin(database);
        bind_parameters(database, statement);
        fill_row(database, 0, i);
        check_statement(SQLExecDirect(statement, (SQLCHAR *)CLIENTS_INSERT_INTO "(?, ?, ?, ?)", SQL_NTS), statement);
        commit(database, statement);
    }
    return 0;
}

static uint64_t select_keys(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    uint64_t sum = 0;
    SQLBIGINT key;
    SQLHSTMT statement = begin(database);
    prepare(statement, CLIENTS_SELECT_ALL " WHERE id = ?");
    bind_parameter(statement, 1, SQL_C_SBIGINT, SQL_BIGINT, &key);
    bind_results(database, statement);
    for (int64_t i = first; i < first + count; i++) {
        key = clients_key_at(i, rows) + 1;
        check_statement(SQLExecute(statement), statement);
        sum += rows_sum(database, statement);
    }
    commit(database, statement);
    return sum;
}

static uint64_t select_one(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)rows;
    uint64_t sum = 0;
    SQLINTEGER number;
    SQLHSTMT statement = begin(database);
    prepare(statement, "SELECT 1");
    bind_result(statement, 1, SQL_C_SLONG, &number, 0);
    for (int64_t i = 0; i < count; i++) {
        check_statement(SQLExecute(statement), statement);
        while (SQL_SUCCEEDED(SQLFetch(statement)))
            sum += (uint64_t)number;
        check_statement(SQLFreeStmt(statement, SQL_CLOSE), statement);
    }
    commit(database, statement);
    return sum;
}

static uint64_t read_all(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    SQLHSTMT statement = begin(database);
    bind_results(database, statement);
    check_statement(SQLExecDirect(statement, (SQLCHAR *)CLIENTS_SELECT_ALL, SQL_NTS), statement);
    uint64_t sum = rows_sum(database, statement);
    commit(database, statement);
    return sum;
}

/* Arrays of parameters. */
static uint64_t insert_many(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    SQLHSTMT statement = begin(database);
    prepare(statement, CLIENTS_INSERT_INTO "(?, ?, ?, ?)");
    bind_parameters(database, statement);
    for (int64_t done = 0; done < count;) {
        int64_t part = count - done < CLIENTS_BATCH_ROWS ? count - done : CLIENTS_BATCH_ROWS;
        for (int64_t i = 0; i < part; i++)
            fill_row(database, i, first + done + i);
        check_statement(SQLSetStmtAttr(statement, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)(SQLULEN)part, 0), statement);
        check_statement(SQLExecute(statement), statement);
        done += part;
    }
    commit(database, statement);
    return 0;
}

const clients_api clients_peer_odbc = {
    .name = "unixODBC",
    .open = open_pool,
    .close = close_pool,
    .works = {[CLIENTS_SESSION] = sessions,
              [CLIENTS_POINT] = select_keys,
              [CLIENTS_ONE] = select_one,
              [CLIENTS_READ] = read_all,
              [CLIENTS_INSERT] = insert_rows,
              [CLIENTS_MANY] = insert_many},
    .ask = ask,
};
