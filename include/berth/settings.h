/**
 * @file settings.h
 * What can be set, and where it comes from.
 *
 * Every engine reads, each overruling the one before: the defaults, an INI file, the environment, the URL's query, and
 * this struct. The same names are keys of the file (`pool_size = 5`), of the query (`?pool_size=5`) and, in capitals
 * with a prefix, of the environment (`BERTH_POOL_SIZE=5`); a field for a duration has `_ms` behind the name, as in
 * `pool_timeout_ms` for `pool_timeout`. In text a duration is a number with an optional unit (`ms`,
 * `s`, `min`, `h`), in seconds without one unless its name ends in `_ms`; a switch is `on` or `off` (also `true`,
 * `false`, `yes`, `no`, `1`, `0`).
 */
#ifndef BERTH_SETTINGS_H
#define BERTH_SETTINGS_H

#include <berth/error.h>

BERTH_BEGIN_DECLS

#define BERTH_ON 1     /**< A switch, on. */
#define BERTH_OFF (-1) /**< A switch off, or a number none: `.max_overflow = BERTH_OFF`. */

struct berth_event;

/** Called for what happens to an engine's connections, see berth_event. Never with a lock held; any thread. */
typedef void (*berth_event_hook)(const struct berth_event *event, void *context);

/**
 * Settings given by the program. A zero field means "as it is set elsewhere, else the default". Texts are borrowed
 * until berth_engine_open() returns. Make one with BERTH_SETTINGS(), which sets `struct_size`.
 */
typedef struct berth_settings {
    uint32_t struct_size; /**< sizeof(berth_settings), so that the struct can grow. */

    const char *url;     /**< The database, when berth_engine_open() is given none. Environment: `DATABASE_URL`. */
    const char *file;    /**< An INI file to read, absolute or relative. Environment: `BERTH_SETTINGS_FILE`. */
    const char *section; /**< Its section, default `berth`. Environment: `BERTH_SETTINGS_SECTION`. */

    const char *environment;      /**< `development` (default), `test` or `production`, see berth_init_db(). */
    const char *application_name; /**< Shown by servers that list their sessions. Up to 63 bytes. */

    int32_t pool_size;            /**< Connections that are kept. 1 to 10000, default 5. */
    int32_t max_overflow;         /**< How many more may be open for a while. 0 (BERTH_OFF) to 10000, default 10. */
    int64_t pool_timeout_ms;      /**< Wait for a connection. 1 ms to 24 h, default 30 s. */
    int64_t pool_recycle_ms;      /**< Age at which one is replaced. 1 ms to 365 days, BERTH_OFF never, default 1 h. */
    int32_t pool_pre_ping;        /**< Check an idle connection before it is used. Default on. */
    int64_t ping_idle_ms;         /**< ... when it was idle for longer. 0 (BERTH_OFF, always) to 24 h, default 500. */
    const char *reset;            /**< On return: `state` (default) ends an open transaction, `full` resets all. */
    int64_t connect_timeout_ms;   /**< For one attempt to connect. 1 ms to 24 h, default 10 s. */
    int64_t close_timeout_ms;     /**< Wait of berth_engine_close(). 0 (BERTH_OFF) to 24 h, default 5 s. */
    int32_t statement_cache_size; /**< Prepared statements per connection. 0 (BERTH_OFF) to 10000, default 128. */

    const char *tls;      /**< `disable`, `prefer`, `require`, `verify-ca` or `verify-full`. Default: the driver's. */
    const char *tls_ca;   /**< File of trusted certificates, PEM. */
    const char *tls_cert; /**< File of the client's certificate, PEM. */
    const char *tls_key;  /**< File of the client's private key, PEM. */

    berth_event_hook on_event; /**< Called for what happens, or NULL. Only here, not in text. */
    void *event_context;       /**< Given to `on_event`. */

    int32_t max_connecting;  /**< Opened at the same time at most. 1 to 10000, BERTH_OFF no bound, default 2. */
    int32_t max_waiting;     /**< Callers in the queue at most. 1 to 1000000, BERTH_OFF (default) no bound. */
    int32_t min_idle;        /**< Kept ready for use, within `pool_size`. 0 (BERTH_OFF) to 10000, default 0. */
    int32_t housekeeping;    /**< A thread for min_idle, idle_timeout, leak_after; off: in passing. Default on. */
    int64_t idle_timeout_ms; /**< Unused for that long, one is closed. 1 ms to 365 days, BERTH_OFF (default) never. */
    int64_t leak_after_ms;   /**< In use for that long, one is reported. 1 ms to 365 days, BERTH_OFF (default) never. */
    int64_t slow_query_ms;   /**< A statement that takes longer is reported. 1 ms to 24 h, BERTH_OFF (default) none. */
} berth_settings;

#ifndef __cplusplus
/** `const berth_settings *` made by designated initialisers: `BERTH_SETTINGS(.pool_size = 20)`. Lives in its block. C
 * only. */
#define BERTH_SETTINGS(...) (&(const berth_settings){.struct_size = sizeof(berth_settings), __VA_ARGS__})
#endif

BERTH_END_DECLS

#endif
