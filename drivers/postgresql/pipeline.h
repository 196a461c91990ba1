/* What was sent to the server and not answered yet: pipeline.c, and the driver's own statements on it: own.c. */
#ifndef DRIVERS_POSTGRESQL_PIPELINE_H
#define DRIVERS_POSTGRESQL_PIPELINE_H

#include <berth/driver.h>
#include <libpq-fe.h>
#include <stdbool.h>

/* What was sent, in the order of the answers. */
typedef enum postgresql_step_kind {
    STEP_NONE,
    STEP_PREPARE_OWN,
    STEP_PREPARE,
    STEP_DESCRIBE,
    STEP_BEGIN,
    STEP_OWN,
    STEP_STATEMENT,
    STEP_COMMIT,
    STEP_SYNC,
} postgresql_step_kind;

typedef struct postgresql_step {
    uint32_t kind;                     /* STEP_ */
    uint32_t own;                      /* Which of the driver's own statements. */
    uint32_t rows;                     /* How many are wanted at a time; 0 or 1: one. */
    uint32_t batch;                    /* How many rows it inserts; 0: it is no batch. */
    berth_driver_statement *statement; /* NULL for none, and when it was dropped since. */
    uint64_t number;                   /* Of the statement, as it was sent. */
    int64_t index;                     /* Of a deferred statement or a row; -1 for none. */
} postgresql_step;

/* What was sent and not answered yet, and what waits to be sent with the next statement. */
typedef struct postgresql_pipeline {
    postgresql_step *steps; /* A ring of `capacity`, a power of two. */
    uint32_t capacity;
    uint32_t first;
    uint32_t count;
    bool is_answered;        /* The first step, at least in part. */
    bool needs_sync;         /* Something was sent behind the last sync. */
    bool begin_waits;        /* BEGIN goes with the next statement ... */
    uint32_t waiting_begin;  /* ... in this form; */
    bool is_implicit;        /* or what was sent already needs none: a sync commits it. */
    uint32_t prepared_own;   /* A bit for each of the driver's own statements that the server has. */
    postgresql_step refused; /* That the server itself refused; of no kind for none. */
    int64_t deferred_count;  /* Since all was waited for. */
    int64_t affected_rows;   /* Of all statements since it was cleared; -1 where one has no count. */
    size_t unsent_bytes;     /* Perhaps; since libpq's buffer was known to be empty. */
} postgresql_pipeline;

/* ---- pipeline.c: statements that do not wait for the answers to those before ----
 * Functions that read answers report the first failure, with the index of its step, and have ended the pipeline then:
 * what was behind the failure is passed over. */

/* Begins or continues a pipeline: makes room for some more steps, sends the BEGIN that waits. */
int32_t postgresql_pipeline_open(berth_driver_connection *connection, berth_error *error);
/* The same for a statement that only writes, and is not waited for. Where nothing is said of the transaction, BEGIN
 * goes on waiting: the server takes all that comes before a sync for one transaction. */
int32_t postgresql_pipeline_open_implicit(berth_driver_connection *connection, berth_error *error);
/* Adds what commits the transaction. */
int32_t postgresql_pipeline_add_commit(berth_driver_connection *connection, berth_error *error);
/* Notes a step that was sent; `sent` is what libpq's send function returned. */
int32_t postgresql_pipeline_add(berth_driver_connection *connection, int sent, const postgresql_step *step,
                                berth_error *error);
/* Ends the pipeline by a sync, and waits for the first result of its last step. */
int32_t postgresql_pipeline_receive(berth_driver_connection *connection, PGresult **first, berth_error *error);
/* Waits for all that is left. `result`, which may be NULL, was received already, and is taken over. */
int32_t postgresql_pipeline_end(berth_driver_connection *connection, PGresult *result, berth_error *error);
/* The same where there may be no pipeline. */
int32_t postgresql_pipeline_finish(berth_driver_connection *connection, berth_error *error);
/* The same with the BEGIN that waits. */
int32_t postgresql_pipeline_settle(berth_driver_connection *connection, berth_error *error);
/* Waits for the answers to what was sent, and goes on with the pipeline. */
int32_t postgresql_pipeline_catch_up(berth_driver_connection *connection, berth_error *error);
/* When much may wait to be sent: sends it, and reads what has been answered. */
int32_t postgresql_pipeline_relieve(berth_driver_connection *connection, berth_error *error);
/* Reads what has been answered. */
int32_t postgresql_pipeline_look(berth_driver_connection *connection, berth_error *error);
/* Something of that index could not be sent: waits for what was. A failure among that came first, and counts instead.
 */
int32_t postgresql_pipeline_give_up(berth_driver_connection *connection, int32_t status, int64_t index,
                                    berth_error *error);
/* Passes over what is left, where `status` is a failure, and leaves libpq's pipeline mode. */
int32_t postgresql_pipeline_leave(berth_driver_connection *connection, int32_t status, berth_error *error);
/* A statement is dropped. */
void postgresql_pipeline_forget(berth_driver_connection *connection, const berth_driver_statement *statement);

/* ---- own.c ---- */

/* The driver's own statements: BEGIN in ten forms, of which the first says no more, and these. */
enum { OWN_BEGIN = 0, OWN_COMMIT = 10, OWN_SAVEPOINT, OWN_RELEASE, OWN_PLAIN_TABLE };

/* Which BEGIN it is. */
uint32_t postgresql_own_begin(const berth_begin *begin);
const char *postgresql_own_sql(uint32_t own);
/* In a pipeline: sends one, as a step of that kind, with a value or NULL. */
int32_t postgresql_own_send(berth_driver_connection *connection, uint32_t kind, uint32_t own, const char *value,
                            berth_error *error);
/* The server has refused one. Returns the status. */
int32_t postgresql_own_judge(berth_driver_connection *connection, const postgresql_step *step, berth_error *error);

#endif
