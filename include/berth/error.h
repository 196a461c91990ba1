/**
 * @file error.h
 * The error contract: one set of categories for every database.
 *
 * An error lives in a `berth_error` of the caller, never in a global. The native code comes before the SQLSTATE:
 * 40001 is a deadlock on MariaDB and a serialization failure on PostgreSQL, so a driver decides by what its server
 * says and only then by the standard's classes (ISO/IEC 9075-2, clause 24).
 */
#ifndef BERTH_ERROR_H
#define BERTH_ERROR_H

#include <berth/version.h>
#include <stdbool.h>
#include <stdint.h>

BERTH_BEGIN_DECLS

/** What went wrong, in terms of what a program would do about it. Numbers are frozen; new ones are appended. */
typedef enum berth_status {
    BERTH_OK = 0, /**< Nothing went wrong. */

    BERTH_MISUSE = 1,        /**< The program called Berth in a way that can never work: fix the program. */
    BERTH_CONFIG = 2,        /**< A URL or a setting is wrong; the message says which part and what is allowed. */
    BERTH_DRIVER = 3,        /**< No driver for the scheme, or one that can't be loaded. */
    BERTH_NOT_SUPPORTED = 4, /**< This driver or server can't do what was asked. */
    BERTH_NO_MEMORY = 5,     /**< This process ran out of memory. */

    BERTH_CONNECT = 10,              /**< The server could not be reached. */
    BERTH_AUTH = 11,                 /**< The server refused user, password or certificate. */
    BERTH_DATABASE_NOT_FOUND = 12,   /**< The server knows no such database; for a file: it can't be opened. */
    BERTH_TOO_MANY_CONNECTIONS = 13, /**< The server takes no more connections now. Retryable. */
    BERTH_CONNECTION_LOST = 14,      /**< The connection ended; the transaction was not committed. */
    BERTH_OUTCOME_UNKNOWN = 15,      /**< The answer to a COMMIT never came: look at the data, never just repeat. */

    BERTH_POOL_TIMEOUT = 20, /**< No connection became free in time; the message has the pool's counts. */
    BERTH_POOL_CLOSED = 21,  /**< The engine was closed. */
    BERTH_POOL_FULL = 22,    /**< As many callers as `max_waiting` allows wait for a connection already. */

    BERTH_TIMEOUT = 30,   /**< A deadline of the program passed. */
    BERTH_CANCELLED = 31, /**< berth_session_cancel() or an administrator ended the statement. */

    BERTH_SYNTAX = 40,           /**< The SQL can't be parsed. */
    BERTH_UNDEFINED = 41,        /**< A table, column, function or savepoint does not exist. */
    BERTH_DUPLICATE_OBJECT = 42, /**< A table or another object exists already. */
    BERTH_PERMISSION = 43,       /**< The user may not do that. */
    BERTH_READ_ONLY = 44,        /**< A write in a read-only session, database or server. */

    BERTH_UNIQUE = 50,      /**< A unique or primary key would be doubled. */
    BERTH_FOREIGN_KEY = 51, /**< A referenced row is missing, or a row is still referenced. */
    BERTH_NOT_NULL = 52,    /**< NULL where a value is required. */
    BERTH_CHECK = 53,       /**< A check constraint does not hold. */

    BERTH_DATA = 60,      /**< A value does not fit: type, range, encoding, conversion. */
    BERTH_TOO_LARGE = 61, /**< A value or statement is larger than the server or driver takes. */

    BERTH_SERIALIZATION = 70, /**< Another transaction got in the way: run the transaction again. Retryable. */
    BERTH_DEADLOCK = 71,      /**< Chosen as a deadlock's victim: run the transaction again. Retryable. */
    BERTH_LOCK_TIMEOUT = 72,  /**< A lock was not granted in time. Retryable. */

    BERTH_RESOURCE = 80, /**< The server ran out of disk, memory or another resource. */
    BERTH_CORRUPT = 81,  /**< The database is damaged, or no database at all. */
    BERTH_INTERNAL = 82  /**< None of the above; the message has what the server said. */
} berth_status;

/** The same transaction, run again from its start, may succeed. */
#define BERTH_FLAG_RETRYABLE UINT32_C(1)
/** The connection can't be used any more; the pool has dropped it or will. */
#define BERTH_FLAG_CONNECTION_LOST UINT32_C(2)
/** What was asked may or may not have happened. Never set together with BERTH_FLAG_RETRYABLE. */
#define BERTH_FLAG_OUTCOME_UNKNOWN UINT32_C(4)

#define BERTH_NAME_BYTES 128     /**< Room for a constraint's or column's name, its NUL included. */
#define BERTH_MESSAGE_BYTES 1024 /**< Room for a message, its NUL included; a longer one ends in "...". */

/**
 * What went wrong. A plain struct of the caller: nothing in it is allocated, nothing is to be freed, it may be copied.
 * It needs no initialisation: whoever is given one sets all of it, on success too (status BERTH_OK, texts empty).
 */
typedef struct berth_error {
    uint32_t struct_size;              /**< The bytes of this struct that were set. */
    int32_t status;                    /**< A berth_status. */
    uint32_t flags;                    /**< BERTH_FLAG_ bits. */
    char sqlstate[6];                  /**< Five characters (ISO/IEC 9075) or empty where there is none. */
    char reserved[6];                  /**< Zero. */
    int64_t native_code;               /**< The server's or client library's own number, or 0. */
    int64_t index;                     /**< Which row of a batch or statement of a pipeline failed, from 0; else -1. */
    char constraint[BERTH_NAME_BYTES]; /**< The violated constraint where the server names it, else empty. */
    char column[BERTH_NAME_BYTES];     /**< The column at fault where the server names it, else empty. */
    char message[BERTH_MESSAGE_BYTES]; /**< What was tried, what came, what would be right. UTF-8, no password. */
} berth_error;

/** The name of a status, such as "UNIQUE"; "UNKNOWN" for a number that is none. Borrowed, static. Any thread. */
BERTH_API const char *berth_status_name(berth_status status);

/** Whether running the same transaction again may succeed. False for NULL. Any thread. */
BERTH_API bool berth_error_is_retryable(const berth_error *error);

BERTH_END_DECLS

#endif
