/* One statement for many rows. */
#include "sqlite.h"

/* Row by row, from `first` on. */
static int32_t run_rows(berth_driver_connection *connection, berth_execution *execution, uint64_t first,
                        uint64_t row_count, int64_t deadline_ns, berth_error *error) {
    const berth_value *values = execution->params;
    int32_t status = BERTH_OK;
    for (uint64_t row = first; row < row_count && status == BERTH_OK; row++) {
        berth_execution one = {
            .struct_size = sizeof one,
            .flags = BERTH_EXECUTE_DISCARD,
            .statement = execution->statement,
            .params = values != NULL ? values + row * execution->param_count : NULL,
            .param_count = execution->param_count,
            .affected_rows = -1,
        };
        status = sqlite_call_go_on(connection, error);
        if (status == BERTH_OK)
            status = sqlite_execute(connection, &one, deadline_ns, error);
        if (one.affected_rows > 0)
            execution->affected_rows += one.affected_rows;
        execution->last_insert_id = one.last_insert_id;
        if (status != BERTH_OK && error != NULL)
            error->index = (int64_t)row;
    }
    return status;
}

int32_t sqlite_many_run(berth_driver_connection *connection, berth_execution *execution, uint64_t row_count,
                        int64_t deadline_ns, berth_error *error) {
    uint64_t done;
    execution->affected_rows = execution->statement->counts_rows ? 0 : -1;
    int32_t status = sqlite_batch_run(connection, execution, row_count, &done, error);
    return status == BERTH_OK ? run_rows(connection, execution, done, row_count, deadline_ns, error) : status;
}

int32_t sqlite_execute_many(berth_driver_connection *connection, berth_execution *execution, uint64_t row_count,
                            int64_t deadline_ns, berth_error *error) {
    berth_driver_statement *made = NULL;
    berth_execution prepared = *execution;
    int32_t status = sqlite_call_begin(connection, deadline_ns, error);
    if (status == BERTH_OK && execution->statement == NULL) {
        status = sqlite_statement_make(connection, execution->sql, execution->sql_length, SQLITE_PREPARE_PERSISTENT,
                                       &made, error);
        prepared.statement = made;
    }
    if (status == BERTH_OK)
        status = sqlite_many_run(connection, &prepared, row_count, deadline_ns, error);
    if (status == BERTH_OK) {
        execution->affected_rows = prepared.affected_rows;
        execution->last_insert_id = prepared.last_insert_id;
    }
    if (made != NULL)
        sqlite_statement_free(made);
    return status;
}
