#include "core/schema.h"
#include "tests/support/suite.h"

static const berth_dialect on_conflict = {.upsert = BERTH_UPSERT_ON_CONFLICT};
static const berth_dialect on_duplicate_key = {.upsert = BERTH_UPSERT_ON_DUPLICATE_KEY, .quote_open = '`'};
static const berth_dialect without = {.quote_open = '[', .quote_close = ']'};

static const berth_table models = {
    .name = "models",
    .columns =
        BERTH_COLUMNS({.name = "id", .type = BERTH_TYPE_TEXT, .primary_key = true},
                      {.name = "display_name", .type = BERTH_TYPE_TEXT}, {.name = "parent", .type = BERTH_TYPE_TEXT}),
};

static const berth_table entries = {
    .name = "entries",
    .columns = BERTH_COLUMNS({.name = "season", .type = BERTH_TYPE_INT64, .primary_key = true},
                             {.name = "model_id", .type = BERTH_TYPE_TEXT, .primary_key = true},
                             {.name = "open", .type = BERTH_TYPE_BOOL}),
};

static void assert_upsert(char *found, const char *expected) {
    ASSERT_TEXT(found, expected);
    free(found);
}

static void test_upsert_on_conflict(void) {
    assert_upsert(upsert_statement(&on_conflict, &entries, "open, season,model_id"),
                  "INSERT INTO \"entries\" (\"open\", \"season\", \"model_id\") VALUES (?, ?, ?) "
                  "ON CONFLICT (\"season\", \"model_id\") DO UPDATE SET \"open\" = excluded.\"open\"");
    assert_upsert(upsert_statement(&on_conflict, &models, "id"),
                  "INSERT INTO \"models\" (\"id\") VALUES (?) ON CONFLICT (\"id\") DO NOTHING");
}

static void test_upsert_on_duplicate_key(void) {
    assert_upsert(upsert_statement(&on_duplicate_key, &models, "id, display_name, parent"),
                  "INSERT INTO `models` (`id`, `display_name`, `parent`) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE "
                  "`display_name` = VALUES(`display_name`), `parent` = VALUES(`parent`)");
    assert_upsert(upsert_statement(&on_duplicate_key, &models, "id"),
                  "INSERT INTO `models` (`id`) VALUES (?) ON DUPLICATE KEY UPDATE `id` = `id`");
}

static void test_upsert_in_two_statements(void) {
    assert_upsert(upsert_update_statement(&without, &entries, "season, open, model_id"),
                  "UPDATE [entries] SET [open] = ? WHERE [season] = ? AND [model_id] = ?");
    assert_upsert(upsert_update_statement(&without, &models, "id"), "UPDATE [models] SET [id] = [id] WHERE [id] = ?");
    assert_upsert(upsert_insert_statement(&without, &entries, "season, open, model_id"),
                  "INSERT INTO [entries] ([season], [open], [model_id]) VALUES (?, ?, ?)");
}

static void test_upsert_checks_its_columns(void) {
    const berth_table keyless = {.name = "log", .columns = BERTH_COLUMNS({.name = "line", .type = BERTH_TYPE_TEXT})};
    const struct {
        const berth_table *table;
        const char *columns;
        size_t value_count;
        const char *message;
    } cases[] = {
        {&models, "id, colour", 2, "upsert into table \"models\": there is no column \"colour\""},
        {&models, "", 0, "upsert into table \"models\": a name is missing in the list of columns \"\""},
        {&models, "id,,parent", 3,
         "upsert into table \"models\": a name is missing in the list of columns \"id,,parent\""},
        {&models, "id, id", 2, "upsert into table \"models\": the column \"id\" is listed twice"},
        {&entries, "season, open", 2,
         "upsert into table \"entries\": the column \"model_id\" of the primary key is missing"},
        {&models, "id, parent", 3, "upsert into table \"models\": 2 columns, but 3 values"},
        {&keyless, "line", 1, "upsert into table \"log\": the table has no primary key"},
    };
    berth_error error;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CU_ASSERT_EQUAL(upsert_check(cases[i].table, cases[i].columns, cases[i].value_count, &error), BERTH_MISUSE);
        ASSERT_TEXT(error.message, cases[i].message);
    }
    CU_ASSERT_EQUAL(upsert_check(&models, "parent, id", 2, &error), BERTH_OK);
}

SUITE("upsert", TEST(test_upsert_on_conflict), TEST(test_upsert_on_duplicate_key), TEST(test_upsert_in_two_statements),
      TEST(test_upsert_checks_its_columns))
