# SPDX-License-Identifier: Apache-2.0
# Installation, pkg-config file, CMake package, man pages and completions.

include(CMakePackageConfigHelpers)

# Users of the shared libraries need a compiler and nothing else: what these stand on is in Libs.private
# alone (Requires.private would have pkg-config look for it), and the CMake package finds no others.
set(DCAT_LIBRARIES dcat)
if(DCAT_IO)
  list(APPEND DCAT_LIBRARIES dcat_io)
endif()
set_target_properties(dcat_shared PROPERTIES EXPORT_NAME dcat)
set_target_properties(dcat_static PROPERTIES EXPORT_NAME static)
if(DCAT_IO)
  set_target_properties(dcat_io_shared PROPERTIES EXPORT_NAME io)
  set_target_properties(dcat_io_static PROPERTIES EXPORT_NAME io_static)
endif()
get_property(public_headers GLOBAL PROPERTY DCAT_PUBLIC_ALL)
foreach(header IN LISTS public_headers)
  get_filename_component(folder "${header}" DIRECTORY)
  install(FILES "include/dcat/${header}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/dcat/${folder}")
endforeach()
foreach(program dcat dcat-bench dcat-benchmark-compute dcat-benchmark-memory)
  if(TARGET ${program})
    install(TARGETS ${program})
  endif()
endforeach()
install(FILES LICENSE NOTICE "${DCAT_SBOM}" DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)

# pkg-config: the prefix is relative to the file, so an installed tree can be moved.
set(DCAT_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(DCAT_PC_PREFIX "\${pcfiledir}/${up}")
endif()
foreach(library IN LISTS DCAT_LIBRARIES)
  install(TARGETS ${library}_static ${library}_shared EXPORT dcat)
  get_property(private TARGET ${library}_static PROPERTY DCAT_LINKS)
  list(TRANSFORM private PREPEND "-l")
  list(JOIN private " " DCAT_PC_PRIVATE)
  string(REPLACE "_" "-" file_name "${library}")
  configure_file("cmake/${file_name}.pc.in" "${file_name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${file_name}.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

# find_package(dcat): targets dcat::dcat and dcat::io (shared), dcat::static and dcat::io_static.
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/dcat")
configure_package_config_file(cmake/dcatConfig.cmake.in dcatConfig.cmake
                              INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file(dcatConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/dcatConfig.cmake" "${PROJECT_BINARY_DIR}/dcatConfigVersion.cmake"
        DESTINATION "${package_dir}")
install(EXPORT dcat NAMESPACE dcat:: FILE dcatTargets.cmake DESTINATION "${package_dir}")

# Programs find a new shared library once the loader's cache has it.
install(CODE [[
  if(NOT DEFINED ENV{DESTDIR} AND CMAKE_INSTALL_PREFIX MATCHES "^/usr(/local)?$")
    execute_process(COMMAND ldconfig RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
    if(failed)
      message(STATUS "Run ldconfig as root, so that programs find libdcat")
    endif()
  endif()
]])

# Man pages, when scdoc is present.
find_program(SCDOC scdoc)
file(GLOB man_sources CONFIGURE_DEPENDS docs/man/*.scd)
if(SCDOC)
  foreach(source IN LISTS man_sources)
    get_filename_component(page "${source}" NAME_WLE) # dcat.1
    string(REGEX REPLACE ".*\\." "" section "${page}")
    set(output "${PROJECT_BINARY_DIR}/man/${page}")
    add_custom_command(OUTPUT "${output}" COMMAND ${SCDOC} < "${source}" > "${output}"
                       DEPENDS "${source}" COMMENT "Formatting ${page}")
    list(APPEND man_pages "${output}")
    install(FILES "${output}" DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
  endforeach()
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/man")
  add_custom_target(man ALL DEPENDS ${man_pages})
endif()

# Completions of shells, printed from the option tables.
if(TARGET dcat AND NOT CMAKE_CROSSCOMPILING)
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/completions")
  foreach(shell bash zsh)
    set(output "${PROJECT_BINARY_DIR}/completions/${shell}")
    add_custom_command(OUTPUT "${output}" COMMAND dcat help --options ${shell} > "${output}"
                       DEPENDS dcat COMMENT "Completions of ${shell}")
    list(APPEND completions "${output}")
  endforeach()
  add_custom_target(completions ALL DEPENDS ${completions})
  install(FILES "${PROJECT_BINARY_DIR}/completions/bash" RENAME dcat
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES "${PROJECT_BINARY_DIR}/completions/zsh" RENAME _dcat
          DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
endif()
