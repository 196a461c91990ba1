# What `cmake --install` puts where: libraries, headers, the CMake package and berth.pc. Drivers and programs install
# themselves.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Berth)
file(RELATIVE_PATH BERTH_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
cmake_path(GET BERTH_PC_PREFIX PARENT_PATH BERTH_PC_PREFIX)

install(TARGETS berth berth_static EXPORT BerthTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT BerthTargets NAMESPACE Berth:: DESTINATION ${package_dir})

# What the static libraries need is looked for again where they are linked.
get_property(libraries GLOBAL PROPERTY BERTH_DRIVER_LIBRARIES)
set(BERTH_PKG_CONFIG_MODULES "")
foreach(library PkgConfig::INIH ${libraries})
  if(library MATCHES "^PkgConfig::(.*)$")
    list(APPEND BERTH_PKG_CONFIG_MODULES "${CMAKE_MATCH_1}=${${CMAKE_MATCH_1}_MODULE_NAME}")
  endif()
endforeach()
configure_package_config_file(cmake/BerthConfig.cmake.in BerthConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(BerthConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/BerthConfig.cmake ${PROJECT_BINARY_DIR}/BerthConfigVersion.cmake
        DESTINATION ${package_dir})

configure_file(berth.pc.in berth.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/berth.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
