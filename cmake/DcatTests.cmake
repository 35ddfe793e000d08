# SPDX-License-Identifier: Apache-2.0
# Tests. tests/<folder>/test_*.c is a cmocka program and one test, <folder>/test_*; other C files of
# a folder are linked into each of its programs. tests/tool/*.sh is run by bash in a fresh folder with
# DCAT (the tool) and SOURCE_DIR set; exit code 77 says "skipped".

pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

file(GLOB test_sources CONFIGURE_DEPENDS tests/*/test_*.c)
if(NOT TARGET dcat_exchange_store)
  list(FILTER test_sources EXCLUDE REGEX "/tests/(store|http|service|proof|books)/")
endif()
file(GLOB test_helpers CONFIGURE_DEPENDS tests/*/*.c)
if(NOT TARGET dcat_exchange_store)
  list(FILTER test_helpers EXCLUDE REGEX "/tests/(store|http|service|proof|books)/")
endif()
list(FILTER test_helpers EXCLUDE REGEX "/test_[^/]*$|/tests/(tsan|faults)/[^/]*$")

foreach(source IN LISTS test_helpers)
  get_filename_component(folder_path "${source}" DIRECTORY)
  get_filename_component(folder "${folder_path}" NAME)
  if(NOT TARGET ${folder}_helpers)
    add_library(${folder}_helpers OBJECT)
    target_include_directories(${folder}_helpers PRIVATE include src studies tests .)
    target_compile_definitions(${folder}_helpers PRIVATE DCAT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    if(folder STREQUAL "service")
      target_compile_definitions(${folder}_helpers PRIVATE DCAT_TOOL="$<TARGET_FILE:dcat>")
    endif()
    target_link_libraries(${folder}_helpers PRIVATE dcat_flags dcat_parts PkgConfig::CMOCKA)
  endif()
  target_sources(${folder}_helpers PRIVATE "${source}")
endforeach()

foreach(source IN LISTS test_sources)
  get_filename_component(name "${source}" NAME_WE)
  get_filename_component(folder_path "${source}" DIRECTORY)
  get_filename_component(folder "${folder_path}" NAME)
  set(target ${folder}_${name})

  add_executable(${target} "${source}")
  if(TARGET ${folder}_helpers)
    target_link_libraries(${target} PRIVATE ${folder}_helpers)
  endif()
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY
                                             "${PROJECT_BINARY_DIR}/tests/${folder}")
  target_include_directories(${target} PRIVATE src studies tests .)
  target_compile_definitions(${target} PRIVATE DCAT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE dcat_flags dcat_io_static dcat_parts PkgConfig::CMOCKA)
  if(folder STREQUAL reproduce)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:dcat_reproduce>)
  elseif(folder MATCHES "^(exchange|store)$")
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:dcat_exchange_core>)
    if(name STREQUAL test_asks) # the market that dcat-bench-asks measures
      target_sources(${target} PRIVATE bench/asks/market.c exchange/feed/agenda.c)
    endif()
    if(folder STREQUAL store)
      target_sources(${target} PRIVATE $<TARGET_OBJECTS:dcat_exchange_store>)
      target_link_libraries(${target} PRIVATE exchange_helpers ${DCAT_PART_sqlite} ${DCAT_PART_nettle})
    endif()
  elseif(folder MATCHES "^(http|service|proof|books)$") # all that talks over HTTP
    target_link_libraries(${target} PRIVATE dcat_service)
    if(folder MATCHES "^(proof|books)$") # of the logs of these
      target_link_libraries(${target} PRIVATE exchange_helpers)
    endif()
  endif()
  if(TARGET dcat AND NOT folder MATCHES "^(base|auction|resources|world|market|env|cluster|sim|file|scenario|import|report|reproduce|tune|exchange|store|http|books)$") # those test the library alone
    target_compile_definitions(${target} PRIVATE DCAT_TOOL="$<TARGET_FILE:dcat>")
    add_dependencies(${target} dcat)
  endif()
  add_test(NAME ${folder}/${name} COMMAND ${target})
  set_tests_properties(${folder}/${name} PROPERTIES SKIP_RETURN_CODE 77 LABELS ${folder} TIMEOUT 3600)
  list(APPEND dcat_tests ${folder}/${name})
  list(APPEND test_programs ${target})
endforeach()

file(GLOB script_sources CONFIGURE_DEPENDS tests/tool/*.sh)
foreach(source IN LISTS script_sources)
  get_filename_component(name "${source}" NAME_WE)
  if(TARGET dcat)
    add_test(NAME tool/${name} COMMAND bash "${PROJECT_SOURCE_DIR}/cmake/in_fresh_folder.sh"
                                      "$<TARGET_FILE:dcat>" "${PROJECT_SOURCE_DIR}" "${source}")
    set_tests_properties(tool/${name} PROPERTIES SKIP_RETURN_CODE 77 LABELS tool TIMEOUT 3600)
    list(APPEND dcat_tests tool/${name})
  endif()
endforeach()

# The Python package: python/tests/test_*.py, each a test, by the Python that it was built for.
if(TARGET dcat_python)
  file(GLOB python_tests CONFIGURE_DEPENDS python/tests/test_*.py)
  foreach(source IN LISTS python_tests)
    get_filename_component(name "${source}" NAME_WE)
    add_test(NAME python/${name} COMMAND ${CMAKE_COMMAND} -E env "PYTHONPATH=${DCAT_PYTHON_DIR}" "DCAT=$<TARGET_FILE:dcat>"
                                         "PYTHONDONTWRITEBYTECODE=1" "${DCAT_PYTHON_PROGRAM}" "${source}")
    set_tests_properties(python/${name} PROPERTIES SKIP_RETURN_CODE 77 LABELS python TIMEOUT 3600)
    list(APPEND dcat_tests python/${name})
  endforeach()
endif()

# Single faults and kills: docs/building.md. A sanitizer has its own malloc, and gcov its own files.
if(TARGET dcat AND NOT DCAT_SANITIZE AND NOT DCAT_FUZZ AND NOT CMAKE_C_FLAGS MATCHES "--coverage")
  add_library(fault_preload MODULE tests/faults/preload.c)
  set_target_properties(fault_preload PROPERTIES PREFIX "" OUTPUT_NAME preload
                        LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests/faults")
  target_link_libraries(fault_preload PRIVATE dcat_flags)
  foreach(name faults kills)
    add_test(NAME faults/${name} COMMAND
      bash "${PROJECT_SOURCE_DIR}/cmake/in_fresh_folder.sh" "$<TARGET_FILE:dcat>" "${PROJECT_SOURCE_DIR}"
           "${PROJECT_SOURCE_DIR}/tests/faults/${name}.sh")
    set_tests_properties(faults/${name} PROPERTIES SKIP_RETURN_CODE 77 LABELS faults TIMEOUT 36000)
    list(APPEND dcat_tests faults/${name})
  endforeach()
  set_property(TEST faults/faults faults/kills PROPERTY ENVIRONMENT_MODIFICATION
               "PRELOAD=set:$<TARGET_FILE:fault_preload>")
endif()

# Install into a fresh prefix, build the examples against it, compare what they print; make Debian
# packages and use them in an empty Debian. Not when measuring coverage: gcov's run-time library adds exported names of its own.
if(NOT DCAT_FUZZ AND NOT CMAKE_C_FLAGS MATCHES "--coverage")
  list(JOIN DCAT_INSTRUMENT_FLAGS " " instrument_flags)
  foreach(name examples headers empty reproducible)
    add_test(
      NAME install/${name}
      COMMAND
        ${CMAKE_COMMAND} -E env "CC=${CMAKE_C_COMPILER}" "CMAKE=${CMAKE_COMMAND}"
        "GENERATOR=${CMAKE_GENERATOR}"
        "INSTRUMENT=${instrument_flags} ${CMAKE_C_FLAGS}" "BUILD_DIR=${PROJECT_BINARY_DIR}"
        "LIBDIR=${CMAKE_INSTALL_LIBDIR}" bash "${PROJECT_SOURCE_DIR}/cmake/in_fresh_folder.sh" ""
        "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/tests/install/${name}.sh")
    set_tests_properties(install/${name} PROPERTIES SKIP_RETURN_CODE 77 LABELS install TIMEOUT 7200)
    list(APPEND dcat_tests install/${name})
  endforeach()
endif()

# What sanitizers print, and when they stop.
set(environment "ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1")
list(APPEND environment "UBSAN_OPTIONS=print_stacktrace=1")
# The same BLAS kernel on every processor that can: the one for AVX-512 uses the heap, which a test
# would take for ours.
file(STRINGS /proc/cpuinfo has_avx2 REGEX " avx2" LIMIT_COUNT 1)
if(has_avx2)
  list(APPEND environment "OPENBLAS_CORETYPE=Haswell")
endif()
if(DCAT_SANITIZE MATCHES thread)
  include(DcatThreads) # adds to environment, dcat_tests and test_programs
endif()
if(dcat_tests)
  set_tests_properties(${dcat_tests} PROPERTIES ENVIRONMENT "${environment}")
endif()

# For ./check, which builds only what a stage runs.
set(core_regex "^(edge|auction|world|market|env|cluster|sim|exchange|store)_")
set(golden_regex "golden")
set(threads_regex "^tsan_|threads")
foreach(group core golden threads)
  set(members ${test_programs})
  list(FILTER members INCLUDE REGEX "${${group}_regex}")
  add_custom_target(${group}_programs DEPENDS ${members})
  if(TARGET dcat AND NOT group STREQUAL core) # tests/tool/*.sh run it
    add_dependencies(${group}_programs dcat dcat-bench)
  endif()
endforeach()
add_custom_target(fuzz_programs DEPENDS ${fuzz_programs})
