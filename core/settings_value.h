/* What a setting's value may be, and reading one from text. */
#ifndef CORE_SETTINGS_VALUE_H
#define CORE_SETTINGS_VALUE_H

#include <berth/driver.h>
#include <stdbool.h>

/* The rule for one setting of the core or option of a driver. */
typedef struct settings_rule {
    const char *name;
    uint32_t kind;       /* BERTH_OPTION_ */
    int64_t minimum;     /* Of a number, of a duration in ms, of a text in bytes. */
    int64_t maximum;     /* Likewise. */
    const char *choices; /* As in berth_driver_option. */
    bool has_off;        /* Numbers and durations: "off" is allowed ... */
    int64_t off;         /* ... and means this. */
} settings_rule;

/* Reads a value: the number, the milliseconds, 0 or 1 of a switch, the index of a choice; 0 for text. False when the
 * rule does not allow it. */
bool settings_value_read(const settings_rule *rule, const char *text, int64_t *number);

/* Whether a number is in the rule's range. */
bool settings_value_fits(const settings_rule *rule, int64_t number);

/* BERTH_CONFIG: `where` is "text", but must be what the rule allows. A secret's text is not shown. */
berth_status settings_value_refuse(const settings_rule *rule, const char *where, const char *text, berth_error *error);

#endif
