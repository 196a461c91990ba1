#include "core/registry.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/driver_check.h"
#include "core/error.h"
#include "core/loader.h"

/* A driver that was found. Never freed: engines borrow the table for as long as the process lives. */
typedef struct known_driver {
    struct known_driver *next;
    berth_driver_entry entry;         /* Of a registered one; NULL for one of a file. */
    char key[DRIVER_NAME_LENGTH + 1]; /* What the file was looked for by, so that the same name is the same file. */
    berth_driver table;
} known_driver;

/* `registry_known_lock` is for the list, and held for a look only; `registry_loading_lock` makes each file be opened
 * once, and entry points be called one at a time. */
pthread_mutex_t registry_known_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t registry_loading_lock = PTHREAD_MUTEX_INITIALIZER;
static known_driver *known_drivers;

/* The registered driver for a scheme, or of a name; NULL where there is none. */
static const known_driver *registered_driver(const char *scheme, const char *name) {
    for (const known_driver *known = known_drivers; known != NULL; known = known->next)
        if (known->entry != NULL &&
            (name != NULL ? strcmp(known->table.name, name) == 0 : driver_check_scheme(&known->table, scheme)))
            return known;
    return NULL;
}

static const known_driver *loaded_driver(const char *key) {
    for (const known_driver *known = known_drivers; known != NULL; known = known->next)
        if (known->entry == NULL && strcmp(known->key, key) == 0)
            return known;
    return NULL;
}

static const berth_driver *look(const char *scheme, const char *name) {
    pthread_mutex_lock(&registry_known_lock);
    const known_driver *known = registered_driver(scheme, name);
    if (known == NULL)
        known = loaded_driver(name != NULL ? name : scheme);
    pthread_mutex_unlock(&registry_known_lock);
    return known != NULL ? &known->table : NULL;
}

/* To be called with `registry_known_lock`. */
static void add_known(known_driver *known) {
    known->next = known_drivers;
    known_drivers = known;
}

/* Says behind an error which schemes are served without a file. */
static berth_status append_registered(berth_error *error) {
    buffer schemes = {0};
    pthread_mutex_lock(&registry_known_lock);
    for (const known_driver *known = known_drivers; known != NULL; known = known->next)
        for (const char *const *scheme = known->table.schemes; known->entry != NULL && *scheme != NULL; scheme++)
            buffer_format(&schemes, "%s%s", schemes.length > 0 ? ", " : "; registered schemes: ", *scheme);
    pthread_mutex_unlock(&registry_known_lock);
    if (schemes.length > 0 && !schemes.failed && error != NULL) {
        char said[BERTH_MESSAGE_BYTES];
        memcpy(said, error->message, sizeof said);
        error_set(error, BERTH_DRIVER, "%s%s", said, schemes.data);
    }
    buffer_free(&schemes);
    return BERTH_DRIVER;
}

static berth_status load(const char *scheme, const char *name, const berth_driver **driver, berth_error *error) {
    known_driver *loaded = calloc(1, sizeof *loaded);
    if (loaded == NULL)
        return error_no_memory(error, "a driver");
    berth_status status = loader_open(scheme, name, &loaded->table, error);
    if (status != BERTH_OK)
        goto cleanup;
    snprintf(loaded->key, sizeof loaded->key, "%s", name != NULL ? name : scheme);
    *driver = &loaded->table;
    pthread_mutex_lock(&registry_known_lock);
    add_known(loaded);
    pthread_mutex_unlock(&registry_known_lock);
    loaded = NULL;
cleanup:
    free(loaded);
    return status == BERTH_DRIVER ? append_registered(error) : status;
}

static berth_status refuse_name(const char *name, berth_error *error) {
    return error_set(error, BERTH_DRIVER,
                     "\"%.80s\" can't name a driver; it must be lower-case letters and digits, a letter first, "
                     "%d at most",
                     name != NULL ? name : "", DRIVER_NAME_LENGTH);
}

berth_status registry_find(const char *scheme, const char *name, const berth_driver **driver, berth_error *error) {
    *driver = NULL;
    if (!driver_check_name(scheme))
        return refuse_name(scheme, error);
    if (name != NULL && !driver_check_name(name))
        return refuse_name(name, error);

    berth_status status = BERTH_OK;
    const berth_driver *found = look(scheme, name);
    if (found == NULL) {
        pthread_mutex_lock(&registry_loading_lock);
        found = look(scheme, name);
        if (found == NULL)
            status = load(scheme, name, &found, error);
        pthread_mutex_unlock(&registry_loading_lock);
    }
    if (status == BERTH_OK)
        status = driver_check_serves(found, scheme, name, error);
    if (status == BERTH_OK)
        *driver = found;
    return status;
}

static bool is_registered(berth_driver_entry entry) {
    for (const known_driver *known = known_drivers; known != NULL; known = known->next)
        if (known->entry == entry)
            return true;
    return false;
}

static berth_status check_conflict(const berth_driver *fresh, berth_error *error) {
    for (const known_driver *known = known_drivers; known != NULL; known = known->next)
        for (const char *const *scheme = fresh->schemes; *scheme != NULL; scheme++)
            if (driver_check_scheme(&known->table, *scheme))
                return error_set(error, BERTH_DRIVER,
                                 "the driver %s can't be registered: its scheme %s is that of the driver %s, which %s",
                                 fresh->name, *scheme, known->table.name,
                                 known->entry != NULL ? "is registered already" : "was loaded from a file");
    return BERTH_OK;
}

berth_status berth_register_driver(berth_driver_entry entry, berth_error *error) {
    error_clear(error);
    if (entry == NULL)
        return error_set(error, BERTH_MISUSE, "berth_register_driver() was given no entry point");
    known_driver *fresh = calloc(1, sizeof *fresh);
    if (fresh == NULL)
        return error_no_memory(error, "a driver");
    fresh->entry = entry;
    pthread_mutex_lock(&registry_loading_lock);
    berth_status status = driver_check(entry, &fresh->table, error);
    pthread_mutex_unlock(&registry_loading_lock);
    if (status != BERTH_OK)
        goto cleanup;
    pthread_mutex_lock(&registry_known_lock);
    bool there = is_registered(entry);
    if (!there)
        status = check_conflict(&fresh->table, error);
    if (!there && status == BERTH_OK) {
        add_known(fresh);
        fresh = NULL;
    }
    pthread_mutex_unlock(&registry_known_lock);
cleanup:
    free(fresh);
    return status;
}
