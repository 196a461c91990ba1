/* The rows of a result, read in another way than by berth_next(). */
#ifndef CORE_RESULT_H
#define CORE_RESULT_H

#include <berth/result.h>

#include "core/session.h"

/* Who reads. Must stay where it is, and be closed. */
typedef struct result_reader {
    berth_result *result;       /* NULL when the reading is over. */
    bool is_complete;           /* All rows were read. */
    const berth_value *waiting; /* A row that a batch has refused. */
    berth_error error;          /* Why not, else; the session's failure where it has failed. */
} result_reader;

/* Takes the reading over from berth_next(), for good. On failure the session has failed, and there is nothing to close.
 * `function` is named in the error. */
berth_status result_reader_open(result_reader *reader, berth_result *result, const char *function);

/* Begins a call that reads some rows. Returns the session; NULL when the reading is over. */
berth_session *result_reader_begin(result_reader *reader, int64_t *deadline_ns);

/* Reads rows into a batch until it has as many as it wants, or refuses one, which is then the first of the next call.
 * False when the reading is over. */
bool result_reader_fill(result_reader *reader, berth_batch *batch, int64_t deadline_ns);

/* Ends the reading by a failure. It is the session's too, also after the last row; NULL when that may have ended. */
void result_reader_fail(result_reader *reader, berth_session *session, const berth_error *error);

/* Ends the reading. */
void result_reader_close(result_reader *reader);

/* The session of a result; NULL when it has ended, or the result is NULL. */
berth_session *result_session(const berth_result *result);

#endif
