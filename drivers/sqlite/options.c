#include <stdlib.h>
#include <string.h>

#include "sqlite.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define DEFAULT_BUSY_TIMEOUT_MS 5000

const berth_driver_option sqlite_options[] = {
    {.name = "mode",
     .kind = BERTH_OPTION_CHOICE,
     .choices = "ro|rw|rwc",
     .default_value = "rwc",
     .help = "ro: only read; rw: the file must exist; rwc: it is created when missing"},
    {.name = "busy_timeout",
     .kind = BERTH_OPTION_MILLISECONDS,
     .minimum = 0,
     .maximum = DAY_MS,
     .default_value = "5s",
     .help = "how long to wait for another connection's lock"},
    {.name = "journal_mode",
     .kind = BERTH_OPTION_CHOICE,
     .choices = "wal|delete|truncate|persist|memory|off",
     .default_value = "wal",
     .help = "how commits are made atomic; with memory and off a crash can damage the database"},
    {.name = "synchronous",
     .kind = BERTH_OPTION_CHOICE,
     .choices = "off|normal|full|extra",
     .default_value = "full",
     .help = "what is on the disk when a commit returns; below full a power failure can lose commits"},
    {.name = "foreign_keys",
     .kind = BERTH_OPTION_SWITCH,
     .default_value = "on",
     .help = "whether foreign keys are enforced"},
    {.name = "cache_size",
     .kind = BERTH_OPTION_INTEGER,
     .minimum = -INT32_MAX,
     .maximum = INT32_MAX,
     .help = "memory for pages per connection: a number of pages, or with a minus of KiB"},
    {.name = NULL},
};

static const char *find_option(const berth_connect_info *info, const char *name, const char *otherwise) {
    for (uint32_t i = 0; i < info->option_count; i++)
        if (strcmp(info->options[i].name, name) == 0)
            return info->options[i].value;
    return otherwise;
}

static int flags_of_mode(const char *mode) {
    if (strcmp(mode, "ro") == 0)
        return SQLITE_OPEN_READONLY;
    if (strcmp(mode, "rw") == 0)
        return SQLITE_OPEN_READWRITE;
    return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
}

sqlite_settings sqlite_settings_read(const berth_connect_info *info) {
    const char *busy_timeout = find_option(info, "busy_timeout", NULL);
    bool is_memory = sqlite_traits(info) != 0;
    return (sqlite_settings){
        .path = is_memory ? ":memory:" : info->database,
        .is_memory = is_memory,
        .open_flags = flags_of_mode(find_option(info, "mode", "rwc")) | SQLITE_OPEN_NOMUTEX,
        .busy_timeout_ms = busy_timeout != NULL ? strtoll(busy_timeout, NULL, 10) : DEFAULT_BUSY_TIMEOUT_MS,
        .journal_mode = find_option(info, "journal_mode", "wal"),
        .synchronous = find_option(info, "synchronous", "full"),
        .cache_size = find_option(info, "cache_size", NULL),
        .foreign_keys = strcmp(find_option(info, "foreign_keys", "on"), "on") == 0,
    };
}
