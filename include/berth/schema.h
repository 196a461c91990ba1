/**
 * @file schema.h
 * Tables declared in C, created in any database.
 *
 *     static const berth_table models = {
 *         .name = "models",
 *         .columns = BERTH_COLUMNS({.name = "id", .type = BERTH_TYPE_TEXT, .length = 64, .primary_key = true},
 *                                  {.name = "display_name", .type = BERTH_TYPE_TEXT, .not_null = true}),
 *     };
 *     static const berth_schema schema = {.tables = BERTH_TABLES(&models)};
 *
 * Names are quoted, so that any name works. Lists of columns are texts with commas: "model_id, symbol".
 */
#ifndef BERTH_SCHEMA_H
#define BERTH_SCHEMA_H

#include <berth/engine.h>
#include <berth/params.h>
#include <berth/session.h>

BERTH_BEGIN_DECLS

/** A column. Zero fields mean: nullable, no default, no key. */
typedef struct berth_table_column {
    const char *name;        /**< Not quoted. */
    berth_type type;         /**< Any but BERTH_TYPE_NULL. */
    uint32_t length;         /**< Text: at most this many characters; 0 for no limit. Keys need one on MySQL. */
    uint32_t precision;      /**< Decimal: digits in all, default 38. */
    uint32_t scale;          /**< Decimal: digits behind the point. */
    bool not_null;           /**< NULL is refused. */
    bool identity;           /**< An int64 key that the database counts up. Only as the single primary key. */
    bool primary_key;        /**< The table's key; several columns make one key together. */
    bool unique;             /**< No value twice. */
    const char *default_sql; /**< The default as SQL: "0", "'open'", "CURRENT_TIMESTAMP". */
    const char *check;       /**< A condition in SQL that must hold: "quantity <> 0". */
    const char *references;  /**< A foreign key: "models(id)". */
    const char *on_delete;   /**< For `references`: "CASCADE", "SET NULL", "RESTRICT"; default: refused. */
} berth_table_column;

/** A foreign key of several columns. */
typedef struct berth_foreign_key {
    const char *columns;    /**< "season_id, model_id". */
    const char *references; /**< "entries(season_id, model_id)". */
    const char *on_delete;  /**< As in a column. */
} berth_foreign_key;

/** An index. */
typedef struct berth_index {
    const char *name;    /**< NULL makes one from table and columns. */
    const char *columns; /**< "model_id, exit_time". */
    bool unique;         /**< No combination twice. */
} berth_index;

/** A table. Lists end with a zero element, which the macros below add. */
typedef struct berth_table {
    const char *name;                      /**< Not quoted. */
    const berth_table_column *columns;     /**< From BERTH_COLUMNS(). */
    const char *const *uniques;            /**< Each "a, b": no combination twice. May be NULL. */
    const char *const *checks;             /**< Each a condition in SQL. May be NULL. */
    const berth_foreign_key *foreign_keys; /**< May be NULL. */
    const berth_index *indexes;            /**< May be NULL. */
} berth_table;

/** Tables that belong together. */
typedef struct berth_schema {
    const berth_table *const *tables; /**< In any order, NULL-terminated. */
} berth_schema;

/* Lists for designated initialisers at file scope; each adds its end. */

/** For berth_table::columns. */
#define BERTH_COLUMNS(...) ((const berth_table_column[]){__VA_ARGS__, {0}})
/** For berth_table::uniques. */
#define BERTH_UNIQUES(...) ((const char *const[]){__VA_ARGS__, NULL})
/** For berth_table::checks. */
#define BERTH_CHECKS(...) ((const char *const[]){__VA_ARGS__, NULL})
/** For berth_table::foreign_keys. */
#define BERTH_FOREIGN_KEYS(...) ((const berth_foreign_key[]){__VA_ARGS__, {0}})
/** For berth_table::indexes. */
#define BERTH_INDEXES(...) ((const berth_index[]){__VA_ARGS__, {0}})
/** For berth_schema::tables. */
#define BERTH_TABLES(...) ((const berth_table *const[]){__VA_ARGS__, NULL})

/**
 * Creates what is missing of a schema's tables and indexes, each after those it refers to, in one transaction where the
 * database can. Tables that exist are left as they are. For development and tests.
 *
 * @return BERTH_OK; BERTH_CONFIG when the settings say production, or when the schema itself is wrong (the message says
 *         where); BERTH_MISUSE for NULL.
 */
BERTH_API berth_status berth_schema_create(berth_engine *engine, const berth_schema *schema, berth_error *error);

/** berth_schema_create() on the default engine. */
BERTH_API berth_status berth_init_db(const berth_schema *schema, berth_error *error);

/**
 * Writes the statements that create the schema on this engine's database, each with a semicolon and a line end, for a
 * migration to take over. Connects to nothing.
 *
 * @param ddl Gets the text, the caller's to free with berth_free(); NULL on failure.
 */
BERTH_API berth_status berth_schema_ddl(berth_engine *engine, const berth_schema *schema, char **ddl,
                                        berth_error *error);

/**
 * Inserts a row, or updates the one with the same primary key.
 *
 * @param columns The columns given, "id, name, equity", the whole primary key among them; the others keep what they
 * have or get their defaults.
 * @param values  From berth_params(), as many as there are columns.
 * @return the session's status, as berth_exec() does.
 */
BERTH_API berth_status berth_upsert(berth_session *session, const berth_table *table, const char *columns,
                                    const berth_params *values);

/**
 * Does what berth_upsert() does, once for each of many rows, by the fastest way that the driver has for it.
 *
 * @param rows  `count` rows of values. Fastest when they lie one behind the other in one array.
 * @return the session's status, as berth_exec_many() does. BERTH_MISUSE in an autocommit session.
 */
BERTH_API berth_status berth_upsert_many(berth_session *session, const berth_table *table, const char *columns,
                                         const berth_params *rows, size_t count);

/** Frees what Berth allocated for the caller. NULL does nothing. */
BERTH_API void berth_free(void *memory);

BERTH_END_DECLS

#endif
