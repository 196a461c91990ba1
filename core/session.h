/* A session from the inside: the transaction state machine and the sticky error. */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

#define BERTH_WITHOUT_PLACES /* The program's places are wanted, not the library's. */
#include <berth/bulk.h>
#include <berth/session.h>
#include <pthread.h>
#include <stdatomic.h>

#include "core/connection.h"
#include "core/engine.h"
#include "core/pool.h"

/* What the memory of a session is. */
typedef enum session_life {
    SESSION_CLOSED, /* Ended; the memory waits for another session. */
    SESSION_OPEN,
    SESSION_UNMADE, /* The one session that stands for "no memory": shared, never written. */
} session_life;

/* What its thread is doing, for berth_session_cancel(). */
typedef enum session_activity {
    SESSION_RESTING,
    SESSION_RUNNING, /* In a call. */
    SESSION_READING, /* Between the rows of a result. */
} session_activity;

/* A deferred statement: the start of its text. */
typedef struct session_queued {
    char start[STATEMENT_SHOWN_BYTES];
} session_queued;

struct berth_session {
    session_life life;
    bool stillborn; /* Failed at its opening: no rollback helps. */
    bool held;      /* Made by berth_session_enter(): the memory stays until berth_session_leave(). */
    berth_engine *engine;
    berth_session_options options;
    uint32_t isolation;  /* The level that the server really has for the one asked for. */
    int64_t deadline_ns; /* Of the whole session. */

    pool_slot *slot; /* NULL as long as nothing was run. */
    connection *_Atomic connection;
    bool in_transaction;
    bool has_answer;   /* Something of this transaction was answered. */
    berth_error error; /* The first failure. */

    uint32_t savepoint_depth; /* Savepoints that the database has. */
    uint32_t dead_savepoints; /* Begun inside them, while the session had failed. */

    berth_result *open_result;  /* The one whose rows are not all read. */
    berth_bulk_load *open_load; /* The one that goes on. */
    berth_bulk_load *loads;     /* All that the caller has not closed. */
    berth_result *results;      /* All that the caller has not closed. */
    berth_result *spare_result;
    int64_t affected_rows;
    int64_t last_insert_id;

    session_queued *queued; /* Deferred and not known to have worked; by its order. */
    uint32_t queued_count;
    uint32_t named_count; /* The first of them, that are in `queued`: all, unless memory ran out. */
    uint32_t named_capacity;

    /* For cancel: see session_cancel.c. */
    pthread_mutex_t cancel_lock;
    pthread_cond_t cancel_done;
    atomic_int activity;    /* session_activity */
    atomic_bool cancelling; /* Another thread is calling the driver's cancel slot. */
    atomic_bool cancelled;  /* Asked to end the running call. */
    pool_ticket ticket;

    berth_session *next_free;
};

/* A session that has failed already, with this error. Takes over one hold on `engine`, which may be NULL. */
berth_session *session_open_failed(berth_engine *engine, const berth_error *error);

/* As berth_session_open(), taking over the caller's hold on `engine`. */
berth_session *session_open_held(berth_engine *engine, const berth_session_options *options);

/* Copies the options that a program gave, which may be NULL, older or newer than this library; checks them. */
berth_status session_take_options(const berth_session_options *given, berth_session_options *taken, berth_error *error);

/* Whether the session can be used at all: MISUSE for NULL or one that was closed, NO_MEMORY for the one that stands for
 * that. `function` is named in the error. */
berth_status session_check_open(const berth_session *session, const char *function, berth_error *error);

/* Whether a call may go on: an open session without a failure. Names `what` when it can't. */
bool session_usable(berth_session *session, const char *what);

/* Whether this is a forked child and the connection is the parent's, so that not a byte may be sent on it; the session
 * has failed then. */
bool session_is_inherited(berth_session *session);

/* Begins a call: sets its deadline, takes a connection, begins a transaction. On failure the session has failed. */
berth_status session_call_begin(berth_session *session, int64_t *deadline_ns);

/* Ends a call; `status` is its own, with the session's error set. Returns the session's status. */
berth_status session_call_end(berth_session *session, berth_status status);

/* ---- session_connection.c ---- */

/* Takes one that is alive as far as can be told without a round trip, where that matters. */
berth_status session_take_connection(berth_session *session, int64_t deadline_ns);
void session_give_connection_back(berth_session *session);
/* Without a round trip where the driver can send it along with the first statement. */
berth_status session_begin_transaction(berth_session *session, int64_t deadline_ns);
/* Whether statements are deferred: the program wants it, and the driver can. */
bool session_pipelines(const berth_session *session);

/* Something that is sent on the session's connection. May be done again, on another one. */
typedef berth_status (*session_action)(berth_session *session, void *context, int64_t deadline_ns);

/* Does it; when the connection turns out to be dead before anything was answered, and a lost transaction leaves nothing
 * behind, does it on another one. */
berth_status session_step(berth_session *session, session_action action, void *context, int64_t deadline_ns);

/* ---- session_execute.c ---- */

/* Waits for what was deferred; the first failure of it is the session's. */
berth_status session_flush(berth_session *session);
/* Puts the name of the deferred statement that failed before the error's message. False when it is none of them. */
bool session_name_queued(const berth_session *session, berth_error *error);
void session_forget_queued(berth_session *session);

/* Runs a statement for many rows, at least one. */
berth_status session_execute_many(berth_session *session, const statement_key *key, const berth_params *rows,
                                  size_t count);

/* Puts which of many rows has failed before the session's error, where that is known. */
void session_name_row(berth_session *session, size_t count);

/* Runs a statement on the session's connection, names it when it fails, and reports it when it was slow. */
berth_status session_execute(berth_session *session, const statement_key *key, const berth_params *params,
                             berth_execution *execution, int64_t deadline_ns);

/* The deadline of a call that begins now. */
int64_t session_call_deadline(const berth_session *session);

/* Whether the transaction still is what the session believes it to be, as the driver says. */
void session_note_transaction(berth_session *session);

/* The driver that the session's engine uses; NULL for a session that could not be made. */
const berth_driver *session_driver(const berth_session *session);

/* session_memory.c: its lock, for fork.c. */
extern pthread_mutex_t session_memory_lock;
/* A zeroed session with its lock made, and back. NULL without memory. */
berth_session *session_allocate(void);
void session_recycle(berth_session *session);
berth_session *session_unmade(void);

/* session_cancel.c: brackets what may be cancelled. */
void session_activity_begin(berth_session *session);
void session_activity_end(berth_session *session);

/* bulk.c: the session ends, or rolls back, with a load that was not closed, and fails. */
void session_leave_load(berth_session *session);
/* The loads that the caller has not closed lose the session, at its end. */
void session_leave_loads(berth_session *session);

/* result.c: ends the open result before its end; a failure is the session's. */
void session_finish_result(berth_session *session);
/* The results that the caller has not closed lose their columns, which belong to statements, ... */
void session_forget_columns(berth_session *session);
/* ... and, at the session's end, the session. */
void session_leave_results(berth_session *session);

#endif
