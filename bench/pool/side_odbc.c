#include "bench/pool/worker.h"

#include <pthread.h>
#include <sql.h>
#include <sqlext.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The driver manager's pool: a connection is taken by SQLDriverConnect() and given back by SQLDisconnect(). Threads
 * keep the handles that they do it with. */
static SQLHENV environment;
static _Thread_local SQLHDBC handle;
static pthread_key_t at_end_of_thread;
static char folder[] = "/tmp/berth-bench-odbc-XXXXXX";

static void check(SQLRETURN code, SQLSMALLINT type, SQLHANDLE of) {
    SQLCHAR state[6] = "";
    SQLCHAR text[256] = "";
    if (SQL_SUCCEEDED(code))
        return;
    SQLGetDiagRec(type, of, 1, state, NULL, text, sizeof text, NULL);
    bench_die("unixODBC: %s %s", state, text);
}

/* The pool is set up by a file alone. */
static void write_configuration(int size) {
    char path[sizeof folder + 32];
    if (mkdtemp(folder) == NULL)
        bench_die("unixODBC: no temporary folder can be made at %s", folder);
    snprintf(path, sizeof path, "%s/odbcinst.ini", folder);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        bench_die("unixODBC: %s can't be written", path);
    fprintf(file,
            "[ODBC]\nPooling=Yes\nPoolMaxSize=%d\nPoolWaitTimeout=60\n"
            "[SQLite3]\nDriver=libsqlite3odbc.so\nThreading=0\nCPTimeout=3600\n",
            size);
    fclose(file);
    setenv("ODBCSYSINI", folder, 1);
}

static void free_handle(void *handle) {
    SQLFreeHandle(SQL_HANDLE_DBC, handle);
}

static void describe(char *text, size_t bytes) {
    snprintf(text, bytes, "%s, SQLite in memory, SQLDriverConnect and SQLDisconnect", BENCH_ODBC_VERSION);
}

static void open_pool(int size) {
    worker_sqlite_opened();
    if (pthread_key_create(&at_end_of_thread, free_handle) != 0)
        bench_die("unixODBC: no place for what a thread keeps");
    write_configuration(size);
    check(SQLSetEnvAttr(NULL, SQL_ATTR_CONNECTION_POOLING, (SQLPOINTER)SQL_CP_ONE_PER_DRIVER, 0), SQL_HANDLE_ENV, NULL);
    check(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &environment), SQL_HANDLE_ENV, NULL);
    check(SQLSetEnvAttr(environment, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0), SQL_HANDLE_ENV, environment);
}

static void make_handle(void) {
    check(SQLAllocHandle(SQL_HANDLE_DBC, environment, &handle), SQL_HANDLE_ENV, environment);
    pthread_setspecific(at_end_of_thread, handle);
}

static void checkout(worker_lease *lease) {
    SQLHANDLE below = NULL;
    if (handle == NULL)
        make_handle();
    check(SQLDriverConnect(handle, NULL, (SQLCHAR *)"Driver=SQLite3;Database=:memory:", SQL_NTS, NULL, 0, NULL,
                           SQL_DRIVER_NOPROMPT),
          SQL_HANDLE_DBC, handle);
    check(SQLGetInfo(handle, SQL_DRIVER_HDBC, &below, sizeof below, NULL), SQL_HANDLE_DBC, handle);
    lease->owner = worker_owner_of(below);
}

static void checkin(worker_lease *lease) {
    (void)lease;
    check(SQLDisconnect(handle), SQL_HANDLE_DBC, handle);
}

static void close_pool(void) {
    char path[sizeof folder + 32];
    check(SQLFreeHandle(SQL_HANDLE_ENV, environment), SQL_HANDLE_ENV, environment);
    snprintf(path, sizeof path, "%s/odbcinst.ini", folder);
    remove(path);
    rmdir(folder);
}

const worker_side worker_this_side = {
    .name = "unixODBC",
    .describe = describe,
    .open = open_pool,
    .checkout = checkout,
    .checkin = checkin,
    .close = close_pool,
    .opened = worker_sqlite_opened,
};
