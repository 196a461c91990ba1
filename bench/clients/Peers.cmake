# The sides of other libraries; ./dev bench --peers installs what they need.
pkg_check_modules(ZDB REQUIRED IMPORTED_TARGET zdb)

set(clients_peers zdb)
target_sources(berth-bench-clients PRIVATE peers.c peer_zdb.c)
target_link_libraries(berth-bench-clients PRIVATE PkgConfig::ZDB)
