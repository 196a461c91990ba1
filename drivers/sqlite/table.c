/* What has to be known of a table whose rows are inserted many at once. */
#include "sqlite.h"

/* Whether rows of the table ?1 may be inserted many at once. The table's text is looked at for words that matter; where
 * one of them is only a name or in a comment, that costs speed and nothing else. The row that is found has the name of
 * the key where it may be AUTOINCREMENT. None is found for
 * - clauses ON CONFLICT, which OR FAIL would overrule; triggers; views and virtual tables;
 * - tables WITHOUT ROWID, or with a column of that name, since no row of them can be looked for;
 * - defaults that count changes();
 * - references to the table itself, which are checked at the end of a statement only;
 * - other references where there is an index too, since SQLite then keeps a costly journal for the statement;
 * - names that a temporary table, view or trigger has to do with. */
static const char table_check[] =
    "WITH target AS (SELECT lower(sql) AS text FROM main.sqlite_schema"
    " WHERE type = 'table' AND name = ?1 COLLATE NOCASE AND rootpage > 0)"
    " SELECT iif(instr(text, 'autoincrement') > 0, (SELECT name FROM pragma_table_info(?1) WHERE pk = 1), NULL)"
    " FROM target WHERE instr(text, 'conflict') = 0 AND instr(text, 'rowid') = 0"
    " AND NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE"
    " AND (type = 'trigger' OR (type = 'index' AND instr(text, 'references') > 0)))"
    " AND NOT EXISTS (SELECT 1 FROM temp.sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE)"
    " AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo(?1) WHERE instr(lower(dflt_value), 'changes') > 0)"
    " AND NOT EXISTS (SELECT 1 FROM pragma_foreign_key_list(?1) WHERE \"table\" = ?1 COLLATE NOCASE)";

/* AUTOINCREMENT's counters, with the spelling of names that CREATE TABLE had. */
static const char counter_insert[] =
    "INSERT INTO main.sqlite_sequence (name, seq) SELECT t.name, 0 FROM main.sqlite_schema AS t WHERE t.type = 'table'"
    " AND t.name = ?1 COLLATE NOCASE AND NOT EXISTS (SELECT 1 FROM main.sqlite_sequence AS s WHERE s.name = t.name)";
static const char counter_update[] =
    "UPDATE main.sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1 COLLATE NOCASE";

/* Prepares a statement that is needed once, binds ?1 and perhaps ?2, takes its first step. */
static int ask(berth_driver_connection *connection, const char *sql, const char *name, int64_t number,
               sqlite3_stmt **statement) {
    *statement = NULL;
    int code = sqlite3_prepare_v2(connection->database, sql, -1, statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(*statement, 1, name, -1, SQLITE_STATIC);
    if (code == SQLITE_OK && sqlite3_bind_parameter_count(*statement) == 2)
        code = sqlite3_bind_int64(*statement, 2, number);
    return code == SQLITE_OK ? sqlite3_step(*statement) : code;
}

static bool is_counted(berth_driver_connection *connection, const char *name, const char *key) {
    int counts = 0;
    int code = sqlite3_table_column_metadata(connection->database, "main", name, key, NULL, NULL, NULL, NULL, &counts);
    return code == SQLITE_OK && counts != 0;
}

bool sqlite_table_check(berth_driver_connection *connection, const char *name, bool *counts_up) {
    sqlite3_stmt *statement;
    bool allowed = ask(connection, table_check, name, 0, &statement) == SQLITE_ROW;
    const char *key = allowed ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    *counts_up = key != NULL && is_counted(connection, name, key);
    sqlite3_finalize(statement);
    return allowed && (key == NULL || *counts_up);
}

int sqlite_table_find_row(berth_driver_connection *connection, const char *name, int64_t rowid) {
    sqlite3_stmt *statement = NULL;
    char *sql = sqlite3_mprintf("SELECT 1 FROM main.\"%w\" WHERE rowid = %lld", name, (long long)rowid);
    int code = sql != NULL ? sqlite3_prepare_v2(connection->database, sql, -1, &statement, NULL) : SQLITE_NOMEM;
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    sqlite3_finalize(statement);
    sqlite3_free(sql);
    return code;
}

int sqlite_table_count_up(berth_driver_connection *connection, const char *name, int64_t key) {
    sqlite3_stmt *statement;
    sqlite3_int64 earlier = sqlite3_last_insert_rowid(connection->database);
    int code = ask(connection, counter_insert, name, 0, &statement);
    sqlite3_finalize(statement);
    if (code == SQLITE_DONE) {
        code = ask(connection, counter_update, name, key, &statement);
        sqlite3_finalize(statement);
    }
    sqlite3_set_last_insert_rowid(connection->database, earlier);
    return code;
}
