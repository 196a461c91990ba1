/* From SQLite's codes and words to the error contract. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sqlite.h"

#define PRIMARY(code) ((code)&0xFF)
#define NS_PER_MS INT64_C(1000000)
#define LENGTH(table) (sizeof(table) / sizeof *(table))

/* Extended codes that differ from their primary one, and the primary ones. */
static const struct {
    int code;
    int32_t status;
    uint32_t flags;
} codes[] = {
    {SQLITE_CONSTRAINT_UNIQUE, BERTH_UNIQUE, 0},
    {SQLITE_CONSTRAINT_PRIMARYKEY, BERTH_UNIQUE, 0},
    {SQLITE_CONSTRAINT_ROWID, BERTH_UNIQUE, 0},
    {SQLITE_CONSTRAINT_FOREIGNKEY, BERTH_FOREIGN_KEY, 0},
    {SQLITE_CONSTRAINT_NOTNULL, BERTH_NOT_NULL, 0},
    {SQLITE_CONSTRAINT_DATATYPE, BERTH_DATA, 0},
    {SQLITE_BUSY_SNAPSHOT, BERTH_SERIALIZATION, BERTH_FLAG_RETRYABLE},
    {SQLITE_READONLY_DBMOVED, BERTH_READ_ONLY, BERTH_FLAG_CONNECTION_LOST},
    {SQLITE_IOERR_NOMEM, BERTH_NO_MEMORY, 0},
    {SQLITE_IOERR_CORRUPTFS, BERTH_CORRUPT, 0},
    {SQLITE_IOERR_DATA, BERTH_CORRUPT, 0},
    {SQLITE_IOERR_SHORT_READ, BERTH_CORRUPT, 0},
    {SQLITE_PERM, BERTH_PERMISSION, 0},
    {SQLITE_BUSY, BERTH_LOCK_TIMEOUT, BERTH_FLAG_RETRYABLE},
    {SQLITE_LOCKED, BERTH_LOCK_TIMEOUT, BERTH_FLAG_RETRYABLE},
    {SQLITE_NOMEM, BERTH_NO_MEMORY, 0},
    {SQLITE_READONLY, BERTH_READ_ONLY, 0},
    {SQLITE_INTERRUPT, BERTH_CANCELLED, 0},
    {SQLITE_IOERR, BERTH_RESOURCE, 0},
    {SQLITE_CORRUPT, BERTH_CORRUPT, 0},
    {SQLITE_FULL, BERTH_RESOURCE, 0},
    {SQLITE_CANTOPEN, BERTH_DATABASE_NOT_FOUND, 0},
    {SQLITE_PROTOCOL, BERTH_LOCK_TIMEOUT, BERTH_FLAG_RETRYABLE},
    {SQLITE_SCHEMA, BERTH_SERIALIZATION, BERTH_FLAG_RETRYABLE},
    {SQLITE_TOOBIG, BERTH_TOO_LARGE, 0},
    {SQLITE_CONSTRAINT, BERTH_CHECK, 0},
    {SQLITE_MISMATCH, BERTH_DATA, 0},
    {SQLITE_NOLFS, BERTH_RESOURCE, 0},
    {SQLITE_AUTH, BERTH_PERMISSION, 0},
    {SQLITE_FORMAT, BERTH_CORRUPT, 0},
    {SQLITE_RANGE, BERTH_MISUSE, 0},
    {SQLITE_NOTADB, BERTH_CORRUPT, 0},
};

/* SQLITE_ERROR says no more than its words; the first that fit count. */
static const struct {
    const char *words;
    int32_t status;
} phrases[] = {
    {"no such ", BERTH_UNDEFINED},
    {"syntax error", BERTH_SYNTAX},
    {"has no column named ", BERTH_UNDEFINED},
    {"unknown column ", BERTH_UNDEFINED},
    {"unknown database ", BERTH_UNDEFINED},
    {"already exists", BERTH_DUPLICATE_OBJECT},
    {"there is already a", BERTH_DUPLICATE_OBJECT},
    {"duplicate column name", BERTH_DUPLICATE_OBJECT},
    {"within a transaction", BERTH_MISUSE},
    {"no transaction is active", BERTH_MISUSE},
    {"integer overflow", BERTH_DATA},
    {"malformed JSON", BERTH_DATA},
    {"may not be modified", BERTH_PERMISSION},
    {"may not be dropped", BERTH_PERMISSION},
    {"because it is a view", BERTH_NOT_SUPPORTED},
    {"too many ", BERTH_TOO_LARGE},
    {"is too large", BERTH_TOO_LARGE},
};

static int32_t status_of_code(int code, uint32_t *flags) {
    for (size_t i = 0; i < LENGTH(codes); i++) {
        if (codes[i].code != code && codes[i].code != PRIMARY(code))
            continue;
        *flags |= codes[i].flags;
        return codes[i].status;
    }
    return BERTH_INTERNAL;
}

static int32_t status_of_words(const char *message, int32_t otherwise) {
    for (size_t i = 0; i < LENGTH(phrases); i++)
        if (strstr(message, phrases[i].words) != NULL)
            return phrases[i].status;
    return otherwise;
}

int32_t sqlite_classify(int64_t native_code, const char *sqlstate, uint32_t *flags) {
    (void)sqlstate;
    return status_of_code((int)native_code, flags);
}

/* Cuts at the border of a UTF-8 character what did not fit. */
static void copy_name(char name[BERTH_NAME_BYTES], const char *text, size_t length) {
    if (length >= BERTH_NAME_BYTES) {
        length = BERTH_NAME_BYTES - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
            length--;
    }
    memcpy(name, text, length);
    name[length] = '\0';
}

/* "trades.id" to "id", "trades.season, trades.model" to "season, model". */
static void name_columns(const char *names, berth_error *error) {
    char columns[BERTH_MESSAGE_BYTES] = "";
    size_t length = 0;
    while (*names != '\0' && length < sizeof columns) {
        size_t end = strcspn(names, ",");
        const char *dot = memchr(names, '.', end);
        const char *name = dot != NULL ? dot + 1 : names;
        length += (size_t)snprintf(columns + length, sizeof columns - length, "%s%.*s", length > 0 ? ", " : "",
                                   (int)(names + end - name), name);
        names += end;
        names += strspn(names, ", ");
    }
    copy_name(error->column, columns, strlen(columns));
}

/* Finds the names in "UNIQUE constraint failed: trades.id", "UNIQUE constraint failed: index 'pairs'", "CHECK
 * constraint failed: positive" and "cannot store TEXT value in INTEGER column trades.id". */
static void name_constraint(int code, const char *message, berth_error *error) {
    static const char index_words[] = "index '";
    const char *names = strstr(message, code == SQLITE_CONSTRAINT_DATATYPE ? " column " : "failed: ");
    if (names == NULL)
        return;
    names += strlen("failed: ");
    if (code == SQLITE_CONSTRAINT_CHECK)
        copy_name(error->constraint, names, strlen(names));
    else if (strncmp(names, index_words, sizeof index_words - 1) == 0)
        copy_name(error->constraint, names + sizeof index_words - 1, strcspn(names + sizeof index_words - 1, "'"));
    else
        name_columns(names, error);
}

/* What stopped a call, where it was not SQLite. */
static int32_t fail_stopped(const berth_driver_connection *connection, int code, const char *note, berth_error *error) {
    switch (connection->stopped_by) {
    case SQLITE_STOP_DEADLINE:
        return sqlite_services->fail(
            error, BERTH_TIMEOUT, "the deadline passed while %s%s",
            code == SQLITE_INTERRUPT ? "the statement ran" : "another connection held the lock", note);
    case SQLITE_STOP_PATIENCE:
        return sqlite_services->fail(error, BERTH_LOCK_TIMEOUT,
                                     "another connection held the lock for longer than busy_timeout (%lld ms)%s",
                                     (long long)(connection->busy_timeout_ns / NS_PER_MS), note);
    default:
        return sqlite_services->fail(error, BERTH_CANCELLED, "the statement was cancelled%s", note);
    }
}

static bool was_stopped(const berth_driver_connection *connection, int code) {
    return code == SQLITE_INTERRUPT || (PRIMARY(code) == SQLITE_BUSY && connection->stopped_by != SQLITE_STOP_NONE);
}

/* Where the text has several lines, in which one the error is; SQLite tells the byte. */
static unsigned line_of_error(sqlite3 *database, const char *sql) {
    int offset = sqlite3_error_offset(database);
    unsigned line = 1;
    for (int i = 0; i < offset; i++)
        line += sql[i] == '\n';
    return offset >= 0 && strchr(sql, '\n') != NULL ? line : 0;
}

int32_t sqlite_fail(berth_driver_connection *connection, int code, const char *sql, berth_error *error) {
    const char *message = code == SQLITE_NOMEM ? "out of memory" : sqlite3_errmsg(connection->database);
    uint32_t flags = 0;
    unsigned line = sql != NULL ? line_of_error(connection->database, sql) : 0;
    bool has_rolled_back = connection->in_transaction && sqlite3_get_autocommit(connection->database);
    const char *note = has_rolled_back ? "; SQLite has rolled the transaction back" : "";
    if (has_rolled_back)
        connection->in_transaction = connection->is_reading = false;
    int32_t status = status_of_code(code, &flags);
    if (code == SQLITE_ERROR)
        status = status_of_words(message, sql != NULL ? BERTH_SYNTAX : BERTH_INTERNAL);
    if (was_stopped(connection, code))
        status = fail_stopped(connection, code, note, error);
    else if (line > 0)
        sqlite_services->fail(error, status, "%s in line %u%s", message, line, note);
    else
        sqlite_services->fail(error, status, "%s%s", message, note);
    if (error == NULL)
        return status;
    error->native_code = code;
    error->flags = status == BERTH_TIMEOUT || status == BERTH_CANCELLED ? 0 : flags;
    if (PRIMARY(code) == SQLITE_CONSTRAINT)
        name_constraint(code, message, error);
    return status;
}

static bool is_directory(const char *path) {
    struct stat state;
    return stat(path, &state) == 0 && S_ISDIR(state.st_mode);
}

static bool has_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path)
        return true;
    char *folder = strndup(path, (size_t)(slash - path));
    bool there = folder == NULL || is_directory(folder);
    free(folder);
    return there;
}

/* Why the file could not be opened, in words that end where its name follows. */
static const char *explain_open(const sqlite_settings *settings, int system_error, int32_t *status) {
    *status = BERTH_DATABASE_NOT_FOUND;
    if (is_directory(settings->path))
        return "this is a folder, wanted is the path of a database file";
    if (!has_folder(settings->path))
        return "there is no folder for the database file";
    bool is_missing = access(settings->path, F_OK) != 0 && errno == ENOENT;
    if (is_missing && (settings->open_flags & SQLITE_OPEN_CREATE) == 0)
        return "there is no such database file, and only mode=rwc creates one";
    if (!is_missing && system_error != EACCES && system_error != EPERM)
        return "the database file can't be opened";
    *status = BERTH_PERMISSION;
    return is_missing ? "the folder does not let the database file be created" : "no right to open the database file";
}

int32_t sqlite_fail_connect(berth_driver_connection *connection, int code, const sqlite_settings *settings,
                            berth_error *error) {
    int32_t status = sqlite_fail(connection, code, NULL, error);
    const char *reason;
    if (PRIMARY(code) == SQLITE_CANTOPEN || is_directory(settings->path))
        reason = explain_open(settings, sqlite3_system_errno(connection->database), &status);
    else if (PRIMARY(code) == SQLITE_NOTADB)
        reason = "this is no SQLite database, or an encrypted one";
    else
        reason = status == BERTH_CORRUPT ? "the database file is damaged" : NULL;
    if (reason == NULL)
        return status;
    sqlite_services->fail(error, status, "%s: \"%s\"", reason, settings->path);
    if (error != NULL)
        error->native_code = code;
    return status;
}
