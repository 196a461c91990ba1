#include "core/settings_value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buffer.h"
#include "core/error.h"
#include "core/utf8.h"

static const struct {
    const char *text;
    bool on;
} switches[] = {
    {"on", true},   {"true", true},   {"yes", true}, {"1", true},
    {"off", false}, {"false", false}, {"no", false}, {"0", false},
};

static const struct {
    const char *name;
    int64_t milliseconds;
} units[] = {{"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1}};

/* Reads the digits at `*text` and moves behind them; false without any and for a number above the limit. */
static bool read_digits(const char **text, int64_t limit, int64_t *number) {
    const char *start = *text;
    for (*number = 0; **text >= '0' && **text <= '9'; (*text)++) {
        int digit = **text - '0';
        if (*number > (limit - digit) / 10)
            return false;
        *number = *number * 10 + digit;
    }
    return *text > start;
}

static bool read_integer(const char *text, int64_t *number) {
    bool negative = *text == '-';
    text += negative;
    if (!read_digits(&text, INT64_MAX, number) || *text != '\0')
        return false;
    *number = negative ? -*number : *number;
    return true;
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text);
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* Milliseconds of a unit, 0 for none that is known. */
static int64_t read_unit(const char *text, const char *name) {
    if (*text == '\0')
        return ends_with(name, "_ms") ? 1 : 1000;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcasecmp(text, units[i].name) == 0)
            return units[i].milliseconds;
    return 0;
}

/* "1.5 s": digits, perhaps a point and digits, perhaps a unit. What is no whole number of ms is refused. */
static bool read_duration(const char *text, const char *name, int64_t *milliseconds) {
    const int64_t limit = INT64_MAX / 3600000 - 1; /* Stays in range in every unit. */
    int64_t whole;
    int64_t fraction = 0;
    int64_t scale = 1;
    if (!read_digits(&text, limit, &whole))
        return false;
    if (*text == '.') {
        const char *start = ++text;
        if (!read_digits(&text, limit, &fraction) || text - start > 9)
            return false;
        for (; start < text; start++)
            scale *= 10;
    }
    text += strspn(text, " ");
    int64_t unit = read_unit(text, name);
    if (unit == 0 || fraction * unit % scale != 0)
        return false;
    *milliseconds = whole * unit + fraction * unit / scale;
    return true;
}

static bool read_switch(const char *text, int64_t *number) {
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        if (strcasecmp(text, switches[i].text) != 0)
            continue;
        *number = switches[i].on;
        return true;
    }
    return false;
}

static bool read_choice(const char *choices, const char *text, int64_t *number) {
    size_t length = strlen(text);
    *number = 0;
    for (const char *at = choices;; at += strcspn(at, "|") + 1, ++*number) {
        size_t choice = strcspn(at, "|");
        if (choice == length && memcmp(at, text, length) == 0)
            return true;
        if (at[choice] == '\0')
            return false;
    }
}

bool settings_value_fits(const settings_rule *rule, int64_t number) {
    return number >= rule->minimum && number <= rule->maximum;
}

bool settings_value_read(const settings_rule *rule, const char *text, int64_t *number) {
    *number = 0;
    if (rule->has_off && strcasecmp(text, "off") == 0) {
        *number = rule->off;
        return true;
    }
    size_t length = strlen(text);
    switch (rule->kind) {
    case BERTH_OPTION_INTEGER:
        return read_integer(text, number) && settings_value_fits(rule, *number);
    case BERTH_OPTION_MILLISECONDS:
        return read_duration(text, rule->name, number) && settings_value_fits(rule, *number);
    case BERTH_OPTION_SWITCH:
        return read_switch(text, number);
    case BERTH_OPTION_CHOICE:
        return read_choice(rule->choices, text, number);
    default:
        return settings_value_fits(rule, (int64_t)length) && utf8_valid_bytes(text, length) == length;
    }
}

static void describe_duration(buffer *allowed, int64_t milliseconds) {
    size_t i = 0;
    while (units[i].milliseconds > 1 && (milliseconds == 0 || milliseconds % units[i].milliseconds != 0))
        i++;
    buffer_format(allowed, "%" PRId64 " %s", milliseconds / units[i].milliseconds, units[i].name);
}

static void describe_choices(buffer *allowed, const char *choices) {
    buffer_text(allowed, strchr(choices, '|') != NULL ? "one of " : "");
    for (; *choices != '\0'; choices++) {
        if (*choices == '|')
            buffer_text(allowed, ", ");
        else
            buffer_char(allowed, *choices);
    }
}

static void describe_allowed(buffer *allowed, const settings_rule *rule) {
    switch (rule->kind) {
    case BERTH_OPTION_INTEGER:
        buffer_format(allowed, "a whole number from %" PRId64 " to %" PRId64, rule->minimum, rule->maximum);
        break;
    case BERTH_OPTION_MILLISECONDS:
        buffer_text(allowed, "a duration from ");
        describe_duration(allowed, rule->minimum);
        buffer_text(allowed, " to ");
        describe_duration(allowed, rule->maximum);
        buffer_format(allowed, ", such as 500ms, 30s, 10min or 1h (a bare number is in %s)",
                      ends_with(rule->name, "_ms") ? "ms" : "s");
        break;
    case BERTH_OPTION_SWITCH:
        buffer_text(allowed, "on or off");
        break;
    case BERTH_OPTION_CHOICE:
        describe_choices(allowed, rule->choices);
        break;
    default:
        buffer_format(allowed, "UTF-8 text of %" PRId64 " to %" PRId64 " bytes", rule->minimum, rule->maximum);
    }
    if (rule->has_off)
        buffer_text(allowed, ", or off");
}

berth_status settings_value_refuse(const settings_rule *rule, const char *where, const char *text, berth_error *error) {
    char shown[UTF8_SHOWN_BYTES];
    buffer allowed = {0};
    describe_allowed(&allowed, rule);
    char *must = buffer_take(&allowed);
    if (must == NULL)
        return error_no_memory(error, "a message");
    if (rule->kind == BERTH_OPTION_SECRET)
        error_set(error, BERTH_CONFIG, "%s must be %s", where, must);
    else
        error_set(error, BERTH_CONFIG, "%s is \"%s\", but must be %s", where, utf8_show(text, strlen(text), shown),
                  must);
    free(must);
    return BERTH_CONFIG;
}
