#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/error.h"
#include "core/settings_table.h"
#include "core/utf8.h"

enum { NAME_BYTES = 40, NEAR = 2 };

typedef struct binding {
    settings *settings;
    const berth_driver *driver;
    berth_error *error;
} binding;

static size_t count_options(const berth_driver *driver) {
    size_t count = 0;
    while (driver->options != NULL && driver->options[count].name != NULL)
        count++;
    return count;
}

static const berth_driver_option *find_option(const berth_driver *driver, const char *name) {
    for (size_t i = 0; i < count_options(driver); i++)
        if (strcmp(driver->options[i].name, name) == 0)
            return &driver->options[i];
    return NULL;
}

/* How many letters must be put in, taken out or changed to make `b` of `a` (Levenshtein); many for long names. */
static size_t measure_distance(const char *a, const char *b) {
    size_t row[NAME_BYTES + 1];
    size_t length = strlen(b);
    if (length > NAME_BYTES || strlen(a) > NAME_BYTES)
        return SIZE_MAX;
    for (size_t i = 0; i <= length; i++)
        row[i] = i;
    for (size_t i = 1; *a != '\0'; a++, i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t least = diagonal + (*a != b[j - 1]);
            least = row[j] + 1 < least ? row[j] + 1 : least;
            least = row[j - 1] + 1 < least ? row[j - 1] + 1 : least;
            diagonal = row[j];
            row[j] = least;
        }
    }
    return row[length];
}

/* The name that may have been meant, or NULL. */
static const char *find_near(const berth_driver *driver, const char *name) {
    const char *nearest = NULL;
    size_t least = NEAR + 1;
    size_t option_count = count_options(driver);
    for (size_t i = 0; i < SETTINGS_COUNT + option_count; i++) {
        const char *known = i < SETTINGS_COUNT ? settings_table[i].rule.name : driver->options[i - SETTINGS_COUNT].name;
        size_t distance = measure_distance(name, known);
        if (distance >= least || distance >= strlen(known))
            continue;
        least = distance;
        nearest = known;
    }
    return nearest;
}

static berth_status refuse_unknown(const binding *binding, const settings_place *place) {
    char where[SETTINGS_PLACE_BYTES];
    const char *near = find_near(binding->driver, place->name);
    size_t option_count = count_options(binding->driver);
    buffer known = {0};
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        buffer_format(&known, "%s%s", i > 0 ? ", " : "", settings_table[i].rule.name);
    for (size_t i = 0; i < option_count; i++)
        buffer_format(&known, "%s%s", i > 0 ? ", " : "; the driver's are ", binding->driver->options[i].name);
    char *list = buffer_take(&known);
    if (list == NULL)
        return error_no_memory(binding->error, "a message");
    error_set(binding->error, BERTH_CONFIG, "%s is not known to Berth or the driver %s%s%s%s; the settings are %s",
              settings_describe(place, where), binding->driver->name, near != NULL ? "; did you mean " : "",
              near != NULL ? near : "", near != NULL ? "?" : "", list);
    free(list);
    return BERTH_CONFIG;
}

static settings_rule rule_of(const berth_driver_option *option) {
    bool is_text = option->kind == BERTH_OPTION_TEXT || option->kind == BERTH_OPTION_SECRET;
    return (settings_rule){
        .name = option->name,
        .kind = option->kind,
        .minimum = is_text ? 0 : option->minimum,
        .maximum = is_text ? UINT16_MAX : option->maximum,
        .choices = option->choices,
    };
}

/* Numbers, durations and switches are handed over in one form only. */
static char *normalise(const berth_driver_option *option, const char *value, int64_t number) {
    char text[32];
    if (option->kind == BERTH_OPTION_SWITCH)
        return strdup(number != 0 ? "on" : "off");
    if (option->kind != BERTH_OPTION_INTEGER && option->kind != BERTH_OPTION_MILLISECONDS)
        return strdup(value);
    snprintf(text, sizeof text, "%" PRId64, number);
    return strdup(text);
}

static berth_status set_option(const binding *binding, const berth_driver_option *option, const settings_place *place,
                               const char *value) {
    settings *settings = binding->settings;
    const settings_rule rule = rule_of(option);
    char where[SETTINGS_PLACE_BYTES];
    int64_t number;
    if (!settings_value_read(&rule, value, &number))
        return settings_value_refuse(&rule, settings_describe(place, where), value, binding->error);
    char *copy = normalise(option, value, number);
    if (copy == NULL)
        return error_no_memory(binding->error, "the settings");
    size_t i = 0;
    while (i < settings->option_count && strcmp(settings->options[i].name, option->name) != 0)
        i++;
    if (i == settings->option_count)
        settings->option_count++;
    else
        free((char *)(uintptr_t)settings->options[i].value);
    settings->options[i] = (berth_option){option->name, copy};
    return BERTH_OK;
}

static berth_status apply_option(const binding *binding, const berth_driver_option *option, const settings_place *place,
                                 const char *value) {
    if (option->alias_of == NULL)
        return set_option(binding, option, place, value);
    const settings_entry *entry = settings_find(option->alias_of);
    if (entry == NULL)
        return error_set(binding->error, BERTH_DRIVER,
                         "the driver %s: its option %s stands for %s, which is no setting", binding->driver->name,
                         option->name, option->alias_of);
    return settings_apply(binding->settings, entry, place, value, binding->error);
}

static berth_status apply_pending(const binding *binding, settings_source source) {
    berth_status status = BERTH_OK;
    for (size_t i = 0; status == BERTH_OK && i < binding->settings->pending_count; i++) {
        const settings_pending *pending = &binding->settings->pending[i];
        const settings_place place = {source, pending->line, binding->settings->file, pending->name};
        if (pending->source != source)
            continue;
        const berth_driver_option *option = find_option(binding->driver, pending->name);
        status =
            option != NULL ? apply_option(binding, option, &place, pending->value) : refuse_unknown(binding, &place);
    }
    return status;
}

static berth_status apply_environment(const binding *binding) {
    berth_status status = BERTH_OK;
    size_t count = count_options(binding->driver);
    for (size_t i = 0; status == BERTH_OK && i < count; i++) {
        const berth_driver_option *option = &binding->driver->options[i];
        const settings_place place = {.source = SETTINGS_FROM_ENVIRONMENT, .name = option->name};
        const char *value = settings_find(option->name) == NULL ? settings_environment_value(option->name) : NULL;
        if (value != NULL)
            status = apply_option(binding, option, &place, value);
    }
    return status;
}

static berth_status check_server(const binding *binding) {
    const url *url = binding->settings->url;
    const char *scheme = url->scheme;
    char shown[UTF8_SHOWN_BYTES];
    if ((binding->driver->capabilities & BERTH_CAP_NETWORK) != 0)
        return BERTH_OK;
    if (url->user != NULL)
        return error_set(binding->error, BERTH_CONFIG,
                         "the URL has a user, but %s knows no users; it is written %s:///path/to/file", scheme, scheme);
    if (url->host_count == 0)
        return BERTH_OK;
    return error_set(binding->error, BERTH_CONFIG,
                     "the URL has \"%s\" in the place of a host, but %s has no hosts: three slashes stand before a "
                     "relative path (%s:///dir/file), four before an absolute one (%s:////dir/file)",
                     utf8_show(url->hosts[0].name, strlen(url->hosts[0].name), shown), scheme, scheme, scheme);
}

static berth_status check_capabilities(const binding *binding) {
    const settings *settings = binding->settings;
    uint64_t capabilities = binding->driver->capabilities;
    const char *name = binding->driver->name;
    if ((capabilities & BERTH_CAP_TLS) == 0 && settings->tls > BERTH_TLS_PREFER)
        return error_set(binding->error, BERTH_CONFIG,
                         "tls asks for encryption, which the driver %s can't give; it takes disable or prefer", name);
    if ((capabilities & BERTH_CAP_TLS) == 0 &&
        (settings->tls_ca != NULL || settings->tls_cert != NULL || settings->tls_key != NULL))
        return error_set(binding->error, BERTH_CONFIG,
                         "tls_ca, tls_cert or tls_key is set, but the driver %s knows no encryption", name);
    if ((capabilities & BERTH_CAP_FULL_RESET) == 0 && settings->full_reset)
        return error_set(binding->error, BERTH_CONFIG, "reset is \"full\", but the driver %s can only do \"state\"",
                         name);
    return BERTH_OK;
}

static berth_status show_url(const binding *binding) {
    size_t count = count_options(binding->driver);
    const char **secrets = calloc(count + 1, sizeof *secrets);
    if (secrets == NULL)
        return error_no_memory(binding->error, "the settings");
    size_t secret_count = 0;
    for (size_t i = 0; i < count; i++)
        if (binding->driver->options[i].kind == BERTH_OPTION_SECRET)
            secrets[secret_count++] = binding->driver->options[i].name;
    binding->settings->shown = url_format(binding->settings->url, true, secrets);
    free(secrets);
    return binding->settings->shown != NULL ? BERTH_OK : error_no_memory(binding->error, "the settings");
}

berth_status settings_bind_driver(settings *settings, const berth_driver *driver, berth_error *error) {
    const binding binding = {settings, driver, error};
    error_clear(error);
    settings->option_count = 0;
    settings->options = calloc(count_options(driver) + 1, sizeof *settings->options);
    if (settings->options == NULL)
        return error_no_memory(error, "the settings");
    berth_status status = check_server(&binding);
    if (status == BERTH_OK)
        status = apply_pending(&binding, SETTINGS_FROM_FILE);
    if (status == BERTH_OK)
        status = apply_environment(&binding);
    if (status == BERTH_OK)
        status = apply_pending(&binding, SETTINGS_FROM_QUERY);
    if (status == BERTH_OK)
        status = check_capabilities(&binding);
    return status == BERTH_OK ? show_url(&binding) : status;
}
