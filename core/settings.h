/* Where settings come from and what they are: defaults < file < environment < URL query < the caller's struct. */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include <berth/driver.h>
#include <berth/settings.h>
#include <stdbool.h>

#include "core/url.h"

typedef enum settings_environment {
    SETTINGS_DEVELOPMENT,
    SETTINGS_TEST,
    SETTINGS_PRODUCTION,
} settings_environment;

/* Each overrules those before it. */
typedef enum settings_source {
    SETTINGS_FROM_DEFAULT,
    SETTINGS_FROM_FILE,
    SETTINGS_FROM_ENVIRONMENT,
    SETTINGS_FROM_QUERY,
    SETTINGS_FROM_STRUCT,
} settings_source;

enum { SETTINGS_COUNT = 23 };

/* All settings, checked. Durations that are "off" are -1. */
typedef struct settings {
    url *url;
    settings_environment environment;
    char *application_name; /* "" by default. */
    uint32_t pool_size;
    uint32_t max_overflow;
    int64_t pool_timeout_ms;
    int64_t pool_recycle_ms; /* -1: never. */
    bool pool_pre_ping;
    int64_t ping_idle_ms;    /* 0: always. */
    uint32_t max_connecting; /* 0, here and below: none. */
    uint32_t max_waiting;
    uint32_t min_idle;
    int64_t idle_timeout_ms;
    int64_t leak_after_ms;
    int64_t slow_query_ms;
    bool housekeeping;
    bool full_reset;
    int64_t connect_timeout_ms;
    int64_t close_timeout_ms; /* 0: do not wait. */
    uint32_t statement_cache_size;
    uint32_t tls; /* BERTH_TLS_ */
    char *tls_ca;
    char *tls_cert;
    char *tls_key;
    berth_event_hook on_event;
    void *event_context;

    unsigned char sources[SETTINGS_COUNT]; /* A settings_source for each in the table of settings.c. */
    char *file;                            /* The settings file that was read; NULL without. */
    struct settings_pending *pending;      /* Names and values that may be the driver's; see settings_table.h. */
    size_t pending_count;
    berth_option *options; /* After settings_bind_driver(): the driver's options that were given. */
    size_t option_count;
    char *shown; /* The URL, redacted. Never NULL once settings_bind_driver() succeeded. */
} settings;

/* Reads all sources. `url` and `given` may be NULL. What is no setting of the core is kept for the driver.
 * BERTH_CONFIG for a bad URL, setting or file; the error names the source ("the environment variable BERTH_POOL_SIZE"),
 * what was found and what is allowed. */
berth_status settings_resolve(const char *url, const berth_settings *given, settings **resolved, berth_error *error);

/* Checks what was kept against the driver's options: an unknown name is BERTH_CONFIG and lists what is known. Refuses
 * tls settings and `reset=full` that the driver can't honour. */
berth_status settings_bind_driver(settings *settings, const berth_driver *driver, berth_error *error);

/* What connect() gets; borrows everything from `settings`. */
berth_connect_info settings_connect_info(const settings *settings, void *context);

void settings_free(settings *settings);

#endif
