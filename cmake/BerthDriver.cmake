# berth_add_driver(NAME source... SCHEMES scheme... [LIBRARIES library...])
#
# Builds a driver of this tree twice: berth_driver_NAME, the shared object that a program loads at run time, and
# berth_driver_NAME_static, for programs that link their drivers and register them with berth_register_driver(). Every
# scheme that is not the driver's name becomes a symbolic link beside the file, for a file is looked for by scheme.

# Below the prefix that `cmake --install` is given, unless the folder was set to something of its own.
set(berth_driver_destination "${CMAKE_INSTALL_LIBDIR}/berth")
if(NOT BERTH_DRIVER_DIR STREQUAL "${CMAKE_INSTALL_FULL_LIBDIR}/berth")
  set(berth_driver_destination "${BERTH_DRIVER_DIR}")
endif()

function(berth_add_driver name)
  cmake_parse_arguments(PARSE_ARGV 1 driver "" "" "SCHEMES;LIBRARIES")
  set(target berth_driver_${name})
  set(folder "${PROJECT_BINARY_DIR}/drivers")

  add_library(${target} MODULE ${driver_UNPARSED_ARGUMENTS})
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${target} LIBRARY_OUTPUT_DIRECTORY "${folder}")
  target_compile_options(${target} PRIVATE ${whole_program_options})
  target_link_options(${target} PRIVATE ${whole_program_options})
  # Clang leaves a sanitizer's own symbols to the program.
  if(NOT (BERTH_SANITIZE AND CMAKE_C_COMPILER_ID MATCHES Clang))
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()

  add_library(${target}_static STATIC ${driver_UNPARSED_ARGUMENTS})
  target_compile_definitions(${target}_static PRIVATE BERTH_DRIVER_STATIC)

  foreach(variant ${target} ${target}_static)
    target_include_directories(${variant} PRIVATE "${PROJECT_SOURCE_DIR}/include")
    target_link_libraries(${variant} PRIVATE ${driver_LIBRARIES})
    set_target_properties(${variant} PROPERTIES C_VISIBILITY_PRESET hidden)
  endforeach()

  set_property(GLOBAL APPEND PROPERTY BERTH_DRIVER_LIBRARIES ${driver_LIBRARIES})
  install(TARGETS ${target}_static EXPORT BerthTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(TARGETS ${target} LIBRARY DESTINATION "${berth_driver_destination}")
  foreach(scheme ${driver_SCHEMES})
    if(NOT scheme STREQUAL name)
      set(link "${folder}/berth_driver_${scheme}.so")
      add_custom_command(TARGET ${target} POST_BUILD
                         COMMAND ${CMAKE_COMMAND} -E create_symlink ${target}.so "${link}" VERBATIM)
      install(FILES "${link}" DESTINATION "${berth_driver_destination}")
    endif()
  endforeach()
endfunction()
