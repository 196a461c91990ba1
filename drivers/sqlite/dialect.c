#include "sqlite.h"

/* A column's declared type decides by its words how SQLite keeps what is put in ("affinity"). Texts that look like
 * numbers must not become numbers, hence the TEXT in DECIMAL_TEXT and JSON_TEXT. Dates, times and UUIDs never look like
 * numbers: each has a hyphen or a colon inside. */
const berth_dialect sqlite_dialect = {
    .struct_size = sizeof(berth_dialect),
    .placeholder = BERTH_PLACEHOLDER_NUMBERED,
    .lexical = BERTH_LEX_BACKTICKS | BERTH_LEX_BRACKETS,
    .flags = BERTH_DIALECT_IDENTITY_IS_KEY,
    .upsert = BERTH_UPSERT_ON_CONFLICT,
    .max_params = 32766,
    .isolation_levels = 1U << BERTH_SERIALIZABLE,
    .default_isolation = BERTH_SERIALIZABLE,
    .quote_open = '"',
    .quote_close = '"',
    .max_value_bytes = 1000000000,
    .types =
        {
            [BERTH_TYPE_BOOL] = "BOOLEAN",
            [BERTH_TYPE_INT64] = "BIGINT",
            [BERTH_TYPE_DOUBLE] = "DOUBLE",
            [BERTH_TYPE_TEXT] = "TEXT",
            [BERTH_TYPE_BLOB] = "BLOB",
            [BERTH_TYPE_DECIMAL] = "DECIMAL_TEXT",
            [BERTH_TYPE_DATE] = "DATE",
            [BERTH_TYPE_TIME] = "TIME",
            [BERTH_TYPE_TIMESTAMP] = "TIMESTAMP",
            [BERTH_TYPE_TIMESTAMPTZ] = "TIMESTAMPTZ",
            [BERTH_TYPE_UUID] = "UUID",
            [BERTH_TYPE_JSON] = "JSON_TEXT",
        },
    .sized_text = "VARCHAR",
    .identity = "INTEGER PRIMARY KEY",
    .tables_query = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')"
                    " AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name",
    /* A single INTEGER key is the rowid, which is never NULL whatever was declared. */
    .columns_query = "WITH info AS (SELECT * FROM pragma_table_info(?))"
                     " SELECT name, type, \"notnull\" = 0 AND NOT (pk > 0 AND upper(type) = 'INTEGER'"
                     " AND (SELECT max(pk) FROM info) = 1) AS nullable, dflt_value, pk FROM info ORDER BY cid",
    /* SQLite names no primary and no foreign keys: a number tells those of a table apart. */
    .keys_query =
        "WITH target(name) AS (SELECT ?), keys AS ("
        "SELECT 'PRIMARY' AS kind, 'primary_key' AS name, info.name AS \"column\", NULL AS referenced_table,"
        " NULL AS referenced_column, info.pk AS place FROM target, pragma_table_info(target.name) AS info"
        " WHERE info.pk > 0"
        " UNION ALL SELECT 'UNIQUE', list.name, part.name, NULL, NULL, part.seqno"
        " FROM target, pragma_index_list(target.name) AS list, pragma_index_info(list.name) AS part"
        " WHERE list.\"unique\" AND list.origin <> 'pk' AND NOT list.partial"
        " UNION ALL SELECT 'FOREIGN', 'foreign_key_' || key.id, key.\"from\", key.\"table\","
        " coalesce(key.\"to\", (SELECT parent.name FROM pragma_table_info(key.\"table\") AS parent"
        " WHERE parent.pk = key.seq + 1)), key.seq FROM target, pragma_foreign_key_list(target.name) AS key)"
        " SELECT kind, name, \"column\", referenced_table, referenced_column FROM keys ORDER BY kind, name, place",
};
