#include "bench/clients/clients.h"

#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libpq as a careful programmer uses it: statements prepared once, all values binary, every result looked at. */

#define COLUMN_COUNT 4
#define EPOCH_US INT64_C(946684800000000) /* PostgreSQL counts from 2000. */
#define OID_INT8 20
#define OID_FLOAT8 701
#define OID_TEXT 25
#define OID_TIMESTAMP 1114
#define BUFFER_BYTES 131072
#define FLUSH_BYTES 65536

/* Bytes as the protocol has them. */
typedef struct buffer {
    char bytes[BUFFER_BYTES];
    size_t length;
} buffer;

struct clients_connection {
    PGconn *handle;
    bool has_begin, has_commit, has_insert, has_select, has_read, has_one, has_many;
    buffer buffers[COLUMN_COUNT];
};

static PGresult *check(clients_connection *database, PGresult *result, ExecStatusType expected) {
    if (PQresultStatus(result) != expected)
        bench_die("libpq: %s", PQerrorMessage(database->handle));
    return result;
}

static void run(clients_connection *database, const char *sql) {
    PQclear(check(database, PQexec(database->handle, sql), PGRES_COMMAND_OK));
}

static clients_connection *connect_database(clients_target target, const char *path, const char *options) {
    (void)target;
    (void)path;
    (void)options;
    clients_connection *database = calloc(1, sizeof *database);
    if (database == NULL)
        bench_die("out of memory");
    database->handle = PQconnectdb(clients_environment("BERTH_TEST_POSTGRESQL_SOCKET_URL"));
    if (PQstatus(database->handle) != CONNECTION_OK)
        bench_die("libpq: %s", PQerrorMessage(database->handle));
    return database;
}

static void close_database(clients_connection *database) {
    PQfinish(database->handle);
    free(database);
}

static void prepare(clients_connection *database, bool *done, const char *name, const char *sql) {
    if (!*done)
        PQclear(check(database, PQprepare(database->handle, name, sql, 0, NULL), PGRES_COMMAND_OK));
    *done = true;
}

/* ---- Values. ---- */

static void put16(buffer *out, uint16_t number) {
    number = htobe16(number);
    memcpy(out->bytes + out->length, &number, sizeof number);
    out->length += sizeof number;
}

static void put32(buffer *out, uint32_t number) {
    number = htobe32(number);
    memcpy(out->bytes + out->length, &number, sizeof number);
    out->length += sizeof number;
}

static void put64(buffer *out, uint64_t number) {
    number = htobe64(number);
    memcpy(out->bytes + out->length, &number, sizeof number);
    out->length += sizeof number;
}

static void put_field64(buffer *out, uint64_t number) {
    put32(out, sizeof number);
    put64(out, number);
}

static void put_field_text(buffer *out, const char *text) {
    size_t length = strlen(text);
    put32(out, (uint32_t)length);
    memcpy(out->bytes + out->length, text, length);
    out->length += length;
}

static uint64_t bits_of(double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static uint64_t get64(const PGresult *result, int column) {
    uint64_t number;
    memcpy(&number, PQgetvalue(result, 0, column), sizeof number);
    return be64toh(number);
}

static uint64_t row_sum(const PGresult *result) {
    uint64_t ratio = get64(result, 1);
    clients_row row = {
        .id = (int64_t)get64(result, 0),
        .name = PQgetvalue(result, 0, 2),
        .moment_us = (int64_t)get64(result, 3) + EPOCH_US,
    };
    memcpy(&row.ratio, &ratio, sizeof ratio);
    return clients_row_sum(&row);
}

/* ---- What is measured. ---- */

/* Sends one INSERT. */
static void send_row(clients_connection *database, int64_t index) {
    clients_row row = clients_row_at(index);
    static const int formats[COLUMN_COUNT] = {1, 1, 1, 1};
    uint64_t numbers[] = {htobe64((uint64_t)row.id), htobe64(bits_of(row.ratio)),
                          htobe64((uint64_t)(row.moment_us - EPOCH_US))};
    const char *values[] = {(const char *)&numbers[0], (const char *)&numbers[1], row.name, (const char *)&numbers[2]};
    const int lengths[] = {8, 8, (int)strlen(row.name), 8};
    if (!PQsendQueryPrepared(database->handle, "insert", COLUMN_COUNT, values, lengths, formats, 1))
        bench_die("libpq: %s", PQerrorMessage(database->handle));
}

/* Takes one answer and the NULL behind it. */
static void take_answer(clients_connection *database, ExecStatusType expected) {
    PQclear(check(database, PQgetResult(database->handle), expected));
    PQclear(PQgetResult(database->handle));
}

static void insert_row(clients_connection *database, int64_t index) {
    send_row(database, index);
    take_answer(database, PGRES_COMMAND_OK);
}

static uint64_t sessions(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    prepare(database, &database->has_insert, "insert", CLIENTS_INSERT_INTO "($1, $2, $3, $4)");
    for (int64_t i = first; i < first + count; i++) {
        run(database, "BEGIN");
        insert_row(database, i);
        run(database, "COMMIT");
    }
    return 0;
}

static void send_prepared(clients_connection *database, const char *name) {
    if (!PQsendQueryPrepared(database->handle, name, 0, NULL, NULL, NULL, 1))
        bench_die("libpq: %s", PQerrorMessage(database->handle));
}

/* BEGIN, the INSERTs and COMMIT in one round trip. */
static void insert_pipelined(clients_connection *database, int64_t first, int64_t count, int statements) {
    prepare(database, &database->has_insert, "insert", CLIENTS_INSERT_INTO "($1, $2, $3, $4)");
    prepare(database, &database->has_begin, "begin", "BEGIN");
    prepare(database, &database->has_commit, "commit", "COMMIT");
    if (!PQenterPipelineMode(database->handle))
        bench_die("libpq: %s", PQerrorMessage(database->handle));
    for (int64_t i = 0; i < count; i++) {
        send_prepared(database, "begin");
        for (int j = 0; j < statements; j++)
            send_row(database, first + i * statements + j);
        send_prepared(database, "commit");
        if (!PQpipelineSync(database->handle))
            bench_die("libpq: %s", PQerrorMessage(database->handle));
        for (int j = 0; j < statements + 2; j++)
            take_answer(database, PGRES_COMMAND_OK);
        PQclear(check(database, PQgetResult(database->handle), PGRES_PIPELINE_SYNC));
    }
    if (!PQexitPipelineMode(database->handle))
        bench_die("libpq: %s", PQerrorMessage(database->handle));
}

static uint64_t sessions_pipelined(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    insert_pipelined(database, first, count, 1);
    return 0;
}

static uint64_t ten_pipelined(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    insert_pipelined(database, first, count, CLIENTS_TEN);
    return 0;
}

static uint64_t select_keys(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    static const int binary = 1;
    static const int length = 8;
    uint64_t sum = 0;
    prepare(database, &database->has_select, "select", CLIENTS_SELECT_ALL " WHERE id = $1");
    run(database, "BEGIN");
    for (int64_t i = first; i < first + count; i++) {
        uint64_t key = htobe64((uint64_t)clients_key_at(i, rows) + 1);
        const char *value = (const char *)&key;
        PGresult *result = check(database, PQexecPrepared(database->handle, "select", 1, &value, &length, &binary, 1),
                                 PGRES_TUPLES_OK);
        if (PQntuples(result) == 1)
            sum += row_sum(result);
        PQclear(result);
    }
    run(database, "COMMIT");
    return sum;
}

static uint64_t select_one(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)rows;
    uint64_t sum = 0;
    prepare(database, &database->has_one, "one", "SELECT 1");
    run(database, "BEGIN");
    for (int64_t i = 0; i < count; i++) {
        uint32_t number;
        PGresult *result =
            check(database, PQexecPrepared(database->handle, "one", 0, NULL, NULL, NULL, 1), PGRES_TUPLES_OK);
        memcpy(&number, PQgetvalue(result, 0, 0), sizeof number);
        sum += be32toh(number);
        PQclear(result);
    }
    run(database, "COMMIT");
    return sum;
}

static uint64_t read_all(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    uint64_t sum = 0;
    PGresult *result;
    prepare(database, &database->has_read, "read", CLIENTS_SELECT_ALL);
    run(database, "BEGIN");
    if (!PQsendQueryPrepared(database->handle, "read", 0, NULL, NULL, NULL, 1) || !PQsetSingleRowMode(database->handle))
        bench_die("libpq: %s", PQerrorMessage(database->handle));
    while (PQresultStatus(result = PQgetResult(database->handle)) == PGRES_SINGLE_TUPLE) {
        sum += row_sum(result);
        PQclear(result);
    }
    PQclear(check(database, result, PGRES_TUPLES_OK));
    PQclear(PQgetResult(database->handle));
    run(database, "COMMIT");
    return sum;
}

static void flush_copy(clients_connection *database, buffer *out) {
    if (PQputCopyData(database->handle, out->bytes, (int)out->length) != 1)
        bench_die("libpq: %s", PQerrorMessage(database->handle));
    out->length = 0;
}

static uint64_t load(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    static const char head[19] = "PGCOPY\n\377\r\n";
    buffer *out = &database->buffers[0];
    run(database, "BEGIN");
    PQclear(check(database,
                  PQexec(database->handle, "COPY bench_rows (" CLIENTS_COLUMNS ") FROM STDIN (FORMAT binary)"),
                  PGRES_COPY_IN));
    memcpy(out->bytes, head, sizeof head);
    out->length = sizeof head;
    for (int64_t i = first; i < first + count; i++) {
        clients_row row = clients_row_at(i);
        put16(out, COLUMN_COUNT);
        put_field64(out, (uint64_t)row.id);
        put_field64(out, bits_of(row.ratio));
        put_field_text(out, row.name);
        put_field64(out, (uint64_t)(row.moment_us - EPOCH_US));
        if (out->length >= FLUSH_BYTES)
            flush_copy(database, out);
    }
    put16(out, UINT16_MAX);
    flush_copy(database, out);
    if (PQputCopyEnd(database->handle, NULL) != 1)
        bench_die("libpq: %s", PQerrorMessage(database->handle));
    take_answer(database, PGRES_COMMAND_OK);
    run(database, "COMMIT");
    return 0;
}

static void begin_array(buffer *out, uint32_t type, int64_t count) {
    out->length = 0;
    put32(out, 1); /* One dimension, no NULLs. */
    put32(out, 0);
    put32(out, type);
    put32(out, (uint32_t)count);
    put32(out, 1);
}

static void insert_arrays(clients_connection *database, int64_t first, int64_t count) {
    static const uint32_t types[COLUMN_COUNT] = {OID_INT8, OID_FLOAT8, OID_TEXT, OID_TIMESTAMP};
    static const int formats[COLUMN_COUNT] = {1, 1, 1, 1};
    buffer *arrays = database->buffers;
    const char *values[COLUMN_COUNT];
    int lengths[COLUMN_COUNT];
    for (int i = 0; i < COLUMN_COUNT; i++)
        begin_array(&arrays[i], types[i], count);
    for (int64_t i = first; i < first + count; i++) {
        clients_row row = clients_row_at(i);
        put_field64(&arrays[0], (uint64_t)row.id);
        put_field64(&arrays[1], bits_of(row.ratio));
        put_field_text(&arrays[2], row.name);
        put_field64(&arrays[3], (uint64_t)(row.moment_us - EPOCH_US));
    }
    for (int i = 0; i < COLUMN_COUNT; i++) {
        values[i] = arrays[i].bytes;
        lengths[i] = (int)arrays[i].length;
    }
    PQclear(check(database, PQexecPrepared(database->handle, "many", COLUMN_COUNT, values, lengths, formats, 1),
                  PGRES_COMMAND_OK));
}

static uint64_t insert_many(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    prepare(database, &database->has_many, "many",
            "INSERT INTO bench_rows (" CLIENTS_COLUMNS ") SELECT * FROM "
            "unnest($1::bigint[], $2::double precision[], $3::text[], $4::timestamp[])");
    run(database, "BEGIN");
    for (int64_t i = 0; i < count; i += CLIENTS_BATCH_ROWS)
        insert_arrays(database, first + i, count - i < CLIENTS_BATCH_ROWS ? count - i : CLIENTS_BATCH_ROWS);
    run(database, "COMMIT");
    return 0;
}

extern const clients_api clients_postgresql_best;
const clients_api clients_postgresql_best = {
    .name = "libpq",
    .open = connect_database,
    .close = close_database,
    .works = {[CLIENTS_SESSION] = sessions,
              [CLIENTS_SESSION_PIPELINED] = sessions_pipelined,
              [CLIENTS_TEN_PIPELINED] = ten_pipelined,
              [CLIENTS_POINT] = select_keys,
              [CLIENTS_ONE] = select_one,
              [CLIENTS_READ] = read_all,
              [CLIENTS_BULK] = load,
              [CLIENTS_MANY] = insert_many},
};
