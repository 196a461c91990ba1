/* Types there and back: text, blobs, JSON, UUIDs. */
#include <stdlib.h>
#include <string.h>

#include "group_f.h"

#define FOUR_BYTES "\xf0\x9f\x98\x80" /* U+1F600 */

/* ---- Text. ---- */

static const char *make_short_text(void) {
    const char *type = target_driver()->dialect->sized_text;
    if (type == NULL)
        not_applicable("the dialect has no text with a length");
    return column_make(text_format("%s(3)", type));
}

void varchar_overflow(void) {
    static const expected_error too_long = {
        .status = BERTH_DATA,
        .codes = {[PRODUCT_POSTGRESQL] = {"22001", {0}},
                  [PRODUCT_MARIADB] = {"22001", {1406}},
                  [PRODUCT_MYSQL] = {"22001", {1406}}},
    };
    const berth_value four = berth_text("abcd"), euros = berth_text("€€€€");
    const char *table = make_short_text();
    expect_unstored(table, &four, "'abcd'", &too_long);
    expect_unstored(table, &euros, NULL, &too_long);
    store_value(table, 1, berth_text("€" FOUR_BYTES "€"));
    expect_stored(table, 1, BERTH_TYPE_TEXT, "€" FOUR_BYTES "€");
}

void varchar_overflow_stored(void) {
    const char *table = make_short_text();
    store_value(table, 1, berth_text("abcd"));
    store_literal(table, 2, "'abcde'");
    expect_stored(table, 1, BERTH_TYPE_TEXT, "abcd");
    expect_stored(table, 2, BERTH_TYPE_TEXT, "abcde");
}

void utf8_4byte(void) {
    static const expected_error three_bytes = {
        .status = BERTH_DATA,
        .codes = {[PRODUCT_MARIADB] = {"22007", {1366}}, [PRODUCT_MYSQL] = {"HY000", {1366}}},
    };
    const berth_value face = berth_text(FOUR_BYTES);
    ROUND_TRIP("{text}", {face, "'" FOUR_BYTES "'"}, {berth_text("größer ≥ ноль"), "'größer ≥ ноль'"},
               {berth_text("a\n\t'\"`%_$1?:x\\b"), NULL});
    const char *table = column_make("{text}");
    store_value(table, 1, face);
    const char *length = target_is(PRODUCT_POSTGRESQL) || target_is_mysql_like() ? "char_length" : "length";
    CHECK_INT(query_int64_alone(text_format("SELECT %s(v) FROM %s", length, table)), 1);
    if (target_is_mysql_like())
        expect_unstored(column_make("VARCHAR(9) CHARACTER SET utf8mb3"), &face, NULL, &three_bytes);
}

static void expect_invalid(const expected_error *expected) {
    static const char *const list[] = {
        "\xff", "a\xc3", "\x80", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x9f\x98", "ab\xe2\x82z"};
    const char *table = column_make("{text}");
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        const berth_value value = berth_text(list[i]);
        expect_unstored(table, &value, NULL, expected);
    }
}

void utf8_invalid(void) {
    static const expected_error invalid = {
        .status = BERTH_DATA,
        .codes = {[PRODUCT_POSTGRESQL] = {"22021", {0}},
                  [PRODUCT_MARIADB] = {"22007", {1366}},
                  [PRODUCT_MYSQL] = {"HY000", {1366}}},
    };
    expect_invalid(&invalid);
}

/* Then Berth looks itself. */
void utf8_invalid_unchecked(void) {
    static const expected_error invalid = {.status = BERTH_DATA};
    expect_invalid(&invalid);
}

void text_embedded_nul(void) {
    const char *table = column_make("{text}");
    store_value(table, 1, berth_text_n("a\0b", 3));
    store_value(table, 2, berth_text_n("\0", 1));
    berth_session *session = session_open(NULL);
    berth_result *rows = berth_query(session, text_format("SELECT v FROM %s ORDER BY id", table), NULL);
    REQUIRE(berth_next(rows));
    CHECK_INT((int64_t)berth_get_length(rows, 0), 3);
    CHECK(memcmp(berth_get_text(rows, 0), "a\0b", 4) == 0);
    REQUIRE(berth_next(rows));
    CHECK_INT((int64_t)berth_get_length(rows, 0), 1);
    CHECK(memcmp(berth_get_text(rows, 0), "\0", 2) == 0);
    berth_result_close(rows);
    session_end_ok(session);
}

void text_embedded_nul_refused(void) {
    static const expected_error refused = {.status = BERTH_DATA};
    const berth_value inside = berth_text_n("a\0b", 3), last = berth_text_n("ab\0", 3);
    const char *table = column_make("{text}");
    expect_unstored(table, &inside, NULL, &refused);
    expect_unstored(table, &last, NULL, &refused);
}

void empty_vs_null(void) {
    static const berth_value empty[] = {{.type = BERTH_TYPE_TEXT, .as.data = ""},
                                        {.type = BERTH_TYPE_BLOB, .as.data = ""}};
    static const char *const types[] = {"{text}", "{blob}"};
    for (int i = 0; i < 2; i++) {
        const char *table = column_make(types[i]);
        store_value(table, 1, empty[i]);
        store_value(table, 2, berth_null());
        store_value(table, 3, i == 0 ? berth_text_n("", 0) : berth_blob(NULL, 0));
        berth_session *session = session_open(NULL);
        berth_result *rows = berth_query(session, text_format("SELECT v FROM %s ORDER BY id", table), NULL);
        for (int id = 1; id <= 3 && CHECK(berth_next(rows)); id++) {
            CHECK_INT(berth_is_null(rows, 0), id == 2);
            CHECK_INT((int64_t)berth_get_length(rows, 0), 0);
            CHECK_INT(berth_get_value(rows, 0).type, id == 2 ? BERTH_TYPE_NULL : empty[i].type);
            CHECK(id == 2 || berth_get_blob(rows, 0) != NULL);
        }
        berth_result_close(rows);
        session_end_ok(session);
        CHECK_INT(query_int64_alone(text_format("SELECT count(*) FROM %s WHERE v IS NULL", table)), 1);
    }
}

/* ---- Comparing. ---- */

static bool compares_equal(const char *a, const char *b) {
    need_tables();
    return query_int64_alone(text_format("SELECT CASE WHEN '%s' = '%s' THEN 1 ELSE 0 END", a, b)) == 1;
}

/* However literals compare: keys in tables of Berth's dialect are told apart by each byte. */
static void expect_distinct_keys(const char *other) {
    const char *table = table_make("v {key} PRIMARY KEY");
    exec_alone(text_format("INSERT INTO %s (v) VALUES (?), (?)", table), berth_params("a", other));
    CHECK_INT(query_int64_alone(text_format("SELECT count(*) FROM %s WHERE v = 'a'", table)), 1);
    check_note("'a' LIKE 'A' is %s", query_text_alone("SELECT CASE WHEN 'a' LIKE 'A' THEN 'true' ELSE 'false' END"));
}

void text_trailing_space(void) {
    CHECK(compares_equal("a", "a "));
    expect_distinct_keys("a ");
}

void text_trailing_space_counts(void) {
    CHECK(!compares_equal("a", "a "));
    expect_distinct_keys("a ");
}

void text_case(void) {
    CHECK(compares_equal("a", "A"));
    expect_distinct_keys("A");
}

void text_case_counts(void) {
    CHECK(!compares_equal("a", "A"));
    expect_distinct_keys("A");
}

/* ---- Blobs. ---- */

void blob_refused(void) {
    static const expected_error refused = {.status = BERTH_NOT_SUPPORTED};
    const berth_value blob = berth_blob("ab", 2);
    expect_unstored(column_make("{text}"), &blob, NULL, &refused);
}

void blob_all_256_bytes(void) {
    unsigned char bytes[512];
    for (int i = 0; i < 256; i++) {
        bytes[i] = (unsigned char)i;
        bytes[511 - i] = (unsigned char)i;
    }
    ROUND_TRIP("{blob}", {berth_blob(bytes, sizeof bytes), NULL}, {berth_blob("\0", 1), NULL},
               {berth_blob("\\x41", 4), NULL}, {berth_blob("\xff\xfe\0'", 4), NULL}, {berth_blob("", 0), NULL});
}

static void fill(unsigned char *bytes, size_t length) {
    uint32_t state = 1;
    for (size_t i = 0; i < length; i++) {
        state = state * 1664525 + 1013904223;
        bytes[i] = (unsigned char)(state >> 24);
    }
}

static void check_size(const char *table, const unsigned char *bytes, size_t length) {
    store_value(table, (int64_t)length, berth_blob(bytes, length));
    berth_session *session = session_open(NULL);
    const char *sql = text_format("SELECT v, length(v) FROM %s WHERE id = ?", table);
    berth_result *rows = berth_query(session, sql, berth_params((int64_t)length));
    if (CHECK(berth_next(rows))) {
        CHECK_INT(berth_get_int64(rows, 1), (int64_t)length);
        CHECK_INT((int64_t)berth_get_length(rows, 0), (int64_t)length);
        CHECK(berth_get_length(rows, 0) == length && memcmp(berth_get_blob(rows, 0), bytes, length) == 0);
    }
    berth_result_close(rows);
    session_end_ok(session);
}

void blob_sizes(void) {
    static const size_t sizes[] = {0, 1, 255, 65535, 65536, 1 << 20, (1 << 24) - 1};
    const size_t most = sizes[sizeof sizes / sizeof *sizes - 1];
    uint64_t limit = target_driver()->dialect->max_value_bytes;
    const char *table = column_make("{blob}");
    unsigned char *bytes = malloc(most);
    REQUIRE(bytes != NULL);
    fill(bytes, most);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (limit == 0 || sizes[i] <= limit)
            check_size(table, bytes, sizes[i]);
    free(bytes);
}

#define PIECE_BYTES (1 << 20)
#define PIECES 8

/* As rows, since a value is handed over whole. */
void blob_stream_in_out(void) {
    if (!target_has(BERTH_CAP_BLOB))
        not_applicable("the driver does not claim blobs");
    const char *table = column_make("{blob}");
    unsigned char *bytes = malloc(PIECE_BYTES);
    REQUIRE(bytes != NULL);
    for (int piece = 1; piece <= PIECES; piece++) {
        memset(bytes, piece, PIECE_BYTES);
        store_value(table, piece, berth_blob(bytes, PIECE_BYTES));
    }
    berth_session *session = session_open(NULL);
    berth_result *rows = berth_query(session, text_format("SELECT v FROM %s ORDER BY id", table), NULL);
    for (int piece = 1; piece <= PIECES && CHECK(berth_next(rows)); piece++) {
        memset(bytes, piece, PIECE_BYTES);
        CHECK_INT((int64_t)berth_get_length(rows, 0), PIECE_BYTES);
        CHECK(memcmp(berth_get_blob(rows, 0), bytes, PIECE_BYTES) == 0);
    }
    berth_result_close(rows);
    session_end_ok(session);
    free(bytes);
    not_applicable("a value is handed over whole: see docs/decisions/0009-what-a-driver-is-not-checked-for.md");
}

/* ---- JSON and UUID. ---- */

static const char document[] = "{\"b\": 1,  \"a\": [1, 2.50, \"\xc3\xa9\"], \"n\": null}";

/* MySQL keeps what a document means, not how it was written. */
static void json_round_trip(void) {
    if (target_is(PRODUCT_MYSQL))
        ROUND_TRIP("{json}", {berth_json("{\"a\": [1, null]}"), "'{\"a\": [1, null]}'"});
    else
        ROUND_TRIP("{json}", {berth_json(document), text_format("'%s'", document)}, {berth_json("[]"), "'[]'"},
                   {berth_json("\"\""), "'\"\"'"});
}

void json(void) {
    static const expected_error invalid[] = {
        {.status = BERTH_DATA, .codes = {[PRODUCT_POSTGRESQL] = {"22P02", {0}}, [PRODUCT_MYSQL] = {"22032", {3140}}}},
        {.status = BERTH_CHECK, .codes = {[PRODUCT_MARIADB] = {"23000", {4025}}}},
    };
    const berth_value broken = berth_json("{\"a\": ");
    json_round_trip();
    expect_unstored(column_make("{json}"), &broken, "'{\"a\": '", &invalid[target_is(PRODUCT_MARIADB)]);
}

void json_unchecked(void) {
    json_round_trip();
    ROUND_TRIP("{json}", {berth_json("{\"a\": "), "'{\"a\": '"});
}

static const uint8_t sample_uuid[] = {0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3,
                                      0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0xff};

static void uuid_round_trip(void) {
    static const uint8_t nil[16];
    const char *table = column_make("{uuid}");
    store_value(table, 1, berth_uuid(sample_uuid));
    store_literal(table, 2, "'123e4567-e89b-12d3-a456-4266141740ff'");
    store_value(table, 3, berth_uuid(nil));
    store_value(table, 4, berth_text("123E4567-E89B-12D3-A456-4266141740FF"));
    berth_session *session = session_open(NULL);
    berth_result *rows = berth_query(session, text_format("SELECT v FROM %s ORDER BY id", table), NULL);
    for (int id = 1; id <= 4 && CHECK(berth_next(rows)); id++)
        CHECK(memcmp(berth_get_uuid(rows, 0), id == 3 ? nil : sample_uuid, sizeof nil) == 0);
    berth_result_close(rows);
    session_end_ok(session);
    expect_stored(table, 2, BERTH_TYPE_NULL, "123e4567-e89b-12d3-a456-4266141740ff");
}

void uuid(void) {
    static const expected_error invalid = {
        .status = BERTH_DATA,
        .codes = {[PRODUCT_POSTGRESQL] = {"22P02", {0}}, [PRODUCT_MARIADB] = {"22007", {1292}}},
    };
    const berth_value text = berth_text("123e4567");
    uuid_round_trip();
    expect_unstored(column_make("{uuid}"), &text, "'no uuid'", &invalid);
}

void uuid_as_text(void) {
    uuid_round_trip();
    const char *table = column_make("{uuid}");
    store_value(table, 1, berth_text("no uuid"));
    expect_stored(table, 1, BERTH_TYPE_TEXT, "no uuid");
    expect_unreadable(table, 1, BERTH_TYPE_UUID);
}
