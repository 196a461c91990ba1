/* A stream that runs out of memory at every single place where it needs some. The linker leads the allocations of all
 * that is linked in, Berth and the fake driver, to the functions below (--wrap). */
#include "core/arrow.h"

#include <berth.h>
#include <errno.h>

#include "tests/support/fake_driver.h"
#include "tests/support/suite.h"

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
char *__wrap_strdup(const char *text);

static int good_ones = -1; /* Allocations until one fails; below 0 none does. */

static bool fails_now(void) {
    return good_ones >= 0 && good_ones-- == 0;
}

void *__wrap_malloc(size_t bytes) {
    return fails_now() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes) {
    return fails_now() ? NULL : __real_calloc(count, bytes);
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes) {
    return fails_now() ? NULL : __real_aligned_alloc(alignment, bytes);
}

char *__wrap_strdup(const char *text) {
    return fails_now() ? NULL : __real_strdup(text);
}

static char text[4000];

/* Columns that grow, rows that grow, and a type that is found out. */
static const berth_column_info columns[] = {
    {.name = "number", .type = BERTH_TYPE_INT64},
    {.name = "text", .type = BERTH_TYPE_TEXT},
    {.name = "unknown"},
    {.name = "id", .type = BERTH_TYPE_UUID},
};

static void fill(int64_t row, berth_value *values) {
    values[0] = row % 2 == 0 ? berth_null() : berth_int64(row);
    values[1] = berth_text_n(text, row % 1000 == 0 ? sizeof text : 1);
    values[2] = row % 2 == 0 ? berth_text_n(text, 3) : berth_int64(row);
    values[3] = berth_null();
}

static const fake_table table = {columns, 4, 4000, fill};

/* Reads all; the errno number of the first failure. */
static int read_all(struct ArrowArrayStream *stream, int64_t *rows) {
    struct ArrowSchema schema;
    struct ArrowArray batch;
    int code = stream->get_schema(stream, &schema);
    if (code != 0)
        return code;
    schema.release(&schema);
    while ((code = stream->get_next(stream, &batch)) == 0 && batch.release != NULL) {
        *rows += batch.length;
        batch.release(&batch);
    }
    return code;
}

/* Lets allocation number `at` fail. False when there are not so many. */
static bool fail_allocation(int at) {
    static const arrow_limits limits = {3000, 1 << 20};
    berth_error error;
    struct ArrowArrayStream stream;
    int64_t row_count = 0;
    int code = 0;
    fake_reset();
    fake_set_table(&table);
    berth_engine *engine = fake_engine("fake://", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    berth_result *rows = berth_query(session, "TABLE", NULL);
    good_ones = at;
    berth_status status = arrow_stream_open(rows, &limits, &stream);
    if (status == BERTH_OK)
        code = read_all(&stream, &row_count);
    bool has_failed = good_ones < 0;
    good_ones = -1;
    CU_ASSERT_EQUAL(status == BERTH_OK, stream.release != NULL);
    CU_ASSERT_EQUAL(code, has_failed && status == BERTH_OK ? ENOMEM : 0);
    CU_ASSERT_TRUE(has_failed || row_count == table.row_count);
    if (code != 0)
        ASSERT_CONTAINS(stream.get_last_error(&stream), "out of memory for a ");
    if (stream.release != NULL)
        stream.release(&stream);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), has_failed ? BERTH_NO_MEMORY : BERTH_OK);
    CU_ASSERT_EQUAL(berth_engine_close(engine, NULL), BERTH_OK);
    return has_failed;
}

static void test_every_allocation_may_fail(void) {
    int count = 0;
    memset(text, 'x', sizeof text);
    while (count < 1000 && fail_allocation(count))
        count++;
    CU_ASSERT_TRUE(count > 40);
    CU_ASSERT_TRUE(count < 1000);
}

SUITE("arrow without memory", TEST(test_every_allocation_may_fail))
