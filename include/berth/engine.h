/**
 * @file engine.h
 * An engine: one database, its driver and its pool of connections. Make one per database and program.
 *
 * Everything here may be called from any thread.
 */
#ifndef BERTH_ENGINE_H
#define BERTH_ENGINE_H

#include <berth/error.h>
#include <berth/settings.h>
#include <stddef.h>

BERTH_BEGIN_DECLS

/** One database with its driver and its pool. */
typedef struct berth_engine berth_engine;

/**
 * Reads the settings, loads the driver that the URL's scheme names, and makes a pool. Connects to nothing yet.
 *
 * @param url      The database, such as `sqlite:///tracker.db`; NULL takes it from the settings or `DATABASE_URL`.
 * @param settings From BERTH_SETTINGS(), or NULL.
 * @param engine   Gets the engine, the caller's to close; NULL on failure.
 * @param error    Gets what went wrong; may be NULL.
 * @return BERTH_OK, BERTH_CONFIG for a bad URL or setting, BERTH_DRIVER when no driver serves it, BERTH_NO_MEMORY.
 */
BERTH_API berth_status berth_engine_open(const char *url, const berth_settings *settings, berth_engine **engine,
                                         berth_error *error);

/**
 * Refuses new sessions, closes idle connections and waits up to `close_timeout` for the sessions that are out. The
 * handle is gone afterwards in any case; sessions still out stay valid, and their connections close when they end.
 * NULL does nothing.
 *
 * @return BERTH_OK, or BERTH_POOL_TIMEOUT when sessions are still out; the message says how many. BERTH_MISUSE, and
 *         nothing else, in an event's hook that the engine's own thread calls.
 */
BERTH_API berth_status berth_engine_close(berth_engine *engine, berth_error *error);

/**
 * Replaces every connection: idle ones close now, those in use when they come back. New sessions get new connections.
 * Call it after a failover or when credentials changed.
 */
BERTH_API void berth_engine_reset(berth_engine *engine);

/** The URL with its password shown as `***`. Borrowed from the engine. */
BERTH_API const char *berth_engine_url(const berth_engine *engine);

/** The driver's name and version, such as "sqlite 0.1.0 (SQLite 3.40.1)". Borrowed from the engine. */
BERTH_API const char *berth_engine_driver(const berth_engine *engine);

struct berth_driver;

/**
 * The driver's table, for tools: its capabilities, dialect and options, see driver.h. Its slots are not to be called.
 * Borrowed, lives as long as the process.
 */
BERTH_API const struct berth_driver *berth_engine_driver_table(const berth_engine *engine);

#define BERTH_HISTOGRAM_BUCKETS 12 /**< How many durations a histogram tells apart. */

/** The longest duration that each bucket counts, in nanoseconds, from 100 us to 30 s; the last has no end. */
BERTH_API extern const uint64_t berth_histogram_bounds_ns[BERTH_HISTOGRAM_BUCKETS];

/** Durations, counted by how long they were. */
typedef struct berth_histogram {
    uint64_t counts[BERTH_HISTOGRAM_BUCKETS]; /**< Those up to the bound, and above the one before. */
    uint64_t total_ns;                        /**< The sum of all. */
    uint64_t max_ns;                          /**< The longest. */
} berth_histogram;

/** The pool's counts. Make it with `struct_size` set; berth_engine_stats() fills what fits. */
typedef struct berth_pool_stats {
    uint32_t struct_size; /**< sizeof(berth_pool_stats), set by the caller. */

    uint32_t limit;      /**< `pool_size + max_overflow`. */
    uint32_t size;       /**< Open now. */
    uint32_t idle;       /**< ... and free. */
    uint32_t in_use;     /**< ... and out with a session. */
    uint32_t connecting; /**< Being opened now. */
    uint32_t waiting;    /**< Callers in the queue now. */

    uint64_t opened;          /**< Connections opened so far. */
    uint64_t connect_failed;  /**< Attempts that failed. */
    uint64_t closed_lifetime; /**< Closed because of `pool_recycle`. */
    uint64_t closed_idle;     /**< Closed because nobody used them. */
    uint64_t closed_broken;   /**< Closed because they were lost or could not be cleaned. */
    uint64_t closed_stale;    /**< Closed by a reset or after another connection was found dead. */
    uint64_t closed_overflow; /**< Closed because they were more than `pool_size`. */
    uint64_t closed_shutdown; /**< Closed by berth_engine_close(). */

    uint64_t checkouts; /**< Connections handed out so far. */
    uint64_t immediate; /**< ... without waiting or connecting. */
    uint64_t waited;    /**< ... after waiting in the queue. */
    uint64_t timed_out; /**< Callers whose time ran out. */
    uint64_t rejected;  /**< Callers refused at once because the queue was full. */

    uint64_t wait_total_ns;    /**< Time that callers spent in the queue. */
    uint64_t wait_max_ns;      /**< The longest of them. */
    uint64_t connect_total_ns; /**< Time spent opening connections. */
    uint64_t connect_max_ns;   /**< The longest of them. */

    uint64_t leaks;          /**< Connections out for longer than `leak_after`. */
    uint64_t late_returns;   /**< ... that came back in the end. */
    berth_histogram wait;    /**< Time of callers in the queue, whether they got one or not. */
    berth_histogram connect; /**< Time that successful connects took. */
    berth_histogram use;     /**< Time that sessions had a connection, to the kernel's tick (some milliseconds). */
} berth_pool_stats;

/** Fills `stats` (as much as its `struct_size` says) in one consistent look. */
BERTH_API void berth_engine_stats(berth_engine *engine, berth_pool_stats *stats);

/**
 * Writes the engine's counts as Prometheus takes them (text exposition format 0.0.4), the names in docs/pool.md. Serve
 * it with the content type `text/plain; version=0.0.4`. The texts of several engines can't simply be joined: serve one
 * each.
 *
 * @param text Gets as much as fits into `size` bytes, with a NUL at its end; may be NULL when `size` is 0.
 * @return the bytes of the whole text without the NUL; when that is `size` or more, it did not fit.
 */
BERTH_API size_t berth_engine_metrics(berth_engine *engine, char *text, size_t size);

/** What an event is about. Numbers are frozen; new ones are appended. */
typedef enum berth_event_kind {
    BERTH_EVENT_FIRST_CONNECT = 1, /**< The engine's first connection is open; before anyone gets one. */
    BERTH_EVENT_CONNECT = 2,       /**< A connection was opened, or could not be (`error` is set). */
    BERTH_EVENT_CHECKOUT = 3,      /**< A session got a connection. */
    BERTH_EVENT_CHECKIN = 4,       /**< A session gave it back. */
    BERTH_EVENT_RESET = 5,         /**< An unfinished transaction was rolled back on return. */
    BERTH_EVENT_INVALIDATE = 6,    /**< A connection was found dead or could not be cleaned. */
    BERTH_EVENT_CLOSE = 7,         /**< A connection was closed. */
    BERTH_EVENT_RETRY = 8,         /**< berth_transact() runs its function again; `error` says why. */
    BERTH_EVENT_NOTICE = 9,        /**< The server sent a notice or warning: `text`. */
    BERTH_EVENT_LEAK = 10,         /**< A session has had its connection for longer than `leak_after`: see `where`. */
    BERTH_EVENT_LATE_RETURN = 11,  /**< ... and gave it back in the end. */
    BERTH_EVENT_SLOW_QUERY = 12,   /**< A statement took longer than `slow_query`: its begin is in `text`. */
    BERTH_EVENT_REPLAY = 13 /**< A connection was dead before anything was answered: its session takes another. */
} berth_event_kind;

/** One event. Borrowed by the hook until it returns. */
typedef struct berth_event {
    uint32_t struct_size;     /**< The bytes that are set. */
    uint32_t kind;            /**< A berth_event_kind. */
    uint64_t connection;      /**< The connection's number within its engine, from 1; 0 where there is none. */
    int64_t duration_ns;      /**< How long it took, where that makes sense, else 0. */
    const char *url;          /**< The engine's redacted URL. */
    const char *text;         /**< For a notice, a close, a slow query: the words; else "". */
    const berth_error *error; /**< What went wrong, or NULL. */
    const char *where;        /**< "file:line" of the program that opened the session, where that is known; else "". */
} berth_event;

struct berth_services;

/** A driver's entry point, see driver.h. */
typedef const struct berth_driver *(*berth_driver_entry)(const struct berth_services *services);

/**
 * Makes a driver known that is linked into the program, for its own schemes, before any file is looked for.
 *
 * @return BERTH_OK (also when the same entry is registered again), or BERTH_DRIVER when it doesn't fit this library or
 *         another driver has one of its schemes.
 */
BERTH_API berth_status berth_register_driver(berth_driver_entry entry, berth_error *error);

/**
 * The default engine, made from the settings on first use and shared by the whole process, however many threads ask at
 * once. Borrowed until berth_reset_engine(); NULL on failure, and the next call tries again.
 */
BERTH_API berth_engine *berth_create_engine(berth_error *error);

/**
 * Lets go of the default engine; the next use makes a new one from the settings as they are then. Sessions that are out
 * stay valid, and their connections close when they come back.
 */
BERTH_API void berth_reset_engine(void);

BERTH_END_DECLS

#endif
