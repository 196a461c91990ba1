#include "bench/clients/peers.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <zdb.h>

/* A pool of libzdb's. A connection that goes back to it loses its prepared statements, so each checkout prepares its
 * own. What fails is an exception, and one that nobody catches goes to the pool's handler. */
struct clients_connection {
    bool is_sqlite;
    URL_T url;
    ConnectionPool_T pool;
};

static void fail(const char *error) {
    bench_die("libzdb: %s", error);
}

static URL_T url_of(clients_target target, const char *path) {
    if (target == CLIENTS_SQLITE_FILE)
        return URL_create("sqlite://%s", path);
    if (target == CLIENTS_POSTGRESQL) {
        /* With a socket it tells libpq no port. */
        setenv("PGPORT", clients_environment("BERTH_TEST_POSTGRESQL_PORT"), 1);
        return URL_create("postgresql://localhost/" PEERS_DATABASE "?user=%s&password=%s&unix-socket=%s",
                          clients_environment("BERTH_TEST_USER"), clients_environment("BERTH_TEST_PASSWORD"),
                          clients_environment("BERTH_TEST_POSTGRESQL_FOLDER"));
    }
    return URL_create("mysql://localhost/" PEERS_DATABASE "?user=%s&password=%s&unix-socket=%s&charset=utf8mb4",
                      clients_environment("BERTH_TEST_USER"), clients_environment("BERTH_TEST_PASSWORD"),
                      clients_environment("BERTH_TEST_MARIADB_SOCKET"));
}

/* It doesn't wait: a full pool, or a connection that can't be had, gives nothing. */
static Connection_T checkout(clients_connection *database) {
    Connection_T connection = ConnectionPool_getConnection(database->pool);
    if (connection == NULL)
        bench_die("libzdb: no connection");
    return connection;
}

static clients_connection *open_pool(clients_target target, const char *path, const char *options) {
    (void)options;
    clients_connection *database;
    if (target == CLIENTS_SQLITE_MEMORY) /* For sqlite:///:memory: it makes a file /:memory: */
        return NULL;
    database = calloc(1, sizeof *database);
    if (database == NULL)
        bench_die("out of memory");
    database->is_sqlite = target == CLIENTS_SQLITE_FILE;
    database->url = url_of(target, path);
    database->pool = ConnectionPool_new(database->url);
    ConnectionPool_setInitialConnections(database->pool, 1);
    ConnectionPool_setMaxConnections(database->pool, 1);
    ConnectionPool_setAbortHandler(database->pool, fail);
    ConnectionPool_start(database->pool);
    if (database->is_sqlite) {
        Connection_T connection = checkout(database);
        Connection_execute(connection, "%s", clients_sqlite_script());
        Connection_close(connection);
        sqlite3_enable_shared_cache(0); /* libzdb turned it on for the whole process. */
    }
    return database;
}

static void close_pool(clients_connection *database) {
    ConnectionPool_free(&database->pool);
    URL_free(&database->url);
    free(database);
}

/* ---- Values. ---- */

static void insert_row(const clients_connection *database, PreparedStatement_T statement, int64_t index) {
    char moment[CLIENTS_MOMENT_BYTES];
    clients_row row = clients_row_at(index);
    PreparedStatement_setLLong(statement, 1, row.id);
    PreparedStatement_setDouble(statement, 2, row.ratio);
    PreparedStatement_setString(statement, 3, row.name);
    if (database->is_sqlite) {
        PreparedStatement_setLLong(statement, 4, row.moment_us);
    } else { /* Its own type of dates has seconds alone. */
        clients_moment_write(row.moment_us, moment);
        PreparedStatement_setString(statement, 4, moment);
    }
    PreparedStatement_execute(statement);
}

static uint64_t rows_sum(const clients_connection *database, ResultSet_T found) {
    uint64_t sum = 0;
    while (ResultSet_next(found)) {
        clients_row row = {
            .id = ResultSet_getLLong(found, 1),
            .ratio = ResultSet_getDouble(found, 2),
            .name = ResultSet_getString(found, 3),
            .moment_us =
                database->is_sqlite ? ResultSet_getLLong(found, 4) : clients_moment_read(ResultSet_getString(found, 4)),
        };
        sum += clients_row_sum(&row);
    }
    return sum;
}

/* ---- What is measured. ---- */

static uint64_t insert_rows(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    Connection_T connection = checkout(database);
    Connection_beginTransaction(connection);
    PreparedStatement_T statement = Connection_prepareStatement(connection, CLIENTS_INSERT_INTO "(?, ?, ?, ?)");
    for (int64_t i = first; i < first + count; i++)
        insert_row(database, statement, i);
    Connection_commit(connection);
    Connection_close(connection);
    return 0;
}

static uint64_t sessions(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    for (int64_t i = first; i < first + count; i++)
        insert_rows(database, i, 1, rows);
    return 0;
}

static uint64_t select_keys(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    uint64_t sum = 0;
    Connection_T connection = checkout(database);
    Connection_beginTransaction(connection);
    PreparedStatement_T statement = Connection_prepareStatement(connection, CLIENTS_SELECT_ALL " WHERE id = ?");
    for (int64_t i = first; i < first + count; i++) {
        PreparedStatement_setLLong(statement, 1, clients_key_at(i, rows) + 1);
        sum += rows_sum(database, PreparedStatement_executeQuery(statement));
    }
    Connection_commit(connection);
    Connection_close(connection);
    return sum;
}

static uint64_t select_one(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)rows;
    uint64_t sum = 0;
    Connection_T connection = checkout(database);
    Connection_beginTransaction(connection);
    PreparedStatement_T statement = Connection_prepareStatement(connection, "SELECT 1");
    for (int64_t i = 0; i < count; i++) {
        ResultSet_T found = PreparedStatement_executeQuery(statement);
        while (ResultSet_next(found))
            sum += (uint64_t)ResultSet_getInt(found, 1);
    }
    Connection_commit(connection);
    Connection_close(connection);
    return sum;
}

static uint64_t read_all(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    Connection_T connection = checkout(database);
    uint64_t sum = rows_sum(database, Connection_executeQuery(connection, CLIENTS_SELECT_ALL));
    Connection_close(connection);
    return sum;
}

const clients_api clients_peer_zdb = {
    .name = "libzdb",
    .open = open_pool,
    .close = close_pool,
    .works = {[CLIENTS_SESSION] = sessions,
              [CLIENTS_POINT] = select_keys,
              [CLIENTS_ONE] = select_one,
              [CLIENTS_READ] = read_all,
              [CLIENTS_INSERT] = insert_rows},
};
