/* Every type through a parameter and back, and what the server has beyond Berth's types. */
#include <math.h>
#include <stdio.h>

#include "tests/drivers/mysql_fixture.h"

static berth_driver_connection *connection;

/* The value as the server gives it back from a column of that type, in a static buffer; "type:text". */
static const char *through(const char *declared, berth_value value) {
    static char text[256];
    char sql[128];
    berth_execution execution;
    berth_error error;
    snprintf(sql, sizeof sql, "CREATE OR REPLACE TEMPORARY TABLE carried (value %s)", declared);
    fixture_run(connection, sql);
    fixture_execute(connection, "INSERT INTO carried VALUES (?)", &value, 1, &execution, &error);
    ASSERT_TEXT(error.message, "");
    fixture_open(connection, "SELECT value FROM carried", NULL, 0, &execution);
    const berth_value *row = fixture_next(connection);
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    int length = snprintf(text, sizeof text, "%s:", berth_type_name((berth_type)row->type));
    berth_value_format(row, text + length, sizeof text - (size_t)length);
    CU_ASSERT_PTR_NULL(fixture_next(connection));
    return text;
}

static void numbers_come_back_exactly(void) {
    ASSERT_TEXT(through("BIGINT", berth_int64(INT64_MIN)), "int64:-9223372036854775808");
    ASSERT_TEXT(through("BIGINT", berth_int64(INT64_MAX)), "int64:9223372036854775807");
    ASSERT_TEXT(through("BIGINT UNSIGNED", berth_uint64(UINT64_MAX)), "uint64:18446744073709551615");
    ASSERT_TEXT(through("BIGINT UNSIGNED", berth_int64(7)), "int64:7");
    ASSERT_TEXT(through("DOUBLE", berth_double(0.1)), "double:0.1");
    ASSERT_TEXT(through("DOUBLE", berth_double(5e-324)), "double:5e-324");
    ASSERT_TEXT(through("DOUBLE", berth_double(1.7976931348623157e308)), "double:1.7976931348623157e+308");
    ASSERT_TEXT(through("FLOAT", berth_double(0.5)), "double:0.5");
    ASSERT_TEXT(through("DECIMAL(38,10)", berth_decimal("1234567890123456789012345678.0123456789")),
                "decimal:1234567890123456789012345678.0123456789");
    ASSERT_TEXT(through("DECIMAL(10,2)", berth_decimal("-12.50")), "decimal:-12.50");
    ASSERT_TEXT(through("BIT(9)", berth_int64(257)), "int64:257");
    ASSERT_TEXT(through("YEAR", berth_int64(2025)), "int64:2025");
    ASSERT_TEXT(through("SMALLINT UNSIGNED", berth_int64(65535)), "int64:65535");
}

static void bools_are_known_by_their_declaration(void) {
    ASSERT_TEXT(through("BOOLEAN", berth_bool(true)), "bool:true");
    ASSERT_TEXT(through("BOOLEAN", berth_bool(false)), "bool:false");
    ASSERT_TEXT(through("BOOLEAN", berth_int64(2)), "int64:2");
    ASSERT_TEXT(through("TINYINT", berth_bool(true)), "int64:1");
}

static void moments_keep_their_microseconds(void) {
    ASSERT_TEXT(through("DATE", berth_date(0)), "date:1970-01-01");
    ASSERT_TEXT(through("DATE", berth_date(-719162)), "date:0001-01-01");
    ASSERT_TEXT(through("DATE", berth_date(2932896)), "date:9999-12-31");
    ASSERT_TEXT(through("DATE", berth_date(11016)), "date:2000-02-29");
    ASSERT_TEXT(through("TIME(6)", berth_time(86399999999)), "time:23:59:59.999999");
    ASSERT_TEXT(through("DATETIME(6)", berth_timestamp(1761635096250001)), "timestamp:2025-10-28 07:04:56.250001");
    ASSERT_TEXT(through("DATETIME(6)", berth_timestamp(-1)), "timestamp:1969-12-31 23:59:59.999999");
    ASSERT_TEXT(through("TIMESTAMP(6)", berth_timestamptz(1761635096250001)),
                "timestamptz:2025-10-28 07:04:56.250001+00:00");
}

static void an_instant_does_not_depend_on_the_servers_zone(void) {
    ASSERT_TEXT(through("TIMESTAMP(6)", berth_timestamptz(1000000)), "timestamptz:1970-01-01 00:00:01.000000+00:00");
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT unix_timestamp(value) = 1 FROM carried"), 1);
}

static void moments_beyond_a_type_come_as_text(void) {
    fixture_run(connection, "SET SESSION sql_mode = ''");
    fixture_run(connection, "CREATE OR REPLACE TEMPORARY TABLE odd (d DATE, t TIME(6), n TIME, s DATETIME)");
    fixture_run(connection, "INSERT INTO odd VALUES (0, '838:59:58.5', '-01:00:00', 0)");
    ASSERT_TEXT(fixture_rows(connection, "SELECT * FROM odd"),
                "0000-00-00|838:59:58.500000|-01:00:00.000000|0000-00-00 00:00:00.000000");
}

static void texts_and_bytes_are_told_apart(void) {
    const uint8_t bytes[] = {0, 255, 39, 92};
    ASSERT_TEXT(through("VARCHAR(20)", berth_text("gr\xc3\xbc\xc3\x9f \xf0\x9f\x8d\x8f")),
                "text:gr\xc3\xbc\xc3\x9f \xf0\x9f\x8d\x8f");
    ASSERT_TEXT(through("VARCHAR(20)", berth_text("")), "text:");
    ASSERT_TEXT(through("VARBINARY(9)", berth_blob(bytes, sizeof bytes)), "blob:00ff275c");
    ASSERT_TEXT(through("LONGBLOB", berth_blob("", 0)), "blob:");
    ASSERT_TEXT(through("ENUM('a', 'b')", berth_text("b")), "text:b");
    ASSERT_TEXT(through("SET('a', 'b')", berth_text("a,b")), "text:a,b");
    ASSERT_TEXT(through("JSON", berth_json("{\"b\":1, \"a\": [true]}")), "json:{\"b\":1, \"a\": [true]}");
    ASSERT_TEXT(through("TEXT", berth_null()), "null:");
}

static void a_uuid_comes_back_as_its_bytes(void) {
    const uint8_t uuid[16] = {0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40};
    ASSERT_TEXT(through(fixture_driver()->dialect->types[BERTH_TYPE_UUID], berth_uuid(uuid)),
                "uuid:123e4567-e89b-12d3-a456-426614174000");
    ASSERT_TEXT(through("CHAR(36)", berth_uuid(uuid)), "text:123e4567-e89b-12d3-a456-426614174000");
}

static void text_with_a_nul_is_kept_whole(void) {
    berth_execution execution;
    const berth_value value = berth_text_n("a\0b", 3);
    fixture_open(connection, "SELECT ?", &value, 1, &execution);
    const berth_value *row = fixture_next(connection);
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    CU_ASSERT_EQUAL(row->length, 3);
    CU_ASSERT_EQUAL(memcmp(row->as.data, "a\0b", 4), 0);
    CU_ASSERT_PTR_NULL(fixture_next(connection));
}

static void refuse(berth_value value, const char *message) {
    berth_execution execution;
    berth_error error;
    CU_ASSERT_EQUAL(fixture_execute(connection, "DO ?", &value, 1, &execution, &error), BERTH_DATA);
    ASSERT_TEXT(error.message, message);
}

static void what_the_server_can_not_hold_is_refused(void) {
    refuse(berth_double(NAN), "value 1 is NaN, which MySQL can't store");
    refuse(berth_double(-INFINITY), "value 1 is infinite, which MySQL can't store");
    refuse(berth_date(-719163), "value 1 is 0000-12-31; MySQL stores the years 1 to 9999");
    refuse(berth_date(2932897), "value 1 is +10000-01-01; MySQL stores the years 1 to 9999");
}

static void columns_tell_their_types_without_rows(void) {
    static const uint32_t expected[] = {BERTH_TYPE_INT64, BERTH_TYPE_TEXT, BERTH_TYPE_TIMESTAMP, BERTH_TYPE_BLOB};
    berth_execution execution;
    fixture_run(connection, "CREATE OR REPLACE TEMPORARY TABLE kinds (a INT, b TEXT, c DATETIME, d BLOB)");
    fixture_open(connection, "SELECT * FROM kinds", NULL, 0, &execution);
    CU_ASSERT_EQUAL_FATAL(execution.column_count, 4);
    for (size_t i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(execution.columns[i].type, expected[i]);
    ASSERT_TEXT(execution.columns[1].name, "b");
    ASSERT_TEXT(execution.columns[3].declared_type, "blob");
    CU_ASSERT_PTR_NULL(fixture_next(connection));
}

static void decimals_tell_their_precision(void) {
    static const char *const expected[] = {"decimal(18,4)", "decimal(5,0)", "decimal(6,2)", "decimal(40,4)",
                                           "decimal(3,2)"};
    berth_execution execution;
    fixture_run(connection, "CREATE OR REPLACE TEMPORARY TABLE kinds (a DECIMAL(18, 4), b DECIMAL(5), "
                            "c DECIMAL(6, 2) UNSIGNED)");
    fixture_open(connection, "SELECT a, b, c, (SELECT sum(a) FROM kinds), 1.25 FROM kinds", NULL, 0, &execution);
    CU_ASSERT_EQUAL_FATAL(execution.column_count, 5);
    for (int i = 0; i < 5; i++)
        ASSERT_TEXT(execution.columns[i].declared_type, expected[i]);
    CU_ASSERT_PTR_NULL(fixture_next(connection));
}

/* Grown buffers hold the longest row so far, and every row after it. */
static void rows_of_different_lengths_are_read_whole(void) {
    static const uint64_t lengths[] = {3, 1000, 255, 256, 257, 70000, 0, 512};
    berth_execution execution;
    fixture_open(connection,
                 "SELECT repeat('x', 3) UNION ALL SELECT repeat('x', 1000) UNION ALL SELECT repeat('x', 255) UNION ALL"
                 " SELECT repeat('x', 256) UNION ALL SELECT repeat('x', 257) UNION ALL SELECT repeat('x', 70000)"
                 " UNION ALL SELECT '' UNION ALL SELECT repeat('x', 512)",
                 NULL, 0, &execution);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const berth_value *row = fixture_next(connection);
        CU_ASSERT_PTR_NOT_NULL_FATAL(row);
        CU_ASSERT_EQUAL(row->length, lengths[i]);
        CU_ASSERT_EQUAL(strspn(row->as.data, "x"), lengths[i]);
    }
    CU_ASSERT_PTR_NULL(fixture_next(connection));
}

static void integers_of_every_width_come_back_exactly(void) {
    fixture_run(connection, "CREATE OR REPLACE TEMPORARY TABLE widths (a TINYINT, b TINYINT UNSIGNED, c SMALLINT,"
                            " d SMALLINT UNSIGNED, e MEDIUMINT, f MEDIUMINT UNSIGNED, g INT, h INT UNSIGNED,"
                            " i BIGINT, j BIGINT UNSIGNED, k YEAR, l BIT(12), m FLOAT)");
    fixture_run(connection, "INSERT INTO widths VALUES (-128, 0, -32768, 0, -8388608, 0, -2147483648, 0,"
                            " -9223372036854775808, 0, 1901, 0, -0.5)");
    fixture_run(connection, "INSERT INTO widths VALUES (127, 255, 32767, 65535, 8388607, 16777215, 2147483647,"
                            " 4294967295, 9223372036854775807, 18446744073709551615, 2155, 4095, 16777216)");
    ASSERT_TEXT(fixture_rows(connection, "SELECT * FROM widths"),
                "-128|0|-32768|0|-8388608|0|-2147483648|0|-9223372036854775808|0|1901|0|-0.5;"
                "127|255|32767|65535|8388607|16777215|2147483647|4294967295|9223372036854775807|18446744073709551615|"
                "2155|4095|16777216");
}

/* Texts lie between other values. */
static void texts_end_in_a_nul_whatever_is_behind_them(void) {
    static const char sql[] = "SELECT repeat('x', seq % 3 * 125), seq, NULL, 'abc', x'0001', NULL, 0.5, 'd', NULL,"
                              " TIMESTAMP'2025-10-28 07:04:56', repeat('y', seq % 4), NULL FROM seq_1_to_50";
    berth_execution execution;
    fixture_open(connection, sql, NULL, 0, &execution);
    for (int64_t i = 1; i <= 50; i++) {
        const berth_value *row = fixture_next(connection);
        CU_ASSERT_PTR_NOT_NULL_FATAL(row);
        CU_ASSERT_EQUAL(row[0].length, (uint64_t)(i % 3 * 125));
        CU_ASSERT_EQUAL(strlen(row[0].as.data), row[0].length);
        CU_ASSERT_EQUAL(row[1].as.integer, i);
        ASSERT_TEXT(row[3].as.data, "abc");
        CU_ASSERT_EQUAL(row[4].length, 2);
        ASSERT_TEXT(row[6].as.data, "0.5");
        ASSERT_TEXT(row[7].as.data, "d");
        CU_ASSERT_EQUAL(row[9].as.integer, INT64_C(1761635096000000));
        CU_ASSERT_EQUAL(strlen(row[10].as.data), (size_t)(i % 4));
        for (int null = 2; null < 12; null += 3)
            CU_ASSERT_EQUAL(row[null].type, BERTH_TYPE_NULL);
    }
    CU_ASSERT_PTR_NULL(fixture_next(connection));
}

/* Where the length that comes before a text changes its own. */
static void the_largest_and_smallest_of_each_length_are_read_whole(void) {
    static const uint64_t lengths[] = {0, 250, 251, 255, 256, 65535, 65536, 16777213, 16777215, 16777216, 1};
    berth_execution execution;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const berth_value length = berth_int64((int64_t)lengths[i]);
        fixture_open(connection, "SELECT repeat('x', ?), 7", &length, 1, &execution);
        const berth_value *row = fixture_next(connection);
        CU_ASSERT_PTR_NOT_NULL_FATAL(row);
        CU_ASSERT_EQUAL(row[0].length, lengths[i]);
        CU_ASSERT_EQUAL(strspn(row[0].as.data, "x"), lengths[i]);
        CU_ASSERT_EQUAL(row[1].as.integer, 7);
        CU_ASSERT_PTR_NULL(fixture_next(connection));
    }
}

/* Both ways, whatever max_allowed_packet is. */
static void blobs_of_64_mib_go_in_pieces(void) {
    const size_t size = (size_t)64 << 20;
    unsigned char *bytes = malloc(size);
    berth_execution execution;
    berth_error error;
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 31 + (i >> 16));
    const berth_value values[] = {berth_int64(1), berth_blob(bytes, size)};
    fixture_run(connection, "CREATE OR REPLACE TABLE large (id INT PRIMARY KEY, body LONGBLOB)");
    fixture_execute(connection, "INSERT INTO large VALUES (?, ?)", values, 2, &execution, &error);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT length(body) FROM large"), (int64_t)size);
    fixture_open(connection, "SELECT body FROM large", NULL, 0, &execution);
    const berth_value *row = fixture_next(connection);
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    CU_ASSERT_EQUAL_FATAL(row->length, size);
    CU_ASSERT_EQUAL(memcmp(row->as.data, bytes, size), 0);
    CU_ASSERT_PTR_NULL(fixture_next(connection));
    free(bytes);
    fixture_run(connection, "DROP TABLE large");
}

static void test_rows_are_read_whole_that_come_compressed(void) {
    static const berth_option compress = {.name = "compress", .value = "on"};
    berth_connect_info info = fixture_tcp_info();
    berth_error error;
    info.options = &compress;
    info.option_count = 1;
    info.database = "berth_socket";
    CU_ASSERT_EQUAL_FATAL(fixture_try_connect(&info, BERTH_NO_DEADLINE, &connection, &error), BERTH_OK);
    texts_end_in_a_nul_whatever_is_behind_them();
    the_largest_and_smallest_of_each_length_are_read_whole();
    rows_of_different_lengths_are_read_whole();
    fixture_close(connection);
}

IN_A_CONNECTION(numbers_come_back_exactly)
IN_A_CONNECTION(bools_are_known_by_their_declaration)
IN_A_CONNECTION(moments_keep_their_microseconds)
IN_A_CONNECTION(an_instant_does_not_depend_on_the_servers_zone)
IN_A_CONNECTION(moments_beyond_a_type_come_as_text)
IN_A_CONNECTION(texts_and_bytes_are_told_apart)
IN_A_CONNECTION(a_uuid_comes_back_as_its_bytes)
IN_A_CONNECTION(text_with_a_nul_is_kept_whole)
IN_A_CONNECTION(what_the_server_can_not_hold_is_refused)
IN_A_CONNECTION(columns_tell_their_types_without_rows)
IN_A_CONNECTION(decimals_tell_their_precision)
IN_A_CONNECTION(rows_of_different_lengths_are_read_whole)
IN_A_CONNECTION(integers_of_every_width_come_back_exactly)
IN_A_CONNECTION(texts_end_in_a_nul_whatever_is_behind_them)
IN_A_CONNECTION(the_largest_and_smallest_of_each_length_are_read_whole)
IN_A_CONNECTION(blobs_of_64_mib_go_in_pieces)

SUITE("mysql_values", TEST(test_numbers_come_back_exactly), TEST(test_bools_are_known_by_their_declaration),
      TEST(test_moments_keep_their_microseconds), TEST(test_an_instant_does_not_depend_on_the_servers_zone),
      TEST(test_moments_beyond_a_type_come_as_text), TEST(test_texts_and_bytes_are_told_apart),
      TEST(test_a_uuid_comes_back_as_its_bytes), TEST(test_text_with_a_nul_is_kept_whole),
      TEST(test_what_the_server_can_not_hold_is_refused), TEST(test_columns_tell_their_types_without_rows),
      TEST(test_decimals_tell_their_precision), TEST(test_rows_of_different_lengths_are_read_whole),
      TEST(test_integers_of_every_width_come_back_exactly), TEST(test_texts_end_in_a_nul_whatever_is_behind_them),
      TEST(test_the_largest_and_smallest_of_each_length_are_read_whole),
      TEST(test_rows_are_read_whole_that_come_compressed), TEST(test_blobs_of_64_mib_go_in_pieces))
