/* The driver's own statements. The server keeps them too, each from when it is first needed. */
#include <berth/session.h>
#include <stdio.h>
#include <string.h>

#include "postgresql.h"

#define BEGIN_AT(level) "BEGIN" level, "BEGIN" level " READ ONLY"

/* By twice the isolation level, plus one for what only reads. */
static const char *const begins[] = {
    BEGIN_AT(""),
    BEGIN_AT(" ISOLATION LEVEL READ UNCOMMITTED"),
    BEGIN_AT(" ISOLATION LEVEL READ COMMITTED"),
    BEGIN_AT(" ISOLATION LEVEL REPEATABLE READ"),
    BEGIN_AT(" ISOLATION LEVEL SERIALIZABLE"),
};

static const char *const names[] = {
    "berth_own_0", "berth_own_1", "berth_own_2", "berth_own_3",  "berth_own_4",  "berth_own_5",  "berth_own_6",
    "berth_own_7", "berth_own_8", "berth_own_9", "berth_own_10", "berth_own_11", "berth_own_12", "berth_own_13",
};

/* Whether it makes no difference if rows are inserted into the table $1 by one statement or by one each: nothing in it
 * may run code that somebody has written, look at other rows, or know the statement or when it began. 16384 is the
 * first OID of what is not the server's own. */
static const char plain_table[] =
    "SELECT pg_catalog.current_setting('transaction_isolation') = 'read committed' AND c.relkind = 'r' AND c.relam = 2"
    " AND NOT c.relispartition AND NOT c.relhasrules AND NOT c.relrowsecurity"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid AND k.confrelid = c.oid)"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid"
    " WHERE a.attrelid = c.oid AND y.typtype = 'd')"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_attrdef AS f WHERE f.adrelid = c.oid"
    " AND pg_catalog.pg_get_expr(f.adbin, f.adrelid) ~ 'statement_timestamp|current_query')"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'c'"
    " AND pg_catalog.pg_get_constraintdef(k.oid) ~ 'statement_timestamp|current_query')"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.refobjid >= 16384"
    " AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)"
    " AND (d.classid, d.objid) IN ("
    "SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid FROM pg_catalog.pg_constraint AS k WHERE k.conrelid "
    "= c.oid"
    " UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, i.indexrelid FROM pg_catalog.pg_index AS i"
    " WHERE i.indrelid = c.oid"
    " UNION ALL SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, f.oid FROM pg_catalog.pg_attrdef AS f"
    " WHERE f.adrelid = c.oid))"
    " FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass($1)";

uint32_t postgresql_own_begin(const berth_begin *begin) {
    return 2 * begin->isolation + (begin->read_only != 0);
}

const char *postgresql_own_sql(uint32_t own) {
    switch (own) {
    case OWN_COMMIT:
        return "COMMIT";
    case OWN_SAVEPOINT:
        return "SAVEPOINT berth_many";
    case OWN_RELEASE:
        return "RELEASE SAVEPOINT berth_many";
    case OWN_PLAIN_TABLE:
        return plain_table;
    default:
        return begins[own];
    }
}

int32_t postgresql_own_send(berth_driver_connection *connection, uint32_t kind, uint32_t own, const char *value,
                            berth_error *error) {
    PGconn *handle = connection->handle;
    uint32_t *prepared = &connection->pipeline.prepared_own;
    const postgresql_step step = {.kind = kind, .own = own, .index = -1};
    const postgresql_step preparation = {.kind = STEP_PREPARE_OWN, .own = own, .index = -1};
    const int count = value != NULL;
    const char *sql = postgresql_own_sql(own);
    if (!connection->keeps_statements)
        return postgresql_pipeline_add(connection, PQsendQueryParams(handle, sql, count, NULL, &value, NULL, NULL, 0),
                                       &step, error);
    if ((*prepared & UINT32_C(1) << own) == 0) {
        int32_t status =
            postgresql_pipeline_add(connection, PQsendPrepare(handle, names[own], sql, 0, NULL), &preparation, error);
        if (status != BERTH_OK)
            return status;
        *prepared |= UINT32_C(1) << own;
    }
    return postgresql_pipeline_add(connection, PQsendQueryPrepared(handle, names[own], count, &value, NULL, NULL, 0),
                                   &step, error);
}

/* Somebody has dropped or made what is the driver's own: it is known now. */
int32_t postgresql_own_judge(berth_driver_connection *connection, const postgresql_step *step, berth_error *error) {
    const uint32_t bit = UINT32_C(1) << step->own;
    char message[BERTH_MESSAGE_BYTES / 2];
    bool is_gone = strcmp(error->sqlstate, "26000") == 0;
    bool is_there = strcmp(error->sqlstate, "42P05") == 0;
    if (is_gone)
        connection->pipeline.prepared_own &= ~bit;
    if (is_there)
        connection->pipeline.prepared_own |= bit;
    if (is_gone || is_there)
        return postgresql_make_retryable(error);
    if (step->kind != STEP_BEGIN)
        return error->status;
    snprintf(message, sizeof message, "%.*s", (int)sizeof message - 1, error->message);
    snprintf(error->message, sizeof error->message, "BEGIN: %s", message);
    return error->status;
}
