#include <berth/session.h>

#include "client.h"

/* MariaDB and MySQL each read comments that the other one skips: MariaDB those that begin with M, MySQL 8 those with
 * its version, which MariaDB leaves alone from 50700 on. So that tables use the UUID type where there is one, and
 * compare text by its bytes, trailing spaces included. */
#define UUID_TYPE "/*M!100700 UUID *//*!80000 CHAR(36) */"
#define COLLATION "/*M! COLLATE=utf8mb4_nopad_bin *//*!80000 COLLATE=utf8mb4_0900_bin */"

const berth_dialect mydb_dialect = {
    .struct_size = sizeof(berth_dialect),
    .placeholder = BERTH_PLACEHOLDER_QUESTION,
    .lexical = BERTH_LEX_BACKSLASH_ESCAPES | BERTH_LEX_HASH_COMMENTS | BERTH_LEX_BACKTICKS | BERTH_LEX_DASH_NEEDS_SPACE,
    .flags = BERTH_DIALECT_INLINE_INDEXES,
    .upsert = BERTH_UPSERT_ON_DUPLICATE_KEY,
    .max_params = 65535,
    .max_name = 64,
    .isolation_levels = 1U << BERTH_READ_UNCOMMITTED | 1U << BERTH_READ_COMMITTED | 1U << BERTH_REPEATABLE_READ |
                        1U << BERTH_SERIALIZABLE,
    .default_isolation = BERTH_REPEATABLE_READ,
    .quote_open = '`',
    .quote_close = '`',
    .max_value_bytes = UINT32_MAX,
    .types =
        {
            [BERTH_TYPE_BOOL] = "BOOLEAN",
            [BERTH_TYPE_INT64] = "BIGINT",
            [BERTH_TYPE_UINT64] = "BIGINT UNSIGNED",
            [BERTH_TYPE_DOUBLE] = "DOUBLE",
            [BERTH_TYPE_TEXT] = "LONGTEXT",
            [BERTH_TYPE_BLOB] = "LONGBLOB",
            [BERTH_TYPE_DECIMAL] = "DECIMAL",
            [BERTH_TYPE_DATE] = "DATE",
            [BERTH_TYPE_TIME] = "TIME(6)",
            [BERTH_TYPE_TIMESTAMP] = "DATETIME(6)",
            [BERTH_TYPE_TIMESTAMPTZ] = "TIMESTAMP(6)",
            [BERTH_TYPE_UUID] = UUID_TYPE,
            [BERTH_TYPE_JSON] = "JSON",
        },
    .sized_text = "VARCHAR",
    .identity = "BIGINT NOT NULL AUTO_INCREMENT",
    .table_suffix = "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 " COLLATION,
    .tables_query = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = database()"
                    " AND table_type = 'BASE TABLE' ORDER BY table_name",
    .columns_query =
        "SELECT c.column_name AS name, c.column_type AS type, c.is_nullable = 'YES' AS nullable,"
        " c.column_default AS `default`, coalesce(k.ordinal_position, 0) AS place"
        " FROM information_schema.columns AS c LEFT JOIN information_schema.key_column_usage AS k"
        " ON k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name"
        " AND k.constraint_name = 'PRIMARY'"
        " WHERE c.table_schema = database() AND c.table_name = ? ORDER BY c.ordinal_position",
    .keys_query = "SELECT CASE c.constraint_type WHEN 'PRIMARY KEY' THEN 'PRIMARY' WHEN 'FOREIGN KEY' THEN 'FOREIGN'"
                  " ELSE 'UNIQUE' END AS kind, k.constraint_name AS name, k.column_name AS `column`,"
                  " k.referenced_table_name AS referenced_table, k.referenced_column_name AS referenced_column"
                  " FROM information_schema.table_constraints AS c JOIN information_schema.key_column_usage AS k"
                  " ON k.constraint_schema = c.constraint_schema AND k.table_name = c.table_name"
                  " AND k.constraint_name = c.constraint_name WHERE c.table_schema = database() AND c.table_name = ?"
                  " AND c.constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY')"
                  " ORDER BY kind, name, k.ordinal_position",
};
