/* Loading rows by COPY: in binary where all columns have a binary form that is known, else as text. */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "postgresql.h"

#define PUT_BYTES 32768     /* That are gathered before they are sent. */
#define SLICE_BYTES 1048576 /* That libpq is given at once, and copies. */

/* ---- The statements. ---- */

static char *write_name(char *at, const char *name) {
    *at++ = '"';
    for (; *name != '\0'; name++) {
        if (*name == '"')
            *at++ = '"';
        *at++ = *name;
    }
    *at++ = '"';
    return at;
}

static char *write_columns(char *at, const berth_bulk *bulk) {
    for (uint32_t i = 0; i < bulk->column_count; i++) {
        at = stpcpy(at, i > 0 ? ", " : "");
        at = write_name(at, bulk->columns[i]);
    }
    return at;
}

static bool reserve_sql(postgresql_bulk *load, const berth_bulk *bulk) {
    size_t size = sizeof "COPY  () FROM STDIN (FORMAT binary)" + 2 * strlen(bulk->table) + sizeof "\"\"";
    for (uint32_t i = 0; i < bulk->column_count; i++)
        size += 2 * strlen(bulk->columns[i]) + sizeof "\"\", ";
    return postgresql_reserve(&load->bytes, size);
}

static void write_select(postgresql_bulk *load, const berth_bulk *bulk) {
    char *at = stpcpy(load->bytes.data, "SELECT ");
    at = write_columns(at, bulk);
    at = stpcpy(at, " FROM ");
    *write_name(at, bulk->table) = '\0';
}

static void write_copy(postgresql_bulk *load, const berth_bulk *bulk) {
    char *at = stpcpy(load->bytes.data, "COPY ");
    at = write_name(at, bulk->table);
    at = stpcpy(at, " (");
    at = write_columns(at, bulk);
    stpcpy(at, load->is_binary ? ") FROM STDIN (FORMAT binary)" : ") FROM STDIN");
}

/* ---- Beginning. ---- */

static void forget(postgresql_bulk *load) {
    load->is_open = false;
    load->used = 0;
    postgresql_columns_free(&load->columns);
}

void postgresql_bulk_free(postgresql_bulk *load) {
    forget(load);
    postgresql_services->release(load->bytes.data);
}

/* Only describes the SELECT: that needs no right to read. */
static int32_t describe(berth_driver_connection *connection, berth_error *error) {
    postgresql_bulk *load = &connection->bulk;
    PGconn *handle = connection->handle;
    berth_driver_statement select = {.number = 1};
    postgresql_step step = {.kind = STEP_PREPARE, .statement = &select, .number = 1, .index = -1};
    int32_t status = postgresql_pipeline_open(connection, error);
    if (status == BERTH_OK)
        status =
            postgresql_pipeline_add(connection, PQsendPrepare(handle, "", load->bytes.data, 0, NULL), &step, error);
    step.kind = STEP_DESCRIBE;
    if (status == BERTH_OK)
        status = postgresql_pipeline_add(connection, PQsendDescribePrepared(handle, ""), &step, error);
    status = status == BERTH_OK ? postgresql_pipeline_finish(connection, error)
                                : postgresql_pipeline_give_up(connection, status, -1, error);
    load->columns = select.columns;
    if (status == BERTH_OK && !select.is_described)
        return postgresql_fail_memory("the columns of a table", error);
    return status;
}

static void choose_form(postgresql_bulk *load) {
    load->is_binary = true;
    for (uint32_t i = 0; i < load->columns.count; i++)
        load->is_binary &= postgresql_takes_binary(load->columns.columns[i].oid);
}

static void begin_rows(postgresql_bulk *load) {
    static const char header[19] = "PGCOPY\n\377\r\n"; /* No flags, no extension: zeros. */
    load->used = 0;
    if (load->is_binary) {
        memcpy(load->bytes.data, header, sizeof header);
        load->used = sizeof header;
    }
}

static int32_t start(berth_driver_connection *connection, berth_error *error) {
    postgresql_bulk *load = &connection->bulk;
    PGresult *result = NULL;
    int32_t status = postgresql_flush(connection, PQsendQuery(connection->handle, load->bytes.data), error);
    if (status == BERTH_OK)
        status = postgresql_receive(connection, &result, error);
    load->is_open = PQresultStatus(result) == PGRES_COPY_IN;
    if (status == BERTH_OK && !load->is_open)
        return postgresql_drain(connection, result, error);
    PQclear(result);
    return postgresql_settle(connection, status, error);
}

int32_t postgresql_bulk_begin(berth_driver_connection *connection, const berth_bulk *bulk, int64_t deadline_ns,
                              berth_error *error) {
    postgresql_bulk *load = &connection->bulk;
    int32_t status = postgresql_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    if (bulk->column_count == 0)
        return postgresql_services->fail(error, BERTH_MISUSE, "a load needs at least one column");
    if (!reserve_sql(load, bulk))
        return postgresql_fail_memory("a load", error);
    connection->state_before = postgresql_transaction_state(connection);
    snprintf(load->table, sizeof load->table, "%s", bulk->table);
    write_select(load, bulk);
    status = describe(connection, error);
    if (status == BERTH_OK) {
        choose_form(load);
        write_copy(load, bulk);
        status = start(connection, error);
    }
    if (status == BERTH_OK)
        begin_rows(load);
    else
        forget(load);
    return status;
}

/* ---- Rows. ---- */

/* Sends what was gathered, and waits until it is gone: the server is read meanwhile, and nothing piles up. */
static int32_t put(berth_driver_connection *connection, berth_error *error) {
    postgresql_bulk *load = &connection->bulk;
    int32_t status = BERTH_OK;
    for (size_t done = 0; status == BERTH_OK && done < load->used; done += SLICE_BYTES) {
        size_t length = load->used - done < SLICE_BYTES ? load->used - done : SLICE_BYTES;
        int sent = PQputCopyData(connection->handle, load->bytes.data + done, (int)length);
        status = postgresql_flush(connection, sent, error);
    }
    load->used = 0;
    if (status == BERTH_OK &&
        (connection->patience.is_expired || postgresql_has_passed(connection->patience.deadline_ns)))
        return postgresql_services->fail(error, BERTH_TIMEOUT, "the deadline passed while rows were sent");
    return postgresql_settle(connection, status, error);
}

static int32_t add_value(postgresql_bulk *load, postgresql_writer *writer, uint32_t place) {
    writer->bytes = load->bytes.data + load->used + sizeof(uint32_t);
    writer->place = place;
    writer->column = load->columns.infos[place].name;
    int32_t status = postgresql_write_binary(writer, &load->columns.columns[place]);
    if (status == BERTH_OK)
        load->used += postgresql_write_framed(writer);
    return status;
}

static int32_t add_row(postgresql_bulk *load, const berth_value *row, berth_error *error) {
    postgresql_writer writer = {.error = error};
    uint32_t count = load->columns.count;
    int32_t status = BERTH_OK;
    uint16_t ordered = htobe16((uint16_t)count);
    memcpy(load->bytes.data + load->used, &ordered, sizeof ordered);
    load->used += sizeof ordered;
    for (uint32_t i = 0; status == BERTH_OK && i < count; i++) {
        writer.value = &row[i];
        status = add_value(load, &writer, i);
    }
    return status;
}

static bool reserve_row(postgresql_bulk *load, const berth_value *row) {
    size_t size = load->used + sizeof(uint32_t);
    for (uint32_t i = 0; i < load->columns.count; i++)
        size +=
            load->is_binary ? sizeof(uint32_t) + postgresql_write_room(&row[i]) : postgresql_bulk_text_room(&row[i]);
    return postgresql_reserve(&load->bytes, size);
}

int32_t postgresql_bulk_rows(berth_driver_connection *connection, const berth_value *values, uint64_t row_count,
                             int64_t deadline_ns, berth_error *error) {
    postgresql_bulk *load = &connection->bulk;
    int32_t status = postgresql_call_begin(connection, deadline_ns, error);
    for (uint64_t i = 0; status == BERTH_OK && i < row_count; i++) {
        const berth_value *row = values + i * load->columns.count;
        if (!reserve_row(load, row))
            return postgresql_fail_memory("rows", error);
        status = load->is_binary ? add_row(load, row, error) : postgresql_bulk_text_row(load, row, error);
        if (status != BERTH_OK)
            error->index = (int64_t)i;
        else if (load->used >= PUT_BYTES)
            status = put(connection, error);
    }
    return status;
}

/* ---- Ending. ---- */

/* The server says "COPY table, line 3" in a line of the context, in words of its language. */
static int64_t find_row(const PGresult *result, const char *table) {
    const char *line = PQresultErrorField(result, PG_DIAG_CONTEXT);
    char start[sizeof "COPY , " + sizeof(((postgresql_bulk *)NULL)->table)];
    size_t length = (size_t)snprintf(start, sizeof start, "COPY %s, ", table);
    for (; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, start, length) != 0)
            continue;
        const char *number = line + length + strcspn(line + length, "0123456789\n");
        return strtoll(number, NULL, 10) - 1;
    }
    return -1;
}

/* What came of it; the answers up to their end. */
static int32_t read_outcome(berth_driver_connection *connection, int64_t *rows, berth_error *error) {
    PGresult *result;
    int32_t status = postgresql_receive(connection, &result, error);
    if (status != BERTH_OK)
        return postgresql_settle(connection, status, error);
    int64_t row = -1;
    if (PQresultStatus(result) == PGRES_COMMAND_OK)
        *rows = strtoll(PQcmdTuples(result), NULL, 10);
    else
        row = find_row(result, connection->bulk.table);
    status = postgresql_drain(connection, result, error);
    if (status != BERTH_OK)
        error->index = row;
    return status;
}

int32_t postgresql_bulk_end(berth_driver_connection *connection, int64_t *rows, int64_t deadline_ns,
                            berth_error *error) {
    static const char trailer[] = "\377\377";
    postgresql_bulk *load = &connection->bulk;
    *rows = 0;
    int32_t status = postgresql_call_begin(connection, deadline_ns, error);
    if (status == BERTH_OK && !postgresql_reserve(&load->bytes, load->used + sizeof trailer))
        status = postgresql_fail_memory("rows", error);
    if (status != BERTH_OK) {
        postgresql_bulk_abort(connection);
        return postgresql_settle(connection, status, error);
    }
    if (load->is_binary) {
        memcpy(load->bytes.data + load->used, trailer, sizeof trailer - 1);
        load->used += sizeof trailer - 1;
    }
    status = put(connection, error);
    if (status == BERTH_OK)
        status = postgresql_flush(connection, PQputCopyEnd(connection->handle, NULL), error);
    if (status != BERTH_OK) {
        postgresql_bulk_abort(connection);
        return postgresql_settle(connection, status, error);
    }
    status = read_outcome(connection, rows, error);
    forget(load);
    return status;
}

void postgresql_bulk_abort(berth_driver_connection *connection) {
    postgresql_bulk *load = &connection->bulk;
    berth_error unused;
    postgresql_call_clean_up(connection);
    bool goes_on = load->is_open && postgresql_is_usable(connection);
    forget(load);
    if (!goes_on)
        return;
    int sent = PQputCopyEnd(connection->handle, "the load was given up");
    if (postgresql_flush(connection, sent, &unused) == BERTH_OK)
        postgresql_drain(connection, NULL, &unused);
    else
        connection->is_broken = true;
}
