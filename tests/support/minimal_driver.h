/* The least that a driver's table may be: slots that only fail, a dialect that says the least. To be changed from here.
 */
#ifndef TESTS_SUPPORT_MINIMAL_DRIVER_H
#define TESTS_SUPPORT_MINIMAL_DRIVER_H

#include <berth/driver.h>

static inline int32_t minimal_connect(const berth_connect_info *info, int64_t deadline_ns,
                                      berth_driver_connection **connection, berth_error *error) {
    (void)info, (void)deadline_ns, (void)connection, (void)error;
    return BERTH_CONNECT;
}

static inline void minimal_close(berth_driver_connection *connection, uint32_t flags) {
    (void)connection, (void)flags;
}

static inline int32_t minimal_execute(berth_driver_connection *connection, berth_execution *execution,
                                      int64_t deadline_ns, berth_error *error) {
    (void)connection, (void)execution, (void)deadline_ns, (void)error;
    return BERTH_INTERNAL;
}

static inline int32_t minimal_fetch(berth_driver_connection *connection, const berth_value **row, int64_t deadline_ns,
                                    berth_error *error) {
    (void)connection, (void)row, (void)deadline_ns, (void)error;
    return BERTH_INTERNAL;
}

/* Designated initialisers of a berth_dialect. */
#define MINIMAL_DIALECT                                                                                                \
    .struct_size = sizeof(berth_dialect),                                                                              \
    .types = {[BERTH_TYPE_INT64] = "INTEGER", [BERTH_TYPE_DOUBLE] = "REAL", [BERTH_TYPE_TEXT] = "TEXT"}

/* Designated initialisers of a berth_driver but for `schemes`; `facts` is a dialect. */
#define MINIMAL_DRIVER(driver_name, facts)                                                                             \
    .struct_size = sizeof(berth_driver), .abi_minor = BERTH_ABI_MINOR, .name = (driver_name), .version = "1",          \
    .dialect = (facts), .connect = minimal_connect, .close = minimal_close, .execute = minimal_execute,                \
    .fetch = minimal_fetch

#endif
