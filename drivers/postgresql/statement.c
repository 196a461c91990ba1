/* Statements that the server keeps. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "postgresql.h"

#define MOST_DROPPED 16 /* Statements that the server may keep in vain: forgetting costs a round trip. */
/* Placeholders whose description fits into 30000 bytes. libpq 15.18 and others take a longer one for a broken stream,
 * and end the connection. */
#define MOST_DESCRIBED ((30000 - 4 - 2) / 4)

void postgresql_statement_name(uint64_t number, char name[POSTGRESQL_NAME_BYTES]) {
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

/* Lets the server forget what piled up. In a failed transaction it would refuse. */
static int32_t forget_dropped(berth_driver_connection *connection, berth_error *error) {
    char sql[MOST_DROPPED * (POSTGRESQL_NAME_BYTES + sizeof "DEALLOCATE ;")];
    char name[POSTGRESQL_NAME_BYTES];
    int length = 0;
    if (connection->dropped_count < MOST_DROPPED || PQtransactionStatus(connection->handle) == PQTRANS_INERROR)
        return BERTH_OK;
    for (int i = 0; i < MOST_DROPPED; i++) {
        postgresql_statement_name(connection->dropped[--connection->dropped_count], name);
        length += snprintf(sql + length, sizeof sql - (size_t)length, "DEALLOCATE %s;", name);
    }
    return postgresql_run(connection, sql, error);
}

/* Reads what answers PREPARE and DESCRIBE, up to the end of the pipeline. */
static int32_t read_answers(berth_driver_connection *connection, PGresult **description, berth_error *error) {
    berth_error later = {.status = BERTH_OK};
    int32_t status = BERTH_OK;
    bool is_prepared = false;
    ExecStatusType kind = PGRES_COMMAND_OK;
    while (kind != PGRES_PIPELINE_SYNC && PQstatus(connection->handle) == CONNECTION_OK) {
        PGresult *result;
        berth_error *unused = status == BERTH_OK ? error : &later;
        int32_t received = postgresql_receive(connection, &result, unused);
        if (received != BERTH_OK)
            return status == BERTH_OK ? received : status;
        if (result == NULL)
            continue;
        kind = PQresultStatus(result);
        if (kind == PGRES_FATAL_ERROR && status == BERTH_OK)
            status = postgresql_fail(connection, result, error);
        if (kind == PGRES_COMMAND_OK && is_prepared && *description == NULL) {
            *description = result;
            continue;
        }
        is_prepared = is_prepared || kind == PGRES_COMMAND_OK;
        PQclear(result);
    }
    if (status == BERTH_OK && *description == NULL)
        return postgresql_fail_lost(connection, error);
    return status;
}

/* Both in one round trip. */
static int32_t prepare_and_describe(berth_driver_connection *connection, const char *name, const char *sql,
                                    PGresult **description, berth_error *error) {
    PGconn *handle = connection->handle;
    *description = NULL;
    int sent = PQenterPipelineMode(handle) == 1 && PQsendPrepare(handle, name, sql, 0, NULL) == 1 &&
               PQsendDescribePrepared(handle, name) == 1 && PQpipelineSync(handle) == 1;
    int32_t status = postgresql_flush(connection, sent, error);
    if (status == BERTH_OK)
        status = read_answers(connection, description, error);
    if (PQexitPipelineMode(handle) != 1)
        connection->is_broken = true;
    if (status == BERTH_OK && connection->is_broken)
        status = postgresql_fail_lost(connection, error);
    return postgresql_settle(connection, status, error);
}

int32_t postgresql_statement_refresh(berth_driver_connection *connection, berth_driver_statement *statement,
                                     const char *sql, berth_error *error) {
    char name[POSTGRESQL_NAME_BYTES];
    PGresult *description;
    if (statement->number != 0 && statement->generation == connection->generation)
        return BERTH_OK;
    drop_number(connection, statement->number);
    statement->number = 0;
    int32_t status = forget_dropped(connection, error);
    if (status != BERTH_OK)
        return status;
    uint64_t number = ++connection->last_number;
    postgresql_statement_name(number, name);
    status = prepare_and_describe(connection, name, sql, &description, error);
    if (status != BERTH_OK) {
        PQclear(description);
        return status;
    }
    postgresql_columns_free(&statement->columns);
    statement->number = number;
    statement->generation = connection->generation;
    return postgresql_columns_make(&statement->columns, description, error);
}

/* By where in the server it was said: texts are translated. 26000: somebody else has dropped the statement. */
bool postgresql_statement_is_stale(berth_driver_statement *statement, const PGresult *result) {
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
    if (statement == NULL || sqlstate == NULL)
        return false;
    bool is_stale =
        (strcmp(sqlstate, "0A000") == 0 && function != NULL && strcmp(function, "RevalidateCachedQuery") == 0) ||
        strcmp(sqlstate, "26000") == 0;
    if (is_stale)
        statement->generation = 0;
    return is_stale;
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
    *statement = NULL;
    if (!connection->keeps_statements || find_highest_number(sql) > MOST_DESCRIBED)
        return BERTH_OK;
    berth_driver_statement *made = postgresql_services->allocate(sizeof *made);
    if (made == NULL)
        return postgresql_fail_memory("a statement", error);
    memset(made, 0, sizeof *made);
    made->next = connection->statements;
    if (made->next != NULL)
        made->next->previous = made;
    connection->statements = made;
    int32_t status = postgresql_call_begin(connection, deadline_ns, error);
    if (status == BERTH_OK)
        status = postgresql_statement_refresh(connection, made, sql, error);
    if (status == BERTH_OK)
        *statement = made;
    else
        postgresql_unprepare(connection, made);
    return status;
}

void postgresql_unprepare(berth_driver_connection *connection, berth_driver_statement *statement) {
    if (statement == NULL)
        return;
    if (connection->columns == &statement->columns)
        connection->columns = NULL;
    if (statement->next != NULL)
        statement->next->previous = statement->previous;
    *(statement->previous != NULL ? &statement->previous->next : &connection->statements) = statement->next;
    drop_number(connection, statement->number);
    postgresql_columns_free(&statement->columns);
    postgresql_services->release(statement);
}
