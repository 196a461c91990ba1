/* What the groups of checks share.
 *
 * A check is a function that says what holds of a driver, with the macros below. It runs in a process of its own with
 * nothing open: a crash, an endless wait or a leaked lock of one check harms no other. When it returns, the helpers
 * drop its tables and close its engines, and a session that it left open is a failure.
 *
 * The helpers ask for what a check needs to go on; where they fail, the check ends there. The CHECK macros note a
 * failure and go on, and may be used from any thread; REQUIRE and the helpers only from the check's own.
 */
#ifndef TESTS_CONFORMANCE_CONFORMANCE_H
#define TESTS_CONFORMANCE_CONFORMANCE_H

#include <berth.h>
#include <berth/driver.h>

/* ---- Checks. ---- */

/* One check. `number` and `name` are those of the list in docs/conformance.md; a number may have several names. */
typedef struct check {
    int number;
    const char *name;
    uint64_t capability;      /* Bits that must all be declared for `run`; 0: always. */
    void (*run)(void);        /* What must hold. */
    void (*undeclared)(void); /* What must hold where a bit is not declared; required where `capability` is not 0. */
} check;

/* A group: a letter, what it is about, and its checks up to one without a name. */
typedef struct check_group {
    char letter;
    const char *title;
    const check *checks;
} check_group;

/* All groups, up to one without a title: see groups.c, where each group has one line. */
extern const check_group check_groups[];

/* ---- What is checked. ---- */

/* A server whose codes are known; each table of expected codes has a column for it. */
typedef enum product {
    PRODUCT_OTHER = 0, /* Only categories count. */
    PRODUCT_SQLITE,
    PRODUCT_POSTGRESQL,
    PRODUCT_MARIADB,
    PRODUCT_MYSQL,
    PRODUCT_COUNT
} product;

/* The product of the URL; asks the server where the driver serves several. */
product target_product(void);
bool target_is(product wanted);
/* MariaDB or MySQL. */
bool target_is_mysql_like(void);
/* The driver's data; its slots are not to be called. */
const berth_driver *target_driver(void);
bool target_has(uint64_t capabilities);
/* Whether another program, such as PgBouncer, hands its connections from one client to the next. */
bool target_is_pooled(void);
/* The URL as it was given, its password too: never to be shown. */
const char *target_url(void);
/* Whether two sessions see the same database at a time: not so for SQLite in memory. */
bool target_takes_two_sessions(void);

/* The parts of a URL that url_with() replaces. */
typedef enum url_part { URL_USER, URL_PASSWORD, URL_HOST, URL_PORT, URL_DATABASE } url_part;

/* The URL with one part replaced, percent-encoded by the caller; NULL takes the part out. Lives until the check ends.
 */
const char *url_with(const char *url, url_part part, const char *encoded);
/* The URL with `name=value` in its query, in place of a setting of that name. */
const char *url_with_query(const char *url, const char *name, const char *encoded);
/* A part as it stands in the URL, "" where it has none. */
const char *url_part_of(const char *url, url_part part);

/* ---- Engines and sessions: closed at the end of the check. ---- */

/* The engine of the URL as it was given. */
berth_engine *engine_main(void);
/* Another engine. Fails the check where it can't be opened; it connects to nothing yet. */
berth_engine *engine_make(const char *url, const berth_settings *settings);
/* Wants the URL or its settings to be refused as BERTH_CONFIG, with `part` in the message, before anything connects. */
void engine_refused(const char *url, const char *part);
/* Closes an engine of engine_make() before the check ends, and wants that to succeed. */
void engine_end(berth_engine *engine);
/* As the events of all engines of this check come: how many there were of a kind. */
unsigned events_seen(berth_event_kind kind);

/* A session of the main engine, where `options` are NULL in a transaction if the driver has them; ended by the check,
 * with session_end_ok() or by Berth's functions. */
berth_session *session_open(const berth_session_options *options);
berth_session *session_open_on(berth_engine *engine, const berth_session_options *options);
/* Ends a session and wants everything committed. */
void session_end_ok(berth_session *session);
/* Rolls back what failed; the session goes on. */
void session_recover(berth_session *session);

/* ---- SQL. ---- */

/* Text that lives until the check ends. */
const char *text_format(const char *format, ...) BERTH_PRINTF(1, 2);
/* A piece of text many times over. */
const char *text_repeat(const char *piece, size_t count);

/* SQL for this database: {int64}, {double}, {text}, {bool}, {blob}, {decimal}, {date}, {time}, {timestamp},
 * {timestamptz}, {uuid}, {json} become the dialect's types, {key} a text that may be a key (100 characters), {identity}
 * a key that counts up. */
const char *sql_expand(const char *sql);
/* Whether the dialect has a type for DDL. */
bool sql_has_type(berth_type type);
/* not_applicable() where the driver declares nothing that needs tables and refuses to make one: such a database, as the
 * template's, understands little SQL. */
void need_tables(void);
/* A name for a table that nobody else uses; it is dropped after the check. Needs tables. */
const char *table_name(void);
/* Makes such a table: table_make("id {int64} PRIMARY KEY, note {text}"). */
const char *table_make(const char *columns);
/* SQL to be run after the check, the last first; failures are left alone. */
void sql_at_end(const char *sql);
/* A query that runs for half a minute unless something ends it. */
const char *sql_slow(void);
/* The name in the dialect's quotes. */
const char *name_quote(const char *name);

/* Runs a statement that must succeed. */
void exec_ok(berth_session *session, const char *sql, const berth_params *params);
/* The same in an autocommit session of its own, on the main engine. */
void exec_alone(const char *sql, const berth_params *params);
/* The only value of the only row that a query must return; also in a session of its own. */
int64_t query_int64(berth_session *session, const char *sql, const berth_params *params);
const char *query_text(berth_session *session, const char *sql, const berth_params *params);
int64_t query_int64_alone(const char *sql);
const char *query_text_alone(const char *sql);
/* Rows of a table, as a session of its own sees them. */
int64_t count_rows(const char *table);

/* ---- Other sessions, as the server sees them. ---- */

/* The server's number for the session's connection. */
int64_t backend_id(berth_session *session);
/* Ends the backend from another session, and waits until the server no longer lists it. */
void backend_kill(int64_t id);
/* Waits until the server no longer lists it. */
void backend_wait_for_end(int64_t id);
/* Waits until the server says that the backend waits for a lock. */
void backend_wait_for_lock(int64_t id);

/* ---- What must hold. ---- */

/* Which code a product has for an error: the SQLSTATE and any of up to three native codes. NULL and 0: not looked at.
 */
typedef struct expected_code {
    const char *sqlstate;
    int64_t native[3];
} expected_code;

/* An error: category and flags count for every product. */
typedef struct expected_error {
    berth_status status;
    uint32_t flags;
    expected_code codes[PRODUCT_COUNT];
} expected_error;

/* The session has failed so, or the error says so. */
#define EXPECT_SESSION_ERROR(session, expected) expect_error(__FILE__, __LINE__, berth_session_error(session), expected)
#define EXPECT_ERROR(error, expected) expect_error(__FILE__, __LINE__, error, expected)
/* The session failed after it had run something, and serves on after a rollback, on the connection that it had. */
#define EXPECT_USABLE(session) expect_usable(__FILE__, __LINE__, session)
/* The session's connection is gone: after a rollback it serves on with another. */
#define EXPECT_REPLACED(session) expect_replaced(__FILE__, __LINE__, session)
/* The session failed with BERTH_NOT_SUPPORTED, and serves on where that was not at its opening. */
#define EXPECT_NOT_SUPPORTED(session) expect_not_supported(__FILE__, __LINE__, session)

bool expect_error(const char *file, int line, const berth_error *error, const expected_error *expected);
bool expect_usable(const char *file, int line, berth_session *session);
bool expect_replaced(const char *file, int line, berth_session *session);
bool expect_not_supported(const char *file, int line, berth_session *session);

/* Each returns whether it holds. */
#define CHECK(condition) check_that(__FILE__, __LINE__, (condition), #condition)
#define CHECK_INT(found, expected) check_int(__FILE__, __LINE__, #found, (found), (expected))
#define CHECK_TEXT(found, expected) check_text(__FILE__, __LINE__, #found, (found), (expected))
#define CHECK_CONTAINS(found, part) check_contains(__FILE__, __LINE__, #found, (found), (part))
#define CHECK_STATUS(found, expected) check_status(__FILE__, __LINE__, #found, (found), (expected))
/* Ends the check where it does not hold. */
#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            check_failed(__FILE__, __LINE__, "not so: %s", #condition);                                                \
            check_end();                                                                                               \
        }                                                                                                              \
    } while (0)
/* Notes a failure in words. */
#define FAIL(...) check_failed(__FILE__, __LINE__, __VA_ARGS__)

bool check_that(const char *file, int line, bool holds, const char *condition);
bool check_int(const char *file, int line, const char *what, int64_t found, int64_t expected);
bool check_text(const char *file, int line, const char *what, const char *found, const char *expected);
bool check_contains(const char *file, int line, const char *what, const char *found, const char *part);
bool check_status(const char *file, int line, const char *what, berth_status found, berth_status expected);
void check_failed(const char *file, int line, const char *format, ...) BERTH_PRINTF(3, 4);
/* Whether this check has noted a failure so far. */
bool check_has_failed(void);
/* A fact for the report that is neither right nor wrong. */
void check_note(const char *format, ...) BERTH_PRINTF(1, 2);

/* These end the check. */
_Noreturn void check_end(void);
/* The check can't be for this database: say why. */
_Noreturn void not_applicable(const char *format, ...) BERTH_PRINTF(1, 2);
/* The check can't run as things are: say what it needs. This is an error of the run, never skipped in silence. */
_Noreturn void needs(const char *format, ...) BERTH_PRINTF(1, 2);
/* not_applicable() unless target_takes_two_sessions(). */
void need_two_sessions(void);

#endif
