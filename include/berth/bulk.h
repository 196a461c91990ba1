/**
 * @file bulk.h
 * Loading many rows into a table, by the fastest path that the server has: COPY on PostgreSQL, arrays of parameters on
 * MariaDB, statements of many rows on SQLite; where a driver has none, rows are inserted one by one.
 *
 *     berth_bulk_load *load = berth_bulk_open(session, "trades", "model_id, symbol, quantity", NULL);
 *     while (read_trade(&trade))
 *         berth_bulk_row(load, berth_params(trade.model_id, trade.symbol, trade.quantity));
 *     berth_bulk_close(load, &rows);
 *     if (berth_session_end(session, &error) != BERTH_OK)
 *         return report(&error);
 *
 * As everything in a session it can be written straight on: a row after a failure does nothing, and the session's end
 * rolls back and reports. A load and its session serve one thread at a time.
 */
#ifndef BERTH_BULK_H
#define BERTH_BULK_H

#include <berth/session.h>

BERTH_BEGIN_DECLS

/** A load that goes on. */
typedef struct berth_bulk_load berth_bulk_load;

/** Called when rows have gone to the database: how many so far. */
typedef void (*berth_bulk_progress)(int64_t rows, void *context);

/** How a load is to be. A zero field means the default. Made by BERTH_BULK_OPTIONS(); copied when used. */
typedef struct berth_bulk_options {
    uint32_t struct_size;            /**< sizeof(berth_bulk_options), so that the struct can grow. */
    uint32_t reserved;               /**< Zero. */
    berth_bulk_progress on_progress; /**< Called in the thread that loads, about every thousand rows; or NULL. */
    void *context;                   /**< Given to `on_progress`. */
} berth_bulk_options;

#ifndef __cplusplus
/** `const berth_bulk_options *`: `BERTH_BULK_OPTIONS(.on_progress = show)`. Lives in its block. C only. */
#define BERTH_BULK_OPTIONS(...) (&(const berth_bulk_options){.struct_size = sizeof(berth_bulk_options), __VA_ARGS__})
#endif

/**
 * Begins to load rows into a table. Until the load is closed, the session takes no other call; its end without that is
 * BERTH_MISUSE and keeps nothing.
 *
 * @param table   Its name in the current schema, without quotes.
 * @param columns The columns given, "id, name, equity"; the others get their defaults.
 * @param options NULL for the defaults.
 * @return never NULL. The caller's, for berth_bulk_close(). BERTH_MISUSE in an autocommit session.
 */
BERTH_API berth_bulk_load *berth_bulk_open(berth_session *session, const char *table, const char *columns,
                                           const berth_bulk_options *options);

/**
 * Loads one row; texts and blobs are copied. Waits for the database when it is slower: memory stays bounded.
 *
 * @param row As many values as there are columns.
 * @return the session's status. A failure may be that of an earlier row. The error's `index` is the row of the load,
 *         from 0, where the database tells, and the message says it.
 */
BERTH_API berth_status berth_bulk_row(berth_bulk_load *load, const berth_params *row);

/**
 * Ends a load: what was not sent yet is, and the database has taken or refused all. Frees the load. After a failure
 * nothing of it is kept, unless the session goes on from a savepoint that was set before the load.
 *
 * @param rows Gets how many rows were loaded, 0 after a failure; may be NULL.
 * @return the session's status; BERTH_MISUSE for NULL.
 */
BERTH_API berth_status berth_bulk_close(berth_bulk_load *load, int64_t *rows);

BERTH_END_DECLS

#endif
