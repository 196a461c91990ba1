/* The table of settings, and what its sources share. Only for settings*.c. */
#ifndef CORE_SETTINGS_TABLE_H
#define CORE_SETTINGS_TABLE_H

#include "core/settings.h"
#include "core/settings_value.h"

/* One setting of the core. */
typedef struct settings_entry {
    settings_rule rule;
    const char *default_text; /* NULL: zero or NULL. */
    size_t offset;            /* Of the field in struct settings ... */
    size_t size;              /* ... and its size; 0 for text. */
    size_t given_offset;      /* Of the field in berth_settings ... */
    size_t given_size;        /* ... and its size; 0 for text. */
    const char *given_name;   /* ... and its name. */
    int64_t first_choice;     /* What the first choice is stored as. */
} settings_entry;

extern const settings_entry settings_table[SETTINGS_COUNT];

/* Where a value stands, for messages. */
typedef struct settings_place {
    settings_source source;
    int line;         /* In a file. */
    const char *file; /* Likewise. */
    const char *name; /* As it is written there. */
} settings_place;

/* A value that may belong to the driver. */
typedef struct settings_pending {
    settings_source source;
    int line;
    char *name;
    char *value;
} settings_pending;

/* Room for settings_describe(). */
#define SETTINGS_PLACE_BYTES 512

/* Writes `"pool_size" in line 3 of the file app.ini`, `the environment variable BERTH_POOL_SIZE` and so on. */
const char *settings_describe(const settings_place *place, char text[SETTINGS_PLACE_BYTES]);

/* The entry of that name, or NULL. */
const settings_entry *settings_find(const char *name);

/* Checks a value and sets it, unless it is set from a stronger source. A second one from the same is BERTH_CONFIG. */
berth_status settings_apply(settings *settings, const settings_entry *entry, const settings_place *place,
                            const char *value, berth_error *error);

/* Sets one of the core's settings by its name, or keeps the value for the driver. */
berth_status settings_apply_or_keep(settings *settings, const settings_place *place, const char *value,
                                    berth_error *error);

/* The value of BERTH_NAME in the environment; NULL when it is unset or empty. */
const char *settings_environment_value(const char *name);

/* A `url` in a settings file. */
typedef struct settings_file_url {
    char *text; /* NULL without; the caller's to free(). */
    int line;
} settings_file_url;

/* Reads a section of an INI file. */
berth_status settings_read_file(settings *settings, const char *path, const char *section, settings_file_url *url,
                                berth_error *error);

#endif
