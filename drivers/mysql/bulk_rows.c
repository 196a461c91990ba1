/* The rows of a load: kept until there are enough of them, sent as an array where the server takes one, else as many
 * rows of placeholders. */
#include <stdio.h>
#include <string.h>

#include "bulk.h"

#define STORE_VALUES 65536
#define STORE_BYTES (UINT64_C(1) << 20)
#define MOST_PARAMS 8192 /* In one statement: more are not faster. */

static uint64_t most_rows(uint64_t values, uint32_t column_count) {
    return column_count > 0 && column_count < values ? values / column_count : 1;
}

int32_t mydb_bulk_prepare(berth_driver_connection *connection, uint64_t row_count, berth_error *error) {
    bulk_load *load = connection->bulk;
    if (load->statement != NULL && load->statement_rows == row_count)
        return BERTH_OK;
    if (load->statement != NULL)
        mydb_statement_unprepare(connection, load->statement);
    load->statement = NULL;
    uint64_t length = load->sql_length + row_count * (2 * (uint64_t)load->column_count + 2);
    char *sql = mydb_services->allocate(length + 1);
    if (sql == NULL)
        return mydb_errors_no_memory(error);
    memcpy(sql, load->sql, load->sql_length);
    char *at = sql + load->sql_length;
    for (uint64_t i = 0; i < row_count; i++) {
        for (uint32_t j = 0; j < load->column_count; j++) {
            *at++ = j == 0 ? '(' : ',';
            *at++ = '?';
        }
        *at++ = ')';
        *at++ = ',';
    }
    *--at = '\0';
    int32_t status = mydb_statement_make(connection, sql, (uint64_t)(at - sql), false, &load->statement, error);
    load->statement_rows = row_count;
    mydb_services->release(sql);
    return status;
}

static berth_execution execution_of(const bulk_load *load, const berth_value *values, uint64_t row_count) {
    return (berth_execution){
        .struct_size = sizeof(berth_execution),
        .flags = BERTH_EXECUTE_DISCARD,
        .params = values,
        .param_count = (uint32_t)(load->column_count * row_count),
        .affected_rows = -1,
    };
}

/* How many rows one statement takes. One that can't be sent ends them, and is a failure when it is the first. */
static int32_t gather(berth_driver_connection *connection, const berth_value *values, uint64_t row_count,
                      uint64_t *count, berth_error *error) {
    const bulk_load *load = connection->bulk;
    uint64_t most = most_rows(MOST_PARAMS, load->column_count);
    uint64_t bytes = 0;
    for (*count = 0; *count < row_count && *count < most; ++*count) {
        const berth_value *row = values + *count * load->column_count;
        berth_error later;
        uint32_t column;
        int32_t status = mydb_params_check(connection, row, load->column_count, &column, *count == 0 ? error : &later);
        if (status != BERTH_OK)
            return *count == 0 ? status : BERTH_OK;
        bytes += mydb_params_row_bytes(row, load->column_count);
        if (*count > 0 && bytes > load->batch_bytes)
            break;
    }
    return BERTH_OK;
}

/* Without arrays. The server does not tell which of several rows has failed. */
static int32_t load_by_placeholders(berth_driver_connection *connection, const berth_value *values, uint64_t row_count,
                                    berth_error *error) {
    bulk_load *load = connection->bulk;
    uint64_t count;
    for (uint64_t done = 0; done < row_count; done += count) {
        int32_t status = mydb_call_check(connection, error);
        if (status == BERTH_OK)
            status = gather(connection, values, row_count - done, &count, error);
        if (status != BERTH_OK) {
            error->index = (int64_t)done;
            return status;
        }
        berth_execution execution = execution_of(load, values, count);
        status = mydb_bulk_prepare(connection, count, error);
        if (status == BERTH_OK)
            status = mydb_execute_once(connection, load->statement, &execution, error);
        if (status != BERTH_OK) {
            error->index = count == 1 ? (int64_t)done : -1;
            return status;
        }
        values += count * load->column_count;
    }
    return BERTH_OK;
}

static const char *column_name(const bulk_load *load, uint32_t index) {
    const char *name = load->names;
    while (index-- > 0)
        name += strlen(name) + 1;
    return name;
}

/* Names the column of the value that could not be sent, if that is what failed. */
static void name_column(berth_driver_connection *connection, const berth_value *values, berth_error *error) {
    const bulk_load *load = connection->bulk;
    berth_error again;
    uint32_t column;
    if (error->index < 0 || error->native_code != 0 ||
        mydb_params_check(connection, values + (uint64_t)error->index * load->column_count, load->column_count, &column,
                          &again) == BERTH_OK)
        return;
    const char *name = column_name(load, column);
    size_t length = strlen(name);
    if (length < sizeof error->column)
        memcpy(error->column, name, length + 1);
}

int32_t mydb_bulk_load(berth_driver_connection *connection, const berth_value *values, uint64_t row_count,
                       berth_error *error) {
    bulk_load *load = connection->bulk;
    int32_t status = mydb_transaction_check(connection, BERTH_OK, error);
    if (status != BERTH_OK)
        return status;
    berth_execution execution = execution_of(load, values, 1);
    status = connection->takes_arrays ? mydb_many_rows(connection, load->statement, &execution, row_count, error)
                                      : load_by_placeholders(connection, values, row_count, error);
    if (status != BERTH_OK) {
        name_column(connection, values, error);
        error->index += error->index >= 0 ? (int64_t)load->loaded : 0;
        return status;
    }
    load->loaded += row_count;
    return BERTH_OK;
}

int32_t mydb_bulk_flush(berth_driver_connection *connection, berth_error *error) {
    bulk_store *store = &connection->bulk->store;
    int32_t status = BERTH_OK;
    if (store->row_count > 0)
        status = mydb_bulk_load(connection, store->values, store->row_count, error);
    store->row_count = 0;
    store->bytes_used = 0;
    return status;
}

static bool make_store(bulk_load *load) {
    bulk_store *store = &load->store;
    if (store->values != NULL)
        return true;
    uint64_t values = most_rows(STORE_VALUES, load->column_count) * load->column_count;
    store->values = mydb_services->allocate(values * sizeof *store->values);
    store->bytes = mydb_services->allocate(STORE_BYTES);
    return store->values != NULL && store->bytes != NULL;
}

static bool has_bytes(const berth_value *value) {
    return value->type == BERTH_TYPE_TEXT || value->type == BERTH_TYPE_BLOB || value->type == BERTH_TYPE_JSON ||
           value->type == BERTH_TYPE_DECIMAL;
}

/* False where there is no room left. */
static bool keep_row(bulk_load *load, const berth_value *row) {
    bulk_store *store = &load->store;
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < load->column_count; i++)
        bytes += has_bytes(&row[i]) ? row[i].length : 0;
    if (store->row_count == most_rows(STORE_VALUES, load->column_count) || bytes > STORE_BYTES - store->bytes_used)
        return false;
    berth_value *kept = store->values + store->row_count * load->column_count;
    memcpy(kept, row, load->column_count * sizeof *kept);
    for (uint32_t i = 0; i < load->column_count; i++) {
        if (!has_bytes(&row[i]) || row[i].length == 0)
            continue;
        kept[i].as.data = memcpy(store->bytes + store->bytes_used, row[i].as.data, row[i].length);
        store->bytes_used += row[i].length;
    }
    store->row_count++;
    return true;
}

/* Sends what is kept, and then the rows that are too many or too large to be kept. */
static int32_t send_all(berth_driver_connection *connection, const berth_value *values, uint64_t row_count,
                        int64_t deadline_ns, berth_error *error) {
    int32_t status = mydb_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    status = mydb_bulk_flush(connection, error);
    if (status == BERTH_OK && row_count > 0)
        status = mydb_bulk_load(connection, values, row_count, error);
    mydb_call_end(connection);
    return status;
}

static int32_t keep_rows(berth_driver_connection *connection, const berth_value *values, uint64_t row_count,
                         int64_t deadline_ns, berth_error *error) {
    bulk_load *load = connection->bulk;
    int32_t status = BERTH_OK;
    for (uint64_t i = 0; status == BERTH_OK && i < row_count; i++) {
        const berth_value *row = values + i * load->column_count;
        if (keep_row(load, row))
            continue;
        status = send_all(connection, NULL, 0, deadline_ns, error);
        if (status == BERTH_OK && !keep_row(load, row))
            status = send_all(connection, row, 1, deadline_ns, error);
    }
    return status;
}

/* From a row of the load to one of this call. One that was kept before is none of them, so the message tells it. */
static int32_t place_failure(uint64_t first, int32_t status, berth_error *error) {
    char said[BERTH_MESSAGE_BYTES];
    if (status == BERTH_OK || error->index < 0)
        return status;
    if ((uint64_t)error->index >= first) {
        error->index -= (int64_t)first;
        return status;
    }
    memcpy(said, error->message, sizeof said);
    snprintf(error->message, sizeof error->message, "row %lld of the load: %.*s", (long long)error->index + 1,
             (int)sizeof said - 48, said);
    error->index = -1;
    return status;
}

int32_t mydb_bulk_rows(berth_driver_connection *connection, const berth_value *values, uint64_t row_count,
                       int64_t deadline_ns, berth_error *error) {
    bulk_load *load = connection->bulk;
    if (load == NULL)
        return mydb_services->fail(error, BERTH_MISUSE, "no load was begun that could take rows");
    uint64_t first = load->loaded + load->store.row_count;
    bool are_enough = row_count >= most_rows(STORE_VALUES, load->column_count) / 2;
    if (!are_enough && !make_store(load))
        return mydb_errors_no_memory(error);
    int32_t status = are_enough ? send_all(connection, values, row_count, deadline_ns, error)
                                : keep_rows(connection, values, row_count, deadline_ns, error);
    return place_failure(first, status, error);
}
