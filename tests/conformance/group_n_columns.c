/* Rows as columns: berth_result_arrow(), and with it the driver's fetch_batch where it has one. */
#include "group_n.h"

#include <berth/arrow.h>
#include <stdlib.h>
#include <string.h>

#include "group_g.h"

#define ROWS 128 /* So that of seven columns each is NULL with any others. */
#define DECIMAL_UNIT 10000
#define LARGE_BYTES ((size_t)8 << 20)
#define LARGE_ROWS 9 /* More than there is room for in a batch. */

/* What row `row` has of a type. */
static berth_value make_value(berth_type type, int64_t row) {
    const int64_t now_us = INT64_C(1761634991230005);
    uint8_t uuid[16] = {(uint8_t)row, 1, 2, 3};
    switch (type) {
    case BERTH_TYPE_BOOL:
        return berth_bool(row % 3 == 0);
    case BERTH_TYPE_INT64:
        return berth_int64(row % 2 == 0 ? INT64_MIN + row : INT64_MAX - row);
    case BERTH_TYPE_UINT64:
        return berth_uint64(row % 2 == 0 ? UINT64_MAX - (uint64_t)row : (uint64_t)row);
    case BERTH_TYPE_DOUBLE:
        return berth_double((double)(row - 64) / 8);
    case BERTH_TYPE_TEXT:
        return berth_text(row % 5 == 0 ? "" : text_format("caf\xC3\xA9 %lld", (long long)row));
    case BERTH_TYPE_BLOB:
        return berth_blob("\0\1\377", (size_t)(row % 4));
    case BERTH_TYPE_DECIMAL:
        return berth_decimal(text_format("%lld.%02d", (long long)(row - 64) * 100000007, (int)row % 100));
    case BERTH_TYPE_DATE:
        return berth_date((int32_t)(20000 + row));
    case BERTH_TYPE_TIME:
        return berth_time(row * 1000003);
    case BERTH_TYPE_TIMESTAMP:
        return berth_timestamp(now_us + row * 100000000001);
    case BERTH_TYPE_TIMESTAMPTZ:
        return berth_timestamptz(now_us + row);
    case BERTH_TYPE_UUID:
        return berth_uuid(uuid);
    default:
        return berth_json(text_format("{\"row\": %lld}", (long long)row));
    }
}

static void fill_table(const char *table, const berth_type *types, int count) {
    const char *sql = text_format("INSERT INTO %s VALUES (?", table);
    for (int i = 0; i < count; i++)
        sql = text_format("%s, ?", sql);
    sql = text_format("%s)", sql);
    berth_session *session = session_open(NULL);
    for (int64_t row = 0; row < ROWS; row++) {
        berth_value values[BERTH_TYPE_COUNT + 1] = {berth_int64(row)};
        for (int i = 0; i < count; i++)
            values[i + 1] = (row >> i % 7 & 1) != 0 ? berth_null() : make_value(types[i], row);
        exec_ok(session, sql, &(berth_params){.values = values, .count = (size_t)count + 1});
    }
    session_end_ok(session);
}

/* A decimal of few digits, in units of its column's scale. */
static int64_t read_decimal(const berth_value *value) {
    const char *text = text_format("%.*s", (int)value->length, (const char *)value->as.data);
    const char *point = strchr(text, '.');
    int64_t number = strtoll(text, NULL, 10) * DECIMAL_UNIT;
    int64_t unit = text[0] == '-' ? -DECIMAL_UNIT : DECIMAL_UNIT;
    for (const char *digit = point != NULL ? point + 1 : ""; *digit != '\0'; digit++)
        number += (unit /= 10) * (*digit - '0');
    return number;
}

static bool holds_bytes(const struct ArrowArray *column, int64_t row, const berth_value *value) {
    const int32_t *ends = column->buffers[1];
    size_t length = (size_t)(ends[row + 1] - ends[row]);
    return value->length == length && memcmp((const char *)column->buffers[2] + ends[row], value->as.data, length) == 0;
}

static bool holds_decimal(const struct ArrowArray *column, int64_t row, const berth_value *value) {
    int64_t words[2];
    memcpy(words, (const char *)column->buffers[1] + row * (int64_t)sizeof words, sizeof words);
    const bool high_first = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    int64_t low = words[high_first];
    return low == read_decimal(value) && words[!high_first] == (low < 0 ? -1 : 0);
}

/* Whether a cell is what a getter says. */
static bool is_same(const char *format, const struct ArrowArray *column, int64_t row, const berth_value *value) {
    const uint8_t *validity = column->buffers[0];
    const uint8_t *values = column->buffers[1];
    bool is_null = validity != NULL && (validity[row / 8] >> row % 8 & 1) == 0;
    if (is_null || value->type == BERTH_TYPE_NULL)
        return is_null && value->type == BERTH_TYPE_NULL;
    switch (format[0]) {
    case 'b':
        return (values[row / 8] >> row % 8 & 1) == value->as.integer;
    case 'u':
    case 'z':
        return holds_bytes(column, row, value);
    case 'd':
        return holds_decimal(column, row, value);
    case 'w':
        return memcmp(values + row * 16, value->as.uuid, 16) == 0;
    default:
        if (strcmp(format, "tdD") == 0)
            return ((const int32_t *)(const void *)values)[row] == value->as.integer;
        return memcmp(values + row * 8, &value->as, 8) == 0;
    }
}

/* Reads all rows as one batch. */
static void read_columns(berth_session *session, const char *sql, struct ArrowSchema *schema,
                         struct ArrowArray *batch) {
    struct ArrowArrayStream stream;
    struct ArrowArray end = {0};
    berth_result *rows = berth_query(session, sql, NULL);
    if (berth_result_arrow(rows, &stream) != BERTH_OK || stream.get_schema(&stream, schema) != 0 ||
        stream.get_next(&stream, batch) != 0 || stream.get_next(&stream, &end) != 0)
        FAIL("%s", berth_session_error(session)->message);
    REQUIRE(!check_has_failed() && batch->release != NULL && end.release == NULL);
    stream.release(&stream);
    berth_result_close(rows);
}

static void compare(berth_session *session, const char *sql, int column_count) {
    struct ArrowSchema schema;
    struct ArrowArray batch;
    int64_t row = 0;
    read_columns(session, sql, &schema, &batch);
    berth_result *rows = berth_query(session, sql, NULL);
    REQUIRE(batch.n_children == column_count && berth_column_count(rows) == column_count);
    for (; berth_next(rows) && row < batch.length; row++)
        for (int i = 0; i < column_count && !check_has_failed(); i++) {
            berth_value value = berth_get_value(rows, i);
            if (!is_same(schema.children[i]->format, batch.children[i], row, &value))
                FAIL("row %lld, column %d (%s) is not what the getter says", (long long)row, i,
                     schema.children[i]->format);
        }
    CHECK_INT(row, (int64_t)ROWS * ROWS);
    CHECK_INT(batch.length, row);
    berth_result_close(rows);
    batch.release(&batch);
    schema.release(&schema);
}

void columns_are_what_getters_say(void) {
    const char *table;
    berth_type types[BERTH_TYPE_COUNT];
    int count = make_all_types(&table, types);
    fill_table(table, types, count);
    const char *sql = text_format("SELECT a.* FROM %s a, %s b ORDER BY b.id, a.id", table, table);
    berth_session *session = session_open(NULL);
    for (int i = 0; i < 3; i++) /* A driver may read a statement's rows in another way once it knows them. */
        compare(session, sql, count + 1);
    session_end_ok(session);
}

static bool is_long(const struct ArrowArray *texts, int64_t row) {
    const int32_t *ends = texts->buffers[1];
    const char *text = (const char *)texts->buffers[2] + ends[row];
    return (size_t)(ends[row + 1] - ends[row]) == LARGE_BYTES && text[0] == 'a' && text[LARGE_BYTES - 1] == 'z';
}

/* Reads (number, long text, number) to the end; the numbers count up from 0. Returns how many batches there were. */
static int read_long_rows(berth_session *session, const char *sql, int64_t *row_count) {
    struct ArrowArrayStream stream;
    struct ArrowArray batch = {0};
    int batches = 0;
    berth_result *rows = berth_query(session, sql, NULL);
    CHECK_STATUS(berth_result_arrow(rows, &stream), BERTH_OK);
    REQUIRE(!check_has_failed());
    for (*row_count = 0; stream.get_next(&stream, &batch) == 0 && batch.release != NULL; batches++) {
        for (int64_t row = 0; row < batch.length; row++, ++*row_count) {
            CHECK_INT(((const int64_t *)batch.children[0]->buffers[1])[row], *row_count);
            CHECK(is_long(batch.children[1], row));
            CHECK_INT(((const int64_t *)batch.children[2]->buffers[1])[row], *row_count);
        }
        batch.release(&batch);
    }
    stream.release(&stream);
    berth_result_close(rows);
    return batches;
}

/* A row that a batch has no room for is the first of the next one, also when a part of it was in. */
void row_without_room_comes_next(void) {
    const char *numbers = table_make("id {int64} PRIMARY KEY");
    const char *texts = table_make("id {int64} PRIMARY KEY, v {text}");
    const char *text = text_format("a%sz", text_repeat("-", LARGE_BYTES - 2));
    int64_t row_count;
    exec_alone(text_format("INSERT INTO %s VALUES (?, ?)", texts), berth_params(1, text));
    for (int64_t i = 0; i < LARGE_ROWS; i++)
        exec_alone(text_format("INSERT INTO %s VALUES (?)", numbers), berth_params(i));
    berth_session *session = session_open(NULL);
    const char *sql = text_format("SELECT n.id, t.v, n.id FROM %s n, %s t ORDER BY n.id", numbers, texts);
    CHECK_INT(read_long_rows(session, sql, &row_count), 2);
    CHECK_INT(row_count, LARGE_ROWS);
    session_end_ok(session);
}
