/* INSERTs of many rows at once, where nobody can tell them from a loop.
 *
 * The rows go into one "INSERT OR FAIL INTO ... VALUES (...), (...)". OR FAIL is what makes it a loop: when a row
 * fails, those before it stay. It also spares SQLite the journal of a statement that may have to be undone, which makes
 * a plain INSERT of many rows slower than a loop where a table has indexes. It is used only in a transaction, since
 * outside of one each row of a loop is committed by itself, and for tables that table.c finds fit.
 *
 * SQLite does not always say what a failed statement left behind: nothing when a foreign key does not hold, the rows
 * before when a value is of the wrong type, and counts 0 either way. So the rows are counted as they are inserted, and
 * the last one is looked for. When it is gone all of the statement's are, and its rows are run again, by fewer. */
#include <string.h>

#include "sqlite.h"

#define SIZES 3
#define MOST_PARAMS 4096 /* In a statement: more of them make it larger and no faster. */
#define USES_THAT_PAY 4  /* To compile a statement costs about what it saves in so many uses. */

/* Rows in a statement. With 128 of them a row costs within 2 % of what it does with 1000. */
static const uint32_t sizes[SIZES] = {128, 32, 8};

struct sqlite_batch {
    char *table;     /* Without quotes; NULL where the statement can't be written for many rows. */
    bool is_refused; /* SQLite does not take so long a statement. */
    bool is_checked; /* The following is of these versions of the schema. */
    bool is_allowed;
    bool counts_up; /* The table's key is AUTOINCREMENT. */
    int64_t main_version;
    int64_t temp_version;
    uint64_t row_count; /* That the statement was given so far. */
    berth_driver_statement *statements[SIZES];
};

/* What the update hook has seen of a statement. */
typedef struct inserted {
    uint64_t row_count;
    int64_t last_key;
    int64_t largest_key;
} inserted;

void sqlite_batch_free(sqlite_batch *batch) {
    if (batch == NULL)
        return;
    for (int i = 0; i < SIZES; i++)
        if (batch->statements[i] != NULL)
            sqlite_statement_free(batch->statements[i]);
    sqlite_services->release(batch->table);
    sqlite_services->release(batch);
}

static bool recognise(const berth_driver_statement *statement, sqlite_insert *insert) {
    return sqlite_insert_recognise(sqlite3_sql(statement->handle), insert) &&
           insert->value_count == statement->param_count;
}

static sqlite_batch *find_batch(berth_driver_statement *statement) {
    sqlite_insert insert;
    if (statement->batch != NULL)
        return statement->batch;
    sqlite_batch *made = sqlite_services->allocate(sizeof *made);
    if (made == NULL)
        return NULL;
    memset(made, 0, sizeof *made);
    if (recognise(statement, &insert) && (made->table = sqlite_services->allocate(insert.table_length + 1)) != NULL)
        sqlite_insert_name_table(&insert, made->table);
    statement->batch = made;
    return made;
}

static int64_t read_version(berth_driver_connection *connection, sqlite_control which) {
    sqlite3_stmt *statement;
    int64_t version = -1;
    if (sqlite_control_prepare(connection, which, &statement) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        version = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return version;
}

/* Within a transaction the schema changes by its own statements alone, so that what is found out here holds for the
 * rows that follow. */
static bool is_allowed(berth_driver_connection *connection, sqlite_batch *batch) {
    int64_t main_version = read_version(connection, SQLITE_CONTROL_MAIN_VERSION);
    int64_t temp_version = read_version(connection, SQLITE_CONTROL_TEMP_VERSION);
    if (main_version < 0 || temp_version < 0)
        return false;
    if (!batch->is_checked || batch->main_version != main_version || batch->temp_version != temp_version)
        batch->is_allowed = sqlite_table_check(connection, batch->table, &batch->counts_up);
    batch->is_checked = true;
    batch->main_version = main_version;
    batch->temp_version = temp_version;
    return batch->is_allowed;
}

static bool may_batch(berth_driver_connection *connection, const berth_execution *execution, uint64_t row_count) {
    berth_driver_statement *statement = execution->statement;
    if (row_count < sizes[SIZES - 1] || !statement->inserts || statement->column_count > 0 ||
        execution->param_count != statement->param_count || connection->is_reading ||
        sqlite3_get_autocommit(connection->database))
        return false;
    sqlite_batch *batch = find_batch(statement);
    return batch != NULL && batch->table != NULL && is_allowed(connection, batch);
}

/* The statement of so many rows; NULL where it can't be, or would not pay. */
static berth_driver_statement *find_statement(berth_driver_connection *connection,
                                              const berth_driver_statement *statement, int size) {
    sqlite_insert insert;
    sqlite_batch *batch = statement->batch;
    berth_driver_statement **kept = &batch->statements[size];
    uint32_t most = (uint32_t)sqlite3_limit(connection->database, SQLITE_LIMIT_VARIABLE_NUMBER, -1);
    if (most > MOST_PARAMS)
        most = MOST_PARAMS;
    if (*kept != NULL || batch->is_refused || batch->row_count < sizes[size] * USES_THAT_PAY ||
        statement->param_count > most / sizes[size] || !recognise(statement, &insert))
        return *kept;
    char *sql = sqlite_insert_write(&insert, sizes[size]);
    if (sql != NULL)
        sqlite_statement_make(connection, sql, strlen(sql), SQLITE_PREPARE_PERSISTENT, kept, NULL);
    batch->is_refused = *kept == NULL;
    sqlite3_free(sql);
    return *kept;
}

static void note_row(void *context, int operation, const char *database, const char *table, sqlite3_int64 key) {
    inserted *inserted = context;
    (void)operation;
    (void)database;
    (void)table;
    if (inserted->row_count == 0 || key > inserted->largest_key)
        inserted->largest_key = key;
    inserted->row_count++;
    inserted->last_key = key;
}

static int32_t step(berth_driver_connection *connection, const berth_driver_statement *many, inserted *inserted,
                    berth_error *error) {
    inserted->row_count = 0;
    sqlite3_update_hook(connection->database, note_row, inserted);
    int code = sqlite3_step(many->handle);
    sqlite3_update_hook(connection->database, NULL, NULL);
    int32_t status = code == SQLITE_DONE ? BERTH_OK : sqlite_fail(connection, code, NULL, error);
    sqlite3_reset(many->handle);
    return status;
}

/* SQLITE_ROW when the rows before the one that failed are kept, or gone with the transaction, as they would be in a
 * loop; SQLITE_DONE when they are gone with the statement; any other code when that can't be told. */
static int look_for_rows(berth_driver_connection *connection, const sqlite_batch *batch, const inserted *inserted) {
    if (inserted->row_count == 0 || sqlite3_get_autocommit(connection->database))
        return SQLITE_ROW;
    int code = sqlite_table_find_row(connection, batch->table, inserted->last_key);
    if (code != SQLITE_ROW || !batch->counts_up)
        return code;
    /* SQLite writes the counter at the end of a statement. */
    code = sqlite_table_count_up(connection, batch->table, inserted->largest_key);
    return code == SQLITE_DONE ? SQLITE_ROW : code;
}

/* The rows of one statement, from `*done` on. Without a failure, and with `*done` as it was, they are still to be run.
 */
static int32_t run_many(berth_driver_connection *connection, berth_driver_statement *many, berth_execution *execution,
                        uint64_t *done, berth_error *error) {
    inserted inserted;
    if (!sqlite_values_bind_all(many, execution->params + *done * execution->param_count))
        return BERTH_OK;
    int32_t status = step(connection, many, &inserted, error);
    if (status == BERTH_OK) {
        *done += inserted.row_count;
        execution->affected_rows += (int64_t)inserted.row_count;
        execution->last_insert_id = inserted.last_key;
        return BERTH_OK;
    }
    int found = look_for_rows(connection, execution->statement->batch, &inserted);
    if (found == SQLITE_DONE)
        return sqlite_services->fail(error, BERTH_OK, "%s", ""); /* The row that fails will say why. */
    if (found == SQLITE_ROW && error != NULL)
        error->index = (int64_t)(*done + inserted.row_count);
    return status;
}

int32_t sqlite_batch_run(berth_driver_connection *connection, berth_execution *execution, uint64_t row_count,
                         uint64_t *done, berth_error *error) {
    int32_t status = BERTH_OK;
    *done = 0;
    if (!may_batch(connection, execution, row_count))
        return BERTH_OK;
    execution->statement->batch->row_count += row_count;
    for (int size = 0; size < SIZES && status == BERTH_OK; size++) {
        berth_driver_statement *many = find_statement(connection, execution->statement, size);
        uint64_t before = UINT64_MAX;
        while (many != NULL && status == BERTH_OK && *done != before && row_count - *done >= sizes[size]) {
            before = *done;
            status = sqlite_call_go_on(connection, error);
            if (status == BERTH_OK)
                status = run_many(connection, many, execution, done, error);
            else if (error != NULL)
                error->index = (int64_t)before;
        }
    }
    return status;
}
