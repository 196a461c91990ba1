#include "tests/support/settings_support.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/suite.h"

static const berth_driver_option file_options[] = {
    {.name = "mode", .kind = BERTH_OPTION_CHOICE, .choices = "ro|rw|rwc"},
    {.name = "busy_timeout", .kind = BERTH_OPTION_MILLISECONDS, .maximum = 60000},
    {.name = "foreign_keys", .kind = BERTH_OPTION_SWITCH},
    {.name = "cache_size", .kind = BERTH_OPTION_INTEGER, .minimum = INT64_MIN, .maximum = INT64_MAX},
    {.name = "vfs", .kind = BERTH_OPTION_TEXT},
    {.name = "key", .kind = BERTH_OPTION_SECRET},
    {.name = NULL},
};

/* A database in a file: no hosts, no users, no TLS. */
const berth_driver settings_file_driver = {.name = "filedb", .options = file_options};

static const berth_driver_option server_options[] = {
    {.name = "sslmode", .kind = BERTH_OPTION_TEXT, .alias_of = "tls"},
    {.name = "sslrootcert", .kind = BERTH_OPTION_TEXT, .alias_of = "tls_ca"},
    {.name = "keepalives_ms", .kind = BERTH_OPTION_MILLISECONDS, .minimum = 1, .maximum = 1000},
    {.name = NULL},
};

const berth_driver settings_server_driver = {
    .name = "serverdb",
    .capabilities = BERTH_CAP_NETWORK | BERTH_CAP_TLS | BERTH_CAP_FULL_RESET,
    .options = server_options,
};

const berth_driver settings_bare_driver = {.name = "bare", .capabilities = BERTH_CAP_NETWORK};

extern char **environ;

/* Every test begins without what the person who runs it has set. */
void settings_clear_environment(void) {
    for (char **variable = environ; *variable != NULL;) {
        char name[128];
        size_t length = strcspn(*variable, "=");
        if (length < sizeof name &&
            (strncmp(*variable, "BERTH_", 6) == 0 || strncmp(*variable, "DATABASE_URL", 12) == 0)) {
            memcpy(name, *variable, length);
            name[length] = '\0';
            unsetenv(name);
            variable = environ;
        } else {
            variable++;
        }
    }
}

settings *settings_of(const char *url, const berth_settings *given) {
    berth_error error;
    settings *resolved = NULL;
    CU_ASSERT_EQUAL(settings_resolve(url, given, &resolved, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(resolved);
    return resolved;
}

settings *settings_bound(const char *url, const berth_settings *given, const berth_driver *driver) {
    berth_error error;
    settings *bound = settings_of(url, given);
    CU_ASSERT_EQUAL(settings_bind_driver(bound, driver, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    return bound;
}

void settings_assert_refused(const char *url, const berth_settings *given, const char *message) {
    berth_error error;
    settings *resolved = (settings *)&error;
    CU_ASSERT_EQUAL(settings_resolve(url, given, &resolved, &error), BERTH_CONFIG);
    CU_ASSERT_PTR_NULL(resolved);
    CU_ASSERT_EQUAL(error.status, BERTH_CONFIG);
    ASSERT_TEXT(error.message, message);
}

void settings_assert_not_bound(const char *url, const berth_settings *given, const berth_driver *driver,
                               const char *message) {
    berth_error error;
    settings *resolved = settings_of(url, given);
    CU_ASSERT_EQUAL(settings_bind_driver(resolved, driver, &error), BERTH_CONFIG);
    ASSERT_TEXT(error.message, message);
    settings_free(resolved);
}

const char *settings_option(const settings *settings, const char *name) {
    const berth_connect_info info = settings_connect_info(settings, NULL);
    for (size_t i = 0; i < info.option_count; i++)
        if (strcmp(info.options[i].name, name) == 0)
            return info.options[i].value;
    return NULL;
}

settings_file settings_write_bytes(const char *bytes, size_t length) {
    settings_file made = {.folder = "/tmp/berth-settings-XXXXXX"};
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(made.folder));
    snprintf(made.path, sizeof made.path, "%s/app.ini", made.folder);
    FILE *stream = fopen(made.path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, length, stream), length);
    fclose(stream);
    return made;
}

settings_file settings_write_file(const char *text) {
    return settings_write_bytes(text, strlen(text));
}

void settings_remove_file(const settings_file *file) {
    unlink(file->path);
    rmdir(file->folder);
}
