#include "bench/clients/peers.h"

#include <apr_dbd.h>
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_reslist.h>
#include <stdio.h>
#include <stdlib.h>

/* apr_dbd with apr_reslist as its pool, as Apache's mod_dbd puts them together: what is pooled is a connection with its
 * prepared statements, which is checked when it is taken. */

typedef struct resource {
    apr_dbd_t *handle;
    apr_dbd_prepared_t *insert, *select, *one;
} resource;

struct clients_connection {
    clients_target target;
    const apr_dbd_driver_t *driver;
    char parameters[PEERS_TEXT_BYTES];
    char answer[PEERS_TEXT_BYTES];
    apr_pool_t *memory;    /* For as long as the pool of connections. */
    apr_pool_t *work;      /* For as long as a connection is taken. */
    apr_pool_t *statement; /* For a statement. */
    apr_reslist_t *pool;
    resource *taken;
    apr_dbd_transaction_t *transaction;
};

static void check(apr_status_t status, const char *what) {
    char text[128];
    if (status != APR_SUCCESS)
        bench_die("apr_dbd: %s: %s", what, apr_strerror(status, text, sizeof text));
}

static void check_statement(const clients_connection *database, int code) {
    if (code != 0)
        bench_die("apr_dbd: %s", apr_dbd_error(database->driver, database->taken->handle, code));
}

/* ---- The pool. ---- */

static void set_parameters(clients_connection *database, const char *path) {
    if (database->target == CLIENTS_POSTGRESQL)
        peers_postgresql(database->parameters);
    else if (database->target == CLIENTS_MARIADB)
        snprintf(database->parameters, sizeof database->parameters,
                 "host=localhost,user=%s,pass=%s,dbname=" PEERS_DATABASE ",sock=%s",
                 clients_environment("BERTH_TEST_USER"), clients_environment("BERTH_TEST_PASSWORD"),
                 clients_environment("BERTH_TEST_MARIADB_SOCKET"));
    else
        snprintf(database->parameters, sizeof database->parameters, "%s", peers_sqlite_path(database->target, path));
}

static apr_status_t open_resource(void **result, void *parameters, apr_pool_t *memory) {
    clients_connection *database = parameters;
    resource *made = apr_pcalloc(memory, sizeof *made);
    const char *error = NULL;
    apr_status_t status = apr_dbd_open_ex(database->driver, memory, database->parameters, &made->handle, &error);
    if (status != APR_SUCCESS)
        bench_die("apr_dbd: no connection: %s", error != NULL ? error : "no reason given");
    *result = made;
    return APR_SUCCESS;
}

static apr_status_t close_resource(void *taken, void *parameters, apr_pool_t *memory) {
    (void)memory;
    const clients_connection *database = parameters;
    return apr_dbd_close(database->driver, ((resource *)taken)->handle);
}

static void checkout(clients_connection *database) {
    void *taken;
    check(apr_reslist_acquire(database->pool, &taken), "no connection");
    database->taken = taken;
    check(apr_dbd_check_conn(database->driver, database->work, database->taken->handle), "the connection is lost");
}

static void checkin(clients_connection *database) {
    check(apr_reslist_release(database->pool, database->taken), "the connection is not taken back");
    apr_pool_clear(database->statement);
    apr_pool_clear(database->work);
}

static void run(clients_connection *database, const char *sql) {
    int changed;
    check_statement(database, apr_dbd_query(database->driver, database->taken->handle, &changed, sql));
}

static const char *ask(clients_connection *database, const char *sql) {
    database->answer[0] = '\0';
    checkout(database);
    if (peers_is_query(sql)) {
        apr_dbd_results_t *results = NULL;
        apr_dbd_row_t *row = NULL;
        check_statement(database,
                        apr_dbd_select(database->driver, database->work, database->taken->handle, &results, sql, 0));
        while (apr_dbd_get_row(database->driver, database->work, results, &row, -1) == 0)
            snprintf(database->answer, sizeof database->answer, "%s", apr_dbd_get_entry(database->driver, row, 0));
    } else {
        run(database, sql);
    }
    checkin(database);
    return database->answer;
}

/* Drivers are loaded once, and stay: one that is unloaded takes what its client library keeps for the process along. */
static const apr_dbd_driver_t *load_driver(clients_target target) {
    static const char *const names[] = {"pgsql", "mysql", "sqlite3", "sqlite3"};
    static apr_pool_t *root;
    const apr_dbd_driver_t *driver;
    if (root == NULL) {
        check(apr_initialize(), "apr_initialize");
        check(apr_pool_create(&root, NULL), "no memory");
        check(apr_dbd_init(root), "apr_dbd_init");
    }
    check(apr_dbd_get_driver(root, names[target], &driver), names[target]);
    return driver;
}

static clients_connection *open_pool(clients_target target, const char *path, const char *options) {
    (void)options;
    clients_connection *database = calloc(1, sizeof *database);
    if (database == NULL)
        bench_die("out of memory");
    database->target = target;
    database->driver = load_driver(target);
    check(apr_pool_create(&database->memory, NULL), "no memory");
    check(apr_pool_create(&database->work, database->memory), "no memory");
    check(apr_pool_create(&database->statement, database->memory), "no memory");
    set_parameters(database, path);
    check(apr_reslist_create(&database->pool, 1, 1, 1, 0, open_resource, close_resource, database, database->memory),
          "no pool");
    if (peers_is_sqlite(target))
        peers_set_up_sqlite(database, ask);
    else if (target == CLIENTS_MARIADB)
        ask(database, "SET NAMES utf8mb4");
    return database;
}

static void close_pool(clients_connection *database) {
    check(apr_reslist_destroy(database->pool), "the pool does not close");
    apr_pool_destroy(database->memory);
    free(database);
}

/* ---- Transactions and statements. ---- */

/* Gives the memory for statements, to be cleared after each. */
static apr_pool_t *begin(clients_connection *database) {
    checkout(database);
    database->transaction = NULL;
    check_statement(database, apr_dbd_transaction_start(database->driver, database->work, database->taken->handle,
                                                        &database->transaction));
    return database->statement;
}

static void commit(clients_connection *database) {
    check_statement(database, apr_dbd_transaction_end(database->driver, database->work, database->transaction));
    checkin(database);
}

/* Prepared once for a connection, in the memory that lives as long as it does. */
static apr_dbd_prepared_t *prepare(clients_connection *database, apr_dbd_prepared_t **kept, const char *label,
                                   const char *sql) {
    if (*kept == NULL)
        check_statement(database,
                        apr_dbd_prepare(database->driver, database->memory, database->taken->handle, sql, label, kept));
    return *kept;
}

static void insert_row(clients_connection *database, apr_pool_t *memory, int64_t index) {
    bool is_sqlite = peers_is_sqlite(database->target);
    char text[CLIENTS_MOMENT_BYTES];
    int changed;
    clients_row row = clients_row_at(index);
    apr_int64_t id = row.id;
    apr_int64_t number = row.moment_us;
    const void *values[] = {&id, &row.ratio, row.name, is_sqlite ? (void *)&number : text};
    apr_dbd_prepared_t *statement =
        prepare(database, &database->taken->insert, "bench_insert",
                is_sqlite ? CLIENTS_INSERT_INTO "(%lld, %lf, %s, %lld)" : CLIENTS_INSERT_INTO "(%lld, %lf, %s, %pDs)");
    if (!is_sqlite)
        clients_moment_write(row.moment_us, text);
    check_statement(database,
                    apr_dbd_pbquery(database->driver, memory, database->taken->handle, &changed, statement, values));
}

/* ---- Values. ---- */

static void get(const clients_connection *database, apr_dbd_row_t *row, int column, apr_dbd_type_e type, void *value) {
    check(apr_dbd_datum_get(database->driver, row, column, type, value), "a value can't be read");
}

static uint64_t row_sum(const clients_connection *database, apr_dbd_row_t *found) {
    clients_row row;
    apr_int64_t id;
    apr_int64_t moment_us;
    char *text;
    get(database, found, 0, APR_DBD_TYPE_LONGLONG, &id);
    get(database, found, 1, APR_DBD_TYPE_DOUBLE, &row.ratio);
    get(database, found, 2, APR_DBD_TYPE_STRING, &text);
    row.id = id;
    row.name = text;
    if (peers_is_sqlite(database->target)) {
        get(database, found, 3, APR_DBD_TYPE_LONGLONG, &moment_us);
        row.moment_us = moment_us;
    } else {
        get(database, found, 3, APR_DBD_TYPE_TIMESTAMP, &text);
        row.moment_us = clients_moment_read(text);
    }
    return clients_row_sum(&row);
}

static uint64_t rows_sum(clients_connection *database, apr_pool_t *memory, apr_dbd_results_t *results) {
    uint64_t sum = 0;
    apr_dbd_row_t *row = NULL;
    while (apr_dbd_get_row(database->driver, memory, results, &row, -1) == 0)
        sum += row_sum(database, row);
    return sum;
}

/* ---- What is measured. ---- */

static uint64_t insert_rows(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    apr_pool_t *memory = begin(database);
    for (int64_t i = first; i < first + count; i++) {
        insert_row(database, memory, i);
        apr_pool_clear(memory);
    }
    commit(database);
    return 0;
}

static uint64_t sessions(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    for (int64_t i = first; i < first + count; i++)
        insert_rows(database, i, 1, rows);
    return 0;
}

static apr_dbd_results_t *query(clients_connection *database, apr_pool_t *memory, apr_dbd_prepared_t *statement,
                                const void **values) {
    apr_dbd_results_t *results = NULL;
    check_statement(
        database, apr_dbd_pbselect(database->driver, memory, database->taken->handle, &results, statement, 0, values));
    return results;
}

static uint64_t select_keys(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    uint64_t sum = 0;
    apr_pool_t *memory = begin(database);
    apr_dbd_prepared_t *statement =
        prepare(database, &database->taken->select, "bench_select", CLIENTS_SELECT_ALL " WHERE id = %lld");
    for (int64_t i = first; i < first + count; i++) {
        apr_int64_t key = clients_key_at(i, rows) + 1;
        const void *values[] = {&key};
        sum += rows_sum(database, memory, query(database, memory, statement, values));
        apr_pool_clear(memory);
    }
    commit(database);
    return sum;
}

static uint64_t select_one(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)rows;
    uint64_t sum = 0;
    apr_pool_t *memory = begin(database);
    apr_dbd_prepared_t *statement = prepare(database, &database->taken->one, "bench_one", "SELECT 1");
    for (int64_t i = 0; i < count; i++) {
        apr_dbd_row_t *row = NULL;
        apr_dbd_results_t *results = query(database, memory, statement, NULL);
        while (apr_dbd_get_row(database->driver, memory, results, &row, -1) == 0) {
            int number;
            get(database, row, 0, APR_DBD_TYPE_INT, &number);
            sum += (uint64_t)number;
        }
        apr_pool_clear(memory);
    }
    commit(database);
    return sum;
}

static uint64_t read_all(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    apr_pool_t *memory = begin(database);
    apr_dbd_results_t *results = NULL;
    check_statement(database,
                    apr_dbd_select(database->driver, memory, database->taken->handle, &results, CLIENTS_SELECT_ALL, 0));
    uint64_t sum = rows_sum(database, memory, results);
    commit(database);
    return sum;
}

const clients_api clients_peer_apr = {
    .name = "apr_dbd",
    .open = open_pool,
    .close = close_pool,
    .works = {[CLIENTS_SESSION] = sessions,
              [CLIENTS_POINT] = select_keys,
              [CLIENTS_ONE] = select_one,
              [CLIENTS_READ] = read_all,
              [CLIENTS_INSERT] = insert_rows},
    .ask = ask,
};
