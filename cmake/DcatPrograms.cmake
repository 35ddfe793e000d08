# SPDX-License-Identifier: Apache-2.0
# Examples and fuzz programs.

# Examples use the shared library: this proves that everything a caller needs is exported.
file(GLOB example_sources CONFIGURE_DEPENDS examples/*.c)
foreach(source IN LISTS example_sources)
  get_filename_component(name "${source}" NAME_WE)
  add_executable(example_${name} "${source}")
  set_target_properties(example_${name} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY
                                                   "${PROJECT_BINARY_DIR}/examples")
  target_link_libraries(example_${name} PRIVATE dcat_flags dcat_io_shared m)
endforeach()

# The load that an exchange is measured under: bench/exchange_http.sh.
if(TARGET dcat_service)
  add_executable(exchange-load bench/exchange/load.c)
  set_target_properties(exchange-load PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
  target_include_directories(exchange-load PRIVATE include)
  target_link_libraries(exchange-load PRIVATE dcat_flags m)
endif()

# A fuzz program explores with libFuzzer, or, in every other build, replays its corpus as a test.
file(GLOB fuzz_sources CONFIGURE_DEPENDS fuzz/fuzz_*.c)
if(NOT TARGET dcat_service)
  list(FILTER fuzz_sources EXCLUDE REGEX "/fuzz_(agent|http|log|settings)")
endif()
foreach(source IN LISTS fuzz_sources)
  get_filename_component(name "${source}" NAME_WE)
  string(REGEX REPLACE "^fuzz_" "" subject "${name}")
  set(corpus "${PROJECT_SOURCE_DIR}/fuzz/corpus/${subject}")
  if(DCAT_FUZZ)
    add_executable(${name} "${source}")
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_test(NAME fuzz/${subject} COMMAND ${name} -runs=0 "${corpus}")
  else()
    add_executable(${name} "${source}" fuzz/replay_main.c)
    add_test(NAME fuzz/${subject} COMMAND ${name} "${corpus}")
  endif()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
  target_include_directories(${name} PRIVATE src studies .)
  target_compile_definitions(${name} PRIVATE DCAT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE dcat_flags dcat_io_static dcat_parts)
  if(subject MATCHES "^(agent|http|log|settings)$")
    target_link_libraries(${name} PRIVATE dcat_service)
  endif()
  if(subject STREQUAL log) # begins with the market of the store's tests
    target_sources(${name} PRIVATE tests/exchange/stage.c)
    target_include_directories(${name} PRIVATE tests)
    target_link_libraries(${name} PRIVATE PkgConfig::CMOCKA)
  endif()
  set_tests_properties(fuzz/${subject} PROPERTIES SKIP_RETURN_CODE 77 LABELS fuzz TIMEOUT 1800)
  list(APPEND dcat_tests fuzz/${subject})
  list(APPEND fuzz_programs ${name})
endforeach()
