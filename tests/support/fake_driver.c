#include "tests/support/fake_driver.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/suite.h"

#define LOG_BYTES 65536
#define MAX_FAULTS 8

struct berth_driver_connection {
    int32_t state;
    int64_t rows_left;
    int64_t next_row;
    bool cancelled;
    bool is_pipelined;
    uint32_t width; /* Of the rows that are loaded. */
    void *context;
    const fake_table *table; /* Whose rows are read; NULL for "ROWS n". */
    berth_value row[FAKE_COLUMNS];
    char name[32];
    berth_driver_statement *statements;
};

struct berth_driver_statement {
    berth_driver_statement *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static const berth_services *services;
static char call_log[LOG_BYTES];
static fake_fault faults[MAX_FAULTS];
static int open_connections, prepared_statements, hanging;
static bool alive = true;
static const fake_table *table;

/* Logs a call and finds its fault. Returns BERTH_OK or the injected status. */
static int32_t call(const char *name, const char *detail, berth_error *error) {
    fake_fault found = {0};
    pthread_mutex_lock(&lock);
    size_t used = strlen(call_log);
    if (name[0] != '.')
        snprintf(call_log + used, sizeof call_log - used, detail != NULL ? "%s%s(%s)" : "%s%s", used > 0 ? " " : "",
                 name, detail);
    for (int i = 0; i < MAX_FAULTS; i++) {
        if (faults[i].call == NULL || strcmp(faults[i].call, name) != 0 || faults[i].times == 0)
            continue;
        if (faults[i].after-- > 0)
            continue;
        faults[i].times--;
        found = faults[i];
        break;
    }
    pthread_mutex_unlock(&lock);
    if (found.call == NULL)
        return BERTH_OK;
    services->fail(error, found.status, "%s", found.message != NULL ? found.message : "injected");
    if (error != NULL) {
        error->flags = found.flags;
        error->native_code = found.native_code;
        error->index = found.has_index ? found.index : -1;
        snprintf(error->sqlstate, sizeof error->sqlstate, "%s", found.sqlstate != NULL ? found.sqlstate : "");
    }
    return found.status;
}

static int32_t fake_connect(const berth_connect_info *info, int64_t deadline_ns, berth_driver_connection **connection,
                            berth_error *error) {
    (void)deadline_ns;
    int32_t status = call("connect", NULL, error);
    if (status != BERTH_OK)
        return status;
    *connection = calloc(1, sizeof **connection);
    if (*connection == NULL)
        return services->fail(error, BERTH_NO_MEMORY, "no memory");
    (*connection)->context = info->context;
    pthread_mutex_lock(&lock);
    open_connections++;
    pthread_mutex_unlock(&lock);
    return BERTH_OK;
}

static void free_statement(berth_driver_connection *connection, berth_driver_statement *statement) {
    berth_driver_statement **link = &connection->statements;
    while (*link != statement)
        link = &(*link)->next;
    *link = statement->next;
    free(statement);
    pthread_mutex_lock(&lock);
    prepared_statements--;
    pthread_mutex_unlock(&lock);
}

static void fake_close(berth_driver_connection *connection, uint32_t flags) {
    call(flags & BERTH_CLOSE_FORKED ? "close_forked" : "close", NULL, NULL);
    while (connection->statements != NULL)
        free_statement(connection, connection->statements);
    pthread_mutex_lock(&lock);
    open_connections--;
    pthread_mutex_unlock(&lock);
    free(connection);
}

/* Blocks until cancel() or the deadline. */
static int32_t hang(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    int32_t status = BERTH_OK;
    pthread_mutex_lock(&lock);
    hanging++;
    pthread_cond_broadcast(&changed);
    while (!connection->cancelled && services->now_ns() < deadline_ns) {
        struct timespec soon;
        clock_gettime(CLOCK_REALTIME, &soon);
        soon.tv_nsec += 1000000;
        soon.tv_sec += soon.tv_nsec / 1000000000;
        soon.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&changed, &lock, &soon);
    }
    hanging--;
    bool cancelled = connection->cancelled;
    connection->cancelled = false;
    pthread_mutex_unlock(&lock);
    if (cancelled)
        status = services->fail(error, BERTH_CANCELLED, "the statement was cancelled");
    else
        status = services->fail(error, BERTH_TIMEOUT, "the statement's time is over");
    return status;
}

static int32_t fake_execute(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                            berth_error *error) {
    static const berth_column_info columns[] = {
        {.name = "id", .type = BERTH_TYPE_INT64},
        {.name = "name", .type = BERTH_TYPE_TEXT},
    };
    long long number = 0;
    bool is_deferred = connection->is_pipelined && (execution->flags & BERTH_EXECUTE_DEFER) != 0;
    int32_t status = call(is_deferred ? "defer" : "execute", execution->sql, error);
    if (status != BERTH_OK)
        return status;
    if (strcmp(execution->sql, "NOTICE") == 0)
        services->notice(connection->context, "mind the gap");
    if (strcmp(execution->sql, "HANG") == 0)
        return hang(connection, deadline_ns, error);
    if (strcmp(execution->sql, "DDL") == 0)
        connection->state = BERTH_TX_IDLE;
    if (strcmp(execution->sql, "OPEN") == 0)
        connection->state = BERTH_TX_ACTIVE;
    if (sscanf(execution->sql, "AFFECT %lld", &number) == 1) {
        execution->affected_rows = number;
        execution->last_insert_id = 100 + number;
    }
    if (sscanf(execution->sql, "ROWS %lld", &number) == 1 && (execution->flags & BERTH_EXECUTE_DISCARD) == 0) {
        connection->rows_left = number;
        connection->next_row = 0;
        connection->table = NULL;
        execution->columns = columns;
        execution->column_count = 2;
    }
    if (strcmp(execution->sql, "TABLE") == 0) {
        connection->rows_left = table->row_count;
        connection->next_row = 0;
        connection->table = table;
        execution->columns = table->columns;
        execution->column_count = table->column_count;
    }
    return BERTH_OK;
}

static int32_t fake_fetch(berth_driver_connection *connection, const berth_value **row, int64_t deadline_ns,
                          berth_error *error) {
    (void)deadline_ns;
    *row = NULL;
    int32_t status = call(".fetch", NULL, error);
    if (status != BERTH_OK || connection->rows_left == 0)
        return status;
    connection->rows_left--;
    int64_t id = connection->next_row++;
    *row = connection->row;
    if (connection->table != NULL) {
        connection->table->fill(id, connection->row);
        return BERTH_OK;
    }
    int length = snprintf(connection->name, sizeof connection->name, "row %lld", (long long)id);
    connection->row[0] = (berth_value){.type = BERTH_TYPE_INT64, .as.integer = id};
    connection->row[1] =
        (berth_value){.type = BERTH_TYPE_TEXT, .length = (uint64_t)length, .as.data = connection->name};
    return BERTH_OK;
}

static int32_t fake_finish(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    (void)deadline_ns;
    connection->rows_left = 0;
    return call("finish", NULL, error);
}

static int32_t fake_ping(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    (void)connection;
    (void)deadline_ns;
    return call("ping", NULL, error);
}

static int32_t fake_is_alive(berth_driver_connection *connection) {
    (void)connection;
    return alive;
}

static int32_t fake_transaction_state(berth_driver_connection *connection) {
    return connection->state;
}

static int32_t fake_begin(berth_driver_connection *connection, const berth_begin *begin, int64_t deadline_ns,
                          berth_error *error) {
    (void)deadline_ns;
    char detail[32];
    snprintf(detail, sizeof detail, "%u%s", (unsigned)begin->isolation, begin->read_only ? " read only" : "");
    int32_t status = call("begin", begin->isolation != 0 || begin->read_only ? detail : NULL, error);
    if (status == BERTH_OK)
        connection->state = BERTH_TX_ACTIVE;
    return status;
}

/* A call that leaves the connection in `state` when it works. */
static int32_t change_state(berth_driver_connection *connection, const char *name, int32_t state, berth_error *error) {
    int32_t status = call(name, NULL, error);
    if (status == BERTH_OK)
        connection->state = state;
    return status;
}

static int32_t fake_commit(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    (void)deadline_ns;
    return change_state(connection, "commit", BERTH_TX_IDLE, error);
}

static int32_t fake_rollback(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    (void)deadline_ns;
    return change_state(connection, "rollback", BERTH_TX_IDLE, error);
}

static int32_t fake_savepoint(berth_driver_connection *connection, const char *name, int64_t deadline_ns,
                              berth_error *error) {
    (void)connection;
    (void)deadline_ns;
    return call("savepoint", name, error);
}

static int32_t fake_savepoint_release(berth_driver_connection *connection, const char *name, int64_t deadline_ns,
                                      berth_error *error) {
    (void)connection;
    (void)deadline_ns;
    return call("release", name, error);
}

static int32_t fake_savepoint_rollback(berth_driver_connection *connection, const char *name, int64_t deadline_ns,
                                       berth_error *error) {
    (void)connection;
    (void)deadline_ns;
    return call("rollback_to", name, error);
}

static int32_t fake_sync(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    (void)connection;
    (void)deadline_ns;
    return call("sync", NULL, error);
}

/* Only the number of rows is looked at, and the first value of the last one. */
static void log_rows(char text[64], const berth_value *values, uint64_t row_count, uint32_t width) {
    const berth_value *last = &values[(row_count - 1) * width];
    snprintf(text, 64, "%llu, last %lld", (unsigned long long)row_count, (long long)last->as.integer);
}

static int32_t fake_execute_many(berth_driver_connection *connection, berth_execution *execution, uint64_t row_count,
                                 int64_t deadline_ns, berth_error *error) {
    char rows[64], detail[128];
    (void)connection;
    (void)deadline_ns;
    log_rows(rows, execution->params, row_count, execution->param_count);
    snprintf(detail, sizeof detail, "%.60s: %s", execution->sql, rows);
    execution->affected_rows = (int64_t)row_count;
    return call("many", detail, error);
}

static int32_t fake_bulk_begin(berth_driver_connection *connection, const berth_bulk *bulk, int64_t deadline_ns,
                               berth_error *error) {
    char detail[128];
    (void)deadline_ns;
    connection->width = bulk->column_count;
    connection->rows_left = 0;
    snprintf(detail, sizeof detail, "%s: %s to %s", bulk->table, bulk->columns[0],
             bulk->columns[bulk->column_count - 1]);
    return call("bulk_begin", detail, error);
}

static int32_t fake_bulk_rows(berth_driver_connection *connection, const berth_value *values, uint64_t row_count,
                              int64_t deadline_ns, berth_error *error) {
    char rows[64];
    (void)deadline_ns;
    log_rows(rows, values, row_count, connection->width);
    connection->rows_left += (int64_t)row_count;
    return call("bulk_rows", rows, error);
}

static int32_t fake_bulk_end(berth_driver_connection *connection, int64_t *rows, int64_t deadline_ns,
                             berth_error *error) {
    (void)deadline_ns;
    *rows = connection->rows_left;
    connection->rows_left = 0;
    return call("bulk_end", NULL, error);
}

static void fake_bulk_abort(berth_driver_connection *connection) {
    connection->rows_left = 0;
    call("bulk_abort", NULL, NULL);
}

static int32_t pipelined_connect(const berth_connect_info *info, int64_t deadline_ns,
                                 berth_driver_connection **connection, berth_error *error) {
    int32_t status = fake_connect(info, deadline_ns, connection, error);
    if (status == BERTH_OK)
        (*connection)->is_pipelined = true;
    return status;
}

static int32_t fake_full_reset(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    (void)deadline_ns;
    return change_state(connection, "reset", BERTH_TX_IDLE, error);
}

static int32_t fake_prepare(berth_driver_connection *connection, const char *sql, uint64_t sql_length,
                            int64_t deadline_ns, berth_driver_statement **statement, berth_error *error) {
    (void)sql_length;
    (void)deadline_ns;
    int32_t status = call("prepare", sql, error);
    if (status != BERTH_OK)
        return status;
    *statement = calloc(1, sizeof **statement);
    if (*statement == NULL)
        return services->fail(error, BERTH_NO_MEMORY, "no memory");
    (*statement)->next = connection->statements;
    connection->statements = *statement;
    pthread_mutex_lock(&lock);
    prepared_statements++;
    pthread_mutex_unlock(&lock);
    return BERTH_OK;
}

static void fake_unprepare(berth_driver_connection *connection, berth_driver_statement *statement) {
    call("unprepare", NULL, NULL);
    free_statement(connection, statement);
}

static int32_t fake_cancel(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    (void)deadline_ns;
    int32_t status = call(".cancel", NULL, error);
    pthread_mutex_lock(&lock);
    connection->cancelled = hanging > 0;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return status;
}

static uint32_t fake_traits(const berth_connect_info *info) {
    return strcmp(info->database, "one") == 0 ? BERTH_TRAIT_ONE_CONNECTION : 0;
}

static const berth_dialect dialect = {
    .struct_size = sizeof dialect,
    .placeholder = BERTH_PLACEHOLDER_QUESTION,
    .isolation_levels = 1u << BERTH_READ_COMMITTED | 1u << BERTH_SERIALIZABLE,
    .default_isolation = BERTH_READ_COMMITTED,
    .types = {[BERTH_TYPE_BOOL] = "BOOLEAN",
              [BERTH_TYPE_INT64] = "BIGINT",
              [BERTH_TYPE_DOUBLE] = "DOUBLE",
              [BERTH_TYPE_TEXT] = "TEXT"},
};

static const berth_driver full = {
    .struct_size = sizeof full,
    .abi_minor = BERTH_ABI_MINOR,
    .name = "fake",
    .version = "1",
    .schemes = (const char *const[]){"fake", NULL},
    .capabilities = BERTH_CAP_TRANSACTIONS | BERTH_CAP_SAVEPOINTS | BERTH_CAP_READ_ONLY | BERTH_CAP_PREPARE |
                    BERTH_CAP_CANCEL | BERTH_CAP_NETWORK | BERTH_CAP_FULL_RESET | BERTH_CAP_CHECKS_UTF8,
    .dialect = &dialect,
    .connect = fake_connect,
    .close = fake_close,
    .execute = fake_execute,
    .fetch = fake_fetch,
    .finish = fake_finish,
    .ping = fake_ping,
    .is_alive = fake_is_alive,
    .transaction_state = fake_transaction_state,
    .begin = fake_begin,
    .commit = fake_commit,
    .rollback = fake_rollback,
    .savepoint = fake_savepoint,
    .savepoint_release = fake_savepoint_release,
    .savepoint_rollback = fake_savepoint_rollback,
    .reset = fake_full_reset,
    .prepare = fake_prepare,
    .unprepare = fake_unprepare,
    .cancel = fake_cancel,
    .traits = fake_traits,
};

static const berth_driver minimal = {
    .struct_size = sizeof minimal,
    .abi_minor = BERTH_ABI_MINOR,
    .name = "fakemin",
    .version = "1",
    .schemes = (const char *const[]){"fakemin", NULL},
    .capabilities =
        BERTH_CAP_TRANSACTIONS | BERTH_CAP_SAVEPOINTS | BERTH_CAP_READ_ONLY | BERTH_CAP_NETWORK | BERTH_CAP_CHECKS_UTF8,
    .dialect = &dialect,
    .connect = fake_connect,
    .close = fake_close,
    .execute = fake_execute,
    .fetch = fake_fetch,
};

static const berth_driver *pipelined_entry(const berth_services *given) {
    static berth_driver pipelined;
    static const char *const pipelined_schemes[] = {"fakepipe", NULL};
    services = given;
    pipelined = full;
    pipelined.name = "fakepipe";
    pipelined.schemes = pipelined_schemes;
    pipelined.capabilities |= BERTH_CAP_PIPELINE | BERTH_CAP_LOST_TX_LEAVES_NOTHING | BERTH_CAP_BATCH | BERTH_CAP_BULK;
    pipelined.connect = pipelined_connect;
    pipelined.sync = fake_sync;
    pipelined.execute_many = fake_execute_many;
    pipelined.bulk_begin = fake_bulk_begin;
    pipelined.bulk_rows = fake_bulk_rows;
    pipelined.bulk_end = fake_bulk_end;
    pipelined.bulk_abort = fake_bulk_abort;
    return &pipelined;
}

static const berth_driver *full_entry(const berth_services *given) {
    services = given;
    return &full;
}

static const berth_driver *minimal_entry(const berth_services *given) {
    services = given;
    return &minimal;
}

void fake_reset(void) {
    berth_error error;
    CU_ASSERT_EQUAL_FATAL(berth_register_driver(full_entry, &error), BERTH_OK);
    CU_ASSERT_EQUAL_FATAL(berth_register_driver(minimal_entry, &error), BERTH_OK);
    CU_ASSERT_EQUAL_FATAL(berth_register_driver(pipelined_entry, &error), BERTH_OK);
    pthread_mutex_lock(&lock);
    call_log[0] = '\0';
    memset(faults, 0, sizeof faults);
    alive = true;
    pthread_mutex_unlock(&lock);
}

void fake_set_table(const fake_table *given) {
    table = given;
}

void fake_inject(fake_fault fault) {
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAX_FAULTS; i++)
        if (faults[i].call == NULL || faults[i].times == 0) {
            faults[i] = fault;
            break;
        }
    pthread_mutex_unlock(&lock);
}

const char *fake_log(void) {
    static char copy[LOG_BYTES];
    pthread_mutex_lock(&lock);
    memcpy(copy, call_log, strlen(call_log) + 1);
    pthread_mutex_unlock(&lock);
    return copy;
}

void fake_clear_log(void) {
    pthread_mutex_lock(&lock);
    call_log[0] = '\0';
    pthread_mutex_unlock(&lock);
}

int fake_open_connections(void) {
    pthread_mutex_lock(&lock);
    int count = open_connections;
    pthread_mutex_unlock(&lock);
    return count;
}

int fake_prepared_statements(void) {
    pthread_mutex_lock(&lock);
    int count = prepared_statements;
    pthread_mutex_unlock(&lock);
    return count;
}

bool fake_wait_until_hanging(void) {
    for (int i = 0; i < 10000; i++) {
        pthread_mutex_lock(&lock);
        int count = hanging;
        pthread_mutex_unlock(&lock);
        if (count > 0)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return false;
}

void fake_set_alive(bool now_alive) {
    alive = now_alive;
}

berth_engine *fake_engine(const char *url, const berth_settings *settings) {
    berth_engine *engine;
    berth_error error;
    if (berth_engine_open(url, settings, &engine, &error) != BERTH_OK)
        CU_FAIL_FATAL("the fake engine can't be opened");
    return engine;
}
