/* A driver that lies, to see that the suite finds out: it stands before the SQLite driver, under the same name, and
 * tells the truth unless the URL has `lie=...`. */
#include <berth/driver.h>
#include <string.h>

#define SHORT_TEXT 255 /* Bytes to which texts are cut. */
#define MAX_COLUMNS 64
#define MAX_OPTIONS 16
#define US_PER_S INT64_C(1000000)

const berth_driver *berth_sqlite_driver_v1(const berth_services *services);

/* As the option's choices name them. */
typedef enum lie {
    LIE_NONE,
    LIE_AFFECTED,     /* One row more than there was. */
    LIE_SWALLOWED,    /* An error amid the rows is their end. */
    LIE_COMMIT,       /* Rolls back and says that it committed. */
    LIE_CATEGORY,     /* A doubled key is a broken check. */
    LIE_EMPTY,        /* NULL is the empty text. */
    LIE_TRUNCATED,    /* A long text loses its end. */
    LIE_MICROSECONDS, /* Times lose what is below a second. */
    LIE_CAPABILITY,   /* Cancelling is declared and does nothing. */
    LIE_STATE,        /* There is never a transaction. */
    LIE_LEAK,         /* A statement that is dropped stays, and with it its connection. */
    LIE_REFUSED,      /* A row that a batch refuses is lost. */
    LIE_COUNT
} lie;

static const char *const names[LIE_COUNT] = {
    "none",      "affected",     "swallowed",  "commit", "category", "empty",
    "truncated", "microseconds", "capability", "state",  "leak",     "refused",
};

/* Around a connection of the honest driver. */
struct berth_driver_connection {
    berth_driver_connection *real;
    lie lie;
    uint64_t leaked; /* Statements. */
    uint32_t column_count;
    berth_value row[MAX_COLUMNS];
    char text[SHORT_TEXT + 1];
};

static const berth_driver *honest;
static const berth_services *core;
static berth_driver liar;
static berth_driver_option options[MAX_OPTIONS];

static lie find_lie(const berth_connect_info *info) {
    for (uint32_t i = 0; i < info->option_count; i++)
        for (int which = 0; which < LIE_COUNT; which++)
            if (strcmp(info->options[i].name, "lie") == 0 && strcmp(info->options[i].value, names[which]) == 0)
                return (lie)which;
    return LIE_NONE;
}

static int32_t lie_connect(const berth_connect_info *info, int64_t deadline_ns, berth_driver_connection **connection,
                           berth_error *error) {
    berth_driver_connection *made = core->allocate(sizeof *made);
    *connection = NULL;
    if (made == NULL)
        return core->fail(error, BERTH_NO_MEMORY, "out of memory for a connection");
    memset(made, 0, sizeof *made);
    made->lie = find_lie(info);
    int32_t status = honest->connect(info, deadline_ns, &made->real, error);
    if (status == BERTH_OK)
        *connection = made;
    else
        core->release(made);
    return status;
}

static void lie_close(berth_driver_connection *connection, uint32_t flags) {
    if (connection->leaked == 0)
        honest->close(connection->real, flags);
    core->release(connection);
}

/* ---- Results. ---- */

static int32_t lie_execute(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                           berth_error *error) {
    int32_t status = honest->execute(connection->real, execution, deadline_ns, error);
    connection->column_count = execution->column_count;
    if (status == BERTH_OK && connection->lie == LIE_AFFECTED && execution->affected_rows >= 0)
        execution->affected_rows++;
    if (status != BERTH_UNIQUE || connection->lie != LIE_CATEGORY)
        return status;
    error->status = BERTH_CHECK;
    return BERTH_CHECK;
}

static void lie_about(berth_driver_connection *connection, berth_value *value) {
    bool is_time =
        value->type == BERTH_TYPE_TIME || value->type == BERTH_TYPE_TIMESTAMP || value->type == BERTH_TYPE_TIMESTAMPTZ;
    if (connection->lie == LIE_EMPTY && value->type == BERTH_TYPE_NULL)
        *value = (berth_value){.type = BERTH_TYPE_TEXT, .as.data = ""};
    if (connection->lie == LIE_TRUNCATED && value->type == BERTH_TYPE_TEXT && value->length > SHORT_TEXT) {
        memcpy(connection->text, value->as.data, SHORT_TEXT);
        value->as.data = connection->text;
        value->length = SHORT_TEXT;
    }
    if (connection->lie == LIE_MICROSECONDS && is_time)
        value->as.integer -= value->as.integer % US_PER_S;
}

static int32_t lie_fetch(berth_driver_connection *connection, const berth_value **row, int64_t deadline_ns,
                         berth_error *error) {
    int32_t status = honest->fetch(connection->real, row, deadline_ns, error);
    if (status != BERTH_OK && connection->lie == LIE_SWALLOWED) {
        *row = NULL;
        core->fail(error, BERTH_OK, "%s", "");
        return BERTH_OK;
    }
    if (status != BERTH_OK || *row == NULL || connection->column_count > MAX_COLUMNS)
        return status;
    memcpy(connection->row, *row, connection->column_count * sizeof *connection->row);
    for (uint32_t i = 0; i < connection->column_count; i++)
        lie_about(connection, &connection->row[i]);
    *row = connection->row;
    return BERTH_OK;
}

static int32_t lie_fetch_batch(berth_driver_connection *connection, berth_batch *batch, int64_t deadline_ns,
                               berth_error *error) {
    const berth_value *lost;
    int32_t status = honest->fetch_batch(connection->real, batch, deadline_ns, error);
    if (status == BERTH_OK && batch->is_refused && connection->lie == LIE_REFUSED)
        status = honest->fetch(connection->real, &lost, deadline_ns, error);
    return status;
}

static int32_t lie_finish(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    return honest->finish(connection->real, deadline_ns, error);
}

/* ---- Transactions. ---- */

static int32_t lie_transaction_state(berth_driver_connection *connection) {
    return connection->lie == LIE_STATE ? BERTH_TX_IDLE : honest->transaction_state(connection->real);
}

static int32_t lie_begin(berth_driver_connection *connection, const berth_begin *begin, int64_t deadline_ns,
                         berth_error *error) {
    return honest->begin(connection->real, begin, deadline_ns, error);
}

static int32_t lie_commit(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    return connection->lie == LIE_COMMIT ? honest->rollback(connection->real, deadline_ns, error)
                                         : honest->commit(connection->real, deadline_ns, error);
}

static int32_t lie_rollback(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    return honest->rollback(connection->real, deadline_ns, error);
}

/* ---- The rest. ---- */

static int32_t lie_prepare(berth_driver_connection *connection, const char *sql, uint64_t sql_length,
                           int64_t deadline_ns, berth_driver_statement **statement, berth_error *error) {
    return honest->prepare(connection->real, sql, sql_length, deadline_ns, statement, error);
}

static void lie_unprepare(berth_driver_connection *connection, berth_driver_statement *statement) {
    if (connection->lie == LIE_LEAK)
        connection->leaked++;
    else
        honest->unprepare(connection->real, statement);
}

static int32_t lie_cancel(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    return connection->lie == LIE_CAPABILITY ? BERTH_OK : honest->cancel(connection->real, deadline_ns, error);
}

static int32_t lie_server_info(berth_driver_connection *connection, berth_server_info *info, berth_error *error) {
    return honest->server_info(connection->real, info, error);
}

/* The honest driver's options, and one more. */
static void take_options(void) {
    size_t count = 0;
    while (count < MAX_OPTIONS - 2 && honest->options[count].name != NULL) {
        options[count] = honest->options[count];
        count++;
    }
    options[count++] = (berth_driver_option){
        .name = "lie",
        .kind = BERTH_OPTION_CHOICE,
        .choices = "none|affected|swallowed|commit|category|empty|truncated|microseconds|capability|state|leak|refused",
        .default_value = "none",
        .help = "what to be wrong about",
    };
    options[count].name = NULL;
}

BERTH_API const berth_driver *berth_driver_v1(const berth_services *services);

const berth_driver *berth_driver_v1(const berth_services *services) {
    core = services;
    honest = berth_sqlite_driver_v1(services);
    take_options();
    liar = *honest;
    liar.options = options;
    liar.connect = lie_connect;
    liar.close = lie_close;
    liar.execute = lie_execute;
    liar.fetch = lie_fetch;
    liar.finish = lie_finish;
    liar.fetch_batch = lie_fetch_batch;
    liar.transaction_state = lie_transaction_state;
    liar.begin = lie_begin;
    liar.commit = lie_commit;
    liar.rollback = lie_rollback;
    liar.prepare = lie_prepare;
    liar.unprepare = lie_unprepare;
    liar.cancel = lie_cancel;
    liar.server_info = lie_server_info;
    return &liar;
}
