#include "core/settings_table.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/utf8.h"

#define FIELD(field) .offset = offsetof(settings, field), .size = sizeof(((settings *)NULL)->field)
#define GIVEN(field)                                                                                                   \
    .given_offset = offsetof(berth_settings, field), .given_size = sizeof(((berth_settings *)NULL)->field),            \
    .given_name = #field
#define TEXT_FIELD(field) .offset = offsetof(settings, field)
#define TEXT_GIVEN(field) .given_offset = offsetof(berth_settings, field), .given_name = #field

enum { DAY_MS = 86400000, FILE_NAME_BYTES = 4096 };

const settings_entry settings_table[SETTINGS_COUNT] = {
    {{.name = "environment", .kind = BERTH_OPTION_CHOICE, .choices = "development|test|production"},
     .default_text = "development",
     FIELD(environment),
     TEXT_GIVEN(environment)},
    {{.name = "application_name", .kind = BERTH_OPTION_TEXT, .maximum = 63},
     .default_text = "",
     TEXT_FIELD(application_name),
     TEXT_GIVEN(application_name)},
    {{.name = "pool_size", .kind = BERTH_OPTION_INTEGER, .minimum = 1, .maximum = 10000},
     .default_text = "5",
     FIELD(pool_size),
     GIVEN(pool_size)},
    {{.name = "max_overflow", .kind = BERTH_OPTION_INTEGER, .maximum = 10000, .has_off = true},
     .default_text = "10",
     FIELD(max_overflow),
     GIVEN(max_overflow)},
    {{.name = "pool_timeout", .kind = BERTH_OPTION_MILLISECONDS, .minimum = 1, .maximum = DAY_MS},
     .default_text = "30s",
     FIELD(pool_timeout_ms),
     GIVEN(pool_timeout_ms)},
    {{.name = "pool_recycle",
      .kind = BERTH_OPTION_MILLISECONDS,
      .minimum = 1,
      .maximum = 365 * (int64_t)DAY_MS,
      .has_off = true,
      .off = -1},
     .default_text = "3600s",
     FIELD(pool_recycle_ms),
     GIVEN(pool_recycle_ms)},
    {{.name = "pool_pre_ping", .kind = BERTH_OPTION_SWITCH},
     .default_text = "on",
     FIELD(pool_pre_ping),
     GIVEN(pool_pre_ping)},
    {{.name = "ping_idle_ms", .kind = BERTH_OPTION_MILLISECONDS, .maximum = DAY_MS, .has_off = true},
     .default_text = "500",
     FIELD(ping_idle_ms),
     GIVEN(ping_idle_ms)},
    {{.name = "max_connecting", .kind = BERTH_OPTION_INTEGER, .minimum = 1, .maximum = 10000, .has_off = true},
     .default_text = "2",
     FIELD(max_connecting),
     GIVEN(max_connecting)},
    {{.name = "max_waiting", .kind = BERTH_OPTION_INTEGER, .minimum = 1, .maximum = 1000000, .has_off = true},
     .default_text = "off",
     FIELD(max_waiting),
     GIVEN(max_waiting)},
    {{.name = "min_idle", .kind = BERTH_OPTION_INTEGER, .maximum = 10000, .has_off = true},
     .default_text = "0",
     FIELD(min_idle),
     GIVEN(min_idle)},
    {{.name = "idle_timeout",
      .kind = BERTH_OPTION_MILLISECONDS,
      .minimum = 1,
      .maximum = 365 * (int64_t)DAY_MS,
      .has_off = true},
     .default_text = "off",
     FIELD(idle_timeout_ms),
     GIVEN(idle_timeout_ms)},
    {{.name = "leak_after",
      .kind = BERTH_OPTION_MILLISECONDS,
      .minimum = 1,
      .maximum = 365 * (int64_t)DAY_MS,
      .has_off = true},
     .default_text = "off",
     FIELD(leak_after_ms),
     GIVEN(leak_after_ms)},
    {{.name = "slow_query", .kind = BERTH_OPTION_MILLISECONDS, .minimum = 1, .maximum = DAY_MS, .has_off = true},
     .default_text = "off",
     FIELD(slow_query_ms),
     GIVEN(slow_query_ms)},
    {{.name = "housekeeping", .kind = BERTH_OPTION_SWITCH},
     .default_text = "on",
     FIELD(housekeeping),
     GIVEN(housekeeping)},
    {{.name = "reset", .kind = BERTH_OPTION_CHOICE, .choices = "state|full"},
     .default_text = "state",
     FIELD(full_reset),
     TEXT_GIVEN(reset)},
    {{.name = "connect_timeout", .kind = BERTH_OPTION_MILLISECONDS, .minimum = 1, .maximum = DAY_MS},
     .default_text = "10s",
     FIELD(connect_timeout_ms),
     GIVEN(connect_timeout_ms)},
    {{.name = "close_timeout", .kind = BERTH_OPTION_MILLISECONDS, .maximum = DAY_MS, .has_off = true},
     .default_text = "5s",
     FIELD(close_timeout_ms),
     GIVEN(close_timeout_ms)},
    {{.name = "statement_cache_size", .kind = BERTH_OPTION_INTEGER, .maximum = 10000, .has_off = true},
     .default_text = "128",
     FIELD(statement_cache_size),
     GIVEN(statement_cache_size)},
    {{.name = "tls", .kind = BERTH_OPTION_CHOICE, .choices = "disable|prefer|require|verify-ca|verify-full"},
     .first_choice = BERTH_TLS_DISABLE,
     FIELD(tls),
     TEXT_GIVEN(tls)},
    {{.name = "tls_ca", .kind = BERTH_OPTION_TEXT, .minimum = 1, .maximum = FILE_NAME_BYTES},
     TEXT_FIELD(tls_ca),
     TEXT_GIVEN(tls_ca)},
    {{.name = "tls_cert", .kind = BERTH_OPTION_TEXT, .minimum = 1, .maximum = FILE_NAME_BYTES},
     TEXT_FIELD(tls_cert),
     TEXT_GIVEN(tls_cert)},
    {{.name = "tls_key", .kind = BERTH_OPTION_TEXT, .minimum = 1, .maximum = FILE_NAME_BYTES},
     TEXT_FIELD(tls_key),
     TEXT_GIVEN(tls_key)},
};

const settings_entry *settings_find(const char *name) {
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        if (strcmp(settings_table[i].rule.name, name) == 0)
            return &settings_table[i];
    return NULL;
}

/* The name of the environment variable; "" for a name too long to be one. */
static const char *environment_name(const char *name, char text[UTF8_SHOWN_BYTES]) {
    int length = snprintf(text, UTF8_SHOWN_BYTES, "BERTH_%s", name);
    if (length < 0 || length >= UTF8_SHOWN_BYTES)
        return "";
    for (char *at = text; *at != '\0'; at++)
        *at = (char)toupper((unsigned char)*at);
    return text;
}

const char *settings_environment_value(const char *name) {
    char variable[UTF8_SHOWN_BYTES];
    const char *value = getenv(environment_name(name, variable));
    return value != NULL && *value != '\0' ? value : NULL;
}

const char *settings_describe(const settings_place *place, char text[SETTINGS_PLACE_BYTES]) {
    enum { MOST = SETTINGS_PLACE_BYTES - 128 };
    char name[UTF8_SHOWN_BYTES];
    utf8_show(place->name, strlen(place->name), name);
    switch (place->source) {
    case SETTINGS_FROM_FILE:
        snprintf(text, SETTINGS_PLACE_BYTES, "\"%s\" in line %d of the file %.*s", name, place->line,
                 (int)utf8_valid_bytes(place->file, strnlen(place->file, MOST)), place->file);
        break;
    case SETTINGS_FROM_ENVIRONMENT:
        environment_name(place->name, name);
        snprintf(text, SETTINGS_PLACE_BYTES, "the environment variable %s", name);
        break;
    case SETTINGS_FROM_QUERY:
        snprintf(text, SETTINGS_PLACE_BYTES, "\"%s\" in the URL's query", name);
        break;
    default:
        snprintf(text, SETTINGS_PLACE_BYTES, "the field %s of berth_settings", name);
    }
    return text;
}

static void store_number(settings *settings, const settings_entry *entry, int64_t number) {
    char *field = (char *)settings + entry->offset;
    bool truth = number != 0;
    uint32_t small = (uint32_t)(number + entry->first_choice);
    if (entry->size == sizeof truth)
        memcpy(field, &truth, sizeof truth);
    else if (entry->size == sizeof small)
        memcpy(field, &small, sizeof small);
    else
        memcpy(field, &number, sizeof number);
}

static berth_status store_text(settings *settings, const settings_entry *entry, const char *value, berth_error *error) {
    char **field = (char **)(void *)((char *)settings + entry->offset);
    char *copy = strdup(value);
    if (copy == NULL)
        return error_no_memory(error, "the settings");
    free(*field);
    *field = copy;
    return BERTH_OK;
}

berth_status settings_apply(settings *settings, const settings_entry *entry, const settings_place *place,
                            const char *value, berth_error *error) {
    char where[SETTINGS_PLACE_BYTES];
    unsigned char *source = &settings->sources[entry - settings_table];
    int64_t number;
    if (!settings_value_read(&entry->rule, value, &number))
        return settings_value_refuse(&entry->rule, settings_describe(place, where), value, error);
    if (*source == place->source && place->source != SETTINGS_FROM_DEFAULT)
        return error_set(error, BERTH_CONFIG, "%s sets %s a second time", settings_describe(place, where),
                         entry->rule.name);
    if (*source > place->source)
        return BERTH_OK;
    *source = (unsigned char)place->source;
    if (entry->size == 0)
        return store_text(settings, entry, value, error);
    store_number(settings, entry, number);
    return BERTH_OK;
}

static berth_status keep(settings *settings, const settings_place *place, const char *value, berth_error *error) {
    char where[SETTINGS_PLACE_BYTES];
    for (size_t i = 0; i < settings->pending_count; i++)
        if (settings->pending[i].source == place->source && strcmp(settings->pending[i].name, place->name) == 0)
            return error_set(error, BERTH_CONFIG, "%s sets %s a second time", settings_describe(place, where),
                             settings->pending[i].name);
    settings_pending *grown = realloc(settings->pending, (settings->pending_count + 1) * sizeof *grown);
    if (grown == NULL)
        return error_no_memory(error, "the settings");
    settings->pending = grown;
    settings_pending *kept = &grown[settings->pending_count++];
    *kept = (settings_pending){place->source, place->line, strdup(place->name), strdup(value)};
    return kept->name != NULL && kept->value != NULL ? BERTH_OK : error_no_memory(error, "the settings");
}

berth_status settings_apply_or_keep(settings *settings, const settings_place *place, const char *value,
                                    berth_error *error) {
    const settings_entry *entry = settings_find(place->name);
    if (entry != NULL)
        return settings_apply(settings, entry, place, value, error);
    return keep(settings, place, value, error);
}
