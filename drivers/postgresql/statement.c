/* Statements that the server keeps. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "postgresql.h"

#define MOST_DROPPED 16 /* Statements that the server may keep in vain: forgetting costs a round trip. */
/* Placeholders whose description fits into 30000 bytes. libpq 15.18 and others take a longer one for a broken stream,
 * and end the connection. */
#define MOST_DESCRIBED ((30000 - 4 - 2) / 4)

static void write_name(uint64_t number, char name[POSTGRESQL_NAME_BYTES]) {
    snprintf(name, POSTGRESQL_NAME_BYTES, "berth_%" PRIu64, number);
}

/* Without memory the server keeps it until the connection ends. */
static void drop_number(berth_driver_connection *connection, uint64_t number) {
    if (number == 0)
        return;
    if (connection->dropped_count == connection->dropped_capacity) {
        uint32_t capacity = connection->dropped_capacity + MOST_DROPPED;
        uint64_t *grown = postgresql_services->reallocate(connection->dropped, capacity * sizeof *grown);
        if (grown == NULL)
            return;
        connection->dropped = grown;
        connection->dropped_capacity = capacity;
    }
    connection->dropped[connection->dropped_count++] = number;
}

/* In a failed transaction the server would refuse. */
int32_t postgresql_statements_tidy(berth_driver_connection *connection, berth_error *error) {
    char sql[MOST_DROPPED * (POSTGRESQL_NAME_BYTES + sizeof "DEALLOCATE ;")];
    char name[POSTGRESQL_NAME_BYTES];
    int length = 0;
    if (connection->dropped_count < MOST_DROPPED || PQpipelineStatus(connection->handle) != PQ_PIPELINE_OFF ||
        PQtransactionStatus(connection->handle) == PQTRANS_INERROR)
        return BERTH_OK;
    for (int i = 0; i < MOST_DROPPED; i++) {
        write_name(connection->dropped[--connection->dropped_count], name);
        length += snprintf(sql + length, sizeof sql - (size_t)length, "DEALLOCATE %s;", name);
    }
    return postgresql_run(connection, sql, error);
}

int32_t postgresql_statement_send(berth_driver_connection *connection, berth_driver_statement *statement,
                                  const char *sql, int64_t index, berth_error *error) {
    PGconn *handle = connection->handle;
    if (statement->number != 0 && statement->generation == connection->generation)
        return BERTH_OK;
    drop_number(connection, statement->number);
    statement->number = 0;
    statement->is_described = false;
    postgresql_step step = {
        .kind = STEP_PREPARE, .statement = statement, .number = ++connection->last_number, .index = index};
    write_name(step.number, statement->name);
    int32_t status =
        postgresql_pipeline_add(connection, PQsendPrepare(handle, statement->name, sql, 0, NULL), &step, error);
    if (status != BERTH_OK)
        return status;
    statement->number = step.number;
    statement->generation = connection->generation;
    step.kind = STEP_DESCRIBE;
    return postgresql_pipeline_add(connection, PQsendDescribePrepared(handle, statement->name), &step, error);
}

/* Whether a step is about the statement as it is now. */
static bool is_current(const postgresql_step *step) {
    return step->statement != NULL && step->statement->number == step->number;
}

void postgresql_statement_undo(const postgresql_step *step) {
    if (is_current(step) && step->kind == STEP_PREPARE)
        step->statement->number = 0;
    else if (is_current(step))
        step->statement->generation = 0;
}

/* Its types may be others now. */
static void drop_form(berth_driver_connection *connection, berth_driver_statement *statement) {
    postgresql_array_form *form = statement->form;
    statement->form = NULL;
    if (form != NULL)
        postgresql_unprepare(connection, form->statement);
    postgresql_array_form_free(form);
}

/* Without memory it is prepared anew next time. */
void postgresql_statement_describe(berth_driver_connection *connection, const postgresql_step *step,
                                   PGresult *description) {
    berth_driver_statement *statement = step->statement;
    berth_error error;
    if (!is_current(step)) {
        PQclear(description);
        return;
    }
    postgresql_columns_free(&statement->columns);
    drop_form(connection, statement);
    statement->is_described = postgresql_columns_make(&statement->columns, description, true, &error) == BERTH_OK;
    if (!statement->is_described)
        statement->generation = 0;
}

void postgresql_statements_forget(berth_driver_connection *connection) {
    connection->generation++;
    connection->dropped_count = 0;
    connection->pipeline.prepared_own = 0;
    for (berth_driver_statement *statement = connection->statements; statement != NULL; statement = statement->next)
        statement->number = 0;
}

/* By where in the server it was said: texts are translated. 26000: somebody else has dropped the statement. */
bool postgresql_statement_is_stale(berth_driver_statement *statement, const PGresult *result) {
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
    if (statement == NULL || sqlstate == NULL)
        return false;
    bool is_gone = strcmp(sqlstate, "26000") == 0;
    if (is_gone)
        statement->number = 0;
    else if (strcmp(sqlstate, "0A000") == 0 && function != NULL && strcmp(function, "RevalidateCachedQuery") == 0)
        statement->generation = 0;
    else
        return false;
    return true;
}

/* Behind white space and comments, which nest. */
static const char *skip_blanks(const char *sql) {
    int depth = 0;
    for (;;) {
        if (strncmp(sql, "/*", 2) == 0) {
            depth++;
            sql += 2;
        } else if (depth > 0 && strncmp(sql, "*/", 2) == 0) {
            depth--;
            sql += 2;
        } else if (depth == 0 && strncmp(sql, "--", 2) == 0) {
            sql += strcspn(sql, "\n");
        } else if (*sql != '\0' && (depth > 0 || strchr(" \t\n\r\f\v;", *sql) != NULL)) {
            sql++;
        } else {
            return sql;
        }
    }
}

/* Whether it is one of those that do the same within a transaction that the server has begun by itself. */
static bool only_writes(const char *sql) {
    static const char *const words[] = {"insert", "update", "delete"};
    sql = skip_blanks(sql);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncasecmp(sql, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

bool postgresql_is_copy(const char *sql) {
    return strncasecmp(skip_blanks(sql), "copy", 4) == 0;
}

/* The highest number behind a dollar, be it a placeholder or in a literal. */
static unsigned long find_highest_number(const char *sql) {
    unsigned long highest = 0;
    for (const char *at = strchr(sql, '$'); at != NULL; at = strchr(at + 1, '$')) {
        unsigned long number = at[1] >= '0' && at[1] <= '9' ? strtoul(at + 1, NULL, 10) : 0;
        if (number > highest)
            highest = number;
    }
    return highest;
}

int32_t postgresql_prepare(berth_driver_connection *connection, const char *sql, uint64_t length, int64_t deadline_ns,
                           berth_driver_statement **statement, berth_error *error) {
    (void)length;
    (void)deadline_ns;
    *statement = NULL;
    if (!connection->keeps_statements || postgresql_is_copy(sql) || find_highest_number(sql) > MOST_DESCRIBED)
        return BERTH_OK;
    berth_driver_statement *made = postgresql_services->allocate(sizeof *made);
    if (made == NULL)
        return postgresql_fail_memory("a statement", error);
    memset(made, 0, sizeof *made);
    made->only_writes = only_writes(sql);
    made->next = connection->statements;
    if (made->next != NULL)
        made->next->previous = made;
    connection->statements = made;
    *statement = made;
    return BERTH_OK;
}

void postgresql_unprepare(berth_driver_connection *connection, berth_driver_statement *statement) {
    if (statement == NULL)
        return;
    if (connection->columns == &statement->columns)
        connection->columns = NULL;
    if (statement->next != NULL)
        statement->next->previous = statement->previous;
    *(statement->previous != NULL ? &statement->previous->next : &connection->statements) = statement->next;
    if (statement->owner != NULL)
        statement->owner->statement = NULL;
    postgresql_pipeline_forget(connection, statement);
    drop_form(connection, statement);
    drop_number(connection, statement->number);
    postgresql_columns_free(&statement->columns);
    postgresql_services->release(statement);
}
