/* Errors: category, codes, flags, the names of what is at fault, and that the session and its data are as they should
 * be afterwards. What needs other transactions is in group_j_locks.c, limits and rights are in group_j_limits.c. */
#include "group_j.h"

#include "group_c.h"

/* What the error must name; NULL where it names nothing. */
typedef struct expected_names {
    const char *constraint;
    const char *column;
} expected_names;

/* Products that are not known may name what they like. */
static void expect_names(berth_session *session, const expected_names *sqlite, const expected_names *servers) {
    const berth_error *error = berth_session_error(session);
    const expected_names *expected = target_is(PRODUCT_SQLITE) ? sqlite : servers;
    if (target_is(PRODUCT_OTHER))
        return;
    CHECK_TEXT(error->constraint, expected->constraint != NULL ? expected->constraint : "");
    CHECK_TEXT(error->column, expected->column != NULL ? expected->column : "");
}

/* Runs what must fail so, then sees that neither the session nor the table took harm. */
static void expect_failure(berth_session *session, const char *sql, const expected_error *expected) {
    berth_exec(session, sql, NULL);
    EXPECT_SESSION_ERROR(session, expected);
    CHECK_INT(berth_session_error(session)->index, -1);
}

static void expect_count(berth_session *session, const char *table, int64_t count) {
    EXPECT_USABLE(session);
    CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s", table), NULL), count);
}

static berth_session *open_autocommit(void) {
    return session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
}

/* ---- Constraints. ---- */

static void unique(void) {
    static const expected_error doubled = {
        .status = BERTH_UNIQUE,
        .codes = {[PRODUCT_SQLITE] = {"", {2067}},
                  [PRODUCT_POSTGRESQL] = {"23505", {0}},
                  [PRODUCT_MARIADB] = {"23000", {1062}},
                  [PRODUCT_MYSQL] = {"23000", {1062}}},
    };
    static const expected_error doubled_key = {
        .status = BERTH_UNIQUE,
        .codes = {[PRODUCT_SQLITE] = {"", {1555}},
                  [PRODUCT_POSTGRESQL] = {"23505", {0}},
                  [PRODUCT_MARIADB] = {"23000", {1062}},
                  [PRODUCT_MYSQL] = {"23000", {1062}}},
    };
    const char *name = text_format("%s_one_v", table_name());
    const char *table = table_make(text_format("id {int64} PRIMARY KEY, v {int64}, CONSTRAINT %s UNIQUE (v)", name));
    const char *key = target_is_mysql_like() ? "PRIMARY" : text_format("%s_pkey", table);
    berth_session *session = open_autocommit();
    exec_ok(session, text_format("INSERT INTO %s (id, v) VALUES (1, 10)", table), NULL);
    expect_failure(session, text_format("INSERT INTO %s (id, v) VALUES (2, 10)", table), &doubled);
    expect_names(session, &(expected_names){.column = "v"}, &(expected_names){.constraint = name});
    expect_count(session, table, 1);
    expect_failure(session, text_format("INSERT INTO %s (id, v) VALUES (1, 11)", table), &doubled_key);
    expect_names(session, &(expected_names){.column = "id"}, &(expected_names){.constraint = key});
    expect_count(session, table, 1);
    exec_ok(session, text_format("INSERT INTO %s (id, v) VALUES (2, 20)", table), NULL);
    expect_failure(session, text_format("UPDATE %s SET v = 10 WHERE id = 2", table), &doubled);
    expect_count(session, table, 2);
    session_end_ok(session);
    CHECK_INT(query_int64_alone(text_format("SELECT sum(v) FROM %s", table)), 30);
}

static const expected_error orphan = {
    .status = BERTH_FOREIGN_KEY,
    .codes = {[PRODUCT_SQLITE] = {"", {787}},
              [PRODUCT_POSTGRESQL] = {"23503", {0}},
              [PRODUCT_MARIADB] = {"23000", {1452}},
              [PRODUCT_MYSQL] = {"23000", {1452}}},
};

/* Makes a table and one that refers to it. */
static const char *make_child(const char *parent, const char *name, const char *when) {
    return table_make(text_format("id {int64} PRIMARY KEY, parent {int64},"
                                  " CONSTRAINT %s FOREIGN KEY (parent) REFERENCES %s (id)%s",
                                  name, parent, when));
}

static void foreign_key(void) {
    static const expected_error referenced = {
        .status = BERTH_FOREIGN_KEY,
        .codes = {[PRODUCT_SQLITE] = {"", {787}},
                  [PRODUCT_POSTGRESQL] = {"23503", {0}},
                  [PRODUCT_MARIADB] = {"23000", {1451}},
                  [PRODUCT_MYSQL] = {"23000", {1451}}},
    };
    const expected_names none = {NULL, NULL};
    const char *parent = table_make("id {int64} PRIMARY KEY");
    const expected_names named = {.constraint = text_format("%s_parent", parent)};
    const char *child = make_child(parent, named.constraint, "");
    berth_session *session = open_autocommit();
    exec_ok(session, text_format("INSERT INTO %s (id) VALUES (1)", parent), NULL);
    exec_ok(session, text_format("INSERT INTO %s (id, parent) VALUES (1, 1)", child), NULL);
    expect_failure(session, text_format("INSERT INTO %s (id, parent) VALUES (2, 2)", child), &orphan);
    expect_names(session, &none, &named);
    expect_count(session, child, 1);
    expect_failure(session, text_format("DELETE FROM %s", parent), &referenced);
    expect_names(session, &none, &named);
    expect_count(session, parent, 1);
    exec_ok(session, text_format("INSERT INTO %s (id, parent) VALUES (3, NULL)", child), NULL);
    session_end_ok(session);
    CHECK_INT(count_rows(child), 2);
}

/* The COMMIT fails, and nothing of the transaction stays, whether or not the server ends it by itself. */
static void deferred_foreign_key(void) {
    berth_error error;
    if (target_is_mysql_like())
        not_applicable("the server checks foreign keys at once");
    const char *parent = table_make("id {int64} PRIMARY KEY");
    const char *child = make_child(parent, text_format("%s_parent", parent), " DEFERRABLE INITIALLY DEFERRED");
    berth_session *session = session_open(NULL);
    exec_ok(session, text_format("INSERT INTO %s (id, parent) VALUES (1, 1)", child), NULL);
    CHECK_STATUS(berth_session_commit(session, &error), BERTH_FOREIGN_KEY);
    EXPECT_ERROR(&error, &orphan);
    expect_count(session, child, 0);
    exec_ok(session, text_format("INSERT INTO %s (id, parent) VALUES (2, 2)", child), NULL);
    exec_ok(session, text_format("INSERT INTO %s (id) VALUES (2)", parent), NULL);
    session_end_ok(session);
    session = session_open(NULL);
    exec_ok(session, text_format("INSERT INTO %s (id, parent) VALUES (3, 3)", child), NULL);
    CHECK_STATUS(berth_session_end(session, &error), BERTH_FOREIGN_KEY);
    EXPECT_ERROR(&error, &orphan);
    CHECK_INT(count_rows(child), 1);
    CHECK_INT(events_seen(BERTH_EVENT_INVALIDATE), 0);
}

static void not_null(void) {
    static const expected_error missing = {
        .status = BERTH_NOT_NULL,
        .codes = {[PRODUCT_SQLITE] = {"", {1299}},
                  [PRODUCT_POSTGRESQL] = {"23502", {0}},
                  [PRODUCT_MARIADB] = {"23000", {1048}},
                  [PRODUCT_MYSQL] = {"23000", {1048}}},
    };
    static const expected_error omitted = {
        .status = BERTH_NOT_NULL,
        .codes = {[PRODUCT_SQLITE] = {"", {1299}},
                  [PRODUCT_POSTGRESQL] = {"23502", {0}},
                  [PRODUCT_MARIADB] = {"HY000", {1364}},
                  [PRODUCT_MYSQL] = {"HY000", {1364}}},
    };
    const expected_names named = {.column = "v"};
    const char *table = table_make("id {int64} PRIMARY KEY, v {int64} NOT NULL");
    berth_session *session = open_autocommit();
    expect_failure(session, text_format("INSERT INTO %s (id, v) VALUES (1, NULL)", table), &missing);
    expect_names(session, &named, &named);
    expect_count(session, table, 0);
    expect_failure(session, text_format("INSERT INTO %s (id) VALUES (1)", table), &omitted);
    expect_names(session, &named, &named);
    expect_count(session, table, 0);
    session_end_ok(session);
}

static void check_constraint(void) {
    static const expected_error broken = {
        .status = BERTH_CHECK,
        .codes = {[PRODUCT_SQLITE] = {"", {275}},
                  [PRODUCT_POSTGRESQL] = {"23514", {0}},
                  [PRODUCT_MARIADB] = {"23000", {4025}},
                  [PRODUCT_MYSQL] = {"HY000", {3819}}},
    };
    const expected_names named = {.constraint = text_format("%s_above_zero", table_name())};
    const char *table =
        table_make(text_format("id {int64} PRIMARY KEY, v {int64}, CONSTRAINT %s CHECK (v > 0)", named.constraint));
    berth_session *session = open_autocommit();
    exec_ok(session, text_format("INSERT INTO %s (id, v) VALUES (1, 1)", table), NULL);
    expect_failure(session, text_format("INSERT INTO %s (id, v) VALUES (2, 0)", table), &broken);
    expect_names(session, &named, &named);
    expect_count(session, table, 1);
    expect_failure(session, text_format("UPDATE %s SET v = v - 1", table), &broken);
    expect_count(session, table, 1);
    session_end_ok(session);
    CHECK_INT(query_int64_alone(text_format("SELECT v FROM %s", table)), 1);
}

/* ---- SQL that names or says something wrong. ---- */

static void syntax(void) {
    static const expected_error wrong = {
        .status = BERTH_SYNTAX,
        .codes = {[PRODUCT_SQLITE] = {"", {1}},
                  [PRODUCT_POSTGRESQL] = {"42601", {0}},
                  [PRODUCT_MARIADB] = {"42000", {1064}},
                  [PRODUCT_MYSQL] = {"42000", {1064}}},
    };
    static const char *const texts[] = {"SELEKT 1", "SELECT FROM WHERE", "SELECT 1 +", "INSERT INTO (", ")"};
    berth_session *session = open_autocommit();
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        expect_failure(session, texts[i], &wrong);
        EXPECT_USABLE(session);
        berth_result_close(berth_query(session, texts[i], NULL));
        EXPECT_SESSION_ERROR(session, &wrong);
        EXPECT_USABLE(session);
    }
    session_end_ok(session);
}

static void undefined_table(void) {
    static const expected_error no_table = {
        .status = BERTH_UNDEFINED,
        .codes = {[PRODUCT_SQLITE] = {"", {1}},
                  [PRODUCT_POSTGRESQL] = {"42P01", {0}},
                  [PRODUCT_MARIADB] = {"42S02", {1146}},
                  [PRODUCT_MYSQL] = {"42S02", {1146}}},
    };
    static const expected_error nothing_to_drop = {
        .status = BERTH_UNDEFINED,
        .codes = {[PRODUCT_SQLITE] = {"", {1}},
                  [PRODUCT_POSTGRESQL] = {"42P01", {0}},
                  [PRODUCT_MARIADB] = {"42S02", {1051}},
                  [PRODUCT_MYSQL] = {"42S02", {1051}}},
    };
    const char *table = table_make("id {int64} PRIMARY KEY");
    berth_session *session = open_autocommit();
    expect_failure(session, "SELECT id FROM berth_check_no_such_table", &no_table);
    expect_count(session, table, 0);
    expect_failure(session, "INSERT INTO berth_check_no_such_table (id) VALUES (1)", &no_table);
    expect_count(session, table, 0);
    expect_failure(session, "DROP TABLE berth_check_no_such_table", &nothing_to_drop);
    expect_count(session, table, 0);
    session_end_ok(session);
}

static void undefined_column(void) {
    static const expected_error no_column = {
        .status = BERTH_UNDEFINED,
        .codes = {[PRODUCT_SQLITE] = {"", {1}},
                  [PRODUCT_POSTGRESQL] = {"42703", {0}},
                  [PRODUCT_MARIADB] = {"42S22", {1054}},
                  [PRODUCT_MYSQL] = {"42S22", {1054}}},
    };
    const char *table = table_make("id {int64} PRIMARY KEY");
    berth_session *session = open_autocommit();
    expect_failure(session, text_format("SELECT missing FROM %s", table), &no_column);
    expect_count(session, table, 0);
    expect_failure(session, text_format("INSERT INTO %s (id, missing) VALUES (1, 2)", table), &no_column);
    expect_count(session, table, 0);
    expect_failure(session, text_format("UPDATE %s SET missing = 1", table), &no_column);
    expect_count(session, table, 0);
    session_end_ok(session);
}

static void undefined_function(void) {
    static const expected_error no_function = {
        .status = BERTH_UNDEFINED,
        .codes = {[PRODUCT_SQLITE] = {"", {1}},
                  [PRODUCT_POSTGRESQL] = {"42883", {0}},
                  [PRODUCT_MARIADB] = {"42000", {1305}},
                  [PRODUCT_MYSQL] = {"42000", {1305}}},
    };
    table_name(); /* Without tables there are no expressions either. */
    berth_session *session = open_autocommit();
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    expect_failure(session, "SELECT berth_check_no_such_function(1)", &no_function);
    EXPECT_USABLE(session);
    session_end_ok(session);
}

/* MySQL's servers give this the SQLSTATE of a broken constraint. */
static void ambiguous_column(void) {
    static const expected_error ambiguous = {
        .status = BERTH_SYNTAX,
        .codes = {[PRODUCT_SQLITE] = {"", {1}},
                  [PRODUCT_POSTGRESQL] = {"42702", {0}},
                  [PRODUCT_MARIADB] = {"23000", {1052}},
                  [PRODUCT_MYSQL] = {"23000", {1052}}},
    };
    const char *table = table_make("id {int64} PRIMARY KEY");
    berth_session *session = open_autocommit();
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    expect_failure(session, text_format("SELECT id FROM %s AS a, %s AS b", table, table), &ambiguous);
    expect_count(session, table, 0);
    session_end_ok(session);
}

static void duplicate_table(void) {
    static const expected_error there = {
        .status = BERTH_DUPLICATE_OBJECT,
        .codes = {[PRODUCT_SQLITE] = {"", {1}},
                  [PRODUCT_POSTGRESQL] = {"42P07", {0}},
                  [PRODUCT_MARIADB] = {"42S01", {1050}},
                  [PRODUCT_MYSQL] = {"42S01", {1050}}},
    };
    const char *table = table_make("id {int64} PRIMARY KEY");
    berth_session *session = open_autocommit();
    exec_ok(session, text_format("INSERT INTO %s (id) VALUES (1)", table), NULL);
    expect_failure(session, text_format("CREATE TABLE %s (id INTEGER)", table), &there);
    expect_count(session, table, 1);
    session_end_ok(session);
}

static void division_by_zero(void) {
    static const expected_error divided = {
        .status = BERTH_DATA,
        .codes = {[PRODUCT_POSTGRESQL] = {"22012", {0}}},
    };
    berth_session *session = open_autocommit();
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    expect_failure(session, "SELECT 1 / 0", &divided);
    EXPECT_USABLE(session);
    session_end_ok(session);
}

/* A division by zero is NULL; MySQL's servers still store none of these in strict mode. */
static void division_is_null(void) {
    static const expected_error refused = {
        .status = BERTH_DATA,
        .codes = {[PRODUCT_MARIADB] = {"22012", {1365}}, [PRODUCT_MYSQL] = {"22012", {1365}}},
    };
    table_name(); /* Without tables there are no expressions either. */
    berth_session *session = open_autocommit();
    CHECK_TEXT(query_text(session, "SELECT 1 / 0", NULL), "(null)");
    if (target_is_mysql_like()) {
        const char *table = table_make("id {int64} PRIMARY KEY, v {int64}");
        expect_failure(session, text_format("INSERT INTO %s (id, v) VALUES (1, 1 / 0)", table), &refused);
        expect_count(session, table, 0);
    }
    session_end_ok(session);
}

const check checks_j[] = {
    {108, "unique", 0, unique, NULL},
    {109, "foreign_key", 0, foreign_key, NULL},
    {110, "not_null", 0, not_null, NULL},
    {111, "check", 0, check_constraint, NULL},
    {112, "syntax", 0, syntax, NULL},
    {113, "undefined_table", 0, undefined_table, NULL},
    {113, "undefined_column", 0, undefined_column, NULL},
    {113, "undefined_function", 0, undefined_function, NULL},
    {113, "ambiguous_column", 0, ambiguous_column, NULL},
    {114, "duplicate_table", 0, duplicate_table, NULL},
    {115, "deadlock", BERTH_CAP_ROW_LOCKS, deadlock, no_row_locks},
    {116, "serialization", BERTH_CAP_TRANSACTIONS, serialization, no_transactions},
    {117, "lock_timeout", BERTH_CAP_TRANSACTIONS, lock_timeout, no_transactions},
    {117, "lock_not_awaited", BERTH_CAP_ROW_LOCKS, lock_not_awaited, no_row_locks},
    {118, "query_cancelled", BERTH_CAP_CANCEL, query_cancelled, cancel_refused},
    {119, "statement_timeout", BERTH_CAP_STATEMENT_TIMEOUT, statement_timeout, timeout_harmless},
    {120, "division_by_zero", BERTH_CAP_DIVISION_BY_ZERO, division_by_zero, division_is_null},
    {121, "read_only", BERTH_CAP_READ_ONLY, read_only, read_only},
    {122, "disk_full", 0, disk_full, NULL},
    {123, "permission_denied", BERTH_CAP_AUTH, permission_denied, nobody_to_deny},
    {123, "deferred_foreign_key", BERTH_CAP_TRANSACTIONS, deferred_foreign_key, no_transactions},
    {0},
};
