/**
 * @file isolation.h
 * The isolation levels of transactions, for programs and drivers.
 */
#ifndef BERTH_ISOLATION_H
#define BERTH_ISOLATION_H

#include <berth/version.h>

BERTH_BEGIN_DECLS

/** The isolation levels of ISO/IEC 9075-2. A server that lacks one gives the next stronger it has. */
typedef enum berth_isolation {
    BERTH_ISOLATION_DEFAULT = 0, /**< Whatever the server does by itself. */
    BERTH_READ_UNCOMMITTED = 1,
    BERTH_READ_COMMITTED = 2,
    BERTH_REPEATABLE_READ = 3,
    BERTH_SERIALIZABLE = 4
} berth_isolation;

BERTH_END_DECLS

#endif
