#include "core/error.h"
#undef error_set /* What the static analyzer is told of them is for others. */
#undef error_no_memory

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
    berth_status status;
    const char *name;
} names[] = {
    {BERTH_OK, "OK"},
    {BERTH_MISUSE, "MISUSE"},
    {BERTH_CONFIG, "CONFIG"},
    {BERTH_DRIVER, "DRIVER"},
    {BERTH_NOT_SUPPORTED, "NOT_SUPPORTED"},
    {BERTH_NO_MEMORY, "NO_MEMORY"},
    {BERTH_CONNECT, "CONNECT"},
    {BERTH_AUTH, "AUTH"},
    {BERTH_DATABASE_NOT_FOUND, "DATABASE_NOT_FOUND"},
    {BERTH_TOO_MANY_CONNECTIONS, "TOO_MANY_CONNECTIONS"},
    {BERTH_CONNECTION_LOST, "CONNECTION_LOST"},
    {BERTH_OUTCOME_UNKNOWN, "OUTCOME_UNKNOWN"},
    {BERTH_POOL_TIMEOUT, "POOL_TIMEOUT"},
    {BERTH_POOL_CLOSED, "POOL_CLOSED"},
    {BERTH_POOL_FULL, "POOL_FULL"},
    {BERTH_TIMEOUT, "TIMEOUT"},
    {BERTH_CANCELLED, "CANCELLED"},
    {BERTH_SYNTAX, "SYNTAX"},
    {BERTH_UNDEFINED, "UNDEFINED"},
    {BERTH_DUPLICATE_OBJECT, "DUPLICATE_OBJECT"},
    {BERTH_PERMISSION, "PERMISSION"},
    {BERTH_READ_ONLY, "READ_ONLY"},
    {BERTH_UNIQUE, "UNIQUE"},
    {BERTH_FOREIGN_KEY, "FOREIGN_KEY"},
    {BERTH_NOT_NULL, "NOT_NULL"},
    {BERTH_CHECK, "CHECK"},
    {BERTH_DATA, "DATA"},
    {BERTH_TOO_LARGE, "TOO_LARGE"},
    {BERTH_SERIALIZATION, "SERIALIZATION"},
    {BERTH_DEADLOCK, "DEADLOCK"},
    {BERTH_LOCK_TIMEOUT, "LOCK_TIMEOUT"},
    {BERTH_RESOURCE, "RESOURCE"},
    {BERTH_CORRUPT, "CORRUPT"},
    {BERTH_INTERNAL, "INTERNAL"},
};

/* The longest matching prefix counts, so whole states stand before their class. */
static const struct {
    const char *prefix;
    berth_status status;
    uint32_t flags;
} classes[] = {
    {"08007", BERTH_OUTCOME_UNKNOWN, BERTH_FLAG_OUTCOME_UNKNOWN | BERTH_FLAG_CONNECTION_LOST},
    {"08001", BERTH_CONNECT, 0},
    {"08004", BERTH_CONNECT, 0},
    {"08", BERTH_CONNECTION_LOST, BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_RETRYABLE},
    {"0A", BERTH_NOT_SUPPORTED, 0},
    {"21", BERTH_DATA, 0},
    {"22", BERTH_DATA, 0},
    {"23502", BERTH_NOT_NULL, 0},
    {"23503", BERTH_FOREIGN_KEY, 0},
    {"23001", BERTH_FOREIGN_KEY, 0},
    {"23505", BERTH_UNIQUE, 0},
    {"23514", BERTH_CHECK, 0},
    {"25006", BERTH_READ_ONLY, 0},
    {"28", BERTH_AUTH, 0},
    {"3D", BERTH_DATABASE_NOT_FOUND, 0},
    {"3B", BERTH_UNDEFINED, 0},
    {"40001", BERTH_SERIALIZATION, BERTH_FLAG_RETRYABLE},
    {"40003", BERTH_OUTCOME_UNKNOWN, BERTH_FLAG_OUTCOME_UNKNOWN},
    {"42501", BERTH_PERMISSION, 0},
    {"42S01", BERTH_DUPLICATE_OBJECT, 0},
    {"42S02", BERTH_UNDEFINED, 0},
    {"42S22", BERTH_UNDEFINED, 0},
    {"42", BERTH_SYNTAX, 0},
    {"53", BERTH_RESOURCE, 0},
    {"54", BERTH_TOO_LARGE, 0},
    {"57014", BERTH_CANCELLED, 0},
};

const char *berth_status_name(berth_status status) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].status == status)
            return names[i].name;
    return "UNKNOWN";
}

bool berth_error_is_retryable(const berth_error *error) {
    return error != NULL && (error->flags & BERTH_FLAG_RETRYABLE) != 0;
}

void error_clear(berth_error *error) {
    if (error == NULL)
        return;
    memset(error, 0, offsetof(berth_error, constraint));
    error->struct_size = sizeof *error;
    error->index = -1;
    error->constraint[0] = error->column[0] = error->message[0] = '\0';
}

/* Formats into the message; a text that is too long ends in "...", at the border of a UTF-8 character. */
static void format_message(berth_error *error, const char *format, va_list arguments) {
    int length = vsnprintf(error->message, sizeof error->message, format, arguments);
    if (length < (int)sizeof error->message)
        return;
    size_t end = sizeof error->message - sizeof "...";
    while (end > 0 && ((unsigned char)error->message[end] & 0xC0) == 0x80)
        end--;
    memcpy(error->message + end, "...", sizeof "...");
}

berth_status error_set_list(berth_error *error, berth_status status, const char *format, va_list arguments) {
    if (error == NULL)
        return status;
    error_clear(error);
    error->status = status;
    format_message(error, format, arguments);
    return status;
}

berth_status error_set(berth_error *error, berth_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error_set_list(error, status, format, arguments);
    va_end(arguments);
    return status;
}

void error_copy(berth_error *to, const berth_error *from) {
    if (to == NULL)
        return;
    if (from->status == BERTH_OK)
        error_clear(to);
    else
        *to = *from;
}

static void reformat(berth_error *error, const char *format, ...) BERTH_PRINTF(2, 3);
static void reformat(berth_error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    format_message(error, format, arguments);
    va_end(arguments);
}

berth_status error_prefix(berth_error *error, const char *format, ...) {
    if (error == NULL)
        return BERTH_INTERNAL;
    char cause[BERTH_MESSAGE_BYTES];
    char tried[BERTH_MESSAGE_BYTES];
    memcpy(cause, error->message, sizeof cause);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(tried, sizeof tried, format, arguments);
    va_end(arguments);
    reformat(error, "%s%s", tried, cause);
    return (berth_status)error->status;
}

berth_status error_no_memory(berth_error *error, const char *what) {
    return error_set(error, BERTH_NO_MEMORY, "out of memory for %s", what);
}

uint32_t error_flags_of(berth_status status) {
    switch (status) {
    case BERTH_TOO_MANY_CONNECTIONS:
    case BERTH_SERIALIZATION:
    case BERTH_DEADLOCK:
    case BERTH_LOCK_TIMEOUT:
        return BERTH_FLAG_RETRYABLE;
    case BERTH_CONNECTION_LOST:
        return BERTH_FLAG_RETRYABLE | BERTH_FLAG_CONNECTION_LOST;
    case BERTH_OUTCOME_UNKNOWN:
        return BERTH_FLAG_OUTCOME_UNKNOWN;
    default:
        return 0;
    }
}

berth_status error_of_sqlstate(const char *sqlstate, uint32_t *flags) {
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (strncmp(sqlstate, classes[i].prefix, strlen(classes[i].prefix)) != 0)
            continue;
        *flags |= classes[i].flags;
        return classes[i].status;
    }
    return BERTH_INTERNAL;
}
