#include "tests/drivers/fixture.h"

#include "core/clock.h"

void fixture_close(berth_driver_connection *connection) {
    fixture_driver()->close(connection, 0);
}

int64_t fixture_deadline(int64_t milliseconds) {
    return clock_now_ns() + milliseconds * CLOCK_NS_PER_MS;
}

berth_execution fixture_execution(const char *sql, const berth_value *params, uint32_t count, uint32_t flags) {
    return (berth_execution){
        .struct_size = sizeof(berth_execution),
        .flags = flags,
        .sql = sql,
        .sql_length = strlen(sql),
        .params = params,
        .param_count = count,
        .affected_rows = -1,
    };
}

int32_t fixture_execute(berth_driver_connection *connection, const char *sql, const berth_value *params, uint32_t count,
                        berth_execution *execution, berth_error *error) {
    *execution = fixture_execution(sql, params, count, BERTH_EXECUTE_DISCARD);
    *error = (berth_error){.status = BERTH_OK};
    return fixture_driver()->execute(connection, execution, BERTH_NO_DEADLINE, error);
}

void fixture_run(berth_driver_connection *connection, const char *sql) {
    berth_execution execution;
    berth_error error;
    CU_ASSERT_EQUAL(fixture_execute(connection, sql, NULL, 0, &execution, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

void fixture_rollback(berth_driver_connection *connection) {
    berth_error error = {.status = BERTH_OK};
    CU_ASSERT_EQUAL(fixture_driver()->rollback(connection, BERTH_NO_DEADLINE, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}
