#include <stdio.h>
#include <string.h>

#include "sqlite.h"

#define NS_PER_MS INT64_C(1000000)
#define PRAGMA_BYTES 80

uint32_t sqlite_traits(const berth_connect_info *info) {
    bool is_memory = info->database[0] == '\0' || strcmp(info->database, ":memory:") == 0;
    return is_memory ? BERTH_TRAIT_ONE_CONNECTION : 0;
}

/* A path is a path, also where SQLite was built to see a URI in "file:...". */
static int open_database(const sqlite_settings *settings, sqlite3 **database) {
    if (strncmp(settings->path, "file:", 5) != 0)
        return sqlite3_open_v2(settings->path, database, settings->open_flags, NULL);
    size_t bytes = strlen(settings->path) + sizeof "./";
    char *path = sqlite_services->allocate(bytes);
    if (path == NULL)
        return SQLITE_NOMEM;
    snprintf(path, bytes, "./%s", settings->path);
    int code = sqlite3_open_v2(path, database, settings->open_flags, NULL);
    sqlite_services->release(path);
    return code;
}

/* Runs PRAGMA name, or name=value; `first` takes the first column of its first row, "" without one. */
static int run_pragma(sqlite3 *database, const char *name, const char *value, char first[PRAGMA_BYTES]) {
    char sql[PRAGMA_BYTES];
    sqlite3_stmt *statement = NULL;
    sqlite3_snprintf(sizeof sql, sql, value != NULL ? "PRAGMA %s=%Q" : "PRAGMA %s", name, value);
    int code = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
    if (code != SQLITE_OK)
        return code;
    code = sqlite3_step(statement);
    const char *text = code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    snprintf(first, PRAGMA_BYTES, "%s", text != NULL ? text : "");
    sqlite3_finalize(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

/* The journal mode is a property of the file, and changing it needs it alone. Where that can't be had, the database
 * works in the mode it has. */
static void set_journal_mode(berth_driver_connection *connection, const sqlite_settings *settings) {
    char mode[PRAGMA_BYTES];
    char notice[2 * PRAGMA_BYTES];
    sqlite3 *database = connection->database;
    if (settings->is_memory || sqlite3_db_readonly(database, "main") == 1)
        return;
    if (run_pragma(database, "journal_mode", NULL, mode) == SQLITE_OK && strcmp(mode, settings->journal_mode) == 0)
        return;
    int code = run_pragma(database, "journal_mode", settings->journal_mode, mode);
    if (code == SQLITE_OK && strcmp(mode, settings->journal_mode) == 0)
        return;
    snprintf(notice, sizeof notice, "journal_mode=%s can't be had: %s", settings->journal_mode,
             code == SQLITE_OK ? mode : sqlite3_errstr(code));
    sqlite_services->notice(connection->context, notice);
}

/* SQLite reads nothing of a file when it opens it, so that this finds out whether it is a database. */
static int32_t set_up(berth_driver_connection *connection, const sqlite_settings *settings, int64_t deadline_ns,
                      berth_error *error) {
    char first[PRAGMA_BYTES];
    sqlite3 *database = connection->database;
    int32_t status = sqlite_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    int code = sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_FKEY, (int)settings->foreign_keys, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    if (code == SQLITE_OK)
        code = run_pragma(database, "schema_version", NULL, first);
    if (code == SQLITE_OK)
        code = run_pragma(database, "synchronous", settings->synchronous, first);
    if (code == SQLITE_OK && settings->cache_size != NULL)
        code = run_pragma(database, "cache_size", settings->cache_size, first);
    if (code != SQLITE_OK)
        return sqlite_fail_connect(connection, code, settings, error);
    set_journal_mode(connection, settings);
    return BERTH_OK;
}

int32_t sqlite_connect(const berth_connect_info *info, int64_t deadline_ns, berth_driver_connection **connection,
                       berth_error *error) {
    sqlite_settings settings = sqlite_settings_read(info);
    berth_driver_connection *made = sqlite_services->allocate(sizeof *made);
    *connection = NULL;
    if (made == NULL)
        return sqlite_services->fail(error, BERTH_NO_MEMORY, "out of memory for a connection");
    memset(made, 0, sizeof *made);
    made->context = info->context;
    made->busy_timeout_ns = settings.busy_timeout_ms * NS_PER_MS;
    int32_t status;
    int code = open_database(&settings, &made->database);
    if (code != SQLITE_OK) {
        if (made->database != NULL)
            code = sqlite3_extended_errcode(made->database);
        status = sqlite_fail_connect(made, code, &settings, error);
        goto cleanup;
    }
    sqlite3_extended_result_codes(made->database, 1);
    sqlite_call_install(made);
    status = set_up(made, &settings, deadline_ns, error);
cleanup:
    if (status == BERTH_OK)
        *connection = made;
    else
        sqlite_close(made, 0);
    return status;
}

/* SQLite forbids to use or close in a forked child what the parent has opened: it would work on the parent's journal
 * and locks. So the descriptor and the memory are left to the end of the child. */
void sqlite_close(berth_driver_connection *connection, uint32_t flags) {
    if ((flags & BERTH_CLOSE_FORKED) != 0)
        return;
    sqlite_drop_unkept(connection);
    if (connection->bulk.statement != NULL)
        sqlite_statement_free(connection->bulk.statement);
    while (connection->statements != NULL)
        sqlite_unprepare(connection, connection->statements);
    for (int i = 0; i < SQLITE_CONTROL_COUNT; i++)
        sqlite3_finalize(connection->control[i]);
    sqlite3_close(connection->database);
    sqlite_services->release(connection);
}

int32_t sqlite_server_info(berth_driver_connection *connection, berth_server_info *info, berth_error *error) {
    (void)connection;
    (void)error;
    int version = sqlite3_libversion_number();
    info->product = "SQLite";
    info->text = sqlite3_libversion();
    info->version = (uint32_t)(version / 1000000 * 10000 + version / 1000 % 1000 * 100 + version % 1000);
    return BERTH_OK;
}
