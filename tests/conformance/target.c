/* The URL, its engines and their sessions. */
#include "target.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ENGINES 32
#define MAX_SESSIONS 256
#define MAX_EVENTS 16

static const char *url;
static const berth_driver *driver;
static char shown_url[512];
static char description[128];

static berth_engine *main_engine;
static berth_engine *engines[MAX_ENGINES];
static berth_session *sessions[MAX_SESSIONS];
static size_t session_count;
static atomic_uint events[MAX_EVENTS];

/* ---- Which driver. ---- */

/* Loads the file as Berth would, and makes it known: what is registered comes before what is looked for. */
static berth_status load_driver(const char *file, berth_error *error) {
    berth_driver_entry entry;
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    *error = (berth_error){.struct_size = sizeof *error, .status = BERTH_DRIVER, .index = -1};
    if (library == NULL) {
        snprintf(error->message, sizeof error->message, "%s", dlerror());
        return BERTH_DRIVER;
    }
    *(void **)&entry = dlsym(library, BERTH_DRIVER_ENTRY);
    if (entry != NULL)
        return berth_register_driver(entry, error);
    snprintf(error->message, sizeof error->message, "%s has no function %s", file, BERTH_DRIVER_ENTRY);
    return BERTH_DRIVER;
}

berth_status target_set(const char *given, const char *driver_file, berth_error *error) {
    berth_engine *engine = NULL;
    berth_status status = driver_file != NULL ? load_driver(driver_file, error) : BERTH_OK;
    if (status == BERTH_OK)
        status = berth_engine_open(given, NULL, &engine, error);
    if (status != BERTH_OK)
        return status;
    url = given;
    driver = berth_engine_driver_table(engine);
    snprintf(shown_url, sizeof shown_url, "%s", berth_engine_url(engine));
    snprintf(description, sizeof description, "%s", berth_engine_driver(engine));
    return berth_engine_close(engine, error);
}

const char *target_url(void) {
    return url;
}

const char *target_shown_url(void) {
    return shown_url;
}

const char *target_description(void) {
    return description;
}

const berth_driver *target_driver(void) {
    return driver;
}

bool target_has(uint64_t capabilities) {
    return (driver->capabilities & capabilities) == capabilities;
}

/* MySQL's driver serves MariaDB too: only the server knows. */
static product ask_product(void) {
    if (strcmp(driver->name, "sqlite") == 0)
        return PRODUCT_SQLITE;
    if (strcmp(driver->name, "postgresql") == 0)
        return PRODUCT_POSTGRESQL;
    if (strcmp(driver->name, "mysql") != 0)
        return PRODUCT_OTHER;
    return strstr(query_text_alone("SELECT VERSION()"), "MariaDB") != NULL ? PRODUCT_MARIADB : PRODUCT_MYSQL;
}

product target_product(void) {
    static product found;
    static bool asked;
    if (!asked)
        found = ask_product();
    asked = true;
    return found;
}

bool target_is(product wanted) {
    return target_product() == wanted;
}

bool target_is_mysql_like(void) {
    return target_is(PRODUCT_MARIADB) || target_is(PRODUCT_MYSQL);
}

/* Then the server's port is not the one of the URL. */
bool target_is_pooled(void) {
    const char *port = url_part_of(url, URL_PORT);
    return target_is(PRODUCT_POSTGRESQL) && port[0] != '\0' &&
           strcmp(query_text_alone("SELECT current_setting('port')"), port) != 0;
}

bool target_takes_two_sessions(void) {
    berth_pool_stats stats = {.struct_size = sizeof stats};
    berth_engine_stats(engine_main(), &stats);
    return stats.limit > 1;
}

void need_two_sessions(void) {
    if (!target_takes_two_sessions())
        not_applicable("this database has one connection: no second session sees it");
}

/* ---- Engines. ---- */

static void count_event(const berth_event *event, void *context) {
    (void)context;
    if (event->kind < MAX_EVENTS)
        atomic_fetch_add(&events[event->kind], 1);
}

unsigned events_seen(berth_event_kind kind) {
    return atomic_load(&events[kind]);
}

berth_engine *engine_make(const char *target, const berth_settings *given) {
    berth_settings settings = given != NULL ? *given : (berth_settings){.struct_size = sizeof settings};
    berth_error error;
    size_t place = 0;
    while (place < MAX_ENGINES && engines[place] != NULL)
        place++;
    REQUIRE(place < MAX_ENGINES);
    if (settings.on_event == NULL)
        settings.on_event = count_event;
    if (settings.pool_timeout_ms == 0)
        settings.pool_timeout_ms = 10000;
    if (settings.close_timeout_ms == 0)
        settings.close_timeout_ms = 500;
    if (berth_engine_open(target, &settings, &engines[place], &error) == BERTH_OK)
        return engines[place];
    FAIL("the engine does not open: %s", error.message);
    check_end();
}

void engine_refused(const char *target, const char *part) {
    berth_engine *engine;
    berth_error error;
    berth_status status = berth_engine_open(target, NULL, &engine, &error);
    CHECK_STATUS(status, BERTH_CONFIG);
    CHECK_CONTAINS(error.message, part);
    if (status == BERTH_OK)
        berth_engine_close(engine, NULL);
}

berth_engine *engine_main(void) {
    if (main_engine == NULL)
        main_engine = engine_make(url, NULL);
    return main_engine;
}

static void close_engine(berth_engine *engine, bool quiet) {
    berth_error error;
    for (size_t i = 0; i < MAX_ENGINES; i++)
        if (engines[i] == engine)
            engines[i] = NULL;
    if (main_engine == engine)
        main_engine = NULL;
    if (berth_engine_close(engine, &error) != BERTH_OK && !quiet)
        FAIL("the engine does not close cleanly: %s", error.message);
}

void engine_end(berth_engine *engine) {
    close_engine(engine, false);
}

/* ---- Sessions. ---- */

static void note_session(berth_session *session) {
    for (size_t i = 0; i < session_count; i++)
        if (sessions[i] == session)
            return;
    if (session_count < MAX_SESSIONS)
        sessions[session_count++] = session;
}

berth_session *session_open_on(berth_engine *engine, const berth_session_options *options) {
    const berth_session_options *plain = BERTH_SESSION_OPTIONS(.autocommit = !target_has(BERTH_CAP_TRANSACTIONS));
    berth_session *session = berth_session_open(engine, options != NULL ? options : plain);
    note_session(session);
    return session;
}

berth_session *session_open(const berth_session_options *options) {
    return session_open_on(engine_main(), options);
}

void session_end_ok(berth_session *session) {
    berth_error error;
    if (berth_session_end(session, &error) == BERTH_OK)
        return;
    FAIL("the session does not end well: %s: %s", berth_status_name((berth_status)error.status), error.message);
    check_end();
}

void session_recover(berth_session *session) {
    berth_error error;
    if (berth_session_rollback(session, &error) == BERTH_OK)
        return;
    FAIL("the session does not roll back: %s: %s", berth_status_name((berth_status)error.status), error.message);
    check_end();
}

void target_clean(void) {
    bool broken = check_has_failed();
    for (size_t i = 0; broken && i < session_count; i++)
        berth_session_close(sessions[i]);
    session_count = 0;
    for (size_t i = 0; i < MAX_ENGINES; i++)
        if (engines[i] != NULL && engines[i] != main_engine)
            close_engine(engines[i], broken);
    sql_clean();
    if (main_engine != NULL)
        close_engine(main_engine, broken);
    text_clean();
}
