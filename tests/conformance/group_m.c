/* Metadata: what the dialect's queries say of tables that the checks have made. */
#include <string.h>

#include "conformance.h"

static berth_session *open_autocommit(void) {
    return session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
}

/* A driver that does not declare it has none of the queries. */
static void no_metadata(void) {
    const berth_dialect *dialect = target_driver()->dialect;
    CHECK(dialect->tables_query == NULL && dialect->columns_query == NULL && dialect->keys_query == NULL);
}

/* ---- Who is there. ---- */

static void server_version(void) {
    static const char *const queries[PRODUCT_COUNT] = {
        [PRODUCT_SQLITE] = "SELECT sqlite_version()",
        [PRODUCT_POSTGRESQL] = "SELECT current_setting('server_version')",
        [PRODUCT_MARIADB] = "SELECT version()",
        [PRODUCT_MYSQL] = "SELECT version()",
    };
    const char *query = queries[target_product()];
    if (query == NULL)
        not_applicable("no way is known to ask %s for its version", target_driver()->name);
    const char *version = query_text_alone(query);
    CHECK(version[0] >= '1' && version[0] <= '9');
    CHECK(target_is(PRODUCT_MARIADB) == (strstr(version, "MariaDB") != NULL));
    check_note("server %s", version);
}

static void driver_version(void) {
    const berth_driver *driver = target_driver();
    const char *shown = berth_engine_driver(engine_main());
    CHECK(driver->version[0] != '\0');
    CHECK_TEXT(shown, text_format("%s %s", driver->name, driver->version));
    CHECK(driver->abi_minor <= BERTH_ABI_MINOR);
    CHECK(driver->schemes[0] != NULL);
}

static void current_database(void) {
    berth_session *session = open_autocommit();
    if (target_is(PRODUCT_POSTGRESQL)) {
        if (!target_is_pooled()) /* A pooler may call it otherwise. */
            CHECK_TEXT(query_text(session, "SELECT current_database()", NULL), url_part_of(target_url(), URL_DATABASE));
        CHECK_TEXT(query_text(session, "SELECT current_schema()", NULL), "public");
    } else if (target_is_mysql_like()) {
        CHECK_TEXT(query_text(session, "SELECT database()", NULL), url_part_of(target_url(), URL_DATABASE));
    } else if (target_is(PRODUCT_SQLITE)) {
        CHECK_TEXT(query_text(session, "SELECT name FROM pragma_database_list WHERE seq = 0", NULL), "main");
        const char *file =
            query_text(session, "SELECT coalesce(file, '') FROM pragma_database_list WHERE seq = 0", NULL);
        CHECK(target_takes_two_sessions() == (file[0] == '/'));
    } else {
        not_applicable("no way is known to ask %s for its database", target_driver()->name);
    }
    session_end_ok(session);
}

/* ---- Tables and columns. ---- */

/* How often the tables' list has the name. */
static int64_t times_listed(berth_session *session, const char *name) {
    int64_t count = 0;
    berth_result *rows = berth_query(session, target_driver()->dialect->tables_query, NULL);
    CHECK_TEXT(berth_column_count(rows) == 1 ? berth_column_at(rows, 0)->name : NULL, "name");
    while (berth_next(rows))
        count += strcmp(berth_get_text(rows, 0), name) == 0;
    berth_result_close(rows);
    CHECK_STATUS(berth_session_status(session), BERTH_OK);
    return count;
}

static void list_tables(void) {
    const char *never = table_name();
    const char *table = table_make("id {int64} PRIMARY KEY");
    berth_session *session = open_autocommit();
    CHECK_INT(times_listed(session, table), 1);
    CHECK_INT(times_listed(session, never), 0);
    exec_ok(session, text_format("DROP TABLE %s", table), NULL);
    CHECK_INT(times_listed(session, table), 0);
    session_end_ok(session);
}

typedef struct expected_column {
    const char *name;
    bool nullable;
    const char *default_part; /* Part of the default's text; NULL: there is none. */
    int64_t key_place;
} expected_column;

static void expect_column(berth_result *rows, const expected_column *expected) {
    CHECK_TEXT(berth_get_text(rows, 0), expected->name);
    CHECK(!berth_is_null(rows, 1) && berth_get_length(rows, 1) > 0);
    CHECK_INT(berth_get_int64(rows, 2), expected->nullable);
    if (CHECK_INT(berth_is_null(rows, 3) || strcmp(berth_get_text(rows, 3), "NULL") == 0,
                  expected->default_part == NULL) &&
        expected->default_part != NULL)
        CHECK_CONTAINS(berth_get_text(rows, 3), expected->default_part);
    CHECK_INT(berth_get_int64(rows, 4), expected->key_place);
}

static void list_columns(void) {
    static const expected_column expected[] = {
        {"v", true, NULL, 0}, {"a", false, NULL, 2}, {"b", false, NULL, 1}, {"n", false, "42", 0}, {"t", true, NULL, 0},
    };
    size_t count = 0;
    const char *table = table_make("v {int64}, a {int64} NOT NULL, b {int64} NOT NULL, n {int64} DEFAULT 42 NOT NULL,"
                                   " t {text}, PRIMARY KEY (b, a)");
    berth_session *session = open_autocommit();
    berth_result *rows = berth_query(session, target_driver()->dialect->columns_query, berth_params(table));
    CHECK_INT(berth_column_count(rows), 5);
    for (; berth_next(rows); count++)
        if (count < sizeof expected / sizeof *expected)
            expect_column(rows, &expected[count]);
    berth_result_close(rows);
    CHECK_INT((int64_t)count, (int64_t)(sizeof expected / sizeof *expected));
    rows = berth_query(session, target_driver()->dialect->columns_query, berth_params("berth_check_no_such_table"));
    CHECK(!berth_next(rows));
    berth_result_close(rows);
    session_end_ok(session);
}

/* ---- Keys. ---- */

/* All keys of a table as "KIND column table.column;", the foreign key's name checked where databases name them. */
static const char *keys_of(berth_session *session, const char *table, const char *foreign_name) {
    const char *found = "";
    berth_result *rows = berth_query(session, target_driver()->dialect->keys_query, berth_params(table));
    CHECK_INT(berth_column_count(rows), 5);
    while (berth_next(rows)) {
        const char *kind = berth_get_text(rows, 0);
        found = text_format("%s%s %s", found, kind, berth_get_text(rows, 2));
        if (!berth_is_null(rows, 3)) {
            found = text_format("%s %s", found, berth_get_text(rows, 3));
            found = text_format("%s.%s", found, berth_get_text(rows, 4));
        }
        if (strcmp(kind, "FOREIGN") == 0 && !target_is(PRODUCT_SQLITE))
            CHECK_TEXT(berth_get_text(rows, 1), foreign_name);
        found = text_format("%s;", found);
    }
    berth_result_close(rows);
    CHECK_STATUS(berth_session_status(session), BERTH_OK);
    return found;
}

static void list_keys(void) {
    const char *parent = table_make("a {int64} NOT NULL, b {int64} NOT NULL, PRIMARY KEY (a, b)");
    const char *name = text_format("%s_key", parent);
    const char *child = table_make(text_format("id {int64} PRIMARY KEY, x {int64}, y {int64}, u {int64} UNIQUE,"
                                               " CONSTRAINT %s FOREIGN KEY (x, y) REFERENCES %s (a, b)",
                                               name, parent));
    berth_session *session = open_autocommit();
    CHECK_TEXT(keys_of(session, parent, name), "PRIMARY a;PRIMARY b;");
    CHECK_TEXT(keys_of(session, child, name),
               text_format("FOREIGN x %s.a;FOREIGN y %s.b;PRIMARY id;UNIQUE u;", parent, parent));
    CHECK_TEXT(keys_of(session, "berth_check_no_such_table", name), "");
    session_end_ok(session);
}

/* A temporary table is its session's own, and not in the list. */
static void temp_tables_separated(void) {
    const char *table = table_name();
    berth_engine *engine = target_takes_two_sessions() ? engine_make(target_url(), NULL) : engine_main();
    berth_session *session =
        session_open_on(engine, BERTH_SESSION_OPTIONS(.autocommit = !target_has(BERTH_CAP_TRANSACTIONS)));
    exec_ok(session, text_format("CREATE TEMPORARY TABLE %s (id INTEGER)", table), NULL);
    exec_ok(session, text_format("INSERT INTO %s VALUES (1)", table), NULL);
    CHECK_INT(times_listed(session, table), 0);
    CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s", table), NULL), 1);
    if (target_takes_two_sessions()) {
        berth_session *other = open_autocommit();
        berth_exec(other, text_format("SELECT id FROM %s", table), NULL);
        CHECK_STATUS(berth_session_status(other), BERTH_UNDEFINED);
        EXPECT_USABLE(other);
        session_end_ok(other);
    }
    exec_ok(session, text_format("DROP TABLE %s", table), NULL);
    session_end_ok(session);
}

const check checks_m[] = {
    {140, "server_version", 0, server_version, NULL},
    {140, "driver_version", 0, driver_version, NULL},
    {141, "list_tables", BERTH_CAP_METADATA, list_tables, no_metadata},
    {141, "list_columns", BERTH_CAP_METADATA, list_columns, no_metadata},
    {142, "list_keys", BERTH_CAP_METADATA, list_keys, no_metadata},
    {143, "current_database", 0, current_database, NULL},
    {144, "temp_tables_separated", BERTH_CAP_METADATA, temp_tables_separated, no_metadata},
    {0},
};
