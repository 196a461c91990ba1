#include "bench/clients/peers.h"

#include <memory>
#include <soci/mysql/soci-mysql.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <string>
#include <vector>

/* SOCI with its pool, and with statements that are prepared once for the connection in it and stay bound to variables.
 * Its own type of dates has seconds alone, so moments of servers are texts. */

namespace {

/* A row as statements are bound to it. */
struct bound_row {
    long long id = 0;
    double ratio = 0;
    std::string name;
    std::string moment;      /* Of servers. */
    long long moment_us = 0; /* Of SQLite. */
};

/* Many, a column at a time. */
struct bound_rows {
    std::vector<long long> ids;
    std::vector<double> ratios;
    std::vector<std::string> names;
    std::vector<std::string> moments;
    std::vector<long long> moments_us;
};

} // namespace

struct clients_connection {
    bool is_sqlite = false;
    soci::connection_pool pool{1};
    bound_row row;
    long long key = 0;
    int number = 0;
    std::string answer;
    std::unique_ptr<soci::statement> insert, select, one;
};

namespace {

/* A connection that is taken for as long as this lives: soci::session(pool) without the session around it, whose
 * statements would end with it. */
class lease {
  public:
    explicit lease(clients_connection &database) : pool(database.pool), position(pool.lease()) {
    }
    ~lease() {
        pool.give_back(position);
    }
    lease(const lease &) = delete;
    lease &operator=(const lease &) = delete;

    soci::session &session() {
        return pool.at(position);
    }

  private:
    soci::connection_pool &pool;
    std::size_t position;
};

const char *const insert_sql = CLIENTS_INSERT_INTO "(:id, :ratio, :name, :moment)";

/* ---- Opening and closing. ---- */

std::string address_of(clients_target target, const char *path) {
    char text[PEERS_TEXT_BYTES];
    if (target == CLIENTS_MARIADB)
        return std::string("db=" PEERS_DATABASE " charset=utf8mb4 user=") + clients_environment("BERTH_TEST_USER") +
               " password=" + clients_environment("BERTH_TEST_PASSWORD") +
               " unix_socket=" + clients_environment("BERTH_TEST_MARIADB_SOCKET");
    if (target != CLIENTS_POSTGRESQL)
        return std::string("dbname=") + peers_sqlite_path(target, path);
    peers_postgresql(text);
    return text;
}

const soci::backend_factory &backend_of(clients_target target) {
    if (target == CLIENTS_POSTGRESQL)
        return soci::postgresql;
    if (target == CLIENTS_MARIADB)
        return soci::mysql;
    return soci::sqlite3;
}

const char *ask(clients_connection *database, const char *sql) {
    try {
        lease taken(*database);
        soci::indicator there = soci::i_ok;
        database->answer.clear();
        if (peers_is_query(sql))
            taken.session() << sql, soci::into(database->answer, there);
        else
            taken.session() << sql;
    } catch (const std::exception &failure) {
        bench_die("SOCI: %s", failure.what());
    }
    return database->answer.c_str();
}

clients_connection *open_pool(clients_target target, const char *path, const char *options) {
    (void)options;
    auto *database = new clients_connection;
    database->is_sqlite = peers_is_sqlite(target);
    try {
        database->pool.at(0).open(backend_of(target), address_of(target, path));
    } catch (const std::exception &failure) {
        bench_die("SOCI: %s", failure.what());
    }
    if (database->is_sqlite)
        peers_set_up_sqlite(database, ask);
    return database;
}

void close_pool(clients_connection *database) {
    delete database;
}

/* ---- Values. ---- */

void bind_parameters(clients_connection &database, soci::session &session) {
    bound_row &row = database.row;
    auto statement = (session.prepare << insert_sql, soci::use(row.id), soci::use(row.ratio), soci::use(row.name));
    if (database.is_sqlite)
        statement, soci::use(row.moment_us);
    else
        statement, soci::use(row.moment);
    database.insert.reset(new soci::statement(statement));
}

soci::details::prepare_temp_type bind_results(clients_connection &database, soci::session &session, const char *sql) {
    bound_row &row = database.row;
    auto statement = (session.prepare << sql, soci::into(row.id), soci::into(row.ratio), soci::into(row.name));
    if (database.is_sqlite)
        statement, soci::into(row.moment_us);
    else
        statement, soci::into(row.moment);
    return statement;
}

std::string moment_text(int64_t moment_us) {
    char text[CLIENTS_MOMENT_BYTES];
    clients_moment_write(moment_us, text);
    return text;
}

void fill_row(clients_connection &database, int64_t index) {
    clients_row row = clients_row_at(index);
    database.row.id = row.id;
    database.row.ratio = row.ratio;
    database.row.name = row.name;
    if (database.is_sqlite)
        database.row.moment_us = row.moment_us;
    else
        database.row.moment = moment_text(row.moment_us);
}

bound_rows make_rows(const clients_connection &database, int64_t first, int64_t count) {
    bound_rows rows;
    for (int64_t i = first; i < first + count; i++) {
        clients_row row = clients_row_at(i);
        rows.ids.push_back(row.id);
        rows.ratios.push_back(row.ratio);
        rows.names.push_back(row.name);
        if (database.is_sqlite)
            rows.moments_us.push_back(row.moment_us);
        else
            rows.moments.push_back(moment_text(row.moment_us));
    }
    return rows;
}

/* Reads the rows of a statement that is bound and prepared. */
uint64_t rows_sum(const clients_connection &database, soci::statement &statement) {
    uint64_t sum = 0;
    for (bool there = statement.execute(true); there; there = statement.fetch()) {
        clients_row row = {};
        row.id = database.row.id;
        row.ratio = database.row.ratio;
        row.name = database.row.name.c_str();
        row.moment_us = database.is_sqlite ? database.row.moment_us : clients_moment_read(database.row.moment.c_str());
        sum += clients_row_sum(&row);
    }
    return sum;
}

/* ---- What is measured. ---- */

uint64_t insert_rows(clients_connection &database, int64_t first, int64_t count, int64_t) {
    lease taken(database);
    soci::session &session = taken.session();
    session.begin();
    if (!database.insert)
        bind_parameters(database, session);
    for (int64_t i = first; i < first + count; i++) {
        fill_row(database, i);
        database.insert->execute(true);
    }
    session.commit();
    return 0;
}

uint64_t sessions(clients_connection &database, int64_t first, int64_t count, int64_t rows) {
    for (int64_t i = first; i < first + count; i++)
        insert_rows(database, i, 1, rows);
    return 0;
}

uint64_t select_keys(clients_connection &database, int64_t first, int64_t count, int64_t rows) {
    uint64_t sum = 0;
    lease taken(database);
    soci::session &session = taken.session();
    session.begin();
    if (!database.select) {
        auto statement = bind_results(database, session, CLIENTS_SELECT_ALL " WHERE id = :key");
        statement, soci::use(database.key);
        database.select.reset(new soci::statement(statement));
    }
    for (int64_t i = first; i < first + count; i++) {
        database.key = clients_key_at(i, rows) + 1;
        sum += rows_sum(database, *database.select);
    }
    session.commit();
    return sum;
}

uint64_t select_one(clients_connection &database, int64_t, int64_t count, int64_t) {
    uint64_t sum = 0;
    lease taken(database);
    soci::session &session = taken.session();
    session.begin();
    if (!database.one)
        database.one.reset(new soci::statement((session.prepare << "SELECT 1", soci::into(database.number))));
    for (int64_t i = 0; i < count; i++)
        for (bool there = database.one->execute(true); there; there = database.one->fetch())
            sum += static_cast<uint64_t>(database.number);
    session.commit();
    return sum;
}

uint64_t read_all(clients_connection &database, int64_t, int64_t, int64_t) {
    lease taken(database);
    soci::session &session = taken.session();
    soci::statement statement(bind_results(database, session, CLIENTS_SELECT_ALL));
    return rows_sum(database, statement);
}

/* Vectors of parameters, all in one: executed again, a statement on PostgreSQL would take the old values. */
uint64_t insert_many(clients_connection &database, int64_t first, int64_t count, int64_t) {
    lease taken(database);
    soci::session &session = taken.session();
    bound_rows rows = make_rows(database, first, count);
    session.begin();
    auto prepared = (session.prepare << insert_sql, soci::use(rows.ids), soci::use(rows.ratios), soci::use(rows.names));
    if (database.is_sqlite)
        prepared, soci::use(rows.moments_us);
    else
        prepared, soci::use(rows.moments);
    soci::statement(prepared).execute(true);
    session.commit();
    return 0;
}

template <uint64_t (*work)(clients_connection &, int64_t, int64_t, int64_t)>
uint64_t guarded(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    try {
        return work(*database, first, count, rows);
    } catch (const std::exception &failure) {
        bench_die("SOCI: %s", failure.what());
    }
}

constexpr clients_api make_api() {
    clients_api api = {};
    api.name = "SOCI";
    api.open = open_pool;
    api.close = close_pool;
    api.ask = ask;
    api.works[CLIENTS_SESSION] = guarded<sessions>;
    api.works[CLIENTS_POINT] = guarded<select_keys>;
    api.works[CLIENTS_ONE] = guarded<select_one>;
    api.works[CLIENTS_READ] = guarded<read_all>;
    api.works[CLIENTS_INSERT] = guarded<insert_rows>;
    api.works[CLIENTS_MANY] = guarded<insert_many>;
    return api;
}

} // namespace

extern "C" const clients_api clients_peer_soci;
const clients_api clients_peer_soci = make_api();
