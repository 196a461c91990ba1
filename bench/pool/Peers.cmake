# The pools of others; ./dev bench --peers installs what they need.
enable_language(CXX)
set(CMAKE_CXX_STANDARD 17)
pkg_check_modules(ZDB REQUIRED IMPORTED_TARGET zdb)
pkg_check_modules(POSTGRESQL REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(APR_UTIL REQUIRED IMPORTED_TARGET apr-1 apr-util-1)
pkg_check_modules(ODBC REQUIRED IMPORTED_TARGET odbc)
find_library(SOCI_CORE soci_core REQUIRED)
find_library(SOCI_SQLITE3 soci_sqlite3 REQUIRED)

pool_worker_add(apr side_apr.c LIBRARIES PkgConfig::APR_UTIL)
pool_worker_add(soci side_soci.cpp sqlite_opened.c LIBRARIES ${SOCI_SQLITE3} ${SOCI_CORE} PkgConfig::SQLITE3)
pool_worker_add(zdb-stub side_zdb.c side_zdb_stub.c LIBRARIES PkgConfig::ZDB)
target_include_directories(pool-worker-zdb-stub PRIVATE ${POSTGRESQL_INCLUDE_DIRS})
target_compile_definitions(pool-worker-zdb-stub PRIVATE BENCH_ZDB_NAME="libzdb, no ping" BENCH_ZDB_VERSION="${ZDB_VERSION}")
pool_worker_add(zdb-sqlite side_zdb.c side_zdb_sqlite.c sqlite_opened.c LIBRARIES PkgConfig::ZDB PkgConfig::SQLITE3)
target_compile_definitions(pool-worker-zdb-sqlite PRIVATE BENCH_ZDB_NAME="libzdb, ping" BENCH_ZDB_VERSION="${ZDB_VERSION}")
pool_worker_add(odbc side_odbc.c sqlite_opened.c LIBRARIES PkgConfig::ODBC PkgConfig::SQLITE3)
target_compile_definitions(pool-worker-odbc PRIVATE BENCH_ODBC_VERSION="${ODBC_VERSION}")

find_program(GO go REQUIRED)
file(GLOB go_sources CONFIGURE_DEPENDS go/*.go go/go.mod)
set(go_worker ${CMAKE_CURRENT_BINARY_DIR}/pool-worker-go)
add_custom_command(
  OUTPUT ${go_worker} DEPENDS ${go_sources} VERBATIM WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/go
  COMMAND ${CMAKE_COMMAND} -E env GOCACHE=${CMAKE_CURRENT_BINARY_DIR}/go-cache GOFLAGS=-buildvcs=false GOTOOLCHAIN=local
          CGO_ENABLED=0 ${GO} build -o ${go_worker} .)

find_program(JAVA java REQUIRED)
find_program(JAVAC javac REQUIRED)
set(class_path ${CMAKE_CURRENT_BINARY_DIR}/java)
foreach(jar HikariCP slf4j-api slf4j-nop)
  find_file(JAR_${jar} ${jar}.jar PATHS /usr/share/java REQUIRED)
  list(APPEND class_path ${JAR_${jar}})
endforeach()
list(JOIN class_path ":" class_path)
file(GLOB java_sources CONFIGURE_DEPENDS java/*.java)
set(java_worker ${CMAKE_CURRENT_BINARY_DIR}/java/Worker.class)
add_custom_command(OUTPUT ${java_worker} DEPENDS ${java_sources} VERBATIM
                   COMMAND ${JAVAC} -Xlint:all -Werror -d ${CMAKE_CURRENT_BINARY_DIR}/java -cp ${class_path} ${java_sources})

add_custom_target(pool_workers_elsewhere ALL DEPENDS ${go_worker} ${java_worker})
add_dependencies(berth-bench-pool pool_workers_elsewhere pool-worker-apr pool-worker-soci pool-worker-zdb-stub
                 pool-worker-zdb-sqlite pool-worker-odbc)
target_compile_definitions(berth-bench-pool PRIVATE BENCH_POOL_JAVA="${JAVA}" BENCH_POOL_CLASS_PATH="${class_path}")
