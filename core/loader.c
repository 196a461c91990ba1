#include "core/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/driver_check.h"
#include "core/error.h"

#define ABI_MAJOR 1
#define ABI_MAJORS_TO_COME 32

/* One search: what is looked for, and what came of it so far. */
typedef struct search {
    const char *scheme;
    const char *name; /* Or NULL. */
    buffer refused;   /* "FILE: why; FILE: why" */
    buffer empty;     /* "FOLDER, FOLDER": those without the file. */
} search;

static const char *search_key(const search *search) {
    return search->name != NULL ? search->name : search->scheme;
}

static berth_status refuse_entry(void *file, berth_error *error) {
    for (int major = 0; major < ABI_MAJORS_TO_COME; major++) {
        char symbol[32];
        snprintf(symbol, sizeof symbol, "berth_driver_v%d", major);
        if (dlsym(file, symbol) != NULL)
            return error_set(error, BERTH_DRIVER, "it is built for driver ABI %d; this library speaks %d", major,
                             ABI_MAJOR);
    }
    return error_set(error, BERTH_DRIVER, "it has no function " BERTH_DRIVER_ENTRY ", so it is no driver");
}

/* The loader's own words, without the path that they may begin with. */
static berth_status refuse_open(const char *path, berth_error *error) {
    const char *why = dlerror();
    size_t length = strlen(path);
    if (why == NULL)
        why = "it can't be opened";
    if (strncmp(why, path, length) == 0 && strncmp(why + length, ": ", 2) == 0)
        why += length + 2;
    return error_set(error, BERTH_DRIVER, "%s", why);
}

/* A file stays open also when it is refused: what its constructors did can't be undone. */
static berth_status open_file(const search *search, const char *path, berth_driver *table, berth_error *error) {
    void *file = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (file == NULL)
        return refuse_open(path, error);
    void *symbol = dlsym(file, BERTH_DRIVER_ENTRY);
    if (symbol == NULL)
        return refuse_entry(file, error);
    berth_driver_entry entry;
    memcpy(&entry, &symbol, sizeof entry);
    berth_status status = driver_check(entry, table, error);
    if (status == BERTH_OK)
        status = driver_check_serves(table, search->scheme, search->name, error);
    return status;
}

/* Whether the driver was found in this folder. */
static bool try_folder(search *search, const char *folder, size_t length, berth_driver *table) {
    bool found = false;
    buffer path = {0};
    buffer_add(&path, folder, length);
    buffer_format(&path, "/berth_driver_%s.so", search_key(search));
    if (path.failed) {
        search->refused.failed = true;
    } else if (access(path.data, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
        buffer_text(&search->empty, search->empty.length > 0 ? ", " : "");
        buffer_add(&search->empty, folder, length);
    } else {
        berth_error why;
        found = open_file(search, path.data, table, &why) == BERTH_OK;
        if (!found)
            buffer_format(&search->refused, "%s%s: %s", search->refused.length > 0 ? "; " : "", path.data, why.message);
    }
    buffer_free(&path);
    return found;
}

/* The next folder that is not empty, or NULL; `folders` goes behind it. */
static const char *next_folder(const char **folders, size_t *length) {
    const char *folder = *folders + strspn(*folders, ":");
    *length = strcspn(folder, ":");
    *folders = folder + *length;
    return *length > 0 ? folder : NULL;
}

static berth_status check_folders(const char *folders, berth_error *error) {
    const char *folder;
    size_t length;
    while ((folder = next_folder(&folders, &length)) != NULL)
        if (folder[0] != '/')
            return error_set(error, BERTH_DRIVER,
                             "BERTH_DRIVER_PATH has the folder \"%.*s\"; a folder must be absolute, beginning with /",
                             (int)(length < BERTH_MESSAGE_BYTES ? length : BERTH_MESSAGE_BYTES), folder);
    return BERTH_OK;
}

/* What was refused comes first: it helps most, and a long message is cut at its end. */
static berth_status not_found(search *search, berth_error *error) {
    buffer *said = &search->refused;
    if (search->empty.length > 0)
        buffer_format(said, "%sthere is no berth_driver_%s.so in %s", said->length > 0 ? "; " : "", search_key(search),
                      search->empty.data);
    if (said->failed || search->empty.failed)
        return error_no_memory(error, "the search for a driver");
    return error_set(error, BERTH_DRIVER, "no driver %s%sfor the scheme %s: %s", search->name ? search->name : "",
                     search->name ? " " : "", search->scheme, said->data);
}

berth_status loader_open(const char *scheme, const char *name, berth_driver *table, berth_error *error) {
    const char *folders = secure_getenv("BERTH_DRIVER_PATH");
    if (folders == NULL)
        folders = "";
    berth_status status = check_folders(folders, error);
    if (status != BERTH_OK)
        return status;

    search search = {.scheme = scheme, .name = name};
    const char *folder;
    size_t length;
    bool found = false;
    while (!found && (folder = next_folder(&folders, &length)) != NULL)
        found = try_folder(&search, folder, length, table);
    if (!found)
        found = try_folder(&search, BERTH_DRIVER_DIR, strlen(BERTH_DRIVER_DIR), table);
    if (!found)
        status = not_found(&search, error);
    buffer_free(&search.refused);
    buffer_free(&search.empty);
    return status;
}
