/* From SQLSTATEs and libpq's words to the error contract. */
#include <stdio.h>
#include <string.h>

#include "postgresql.h"

/* The first prefix that fits counts. */
static const struct {
    const char *prefix;
    int32_t status;
    uint32_t flags;
} states[] = {
    {"08P01", BERTH_MISUSE, 0}, /* Values and placeholders don't match. When the connection is gone, drain() sees it. */
    {"08", BERTH_CONNECTION_LOST, BERTH_FLAG_CONNECTION_LOST},
    {"0A", BERTH_NOT_SUPPORTED, 0},
    {"22", BERTH_DATA, 0},
    {"23502", BERTH_NOT_NULL, 0},
    {"23503", BERTH_FOREIGN_KEY, 0},
    {"23001", BERTH_FOREIGN_KEY, 0},
    {"23505", BERTH_UNIQUE, 0},
    {"23514", BERTH_CHECK, 0},
    {"23P01", BERTH_UNIQUE, 0}, /* An exclusion constraint. */
    {"25006", BERTH_READ_ONLY, 0},
    {"25P01", BERTH_MISUSE, 0},
    {"25P03", BERTH_CONNECTION_LOST, BERTH_FLAG_CONNECTION_LOST},
    {"28", BERTH_AUTH, 0},
    {"3B", BERTH_UNDEFINED, 0},
    {"3D000", BERTH_DATABASE_NOT_FOUND, 0},
    {"3F000", BERTH_UNDEFINED, 0},
    {"40001", BERTH_SERIALIZATION, BERTH_FLAG_RETRYABLE},
    {"40P01", BERTH_DEADLOCK, BERTH_FLAG_RETRYABLE},
    {"40003", BERTH_OUTCOME_UNKNOWN, BERTH_FLAG_OUTCOME_UNKNOWN},
    {"42501", BERTH_PERMISSION, 0},
    {"42P01", BERTH_UNDEFINED, 0},
    {"42P02", BERTH_UNDEFINED, 0},
    {"42703", BERTH_UNDEFINED, 0},
    {"42704", BERTH_UNDEFINED, 0},
    {"42883", BERTH_UNDEFINED, 0},
    {"42P04", BERTH_DUPLICATE_OBJECT, 0},
    {"42P06", BERTH_DUPLICATE_OBJECT, 0},
    {"42P07", BERTH_DUPLICATE_OBJECT, 0},
    {"42701", BERTH_DUPLICATE_OBJECT, 0},
    {"42710", BERTH_DUPLICATE_OBJECT, 0},
    {"42723", BERTH_DUPLICATE_OBJECT, 0},
    {"42804", BERTH_DATA, 0},
    {"42846", BERTH_DATA, 0},
    {"42", BERTH_SYNTAX, 0},
    {"44000", BERTH_CHECK, 0},
    {"53300", BERTH_TOO_MANY_CONNECTIONS, BERTH_FLAG_RETRYABLE},
    {"53", BERTH_RESOURCE, 0},
    {"54", BERTH_TOO_LARGE, 0},
    {"55P03", BERTH_LOCK_TIMEOUT, BERTH_FLAG_RETRYABLE},
    {"57014", BERTH_CANCELLED, 0},
    {"57P0", BERTH_CONNECTION_LOST, BERTH_FLAG_CONNECTION_LOST},
    {"58", BERTH_RESOURCE, 0},
    {"XX001", BERTH_CORRUPT, 0},
    {"XX002", BERTH_CORRUPT, 0},
};

int32_t postgresql_classify(int64_t native_code, const char *sqlstate, uint32_t *flags) {
    (void)native_code;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (strncmp(sqlstate, states[i].prefix, strlen(states[i].prefix)) != 0)
            continue;
        *flags |= states[i].flags;
        return states[i].status;
    }
    return BERTH_INTERNAL;
}

int32_t postgresql_fail_memory(const char *what, berth_error *error) {
    return postgresql_services->fail(error, BERTH_NO_MEMORY, "out of memory for %s", what);
}

void postgresql_set_sqlstate(berth_error *error, const char *sqlstate) {
    snprintf(error->sqlstate, sizeof error->sqlstate, "%s", sqlstate);
}

/* Lines that continue one begin with a tab; "LOCATION:" is where in the server's source it was said. */
void postgresql_one_line(const char *message, char *line, size_t size) {
    static const char location[] = "LOCATION:";
    size_t length = 0;
    line[0] = '\0';
    for (const char *at = message; *at != '\0';) {
        size_t bytes = strcspn(at, "\n");
        size_t blank = strspn(at, "\t ");
        if (blank < bytes && strncmp(at, location, sizeof location - 1) != 0) {
            int added = snprintf(line + length, size - length, "%s%.*s", length > 0 ? "; " : "", (int)(bytes - blank),
                                 at + blank);
            length = length + (size_t)added < size ? length + (size_t)added : size - 1;
        }
        at += bytes + (at[bytes] == '\n');
    }
    while (length > 0 && ((unsigned char)line[length - 1] & 0x80) != 0 && length == size - 1)
        line[--length] = '\0';
}

static const char *field(const PGresult *result, int code) {
    const char *text = PQresultErrorField(result, code);
    return text != NULL ? text : "";
}

/* Both come with the same SQLSTATE. */
static int32_t judge_cancelled(const char *message, bool expired) {
    return expired || strstr(message, "statement timeout") != NULL ? BERTH_TIMEOUT : BERTH_CANCELLED;
}

int32_t postgresql_fail(berth_driver_connection *connection, const PGresult *result, berth_error *error) {
    bool expired = connection->patience.is_expired;
    const char *sqlstate = field(result, PG_DIAG_SQLSTATE);
    const char *message = field(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = field(result, PG_DIAG_MESSAGE_DETAIL);
    const char *hint = field(result, PG_DIAG_MESSAGE_HINT);
    char line[BERTH_MESSAGE_BYTES];
    uint32_t flags = 0;
    if (sqlstate[0] == '\0' && PQstatus(connection->handle) != CONNECTION_OK)
        return postgresql_fail_lost(connection, error);
    if (sqlstate[0] == '\0') {
        postgresql_one_line(PQresultErrorMessage(result), line, sizeof line);
        return postgresql_services->fail(error, BERTH_INTERNAL, "libpq: %s", line);
    }
    int32_t status = postgresql_classify(0, sqlstate, &flags);
    if (status == BERTH_CANCELLED)
        status = judge_cancelled(message, expired);
    postgresql_services->fail(error, status, "%s%s%s%s%s%s", expired ? "the deadline passed: " : "", message,
                              detail[0] != '\0' ? ": " : "", detail, hint[0] != '\0' ? "; hint: " : "", hint);
    error->flags |= flags;
    postgresql_set_sqlstate(error, sqlstate);
    snprintf(error->constraint, sizeof error->constraint, "%s", field(result, PG_DIAG_CONSTRAINT_NAME));
    snprintf(error->column, sizeof error->column, "%s", field(result, PG_DIAG_COLUMN_NAME));
    return status;
}

int32_t postgresql_make_retryable(berth_error *error) {
    error->status = BERTH_SERIALIZATION;
    error->flags |= BERTH_FLAG_RETRYABLE;
    return error->status;
}

/* A server that ends an idle connection, or stops at once, says why in a notice only. */
int32_t postgresql_fail_lost(berth_driver_connection *connection, berth_error *error) {
    char line[BERTH_MESSAGE_BYTES];
    connection->is_broken = true;
    postgresql_one_line(PQerrorMessage(connection->handle), line, sizeof line);
    postgresql_services->fail(error, BERTH_CONNECTION_LOST, "the connection was lost%s%s", line[0] != '\0' ? ": " : "",
                              line);
    error->flags |= BERTH_FLAG_CONNECTION_LOST;
    uint32_t flags = 0;
    postgresql_classify(0, connection->notice_state, &flags);
    if ((flags & BERTH_FLAG_CONNECTION_LOST) != 0)
        postgresql_set_sqlstate(error, connection->notice_state);
    return BERTH_CONNECTION_LOST;
}

int32_t postgresql_fail_expired(berth_error *error) {
    postgresql_services->fail(error, BERTH_TIMEOUT,
                              "the deadline passed, and the server did not answer to a cancel: "
                              "the connection is given up");
    error->flags |= BERTH_FLAG_CONNECTION_LOST;
    return BERTH_TIMEOUT;
}

/* libpq keeps the SQLSTATE of a failed connect in its text only: "FATAL:  28P01: password authentication failed". */
static bool find_sqlstate(const char *message, char sqlstate[POSTGRESQL_SQLSTATE_BYTES]) {
    static const char characters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const size_t length = POSTGRESQL_SQLSTATE_BYTES - 1;
    for (const char *at = strstr(message, ":  "); at != NULL; at = strstr(at + 1, ":  ")) {
        const char *code = at + 3;
        if (strspn(code, characters) != length || strncmp(code + length, ": ", 2) != 0)
            continue;
        memcpy(sqlstate, code, length);
        sqlstate[length] = '\0';
        return true;
    }
    return false;
}

/* PgBouncer refuses with 08P01 whatever the reason is; its texts are never translated. */
static int32_t judge_pooler(const char *message, uint32_t *flags) {
    static const struct {
        const char *part;
        int32_t status;
        uint32_t flags;
    } reasons[] = {
        {"authentication failed", BERTH_AUTH, 0},
        {"no such user", BERTH_AUTH, 0},
        {"does not exist", BERTH_DATABASE_NOT_FOUND, 0},
        {"no such database", BERTH_DATABASE_NOT_FOUND, 0},
        {"no more connections allowed", BERTH_TOO_MANY_CONNECTIONS, BERTH_FLAG_RETRYABLE},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (strstr(message, reasons[i].part) == NULL)
            continue;
        *flags = reasons[i].flags;
        return reasons[i].status;
    }
    return BERTH_CONNECT;
}

/* 57P03 is a server that starts or stops; the contract knows that as one that can't be reached. */
static int32_t judge_connect(PGconn *handle, const char *sqlstate, uint32_t *flags) {
    if (sqlstate[0] == '\0')
        return PQconnectionNeedsPassword(handle) ? BERTH_AUTH : BERTH_CONNECT;
    if (strcmp(sqlstate, "08P01") == 0)
        return judge_pooler(PQerrorMessage(handle), flags);
    int32_t status = postgresql_classify(0, sqlstate, flags);
    *flags &= BERTH_FLAG_RETRYABLE;
    bool is_told = status == BERTH_AUTH || status == BERTH_DATABASE_NOT_FOUND || status == BERTH_TOO_MANY_CONNECTIONS ||
                   status == BERTH_PERMISSION;
    return is_told ? status : BERTH_CONNECT;
}

int32_t postgresql_fail_connect(PGconn *handle, berth_error *error) {
    char line[BERTH_MESSAGE_BYTES];
    char sqlstate[POSTGRESQL_SQLSTATE_BYTES] = "";
    uint32_t flags = 0;
    const char *message = PQerrorMessage(handle);
    find_sqlstate(message, sqlstate);
    int32_t status = judge_connect(handle, sqlstate, &flags);
    postgresql_one_line(message, line, sizeof line);
    postgresql_services->fail(error, status, "%s", line[0] != '\0' ? line : "libpq gave no reason");
    error->flags |= flags;
    postgresql_set_sqlstate(error, sqlstate);
    return status;
}
