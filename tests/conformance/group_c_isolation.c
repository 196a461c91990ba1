/* What transactions see of each other. */
#include <pthread.h>
#include <time.h>

#include "group_c.h"

static const char *make_table(void) {
    const char *table = table_make("id {int64} PRIMARY KEY, v {int64}");
    exec_alone(text_format("INSERT INTO %s (id, v) VALUES (1, 10)", table), NULL);
    exec_alone(text_format("INSERT INTO %s (id, v) VALUES (2, 20)", table), NULL);
    return table;
}

/* The level that a session gets: the weakest that is at least as strong; BERTH_ISOLATION_DEFAULT for none. */
static berth_isolation level_given(berth_isolation asked) {
    for (unsigned level = asked; level <= BERTH_SERIALIZABLE; level++)
        if ((target_driver()->dialect->isolation_levels & (1U << level)) != 0)
            return (berth_isolation)level;
    return BERTH_ISOLATION_DEFAULT;
}

/* A session that reads: where that can be said, it says so, since some databases let only one transaction write. */
static berth_session *open_reader(berth_isolation isolation) {
    return session_open(BERTH_SESSION_OPTIONS(.isolation = isolation, .read_only = target_has(BERTH_CAP_READ_ONLY)));
}

/* MySQL's server looks anew only when nobody has asked for a tenth of a second. */
static void let_cache_age(void) {
    const struct timespec pause = {.tv_nsec = 150 * 1000 * 1000};
    nanosleep(&pause, NULL);
}

static const char *level_in_force(berth_session *session) {
    if (target_is(PRODUCT_POSTGRESQL))
        return query_text(session, "SELECT current_setting('transaction_isolation')", NULL);
    if (!target_is_mysql_like())
        return NULL;
    let_cache_age();
    return query_text(session,
                      "SELECT lower(trx_isolation_level) FROM information_schema.innodb_trx"
                      " WHERE trx_mysql_thread_id = CONNECTION_ID()",
                      NULL);
}

static void check_level(berth_isolation asked, berth_isolation given, const char *table) {
    static const char *const names[] = {"", "read uncommitted", "read committed", "repeatable read", "serializable"};
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.isolation = asked));
    if (given == BERTH_ISOLATION_DEFAULT) {
        berth_exec(session, "SELECT 1", NULL);
        EXPECT_NOT_SUPPORTED(session);
        berth_session_close(session);
        return;
    }
    CHECK_INT(query_int64(session, text_format("SELECT v FROM %s WHERE id = 1", table), NULL), 10);
    const char *found = level_in_force(session);
    if (found != NULL)
        CHECK_TEXT(found, names[given]);
    check_note("asked for %s: %s%s", asked == BERTH_ISOLATION_DEFAULT ? "nothing" : names[asked], names[given],
               found != NULL ? "" : ", as declared");
    session_end_ok(session);
}

void isolation_levels_accepted(void) {
    const berth_dialect *dialect = target_driver()->dialect;
    const char *table = make_table();
    CHECK((dialect->isolation_levels & (1U << dialect->default_isolation)) != 0);
    check_level(BERTH_ISOLATION_DEFAULT, (berth_isolation)dialect->default_isolation, table);
    for (unsigned asked = BERTH_READ_UNCOMMITTED; asked <= BERTH_SERIALIZABLE; asked++)
        check_level((berth_isolation)asked, level_given((berth_isolation)asked), table);
    check_level(BERTH_ISOLATION_DEFAULT, (berth_isolation)dialect->default_isolation, table);
}

/* At each level from READ COMMITTED on that the server has. MySQL's SERIALIZABLE reads wait for writers instead. */
void dirty_read_absent(void) {
    need_two_sessions();
    const char *table = make_table();
    const char *select = text_format("SELECT v FROM %s WHERE id = 1", table);
    unsigned last = target_is_mysql_like() ? BERTH_REPEATABLE_READ : BERTH_SERIALIZABLE;
    unsigned checked = 0;
    for (unsigned level = BERTH_READ_COMMITTED; level <= last; level++) {
        if (level_given((berth_isolation)level) != level)
            continue;
        berth_session *writer = session_open(NULL);
        exec_ok(writer, text_format("UPDATE %s SET v = 11 WHERE id = 1", table), NULL);
        berth_session *reader = open_reader((berth_isolation)level);
        CHECK_INT(query_int64(reader, select, NULL), 10);
        session_end_ok(reader);
        berth_session_close(writer);
        checked++;
    }
    CHECK(checked > 0);
}

/* What a reader sees in the same transaction before and after another one commits. */
static void read_twice(berth_isolation level, const char *select, const char *change, int64_t before, int64_t after) {
    berth_session *reader = open_reader(level);
    CHECK_INT(query_int64(reader, select, NULL), before);
    exec_alone(change, NULL);
    CHECK_INT(query_int64(reader, select, NULL), after);
    session_end_ok(reader);
}

void nonrepeatable_read(void) {
    need_two_sessions();
    const char *table = make_table();
    const char *select = text_format("SELECT v FROM %s WHERE id = 1", table);
    if (level_given(BERTH_READ_COMMITTED) == BERTH_READ_COMMITTED)
        read_twice(BERTH_READ_COMMITTED, select, text_format("UPDATE %s SET v = 11 WHERE id = 1", table), 10, 11);
    int64_t before = query_int64_alone(select);
    if (level_given(BERTH_REPEATABLE_READ) != BERTH_ISOLATION_DEFAULT)
        read_twice(BERTH_REPEATABLE_READ, select, text_format("UPDATE %s SET v = 12 WHERE id = 1", table), before,
                   before);
    CHECK_INT(query_int64_alone(select), 12);
}

void phantom(void) {
    need_two_sessions();
    const char *table = make_table();
    const char *select = text_format("SELECT count(*) FROM %s WHERE v >= 10", table);
    if (level_given(BERTH_REPEATABLE_READ) == BERTH_ISOLATION_DEFAULT)
        not_applicable("no level as strong as REPEATABLE READ is declared");
    read_twice(BERTH_REPEATABLE_READ, select, text_format("INSERT INTO %s (id, v) VALUES (3, 30)", table), 2, 2);
    CHECK_INT(count_rows(table), 3);
}

/* ---- Two that write. ---- */

/* Waits for locks are short here: a database that lets one transaction write at a time keeps the other waiting. */
static berth_engine *make_impatient_engine(void) {
    const char *url = target_url();
    return engine_make(target_is(PRODUCT_SQLITE) ? url_with_query(url, "busy_timeout", "200ms") : url, NULL);
}

static berth_session *open_writer(berth_engine *engine, berth_isolation isolation) {
    return session_open_on(engine, BERTH_SESSION_OPTIONS(.isolation = isolation));
}

static const expected_error locked = {
    .status = BERTH_LOCK_TIMEOUT,
    .flags = BERTH_FLAG_RETRYABLE,
    .codes = {[PRODUCT_SQLITE] = {"", {5}}},
};

/* Both read 10, both write what they read plus one or two; the second comes too late. */
void lost_update(void) {
    static const expected_error conflict = {
        .status = BERTH_SERIALIZATION,
        .flags = BERTH_FLAG_RETRYABLE,
        .codes = {[PRODUCT_POSTGRESQL] = {"40001", {0}}, [PRODUCT_MARIADB] = {"HY000", {1020}}},
    };
    need_two_sessions();
    const char *table = make_table();
    const char *select = text_format("SELECT v FROM %s WHERE id = 1", table);
    const char *update = text_format("UPDATE %s SET v = ? WHERE id = 1", table);
    berth_engine *engine = make_impatient_engine();
    berth_session *first = open_writer(engine, BERTH_REPEATABLE_READ);
    berth_session *second = open_writer(engine, BERTH_REPEATABLE_READ);
    int64_t seen = query_int64(first, select, NULL);
    CHECK_INT(query_int64(second, select, NULL), seen);
    exec_ok(first, update, berth_params(seen + 1));
    session_end_ok(first);
    berth_exec(second, update, berth_params(seen + 2));
    EXPECT_SESSION_ERROR(second, &conflict);
    EXPECT_USABLE(second);
    session_end_ok(second);
    CHECK_INT(query_int64_alone(select), 11);
}

/* Without the capability: the second one is kept from beginning, or gets through and the first update is lost. */
void lost_update_undetected(void) {
    need_two_sessions();
    const char *table = make_table();
    const char *select = text_format("SELECT v FROM %s WHERE id = 1", table);
    const char *update = text_format("UPDATE %s SET v = ? WHERE id = 1", table);
    berth_engine *engine = make_impatient_engine();
    berth_session *first = open_writer(engine, BERTH_REPEATABLE_READ);
    CHECK_INT(query_int64(first, select, NULL), 10);
    berth_session *second = open_writer(engine, BERTH_REPEATABLE_READ);
    berth_exec(second, select, NULL);
    bool began = berth_session_status(second) == BERTH_OK;
    if (!began)
        EXPECT_SESSION_ERROR(second, &locked);
    exec_ok(first, update, berth_params(11));
    session_end_ok(first);
    berth_exec(second, update, berth_params(12));
    berth_status status = berth_session_end(second, NULL);
    CHECK_STATUS(status, began ? BERTH_OK : BERTH_LOCK_TIMEOUT);
    CHECK_INT(query_int64_alone(select), began ? 12 : 11);
    check_note(began ? "a lost update at REPEATABLE READ goes unnoticed" : "only one transaction writes at a time");
}

typedef struct update_call {
    berth_session *session;
    const char *sql;
} update_call;

static void *run_update(void *argument) {
    update_call *call = argument;
    berth_exec(call->session, call->sql, NULL);
    return NULL;
}

/* Both read both rows, each sets one to zero: one after the other the second would have seen the first's zero. */
static void skew(berth_session *first, berth_session *second, const char *table) {
    static const expected_error conflict = {
        .status = BERTH_SERIALIZATION,
        .flags = BERTH_FLAG_RETRYABLE,
        .codes = {[PRODUCT_POSTGRESQL] = {"40001", {0}}},
    };
    static const expected_error deadlock = {
        .status = BERTH_DEADLOCK,
        .flags = BERTH_FLAG_RETRYABLE,
        .codes = {[PRODUCT_MARIADB] = {"40001", {1213}}, [PRODUCT_MYSQL] = {"40001", {1213}}},
    };
    pthread_t thread;
    berth_error errors[2];
    update_call call = {first, text_format("UPDATE %s SET v = 0 WHERE id = 1", table)};
    int64_t id = target_is_mysql_like() ? backend_id(first) : 0;
    REQUIRE(pthread_create(&thread, NULL, run_update, &call) == 0);
    if (id != 0)
        backend_wait_for_lock(id);
    else
        pthread_join(thread, NULL);
    berth_exec(second, text_format("UPDATE %s SET v = 0 WHERE id = 2", table), NULL);
    if (id != 0)
        pthread_join(thread, NULL);
    berth_status first_status = berth_session_end(first, &errors[0]);
    berth_status second_status = berth_session_end(second, &errors[1]);
    CHECK((first_status == BERTH_OK) != (second_status == BERTH_OK));
    EXPECT_ERROR(&errors[first_status == BERTH_OK], target_is_mysql_like() ? &deadlock : &conflict);
    CHECK_INT(query_int64_alone(text_format("SELECT count(*) FROM %s WHERE v = 0", table)), 1);
}

void write_skew(void) {
    need_two_sessions();
    if (level_given(BERTH_SERIALIZABLE) != BERTH_SERIALIZABLE)
        not_applicable("SERIALIZABLE is not declared");
    const char *table = make_table();
    const char *select = text_format("SELECT sum(v) FROM %s", table);
    berth_engine *engine = make_impatient_engine();
    berth_session *first = open_writer(engine, BERTH_SERIALIZABLE);
    berth_session *second = open_writer(engine, BERTH_SERIALIZABLE);
    CHECK_INT(query_int64(first, select, NULL), 30);
    if (!target_is(PRODUCT_SQLITE)) {
        CHECK_INT(query_int64(second, select, NULL), 30);
        skew(first, second, table);
        return;
    }
    berth_exec(second, select, NULL);
    EXPECT_SESSION_ERROR(second, &locked);
    exec_ok(first, text_format("UPDATE %s SET v = 0 WHERE id = 1", table), NULL);
    session_end_ok(first);
    session_recover(second);
    CHECK_INT(query_int64(second, select, NULL), 20);
    session_end_ok(second);
}
