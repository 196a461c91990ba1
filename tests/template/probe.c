/* Opens a session of the template driver, reads a row, and shows an error that the driver made. */
#include <berth.h>
#include <stdio.h>

int main(void) {
    berth_error error;
    berth_engine *engine;
    if (berth_engine_open("template://", NULL, &engine, &error) != BERTH_OK) {
        printf("%s\n", error.message);
        return 1;
    }
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    berth_result *rows = berth_query(session, "SELECT ?, 7, ?", berth_params("ahoy", 0.5));
    while (berth_next(rows))
        printf("%s: %s %d %g\n", berth_engine_driver(engine), berth_get_text(rows, 0), (int)berth_get_int64(rows, 1),
               berth_get_double(rows, 2));
    berth_result_close(rows);
    if (berth_session_status(session) != BERTH_OK)
        printf("not expected\n");
    berth_exec(session, "DROP TABLE ships", NULL);
    if (berth_session_end(session, &error) != BERTH_OK)
        printf("%s: %s\n", berth_status_name((berth_status)error.status), error.message);
    return berth_engine_close(engine, NULL) == BERTH_OK ? 0 : 1;
}
