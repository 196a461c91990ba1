/* What must hold. */
#include <stdio.h>
#include <string.h>

#include "target.h"

bool check_that(const char *file, int line, bool holds, const char *condition) {
    if (!holds)
        check_failed(file, line, "not so: %s", condition);
    return holds;
}

bool check_int(const char *file, int line, const char *what, int64_t found, int64_t expected) {
    if (found != expected)
        check_failed(file, line, "%s is %lld, not %lld", what, (long long)found, (long long)expected);
    return found == expected;
}

bool check_text(const char *file, int line, const char *what, const char *found, const char *expected) {
    bool holds = found != NULL && strcmp(found, expected) == 0;
    if (!holds)
        check_failed(file, line, "%s is \"%.400s\", not \"%.400s\"", what, found != NULL ? found : "(NULL)", expected);
    return holds;
}

bool check_contains(const char *file, int line, const char *what, const char *found, const char *part) {
    bool holds = found != NULL && strstr(found, part) != NULL;
    if (!holds)
        check_failed(file, line, "%s is \"%.400s\", without \"%.400s\"", what, found != NULL ? found : "(NULL)", part);
    return holds;
}

bool check_status(const char *file, int line, const char *what, berth_status found, berth_status expected) {
    if (found != expected)
        check_failed(file, line, "%s is %s, not %s", what, berth_status_name(found), berth_status_name(expected));
    return found == expected;
}

/* Whether the state is one of those in the list, which has bars between them. */
static bool is_one_of(const char *state, const char *list) {
    size_t length = strlen(state);
    for (;;) {
        size_t end = strcspn(list, "|");
        if (end == length && memcmp(list, state, length) == 0)
            return true;
        if (list[end] == '\0')
            return false;
        list += end + 1;
    }
}

static bool expect_code(const char *file, int line, const berth_error *error, const expected_code *code) {
    bool holds = true;
    if (code->sqlstate != NULL && !is_one_of(error->sqlstate, code->sqlstate)) {
        check_failed(file, line, "the SQLSTATE is \"%s\", not \"%s\": %s", error->sqlstate, code->sqlstate,
                     error->message);
        holds = false;
    }
    bool found = code->native[0] == 0;
    for (size_t i = 0; i < sizeof code->native / sizeof *code->native; i++)
        found = found || (code->native[i] != 0 && code->native[i] == error->native_code);
    if (found)
        return holds;
    check_failed(file, line, "the native code is %lld, not %lld: %s", (long long)error->native_code,
                 (long long)code->native[0], error->message);
    return false;
}

bool expect_error(const char *file, int line, const berth_error *error, const expected_error *expected) {
    bool holds = true;
    if (error->status != (int32_t)expected->status) {
        check_failed(file, line, "the error is %s, not %s (SQLSTATE \"%s\", native %lld): %s",
                     berth_status_name((berth_status)error->status), berth_status_name(expected->status),
                     error->sqlstate, (long long)error->native_code, error->message);
        return false;
    }
    if (error->flags != expected->flags) {
        check_failed(file, line, "the flags of %s are %u, not %u: %s", berth_status_name(expected->status),
                     (unsigned)error->flags, (unsigned)expected->flags, error->message);
        holds = false;
    }
    if (error->message[0] == '\0') {
        check_failed(file, line, "%s has no message", berth_status_name(expected->status));
        holds = false;
    }
    return expect_code(file, line, error, &expected->codes[target_product()]) && holds;
}

/* Rolls back and runs a query. False when that fails. */
static bool serves_on(const char *file, int line, berth_session *session) {
    berth_error error;
    if (berth_session_rollback(session, &error) == BERTH_OK) {
        berth_result *rows = berth_query(session, "SELECT 1", NULL);
        if (berth_next(rows))
            check_int(file, line, "SELECT 1", berth_get_int64(rows, 0), 1);
        berth_result_close(rows);
    }
    if (berth_session_status(session) == BERTH_OK)
        return true;
    check_failed(file, line, "the session does not serve on: %s", berth_session_error(session)->message);
    return false;
}

bool expect_usable(const char *file, int line, berth_session *session) {
    unsigned before = events_seen(BERTH_EVENT_CHECKOUT);
    uint32_t flags = berth_session_error(session)->flags;
    if (flags & BERTH_FLAG_CONNECTION_LOST)
        check_failed(file, line, "the connection is said to be lost: %s", berth_session_error(session)->message);
    if (!serves_on(file, line, session))
        return false;
    if (events_seen(BERTH_EVENT_CHECKOUT) != before) {
        check_failed(file, line, "the session needed another connection");
        return false;
    }
    return (flags & BERTH_FLAG_CONNECTION_LOST) == 0;
}

bool expect_replaced(const char *file, int line, berth_session *session) {
    unsigned before = events_seen(BERTH_EVENT_CHECKOUT);
    uint32_t flags = berth_session_error(session)->flags;
    if ((flags & BERTH_FLAG_CONNECTION_LOST) == 0)
        check_failed(file, line, "the connection is not said to be lost: %s", berth_session_error(session)->message);
    if (!serves_on(file, line, session))
        return false;
    if (events_seen(BERTH_EVENT_CHECKOUT) != before + 1) {
        check_failed(file, line, "the session went on with the same connection");
        return false;
    }
    return (flags & BERTH_FLAG_CONNECTION_LOST) != 0;
}

bool expect_not_supported(const char *file, int line, berth_session *session) {
    static const expected_error refused = {.status = BERTH_NOT_SUPPORTED};
    return expect_error(file, line, berth_session_error(session), &refused);
}
