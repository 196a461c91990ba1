# The sides of other libraries; ./dev bench --peers installs what they need.
pkg_check_modules(ZDB REQUIRED IMPORTED_TARGET zdb)
pkg_check_modules(APR_UTIL REQUIRED IMPORTED_TARGET apr-1 apr-util-1)
pkg_check_modules(ODBC REQUIRED IMPORTED_TARGET odbc)

set(clients_peers zdb odbc apr)
target_sources(berth-bench-clients PRIVATE peers.c peer_zdb.c peer_odbc.c peer_apr.c)
target_link_libraries(berth-bench-clients PRIVATE PkgConfig::ZDB PkgConfig::ODBC PkgConfig::APR_UTIL)
