# The sides of other libraries; ./dev bench --peers installs what they need.
enable_language(CXX)
set(CMAKE_CXX_STANDARD 17)
pkg_check_modules(ZDB REQUIRED IMPORTED_TARGET zdb)
pkg_check_modules(ODBC REQUIRED IMPORTED_TARGET odbc)
pkg_check_modules(APR_UTIL REQUIRED IMPORTED_TARGET apr-1 apr-util-1)
find_library(DBI dbi REQUIRED)
foreach(part postgresql mysql sqlite3 core)
  find_library(SOCI_${part} soci_${part} REQUIRED)
  list(APPEND soci_libraries ${SOCI_${part}})
endforeach()

set(clients_peers soci zdb odbc apr dbi)
target_sources(berth-bench-clients PRIVATE peers.c peer_soci.cpp peer_zdb.c peer_odbc.c peer_apr.c peer_dbi.c)
target_link_libraries(berth-bench-clients PRIVATE ${soci_libraries} PkgConfig::ZDB PkgConfig::ODBC PkgConfig::APR_UTIL
                                                  ${DBI})
