#include "core/driver_check.h"
#include "tests/support/minimal_driver.h"
#include "tests/support/suite.h"

#include <stddef.h>

/* What the entry point returns; changed by each test. */
static const char *schemes[3];
static berth_dialect dialect;
static berth_driver offered;
static const berth_services *services_given;

static berth_driver table;
static berth_error error;

static const berth_driver *entry(const berth_services *services) {
    services_given = services;
    return &offered;
}

static void offer_minimal(void) {
    schemes[0] = "fake";
    schemes[1] = schemes[2] = NULL;
    dialect = (berth_dialect){MINIMAL_DIALECT};
    offered = (berth_driver){MINIMAL_DRIVER("fake", &dialect), .schemes = schemes};
}

static void assert_fits(void) {
    CU_ASSERT_EQUAL(driver_check(entry, &table, &error), BERTH_OK);
}

static void assert_refused(const char *why) {
    CU_ASSERT_EQUAL(driver_check(entry, &table, &error), BERTH_DRIVER);
    ASSERT_TEXT(error.message, why);
}

/* Slots that are only there. */
static int32_t any_prepare(berth_driver_connection *connection, const char *sql, uint64_t length, int64_t deadline_ns,
                           berth_driver_statement **statement, berth_error *failure) {
    (void)connection, (void)sql, (void)length, (void)deadline_ns, (void)statement, (void)failure;
    return BERTH_OK;
}

static void any_unprepare(berth_driver_connection *connection, berth_driver_statement *statement) {
    (void)connection, (void)statement;
}

static int32_t any_savepoint(berth_driver_connection *connection, const char *name, int64_t deadline_ns,
                             berth_error *failure) {
    (void)connection, (void)name, (void)deadline_ns, (void)failure;
    return BERTH_OK;
}

static int32_t any_bulk_begin(berth_driver_connection *connection, const berth_bulk *bulk, int64_t deadline_ns,
                              berth_error *failure) {
    (void)connection, (void)bulk, (void)deadline_ns, (void)failure;
    return BERTH_OK;
}

static int32_t any_bulk_rows(berth_driver_connection *connection, const berth_value *values, uint64_t row_count,
                             int64_t deadline_ns, berth_error *failure) {
    (void)connection, (void)values, (void)row_count, (void)deadline_ns, (void)failure;
    return BERTH_OK;
}

static int32_t any_bulk_end(berth_driver_connection *connection, int64_t *rows, int64_t deadline_ns,
                            berth_error *failure) {
    (void)connection, (void)rows, (void)deadline_ns, (void)failure;
    return BERTH_OK;
}

static void any_bulk_abort(berth_driver_connection *connection) {
    (void)connection;
}

static int32_t any_call(berth_driver_connection *connection, int64_t deadline_ns, berth_error *failure) {
    (void)connection, (void)deadline_ns, (void)failure;
    return BERTH_OK;
}

static int32_t any_execute_many(berth_driver_connection *connection, berth_execution *execution, uint64_t row_count,
                                int64_t deadline_ns, berth_error *failure) {
    (void)connection, (void)execution, (void)row_count, (void)deadline_ns, (void)failure;
    return BERTH_OK;
}

static int32_t never_alive(berth_driver_connection *connection) {
    (void)connection;
    return 0;
}

static void test_minimal_table_fits(void) {
    offer_minimal();
    assert_fits();
    ASSERT_TEXT(table.name, "fake");
    CU_ASSERT_EQUAL(table.struct_size, sizeof table);
    CU_ASSERT_PTR_EQUAL(services_given, &driver_services);
}

static void test_missing_slots_get_their_defaults(void) {
    uint32_t flags = 0;
    offer_minimal();
    assert_fits();
    CU_ASSERT_EQUAL(table.is_alive(NULL), 1);
    CU_ASSERT_EQUAL(table.traits(NULL), 0);
    CU_ASSERT_EQUAL(table.cancel(NULL, 0, &error), BERTH_NOT_SUPPORTED);
    ASSERT_TEXT(error.message, "this driver can't cancel a statement");
    CU_ASSERT_EQUAL(table.reset(NULL, 0, &error), BERTH_NOT_SUPPORTED);
    ASSERT_TEXT(error.message, "this driver can't reset a connection");
    CU_ASSERT_EQUAL(table.server_info(NULL, NULL, &error), BERTH_NOT_SUPPORTED);
    ASSERT_TEXT(error.message, "this driver can't tell the server's version");
    CU_ASSERT_EQUAL(table.classify(1213, "40001", &flags), BERTH_SERIALIZATION);
    CU_ASSERT_EQUAL(flags, BERTH_FLAG_RETRYABLE);
    CU_ASSERT_PTR_NULL(table.ping);
    CU_ASSERT_PTR_NULL(table.begin);
}

static void test_slots_that_are_there_stay(void) {
    offer_minimal();
    offered.is_alive = never_alive;
    offered.cancel = any_call;
    offered.reset = any_call;
    assert_fits();
    CU_ASSERT_EQUAL(table.is_alive(NULL), 0);
    CU_ASSERT_PTR_EQUAL(table.cancel, any_call);
    CU_ASSERT_PTR_EQUAL(table.reset, any_call);
}

static void test_size_that_cannot_be_is_refused(void) {
    offer_minimal();
    offered.struct_size = 0;
    assert_refused("the table says that it has 0 bytes; it must have at least 88, a multiple of 8");
    offered.struct_size = 80;
    assert_refused("the table says that it has 80 bytes; it must have at least 88, a multiple of 8");
    offered.struct_size = 101;
    assert_refused("the table says that it has 101 bytes; it must have at least 88, a multiple of 8");
}

static void test_slots_behind_an_older_table_are_not_read(void) {
    offer_minimal();
    offered.struct_size = offsetof(berth_driver, fetch) + sizeof offered.fetch;
    offered.is_alive = never_alive;
    offered.ping = any_call;
    assert_fits();
    CU_ASSERT_EQUAL(table.is_alive(NULL), 1);
    CU_ASSERT_PTR_NULL(table.ping);
}

typedef struct newer_driver {
    berth_driver known;
    char appended[64];
} newer_driver;

static newer_driver newer;

static const berth_driver *newer_entry(const berth_services *services) {
    (void)services;
    return &newer.known;
}

static void test_newer_table_is_taken_as_far_as_it_is_known(void) {
    offer_minimal();
    memset(&newer, 0x55, sizeof newer);
    newer.known = offered;
    newer.known.struct_size = sizeof newer;
    newer.known.abi_minor = 7;
    CU_ASSERT_EQUAL(driver_check(newer_entry, &table, &error), BERTH_OK);
    CU_ASSERT_EQUAL(table.abi_minor, 7);
    CU_ASSERT_EQUAL(table.struct_size, sizeof table);
}

static void test_each_required_slot_is_named(void) {
    offer_minimal();
    offered.connect = NULL;
    assert_refused("the driver fake has no connect slot");
    offer_minimal();
    offered.close = NULL;
    assert_refused("the driver fake has no close slot");
    offer_minimal();
    offered.execute = NULL;
    assert_refused("the driver fake has no execute slot");
    offer_minimal();
    offered.fetch = NULL;
    assert_refused("the driver fake has no fetch slot");
}

static void test_half_a_pair_is_refused(void) {
    offer_minimal();
    offered.prepare = any_prepare;
    assert_refused("the driver fake has the slot prepare but not unprepare");
    offered.prepare = NULL;
    offered.unprepare = any_unprepare;
    assert_refused("the driver fake has the slot unprepare but not prepare");
    offered.prepare = any_prepare;
    assert_fits();
}

static void test_part_of_the_bulk_slots_is_refused(void) {
    offer_minimal();
    offered.bulk_begin = any_bulk_begin;
    assert_refused("the driver fake has the slot bulk_begin but not bulk_rows");
    offered.bulk_rows = any_bulk_rows;
    assert_refused("the driver fake has the slot bulk_rows but not bulk_end");
    offered.bulk_end = any_bulk_end;
    assert_refused("the driver fake has the slot bulk_end but not bulk_abort");
    offered.bulk_abort = any_bulk_abort;
    assert_fits();
    offered.bulk_begin = NULL;
    assert_refused("the driver fake has the slot bulk_rows but not bulk_begin");
}

static void test_part_of_the_savepoint_slots_is_refused(void) {
    offer_minimal();
    offered.savepoint_rollback = any_savepoint;
    assert_refused("the driver fake has the slot savepoint_rollback but not savepoint_release");
    offered.savepoint = any_savepoint;
    assert_refused("the driver fake has the slot savepoint but not savepoint_release");
    offered.savepoint_release = any_savepoint;
    assert_fits();
}

static void test_capability_without_its_slot_is_refused(void) {
    static const struct {
        uint64_t capability;
        const char *why;
    } cases[] = {
        {BERTH_CAP_PREPARE, "the driver fake claims BERTH_CAP_PREPARE but has no prepare slot"},
        {BERTH_CAP_PIPELINE, "the driver fake claims BERTH_CAP_PIPELINE but has no sync slot"},
        {BERTH_CAP_CANCEL, "the driver fake claims BERTH_CAP_CANCEL but has no cancel slot"},
        {BERTH_CAP_BATCH, "the driver fake claims BERTH_CAP_BATCH but has no execute_many slot"},
        {BERTH_CAP_BULK, "the driver fake claims BERTH_CAP_BULK but has no bulk_begin slot"},
        {BERTH_CAP_FULL_RESET, "the driver fake claims BERTH_CAP_FULL_RESET but has no reset slot"},
        {BERTH_CAP_UPSERT, "the driver fake claims BERTH_CAP_UPSERT but its dialect has no upsert"},
        {BERTH_CAP_METADATA, "the driver fake claims BERTH_CAP_METADATA but its dialect lacks a metadata query"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        offer_minimal();
        offered.capabilities = BERTH_CAP_BLOB | cases[i].capability;
        assert_refused(cases[i].why);
    }
}

static void test_capabilities_with_their_slots_fit(void) {
    offer_minimal();
    offered.capabilities = UINT64_MAX;
    offered.prepare = any_prepare;
    offered.unprepare = any_unprepare;
    offered.sync = offered.cancel = offered.reset = any_call;
    offered.execute_many = any_execute_many;
    offered.bulk_begin = any_bulk_begin;
    offered.bulk_rows = any_bulk_rows;
    offered.bulk_end = any_bulk_end;
    offered.bulk_abort = any_bulk_abort;
    dialect.upsert = BERTH_UPSERT_ON_CONFLICT;
    dialect.tables_query = dialect.columns_query = dialect.keys_query = "SELECT 1";
    assert_fits();
}

static void test_names_and_schemes_are_checked(void) {
    offer_minimal();
    offered.name = NULL;
    assert_refused("the driver's name is \"\"; it must be lower-case letters and digits, a letter first, 63 at most");
    offered.name = "Fake";
    assert_refused(
        "the driver's name is \"Fake\"; it must be lower-case letters and digits, a letter first, 63 at most");
    offer_minimal();
    offered.version = NULL;
    assert_refused("the driver fake has no version");
    offer_minimal();
    schemes[1] = "fake+x";
    assert_refused(
        "the driver fake has the scheme \"fake+x\"; it must be lower-case letters and digits, a letter first, "
        "63 at most");
    schemes[0] = NULL;
    assert_refused("the driver fake has no scheme");
    offered.schemes = NULL;
    assert_refused("the driver fake has no scheme");
}

static void test_dialect_is_checked(void) {
    offer_minimal();
    offered.dialect = NULL;
    assert_refused("the driver fake has no dialect");
    offer_minimal();
    dialect.struct_size = 40;
    assert_refused("the dialect of the driver fake says that it has 40 bytes; it must have at least 352");
    offer_minimal();
    dialect.placeholder = 3;
    assert_refused("the dialect of the driver fake has placeholder 3; this library knows 0 to 2");
    offer_minimal();
    dialect.lexical = 256;
    assert_refused("the dialect of the driver fake has lexical 256; this library knows 0 to 255");
    offer_minimal();
    dialect.upsert = 3;
    assert_refused("the dialect of the driver fake has upsert 3; this library knows 0 to 2");
    offer_minimal();
    dialect.default_isolation = 5;
    assert_refused("the dialect of the driver fake has default_isolation 5; this library knows 0 to 4");
}

static void test_dialect_needs_the_three_types(void) {
    offer_minimal();
    dialect.types[BERTH_TYPE_INT64] = NULL;
    assert_refused("the dialect of the driver fake has no name for BERTH_TYPE_INT64");
    offer_minimal();
    dialect.types[BERTH_TYPE_DOUBLE] = "";
    assert_refused("the dialect of the driver fake has no name for BERTH_TYPE_DOUBLE");
    offer_minimal();
    dialect.types[BERTH_TYPE_TEXT] = NULL;
    assert_refused("the dialect of the driver fake has no name for BERTH_TYPE_TEXT");
}

static void test_options_are_checked(void) {
    static const struct {
        berth_driver_option option;
        const char *why;
    } cases[] = {
        {{.name = ""}, "the option \"\" of the driver fake has no name"},
        {{.name = "a", .kind = 6}, "the option \"a\" of the driver fake is of a kind that this library does not know"},
        {{.name = "a", .kind = BERTH_OPTION_CHOICE}, "the option \"a\" of the driver fake is a choice without choices"},
        {{.name = "a", .kind = BERTH_OPTION_INTEGER, .minimum = 2, .maximum = 1},
         "the option \"a\" of the driver fake has a minimum above its maximum"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        berth_driver_option options[3] = {{.name = "fine"}, cases[i].option, {.name = NULL}};
        offer_minimal();
        offered.options = options;
        assert_refused(cases[i].why);
        options[1] = (berth_driver_option){.name = "mode", .kind = BERTH_OPTION_CHOICE, .choices = "ro|rw"};
        assert_fits();
    }
}

static void test_serves_needs_scheme_and_name(void) {
    offer_minimal();
    schemes[1] = "false";
    assert_fits();
    CU_ASSERT_EQUAL(driver_check_serves(&table, "false", NULL, &error), BERTH_OK);
    CU_ASSERT_EQUAL(driver_check_serves(&table, "fake", "fake", &error), BERTH_OK);
    CU_ASSERT_EQUAL(driver_check_serves(&table, "fake", "false", &error), BERTH_DRIVER);
    ASSERT_TEXT(error.message, "it is the driver fake, not false");
    CU_ASSERT_EQUAL(driver_check_serves(&table, "true", NULL, &error), BERTH_DRIVER);
    ASSERT_TEXT(error.message, "the driver fake serves fake, false, not true");
}

static void test_services_fail_fills_the_error(void) {
    char text[2 * BERTH_MESSAGE_BYTES];
    CU_ASSERT_EQUAL(driver_services.fail(&error, BERTH_UNIQUE, "key %d", 7), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.status, BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.index, -1);
    ASSERT_TEXT(error.message, "key 7");
    CU_ASSERT_EQUAL(driver_services.fail(NULL, BERTH_DATA, "x"), BERTH_DATA);
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    driver_services.fail(&error, BERTH_DATA, "%s", text);
    CU_ASSERT_EQUAL(strlen(error.message), BERTH_MESSAGE_BYTES - 1);
    ASSERT_TEXT(error.message + BERTH_MESSAGE_BYTES - 4, "...");
}

static void test_services_are_complete(void) {
    char text[32];
    berth_value value;
    CU_ASSERT_EQUAL(driver_services.struct_size, sizeof(berth_services));
    CU_ASSERT_EQUAL(driver_services.abi_minor, BERTH_ABI_MINOR);
    char *memory = driver_services.reallocate(driver_services.allocate(4), 8);
    CU_ASSERT_PTR_NOT_NULL(memory);
    driver_services.release(memory);
    int64_t now_ns = driver_services.now_ns();
    CU_ASSERT_TRUE(now_ns > 0 && now_ns <= driver_services.now_ns());
    CU_ASSERT_EQUAL(driver_services.parse(BERTH_TYPE_INT64, "-42", 3, &value), BERTH_OK);
    CU_ASSERT_EQUAL(value.as.integer, -42);
    CU_ASSERT_EQUAL(driver_services.format(&value, text, sizeof text), 3);
    ASSERT_TEXT(text, "-42");
    driver_services.notice(NULL, "nobody listens");
}

SUITE("driver_check", TEST(test_minimal_table_fits), TEST(test_missing_slots_get_their_defaults),
      TEST(test_slots_that_are_there_stay), TEST(test_size_that_cannot_be_is_refused),
      TEST(test_slots_behind_an_older_table_are_not_read), TEST(test_newer_table_is_taken_as_far_as_it_is_known),
      TEST(test_each_required_slot_is_named), TEST(test_half_a_pair_is_refused),
      TEST(test_part_of_the_bulk_slots_is_refused), TEST(test_part_of_the_savepoint_slots_is_refused),
      TEST(test_capability_without_its_slot_is_refused), TEST(test_capabilities_with_their_slots_fit),
      TEST(test_names_and_schemes_are_checked), TEST(test_dialect_is_checked), TEST(test_dialect_needs_the_three_types),
      TEST(test_options_are_checked), TEST(test_serves_needs_scheme_and_name), TEST(test_services_fail_fills_the_error),
      TEST(test_services_are_complete))
