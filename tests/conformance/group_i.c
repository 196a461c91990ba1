/* One statement at a time, and how names, literals and comments are written. */
#include <string.h>

#include "conformance.h"

static berth_session *open_autocommit(void) {
    return session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
}

/* ---- Several statements in one text. ---- */

static const expected_error several = {
    .status = BERTH_SYNTAX,
    .codes = {[PRODUCT_POSTGRESQL] = {"42601", {0}},
              [PRODUCT_MARIADB] = {"42000", {1064}},
              [PRODUCT_MYSQL] = {"42000", {1064}}},
};

/* Not even the first of them runs. */
static void multi_statement_refused_by_default(void) {
    const char *table = table_make("id {int64} PRIMARY KEY");
    const char *insert = text_format("INSERT INTO %s (id) VALUES (1)", table);
    const char *texts[] = {
        text_format("%s; DELETE FROM %s", insert, table),
        text_format("SELECT 1; %s", insert),
        text_format("%s;%s", insert, insert),
        text_format("SELECT 1; /* a */ %s -- b", insert),
    };
    berth_session *session = open_autocommit();
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        berth_exec(session, texts[i], NULL);
        EXPECT_SESSION_ERROR(session, &several);
        EXPECT_USABLE(session);
        CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s", table), NULL), 0);
    }
    berth_exec(session, text_format("INSERT INTO %s (id) VALUES (?); DELETE FROM %s", table, table), berth_params(1));
    EXPECT_SESSION_ERROR(session, &several);
    EXPECT_USABLE(session);
    exec_ok(session, text_format("%s;", insert), NULL);
    exec_ok(session, text_format("DELETE FROM %s ; \n", table), NULL);
    session_end_ok(session);
    CHECK_INT(count_rows(table), 0);
}

/* There is no script mode: what a text does to parameters can't end one statement and begin another. */
static void script_mode(void) {
    const char *attack = "x'; DELETE FROM berth_check_no_such_table; --";
    const char *table = table_make("id {int64} PRIMARY KEY, note {text}");
    berth_session *session = open_autocommit();
    exec_ok(session, text_format("INSERT INTO %s (id, note) VALUES (1, ?)", table), berth_params(attack));
    CHECK_TEXT(query_text(session, text_format("SELECT note FROM %s WHERE note = ?", table), berth_params(attack)),
               attack);
    session_end_ok(session);
    not_applicable("Berth runs one statement per call on purpose: docs/decisions/0009");
}

/* ---- Names. ---- */

/* A table of that name, with a column of it. */
static void try_name(berth_session *session, const char *name) {
    const char *quoted = name_quote(name);
    const char *suffix = target_driver()->dialect->table_suffix;
    sql_at_end(text_format("DROP TABLE IF EXISTS %s", quoted));
    exec_ok(session, text_format("DROP TABLE IF EXISTS %s", quoted), NULL);
    exec_ok(
        session,
        text_format("CREATE TABLE %s (%s %s) %s", quoted, quoted, sql_expand("{int64}"), suffix != NULL ? suffix : ""),
        NULL);
    exec_ok(session, text_format("INSERT INTO %s (%s) VALUES (?)", quoted, quoted), berth_params(7));
    berth_result *rows = berth_query(session, text_format("SELECT %s FROM %s", quoted, quoted), NULL);
    if (CHECK(berth_next(rows))) {
        CHECK_TEXT(berth_column_at(rows, 0)->name, name);
        CHECK_INT(berth_get_int64(rows, 0), 7);
    }
    berth_result_close(rows);
    exec_ok(session, text_format("DROP TABLE %s", quoted), NULL);
}

static void identifier_quote(void) {
    const char *names[] = {"select",           "berth check space", "berth_check_?_:mark",
                           "Berth_Check_Case", "berth_check_Ünï",   "berth_check_\"'`[]\\ --"};
    table_make("id {int64}");
    berth_session *session = open_autocommit();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        try_name(session, names[i]);
    session_end_ok(session);
}

/* The longest name that the dialect tells works; one that is longer is refused, or cut with a warning. */
static void identifier_length(void) {
    static const expected_error too_long = {
        .status = BERTH_TOO_LARGE,
        .codes = {[PRODUCT_MARIADB] = {"42000", {1059}}, [PRODUCT_MYSQL] = {"42000", {1059}}},
    };
    uint32_t length = target_driver()->dialect->max_name;
    char name[1026];
    table_make("id {int64}");
    berth_session *session = open_autocommit();
    bool limited = length != 0 && length <= 1024;
    if (!limited)
        length = 1024;
    memset(name, 'n', sizeof name);
    memcpy(name, "berth_check_", strlen("berth_check_"));
    name[length] = '\0';
    try_name(session, name);
    name[length] = 'n';
    name[length + 1] = '\0';
    if (limited) {
        unsigned notices = events_seen(BERTH_EVENT_NOTICE);
        berth_exec(session, text_format("CREATE TABLE %s (%s INTEGER)", table_name(), name_quote(name)), NULL);
        if (target_is(PRODUCT_POSTGRESQL))
            CHECK_INT(events_seen(BERTH_EVENT_NOTICE), notices + 1);
        else if (EXPECT_SESSION_ERROR(session, &too_long))
            EXPECT_USABLE(session);
    }
    session_end_ok(session);
}

/* ---- Literals and comments. ---- */

/* What looks like a placeholder inside of them is none; what an escape is, the dialect tells. */
static void comment_and_literal_escaping(void) {
    table_name(); /* Without tables there are no expressions either. */
    bool escapes = (target_driver()->dialect->lexical & BERTH_LEX_BACKSLASH_ESCAPES) != 0;
    berth_session *session = open_autocommit();
    CHECK_INT(query_int64(session, "SELECT length('a\\nb')", NULL), escapes ? 3 : 4);
    CHECK_TEXT(query_text(session, "SELECT 'it''s ?'", NULL), "it's ?");
    CHECK_TEXT(query_text(session, "SELECT ':name'", NULL), ":name");
    CHECK_INT(query_int64(session, "SELECT /* ? 'it */ 1 -- ? it's\n + 2", NULL), 3);
    CHECK_TEXT(query_text(session, "SELECT 'a\nb'", NULL), "a\nb");
    if (escapes)
        CHECK_TEXT(query_text(session, "SELECT 'it\\'s ?'", NULL), "it's ?");
    else
        CHECK_TEXT(query_text(session, "SELECT 'it\\'", NULL), "it\\");
    session_end_ok(session);
}

const check checks_i[] = {
    {104, "multi_statement_refused_by_default", 0, multi_statement_refused_by_default, NULL},
    {105, "script_mode", 0, script_mode, NULL},
    {106, "identifier_quote", 0, identifier_quote, NULL},
    {106, "identifier_length", 0, identifier_length, NULL},
    {107, "comment_and_literal_escaping", 0, comment_and_literal_escaping, NULL},
    {0},
};
