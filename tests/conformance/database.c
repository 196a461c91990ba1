/* SQL in the database's own words: types, tables, values, other sessions. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "target.h"

#define MAX_ENDINGS 128
#define WAIT_MS 10000
#define PAUSE_MS 150 /* MySQL's list of locks is looked up anew only when nobody has asked for a tenth of a second. */

static const char *endings[MAX_ENDINGS];
static size_t ending_count;
static size_t table_count;

/* ---- Types and names. ---- */

static const struct {
    const char *word;
    berth_type type;
} type_words[] = {
    {"int64", BERTH_TYPE_INT64},         {"double", BERTH_TYPE_DOUBLE},
    {"text", BERTH_TYPE_TEXT},           {"bool", BERTH_TYPE_BOOL},
    {"blob", BERTH_TYPE_BLOB},           {"decimal", BERTH_TYPE_DECIMAL},
    {"date", BERTH_TYPE_DATE},           {"time", BERTH_TYPE_TIME},
    {"timestamp", BERTH_TYPE_TIMESTAMP}, {"timestamptz", BERTH_TYPE_TIMESTAMPTZ},
    {"uuid", BERTH_TYPE_UUID},           {"json", BERTH_TYPE_JSON},
};

bool sql_has_type(berth_type type) {
    return target_driver()->dialect->types[type] != NULL;
}

/* What a word in braces stands for; NULL for a word that is none. */
static const char *find_word(const char *word, size_t length) {
    const berth_dialect *dialect = target_driver()->dialect;
    if (length == 3 && memcmp(word, "key", 3) == 0)
        return dialect->sized_text != NULL ? text_format("%s(100)", dialect->sized_text)
                                           : dialect->types[BERTH_TYPE_TEXT];
    if (length == 8 && memcmp(word, "identity", 8) == 0)
        return dialect->identity;
    for (size_t i = 0; i < sizeof type_words / sizeof *type_words; i++)
        if (strlen(type_words[i].word) == length && memcmp(type_words[i].word, word, length) == 0)
            return dialect->types[type_words[i].type];
    return NULL;
}

const char *sql_expand(const char *sql) {
    const char *made = "";
    const char *open;
    while ((open = strchr(sql, '{')) != NULL) {
        size_t length = strcspn(open + 1, "}");
        const char *found = find_word(open + 1, length);
        if (found == NULL)
            not_applicable("the dialect has no {%.*s}", (int)length, open + 1);
        made = text_format("%s%.*s%s", made, (int)(open - sql), sql, found);
        sql = open + 1 + length + 1;
    }
    return text_format("%s%s", made, sql);
}

/* A database may have no tables at all, as that of the template. Who declares what can't be without them has them. */
void need_tables(void) {
    const uint64_t needed = BERTH_CAP_TRANSACTIONS | BERTH_CAP_AFFECTED_ROWS | BERTH_CAP_METADATA;
    if ((target_driver()->capabilities & needed) != 0)
        return;
    berth_session *session = session_open(NULL);
    berth_status status = berth_exec(session, sql_expand("CREATE TABLE berth_check_probe (id {int64})"), NULL);
    if (status == BERTH_OK)
        berth_exec(session, "DROP TABLE berth_check_probe", NULL);
    berth_session_close(session);
    if (status == BERTH_SYNTAX || status == BERTH_NOT_SUPPORTED)
        not_applicable("the driver declares nothing that needs tables, and makes none");
}

const char *table_name(void) {
    need_tables();
    const char *name = text_format("berth_check_%ld_%zu", (long)getpid(), ++table_count);
    sql_at_end(text_format("DROP TABLE IF EXISTS %s", name));
    return name;
}

const char *table_make(const char *columns) {
    const char *name = table_name();
    const char *suffix = target_driver()->dialect->table_suffix;
    exec_alone(text_format("CREATE TABLE %s (%s)%s%s", name, sql_expand(columns), suffix != NULL ? " " : "",
                           suffix != NULL ? suffix : ""),
               NULL);
    return name;
}

const char *name_quote(const char *name) {
    const berth_dialect *dialect = target_driver()->dialect;
    char open = dialect->quote_open != 0 ? dialect->quote_open : '"';
    char close = dialect->quote_close != 0 ? dialect->quote_close : open;
    const char *made = text_format("%c", open);
    for (; *name != '\0'; name++)
        made = *name == close ? text_format("%s%c%c", made, close, close) : text_format("%s%c", made, *name);
    return text_format("%s%c", made, close);
}

void sql_at_end(const char *sql) {
    REQUIRE(ending_count < MAX_ENDINGS);
    endings[ending_count++] = sql;
}

void sql_clean(void) {
    if (ending_count == 0)
        return;
    berth_session *session =
        session_open(BERTH_SESSION_OPTIONS(.autocommit = true, .timeout_ms = 20000, .statement_timeout_ms = 5000));
    while (ending_count > 0) {
        berth_exec(session, endings[--ending_count], NULL);
        berth_session_rollback(session, NULL);
    }
    berth_session_close(session);
}

/* ---- Statements. ---- */

const char *sql_slow(void) {
    switch (target_product()) {
    case PRODUCT_POSTGRESQL:
        return "SELECT pg_sleep(30)";
    case PRODUCT_MARIADB:
        return "SELECT SLEEP(30)";
    case PRODUCT_MYSQL:
        return "SELECT BENCHMARK(4000000000, MD5('berth'))"; /* SLEEP() that is interrupted answers 1. */
    default:
        return "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 2000000000)"
               " SELECT count(*) FROM number";
    }
}

static void require_ok(berth_session *session, const char *sql) {
    if (berth_session_status(session) == BERTH_OK)
        return;
    const berth_error *error = berth_session_error(session);
    FAIL("%.200s fails: %s %s %lld: %s", sql, berth_status_name((berth_status)error->status), error->sqlstate,
         (long long)error->native_code, error->message);
    check_end();
}

void exec_ok(berth_session *session, const char *sql, const berth_params *params) {
    berth_exec(session, sql, params);
    require_ok(session, sql);
}

static berth_session *open_alone(void) {
    return session_open(BERTH_SESSION_OPTIONS(.autocommit = true, .statement_timeout_ms = WAIT_MS));
}

void exec_alone(const char *sql, const berth_params *params) {
    berth_session *session = open_alone();
    exec_ok(session, sql, params);
    session_end_ok(session);
}

const char *query_text(berth_session *session, const char *sql, const berth_params *params) {
    berth_result *rows = berth_query(session, sql, params);
    const char *found = NULL;
    if (berth_next(rows))
        found = berth_is_null(rows, 0) ? "(null)" : text_format("%s", berth_get_text(rows, 0));
    if (found != NULL && berth_next(rows))
        FAIL("%.200s has more than one row", sql);
    berth_result_close(rows);
    require_ok(session, sql);
    if (found != NULL)
        return found;
    FAIL("%.200s has no row", sql);
    check_end();
}

int64_t query_int64(berth_session *session, const char *sql, const berth_params *params) {
    const char *found = query_text(session, sql, params);
    char *end;
    long long number = strtoll(found, &end, 10);
    if (*end == '\0' && end != found)
        return number;
    FAIL("%.200s is %s, not an integer", sql, found);
    check_end();
}

const char *query_text_alone(const char *sql) {
    berth_session *session = open_alone();
    const char *found = query_text(session, sql, NULL);
    session_end_ok(session);
    return found;
}

int64_t query_int64_alone(const char *sql) {
    berth_session *session = open_alone();
    int64_t found = query_int64(session, sql, NULL);
    session_end_ok(session);
    return found;
}

int64_t count_rows(const char *table) {
    return query_int64_alone(text_format("SELECT count(*) FROM %s", table));
}

/* ---- Other sessions. ---- */

/* What a server that is known calls these; `%lld` is the session's number. */
typedef struct server_words {
    const char *id;
    const char *kill;
    const char *count_alive;
    const char *count_waiting;
} server_words;

static const server_words *find_words(const char *what) {
    static const server_words postgresql = {
        "SELECT pg_backend_pid()",
        "SELECT pg_terminate_backend(%lld)",
        "SELECT count(*) FROM pg_stat_activity WHERE pid = %lld",
        "SELECT count(*) FROM pg_stat_activity WHERE pid = %lld AND wait_event_type = 'Lock'",
    };
    static const server_words mysql = {
        "SELECT CONNECTION_ID()",
        "KILL %lld",
        "SELECT count(*) FROM information_schema.processlist WHERE id = %lld",
        "SELECT count(*) FROM information_schema.innodb_trx"
        " WHERE trx_mysql_thread_id = %lld AND trx_state = 'LOCK WAIT'",
    };
    if (target_is(PRODUCT_POSTGRESQL))
        return &postgresql;
    if (target_is_mysql_like())
        return &mysql;
    needs("the SQL of %s for %s: add it to server_words", target_description(), what);
}

int64_t backend_id(berth_session *session) {
    return query_int64(session, find_words("a session's number")->id, NULL);
}

static void wait_for_count(const char *format, int64_t id, int64_t wanted, const char *what) {
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000 * 1000};
    char sql[256];
    snprintf(sql, sizeof sql, format, (long long)id);
    for (int waited_ms = 0; query_int64_alone(sql) != wanted; waited_ms += PAUSE_MS) {
        if (waited_ms > WAIT_MS) {
            FAIL("the server did not %s session %lld within %d s", what, (long long)id, WAIT_MS / 1000);
            check_end();
        }
        nanosleep(&pause, NULL);
    }
}

void backend_wait_for_end(int64_t id) {
    wait_for_count(find_words("who is there")->count_alive, id, 0, "end");
}

void backend_kill(int64_t id) {
    const server_words *words = find_words("ending another session");
    char sql[96];
    snprintf(sql, sizeof sql, words->kill, (long long)id);
    exec_alone(sql, NULL);
    backend_wait_for_end(id);
}

void backend_wait_for_lock(int64_t id) {
    wait_for_count(find_words("who waits for a lock")->count_waiting, id, 1, "make wait");
}
