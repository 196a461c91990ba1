/* What the suites on settings share. */
#ifndef TESTS_SUPPORT_SETTINGS_SUPPORT_H
#define TESTS_SUPPORT_SETTINGS_SUPPORT_H

#include "core/settings.h"

/* A database in a file: no hosts, no users, no TLS, options of each kind. */
extern const berth_driver settings_file_driver;
/* A server with TLS and aliases for it. */
extern const berth_driver settings_server_driver;
/* A server without TLS or options. */
extern const berth_driver settings_bare_driver;

/* Every test begins without what the person who runs it has set. */
void settings_clear_environment(void);

/* The settings, which must resolve (and bind). */
settings *settings_of(const char *url, const berth_settings *given);
settings *settings_bound(const char *url, const berth_settings *given, const berth_driver *driver);

/* The settings must be BERTH_CONFIG, with this message. */
void settings_assert_refused(const char *url, const berth_settings *given, const char *message);
void settings_assert_not_bound(const char *url, const berth_settings *given, const berth_driver *driver,
                               const char *message);

/* What connect() is given for a driver's option, or NULL. */
const char *settings_option(const settings *settings, const char *name);

/* A settings file in a folder of its own. */
typedef struct settings_file {
    char folder[32];
    char path[64];
} settings_file;

settings_file settings_write_file(const char *text);
settings_file settings_write_bytes(const char *bytes, size_t length);
void settings_remove_file(const settings_file *file);

#endif
