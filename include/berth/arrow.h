/**
 * @file arrow.h
 * The rows of a query as columns, for tools that compute with columns: the C stream interface of Apache Arrow
 * (https://arrow.apache.org/docs/format/CStreamInterface.html). Nothing of Arrow is linked; its three structs are
 * below.
 *
 *     berth_result *rows = berth_query(session, "SELECT id, price FROM trades", NULL);
 *     if (berth_result_arrow(rows, &stream) == BERTH_OK)
 *         hand_over(&stream); // a tool that reads the stream and releases it
 *     berth_result_close(rows);
 *
 * A column's type makes the Arrow type, for all batches of a stream:
 *
 * - bool: boolean; int64: int64; uint64: uint64; double: float64; text: utf8; blob: binary;
 * - date: date32; time: time64 in microseconds; timestamp: timestamp in microseconds without a zone; timestamptz: the
 *   same in the zone "UTC";
 * - uuid: fixed-size binary of 16 bytes, marked as the extension type "arrow.uuid"; json: utf8, marked as "arrow.json";
 * - decimal: decimal128 where the column's `declared_type` ends in its precision (up to 38) and scale, such as
 *   "numeric(18,4)"; else utf8, the number's text as it came, since a scale that is guessed would lose digits;
 * - a column whose type the database does not tell (BERTH_TYPE_NULL, as of expressions in SQLite): the type of all its
 *   values in the first batch; float64 where integers and doubles are mixed, utf8 for other mixtures and where all of
 *   them are NULL. CAST in the SQL makes sure of it where values of later batches may differ.
 *
 * Every column may hold NULL. A value that is not of its column's type is converted where the getters of result.h would
 * convert it; one that can't be, as a text in an integer column of SQLite, is a failure. So is a time of day that Arrow
 * has not, 24:00:00 or outside of a day, text that is no UTF-8, and an instant in a column of timestamps without a
 * zone, and a decimal that is NaN or has more digits than its column.
 */
#ifndef BERTH_ARROW_H
#define BERTH_ARROW_H

#include <berth/result.h>

BERTH_BEGIN_DECLS

/* The guards and structs are Arrow's own, so that they may stand in several headers of a program. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE /**< Arrow's guard of the two structs below. */

#define ARROW_FLAG_DICTIONARY_ORDERED 1 /**< The order of a dictionary means something. */
#define ARROW_FLAG_NULLABLE 2           /**< There may be NULLs. */
#define ARROW_FLAG_MAP_KEYS_SORTED 4    /**< The keys of a map are sorted. */

/** A type; of a whole batch, a struct ("+s") with a child for each column. */
struct ArrowSchema {
    const char *format;                    /**< The type, such as "l" for int64. */
    const char *name;                      /**< The column's name. */
    const char *metadata;                  /**< Pairs of keys and values; NULL for none. */
    int64_t flags;                         /**< ARROW_FLAG_ bits. */
    int64_t n_children;                    /**< How many `children`. */
    struct ArrowSchema **children;         /**< The columns. */
    struct ArrowSchema *dictionary;        /**< NULL with Berth. */
    void (*release)(struct ArrowSchema *); /**< Frees it, from any thread; NULL when that was done. */
    void *private_data;                    /**< The maker's. */
};

/** Values of one type; of a whole batch, a struct with a child for each column. */
struct ArrowArray {
    int64_t length;                       /**< How many values. */
    int64_t null_count;                   /**< How many of them are NULL. */
    int64_t offset;                       /**< Where they begin in the buffers: 0 with Berth. */
    int64_t n_buffers;                    /**< How many `buffers`. */
    int64_t n_children;                   /**< How many `children`. */
    const void **buffers;                 /**< Validity, and values, or offsets and bytes. */
    struct ArrowArray **children;         /**< The columns. */
    struct ArrowArray *dictionary;        /**< NULL with Berth. */
    void (*release)(struct ArrowArray *); /**< Frees it, from any thread; NULL when that was done. */
    void *private_data;                   /**< The maker's. */
};
#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE /**< Arrow's guard of the struct below. */

/** Batches of values of one type, read one after another. The functions return 0 or an errno number. */
struct ArrowArrayStream {
    /** Makes the type of the batches. */
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    /** Makes the next batch; at the end `out->release` is NULL. */
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    /** What the last call that failed says, until the next one. */
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *); /**< Ends the reading and frees the stream; NULL when that was done. */
    void *private_data;                         /**< The maker's. */
};
#endif

/**
 * Makes the rows of a result a stream of batches of 65536 rows; the last one is shorter, and one whose column would
 * hold more than 64 MiB of text or blobs. No more than one batch is kept in memory, beside those that the caller keeps;
 * the buffers of one that was released serve the next.
 *
 * The stream reads the rows in place of berth_next(), which from now on, like the getters, makes the session fail. It
 * is part of the session, as the result is: its calls are the session's, with its deadlines (`statement_timeout_ms`
 * counts for each call of get_next), can be cancelled, and come from one thread at a time. A failure makes the session
 * fail as well, get_last_error has its message, and each later call of get_next the same.
 *
 * The stream must be released, and the result closed, in either order. Releasing it ends the reading, so that the
 * session may run its next statement. Where the result is closed, or the session ended or rolled back, before all rows
 * are read, get_next fails from then on. Schemas and batches are the caller's: they need neither stream nor session,
 * and any thread may release them.
 *
 * @param result From berth_query(), no row of it read yet.
 * @param stream The caller's struct, overwritten; on a failure its `release` is NULL.
 * @return the session's status. BERTH_MISUSE where the result has no rows to read (it is of a statement without any, or
 *         they were read), or is NULL or of a session that ended.
 */
BERTH_API berth_status berth_result_arrow(berth_result *result, struct ArrowArrayStream *stream);

BERTH_END_DECLS

#endif
