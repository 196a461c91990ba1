/* A program as its author writes it: no more than <berth.h>. */
#include <berth.h>
#include <stdio.h>

static int report(const berth_error *error) {
    fprintf(stderr, "%s: %s\n", berth_status_name((berth_status)error->status), error->message);
    return 1;
}

int main(void) {
    berth_error error;
    berth_engine *engine;
#ifdef LINKED_DRIVER
    const struct berth_driver *berth_sqlite_driver_v1(const struct berth_services *services);
    if (berth_register_driver(berth_sqlite_driver_v1, &error) != BERTH_OK)
        return report(&error);
#endif
    if (berth_engine_open("sqlite://", NULL, &engine, &error) != BERTH_OK)
        return report(&error);
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "CREATE TABLE trades (symbol TEXT, quantity BIGINT)", NULL);
    berth_exec(session, "INSERT INTO trades VALUES (?, ?)", berth_params("BTC", 42));
    berth_result *rows = berth_query(session, "SELECT quantity FROM trades WHERE symbol = ?", berth_params("BTC"));
    int64_t quantity = berth_next(rows) ? berth_get_int64(rows, 0) : 0;
    berth_result_close(rows);
    if (berth_session_end(session, &error) != BERTH_OK || berth_engine_close(engine, &error) != BERTH_OK)
        return report(&error);
    printf("%s: %lld\n", berth_version(), (long long)quantity);
    return quantity == 42 ? 0 : 1;
}
