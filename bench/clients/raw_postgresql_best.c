#include "bench/clients/raw_postgresql.h"

/* libpq at its best: several statements in a round trip, all values binary, COPY, arrays. */

#define OID_INT8 20
#define OID_FLOAT8 701
#define OID_TEXT 25
#define OID_TIMESTAMP 1114
#define FLUSH_BYTES 65536
#define PIPELINED_INSERTS 500 /* Before their answers are read. */

/* ---- Values. ---- */

static void put16(postgresql_buffer *out, uint16_t number) {
    number = htobe16(number);
    memcpy(out->bytes + out->length, &number, sizeof number);
    out->length += sizeof number;
}

static void put32(postgresql_buffer *out, uint32_t number) {
    number = htobe32(number);
    memcpy(out->bytes + out->length, &number, sizeof number);
    out->length += sizeof number;
}

static void put64(postgresql_buffer *out, uint64_t number) {
    number = htobe64(number);
    memcpy(out->bytes + out->length, &number, sizeof number);
    out->length += sizeof number;
}

static void put_field64(postgresql_buffer *out, uint64_t number) {
    put32(out, sizeof number);
    put64(out, number);
}

static void put_field_text(postgresql_buffer *out, const char *text) {
    size_t length = strlen(text);
    put32(out, (uint32_t)length);
    memcpy(out->bytes + out->length, text, length);
    out->length += length;
}

static uint64_t get64(const PGresult *result, int line, int column) {
    uint64_t number;
    memcpy(&number, PQgetvalue(result, line, column), sizeof number);
    return be64toh(number);
}

static uint64_t row_sum(const PGresult *result, int line) {
    uint64_t ratio = get64(result, line, 1);
    clients_row row = {
        .id = (int64_t)get64(result, line, 0),
        .name = PQgetvalue(result, line, 2),
        .moment_us = (int64_t)get64(result, line, 3) + POSTGRESQL_EPOCH_US,
    };
    memcpy(&row.ratio, &ratio, sizeof ratio);
    return clients_row_sum(&row);
}

/* ---- Transactions. ---- */

static void begin_pipeline(clients_connection *connection) {
    postgresql_prepare(connection, POSTGRESQL_INSERT);
    postgresql_prepare(connection, POSTGRESQL_BEGIN);
    postgresql_prepare(connection, POSTGRESQL_COMMIT);
    if (!PQenterPipelineMode(connection->handle))
        postgresql_fail(connection);
}

static void end_pipeline(clients_connection *connection) {
    if (!PQexitPipelineMode(connection->handle))
        postgresql_fail(connection);
}

/* Sends what is queued and takes the answers of `count` statements. */
static void sync_pipeline(clients_connection *connection, int64_t count) {
    if (!PQpipelineSync(connection->handle))
        postgresql_fail(connection);
    for (int64_t i = 0; i < count; i++)
        postgresql_take(connection, PGRES_COMMAND_OK);
    PQclear(postgresql_check(connection, PQgetResult(connection->handle), PGRES_PIPELINE_SYNC));
}

/* Two round trips: the answer to the INSERT is there before COMMIT goes out. */
static uint64_t sessions(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    begin_pipeline(connection);
    for (int64_t i = first; i < first + count; i++) {
        postgresql_send(connection, POSTGRESQL_BEGIN);
        postgresql_send_row(connection, i);
        sync_pipeline(connection, 2);
        postgresql_send(connection, POSTGRESQL_COMMIT);
        sync_pipeline(connection, 1);
    }
    end_pipeline(connection);
    return 0;
}

/* One round trip for all of a transaction. */
static void insert_pipelined(clients_connection *connection, int64_t first, int64_t count, int statements) {
    begin_pipeline(connection);
    for (int64_t i = 0; i < count; i++) {
        postgresql_send(connection, POSTGRESQL_BEGIN);
        for (int j = 0; j < statements; j++)
            postgresql_send_row(connection, first + i * statements + j);
        postgresql_send(connection, POSTGRESQL_COMMIT);
        sync_pipeline(connection, statements + 2);
    }
    end_pipeline(connection);
}

static uint64_t sessions_pipelined(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    insert_pipelined(connection, first, count, 1);
    return 0;
}

static uint64_t ten_pipelined(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    insert_pipelined(connection, first, count, CLIENTS_TEN);
    return 0;
}

static uint64_t insert(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    int64_t queued = 1;
    begin_pipeline(connection);
    postgresql_send(connection, POSTGRESQL_BEGIN);
    for (int64_t i = first; i < first + count; i++) {
        postgresql_send_row(connection, i);
        if (++queued >= PIPELINED_INSERTS) {
            sync_pipeline(connection, queued);
            queued = 0;
        }
    }
    postgresql_send(connection, POSTGRESQL_COMMIT);
    sync_pipeline(connection, queued + 1);
    end_pipeline(connection);
    return 0;
}

/* ---- Reading. ---- */

static uint64_t select_keys(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    static const int binary = 1;
    static const int length = 8;
    uint64_t sum = 0;
    const char *name = postgresql_prepare(connection, POSTGRESQL_SELECT);
    postgresql_run(connection, "BEGIN");
    for (int64_t i = first; i < first + count; i++) {
        uint64_t key = htobe64((uint64_t)clients_key_at(i, rows) + 1);
        const char *value = (const char *)&key;
        PGresult *result = postgresql_check(
            connection, PQexecPrepared(connection->handle, name, 1, &value, &length, &binary, 1), PGRES_TUPLES_OK);
        if (PQntuples(result) == 1)
            sum += row_sum(result, 0);
        PQclear(result);
    }
    postgresql_run(connection, "COMMIT");
    return sum;
}

static uint64_t read_streamed(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    uint64_t sum = 0;
    PGresult *result;
    postgresql_prepare(connection, POSTGRESQL_READ);
    postgresql_run(connection, "BEGIN");
    postgresql_send(connection, POSTGRESQL_READ);
    if (!PQsetSingleRowMode(connection->handle))
        postgresql_fail(connection);
    while (PQresultStatus(result = PQgetResult(connection->handle)) == PGRES_SINGLE_TUPLE) {
        sum += row_sum(result, 0);
        PQclear(result);
    }
    PQclear(postgresql_check(connection, result, PGRES_TUPLES_OK));
    PQclear(PQgetResult(connection->handle));
    postgresql_run(connection, "COMMIT");
    return sum;
}

static uint64_t read_stored(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    uint64_t sum = 0;
    const char *name = postgresql_prepare(connection, POSTGRESQL_READ);
    postgresql_run(connection, "BEGIN");
    PGresult *result =
        postgresql_check(connection, PQexecPrepared(connection->handle, name, 0, NULL, NULL, NULL, 1), PGRES_TUPLES_OK);
    for (int line = 0; line < PQntuples(result); line++)
        sum += row_sum(result, line);
    PQclear(result);
    postgresql_run(connection, "COMMIT");
    return sum;
}

/* ---- Many rows. ---- */

static void flush_copy(clients_connection *connection, postgresql_buffer *out) {
    if (PQputCopyData(connection->handle, out->bytes, (int)out->length) != 1)
        postgresql_fail(connection);
    out->length = 0;
}

static uint64_t load(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    static const char head[19] = "PGCOPY\n\377\r\n";
    postgresql_buffer *out = &connection->buffers[0];
    postgresql_run(connection, "BEGIN");
    PQclear(postgresql_check(
        connection, PQexec(connection->handle, "COPY bench_rows (" CLIENTS_COLUMNS ") FROM STDIN (FORMAT binary)"),
        PGRES_COPY_IN));
    memcpy(out->bytes, head, sizeof head);
    out->length = sizeof head;
    for (int64_t i = first; i < first + count; i++) {
        clients_row row = clients_row_at(i);
        put16(out, POSTGRESQL_COLUMNS);
        put_field64(out, (uint64_t)row.id);
        put_field64(out, postgresql_bits_of(row.ratio));
        put_field_text(out, row.name);
        put_field64(out, (uint64_t)(row.moment_us - POSTGRESQL_EPOCH_US));
        if (out->length >= FLUSH_BYTES)
            flush_copy(connection, out);
    }
    put16(out, UINT16_MAX);
    flush_copy(connection, out);
    if (PQputCopyEnd(connection->handle, NULL) != 1)
        postgresql_fail(connection);
    postgresql_take(connection, PGRES_COMMAND_OK);
    postgresql_run(connection, "COMMIT");
    return 0;
}

static void begin_array(postgresql_buffer *out, uint32_t type, int64_t count) {
    out->length = 0;
    put32(out, 1); /* One dimension, no NULLs. */
    put32(out, 0);
    put32(out, type);
    put32(out, (uint32_t)count);
    put32(out, 1);
}

static void insert_arrays(clients_connection *connection, int64_t first, int64_t count) {
    static const uint32_t types[POSTGRESQL_COLUMNS] = {OID_INT8, OID_FLOAT8, OID_TEXT, OID_TIMESTAMP};
    static const int formats[POSTGRESQL_COLUMNS] = {1, 1, 1, 1};
    postgresql_buffer *arrays = connection->buffers;
    const char *values[POSTGRESQL_COLUMNS];
    int lengths[POSTGRESQL_COLUMNS];
    for (int i = 0; i < POSTGRESQL_COLUMNS; i++)
        begin_array(&arrays[i], types[i], count);
    for (int64_t i = first; i < first + count; i++) {
        clients_row row = clients_row_at(i);
        put_field64(&arrays[0], (uint64_t)row.id);
        put_field64(&arrays[1], postgresql_bits_of(row.ratio));
        put_field_text(&arrays[2], row.name);
        put_field64(&arrays[3], (uint64_t)(row.moment_us - POSTGRESQL_EPOCH_US));
    }
    for (int i = 0; i < POSTGRESQL_COLUMNS; i++) {
        values[i] = arrays[i].bytes;
        lengths[i] = (int)arrays[i].length;
    }
    PQclear(postgresql_check(
        connection, PQexecPrepared(connection->handle, "many", POSTGRESQL_COLUMNS, values, lengths, formats, 1),
        PGRES_COMMAND_OK));
}

static uint64_t insert_many(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    postgresql_prepare(connection, POSTGRESQL_MANY);
    postgresql_run(connection, "BEGIN");
    for (int64_t i = 0; i < count; i += CLIENTS_BATCH_ROWS)
        insert_arrays(connection, first + i, count - i < CLIENTS_BATCH_ROWS ? count - i : CLIENTS_BATCH_ROWS);
    postgresql_run(connection, "COMMIT");
    return 0;
}

extern const clients_api clients_postgresql_best;

const clients_api clients_postgresql_best = {
    .name = "libpq, at its best",
    .open = postgresql_open,
    .close = postgresql_close,
    .works = {[CLIENTS_SESSION] = sessions,
              [CLIENTS_SESSION_PIPELINED] = sessions_pipelined,
              [CLIENTS_TEN_PIPELINED] = ten_pipelined,
              [CLIENTS_POINT] = select_keys,
              [CLIENTS_ONE] = postgresql_select_one,
              [CLIENTS_READ] = read_streamed,
              [CLIENTS_READ_STORED] = read_stored,
              [CLIENTS_INSERT] = insert,
              [CLIENTS_MANY] = insert_many,
              [CLIENTS_BULK] = load},
};
