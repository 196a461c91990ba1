#include "core/settings.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/settings_table.h"
#include "core/sized.h"

static_assert(sizeof(settings_environment) == sizeof(uint32_t), "is stored like a uint32_t");

/* What the sources give while they are read. */
typedef struct sources {
    settings *settings;
    berth_settings given;
    settings_file_url file_url;
    berth_error *error;
} sources;

static berth_status take_given(const berth_settings *given, berth_settings *taken, berth_error *error) {
    *taken = (berth_settings){0};
    if (given == NULL)
        return BERTH_OK;
    return sized_copy(given, taken, sizeof *taken, "berth_settings", "BERTH_SETTINGS", error);
}

static const char *first_text(const char *first, const char *second, const char *third) {
    if (first != NULL)
        return first;
    return second != NULL && *second != '\0' ? second : third;
}

static berth_status read_defaults(sources *sources) {
    berth_status status = BERTH_OK;
    for (size_t i = 0; status == BERTH_OK && i < SETTINGS_COUNT; i++) {
        const settings_entry *entry = &settings_table[i];
        const settings_place place = {.source = SETTINGS_FROM_DEFAULT, .name = entry->rule.name};
        if (entry->default_text != NULL)
            status = settings_apply(sources->settings, entry, &place, entry->default_text, sources->error);
    }
    return status;
}

static berth_status read_file(sources *sources) {
    const char *path = first_text(sources->given.file, secure_getenv("BERTH_SETTINGS_FILE"), NULL);
    if (path == NULL)
        return BERTH_OK;
    const char *section = first_text(sources->given.section, secure_getenv("BERTH_SETTINGS_SECTION"), "berth");
    return settings_read_file(sources->settings, path, section, &sources->file_url, sources->error);
}

static berth_status read_environment(sources *sources) {
    berth_status status = BERTH_OK;
    for (size_t i = 0; status == BERTH_OK && i < SETTINGS_COUNT; i++) {
        const settings_entry *entry = &settings_table[i];
        const settings_place place = {.source = SETTINGS_FROM_ENVIRONMENT, .name = entry->rule.name};
        const char *value = settings_environment_value(entry->rule.name);
        if (value != NULL)
            status = settings_apply(sources->settings, entry, &place, value, sources->error);
    }
    return status;
}

/* The URL comes from the strongest source that has one; the others are not looked at. */
static berth_status read_url(sources *sources, const char *argument) {
    char where[SETTINGS_PLACE_BYTES] = "";
    const char *variable = getenv("DATABASE_URL");
    const char *text = argument;
    if (text == NULL && sources->given.url != NULL) {
        text = sources->given.url;
        snprintf(where, sizeof where, "the field url of berth_settings");
    } else if (text == NULL && variable != NULL && *variable != '\0') {
        text = variable;
        snprintf(where, sizeof where, "the environment variable DATABASE_URL");
    } else if (text == NULL && sources->file_url.text != NULL) {
        const settings_place place = {SETTINGS_FROM_FILE, sources->file_url.line, sources->settings->file, "url"};
        text = sources->file_url.text;
        settings_describe(&place, where);
    }
    if (text == NULL)
        return error_set(sources->error, BERTH_CONFIG,
                         "no database is named: give a URL to berth_engine_open(), set the environment variable "
                         "DATABASE_URL, or put \"url = ...\" into a settings file");
    berth_status status = url_parse(text, &sources->settings->url, sources->error);
    if (status == BERTH_CONFIG && *where != '\0')
        error_prefix(sources->error, "%s: ", where);
    return status;
}

static size_t find_in_query(const url *url, const char *name) {
    size_t i = 0;
    while (i < url->query_count && strcmp(url->query[i].name, name) != 0)
        i++;
    return i;
}

/* Takes the pair of that name out of the query; `*value` is NULL when there is none. */
static berth_status take_from_query(url *url, const char *name, char **value, berth_error *error) {
    size_t i = find_in_query(url, name);
    *value = NULL;
    if (i == url->query_count)
        return BERTH_OK;
    url_pair pair = url->query[i];
    url->query_count--;
    memmove(&url->query[i], &url->query[i + 1], (url->query_count - i) * sizeof pair);
    free(pair.name);
    *value = pair.value;
    if (find_in_query(url, name) == url->query_count)
        return BERTH_OK;
    return error_set(error, BERTH_CONFIG, "\"%s\" in the URL's query sets %s a second time", name, name);
}

/* `host` and `port` in the query stand for those before the path. */
static berth_status read_query_hosts(sources *sources) {
    url *url = sources->settings->url;
    char *hosts = NULL;
    char *ports = NULL;
    berth_status status = take_from_query(url, "host", &hosts, sources->error);
    if (status == BERTH_OK)
        status = take_from_query(url, "port", &ports, sources->error);
    if (status == BERTH_OK && (hosts != NULL || ports != NULL)) {
        status = url_set_hosts(url, hosts, ports, sources->error);
        if (status == BERTH_CONFIG)
            error_prefix(sources->error, "\"host\" or \"port\" in the URL's query: ");
    }
    free(hosts);
    free(ports);
    return status;
}

static berth_status read_query(sources *sources) {
    url *url = sources->settings->url;
    berth_status status = read_query_hosts(sources);
    for (size_t i = 0; status == BERTH_OK && i < url->query_count; i++) {
        const settings_place place = {.source = SETTINGS_FROM_QUERY, .name = url->query[i].name};
        status = settings_apply_or_keep(sources->settings, &place, url->query[i].value, sources->error);
    }
    return status;
}

/* A number of the struct as the text that it stands for. */
static const char *given_number(const settings_entry *entry, int64_t number, char text[32]) {
    bool has_off = entry->rule.has_off || entry->rule.kind == BERTH_OPTION_SWITCH;
    if (number == BERTH_OFF && has_off)
        return "off";
    const char *unit = entry->rule.kind == BERTH_OPTION_MILLISECONDS ? "ms" : "";
    snprintf(text, 32, "%" PRId64 "%s", number, unit);
    return text;
}

static const char *given_value(const sources *sources, const settings_entry *entry, char text[32]) {
    const char *field = (const char *)&sources->given + entry->given_offset;
    int32_t small;
    int64_t number;
    if (entry->given_size == 0) {
        const char *value;
        memcpy(&value, field, sizeof value);
        return value;
    }
    if (entry->given_size == sizeof small) {
        memcpy(&small, field, sizeof small);
        number = small;
    } else {
        memcpy(&number, field, sizeof number);
    }
    return number != 0 ? given_number(entry, number, text) : NULL;
}

static berth_status read_given(sources *sources) {
    berth_status status = BERTH_OK;
    for (size_t i = 0; status == BERTH_OK && i < SETTINGS_COUNT; i++) {
        char text[32];
        const settings_entry *entry = &settings_table[i];
        const settings_place place = {.source = SETTINGS_FROM_STRUCT, .name = entry->given_name};
        const char *value = given_value(sources, entry, text);
        if (value != NULL)
            status = settings_apply(sources->settings, entry, &place, value, sources->error);
    }
    sources->settings->on_event = sources->given.on_event;
    sources->settings->event_context = sources->given.event_context;
    return status;
}

/* What no single setting can tell. */
static berth_status check_together(const settings *settings, berth_error *error) {
    if (settings->min_idle <= settings->pool_size)
        return BERTH_OK;
    return error_set(error, BERTH_CONFIG, "min_idle is %u, but must be at most pool_size, which is %u",
                     (unsigned)settings->min_idle, (unsigned)settings->pool_size);
}

berth_status settings_resolve(const char *url, const berth_settings *given, settings **resolved, berth_error *error) {
    sources sources = {.error = error};
    error_clear(error);
    *resolved = NULL;
    berth_status status = take_given(given, &sources.given, error);
    if (status != BERTH_OK)
        return status;
    sources.settings = calloc(1, sizeof *sources.settings);
    if (sources.settings == NULL)
        return error_no_memory(error, "the settings");
    status = read_defaults(&sources);
    if (status == BERTH_OK)
        status = read_file(&sources);
    if (status == BERTH_OK)
        status = read_environment(&sources);
    if (status == BERTH_OK)
        status = read_url(&sources, url);
    if (status == BERTH_OK)
        status = read_query(&sources);
    if (status == BERTH_OK)
        status = read_given(&sources);
    if (status == BERTH_OK)
        status = check_together(sources.settings, error);
    free(sources.file_url.text);
    if (status == BERTH_OK)
        *resolved = sources.settings;
    else
        settings_free(sources.settings);
    return status;
}

berth_connect_info settings_connect_info(const settings *settings, void *context) {
    const url *url = settings->url;
    return (berth_connect_info){
        .struct_size = sizeof(berth_connect_info),
        .host_count = (uint32_t)url->host_count,
        .hosts = url->hosts,
        .user = url->user,
        .password = url->password,
        .database = url->database,
        .application_name = settings->application_name,
        .tls = settings->tls,
        .option_count = (uint32_t)settings->option_count,
        .tls_ca = settings->tls_ca,
        .tls_cert = settings->tls_cert,
        .tls_key = settings->tls_key,
        .options = settings->options,
        .context = context,
    };
}

void settings_free(settings *settings) {
    if (settings == NULL)
        return;
    for (size_t i = 0; i < settings->pending_count; i++) {
        free(settings->pending[i].name);
        free(settings->pending[i].value);
    }
    for (size_t i = 0; i < settings->option_count; i++)
        free((char *)(uintptr_t)settings->options[i].value);
    free(settings->pending);
    free(settings->options);
    free(settings->file);
    free(settings->shown);
    free(settings->application_name);
    free(settings->tls_ca);
    free(settings->tls_cert);
    free(settings->tls_key);
    url_free(settings->url);
    free(settings);
}
