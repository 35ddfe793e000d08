# SPDX-License-Identifier: Apache-2.0
# The Python package: build/PRESET/python/dcat, importable where it stands.
#
# The extension is built against the limited API of Debian's /usr/bin/python3 (package python3-dev) and
# needs no numpy to build. Without the headers everything else is built all the same.

set(DCAT_PYTHON_PROGRAM /usr/bin/python3 CACHE FILEPATH "The Python that the package is built for and tested with")
set(found "")
if(EXISTS "${DCAT_PYTHON_PROGRAM}")
  execute_process(COMMAND "${DCAT_PYTHON_PROGRAM}" -c "import sysconfig; print(sysconfig.get_path('include'))"
                  OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(EXISTS "${found}/Python.h")
  set(python_found ON)
else()
  set(python_found OFF)
endif()
option(DCAT_PYTHON "The Python package (package python3-dev)" ${python_found})
if(NOT DCAT_PYTHON)
  if(NOT DCAT_PYTHON_SAID)
    message(STATUS "Without the Python package: install python3-dev and numpy for it")
    set(DCAT_PYTHON_SAID ON CACHE INTERNAL "")
  endif()
  return()
endif()
# A sanitizer's run-time library must be loaded before the interpreter; there the C side is tested alone.
if(DCAT_SANITIZE OR DCAT_FUZZ OR CMAKE_C_FLAGS MATCHES "--coverage")
  return()
endif()

set(DCAT_PYTHON_DIR "${PROJECT_BINARY_DIR}/python")
file(GLOB sources CONFIGURE_DEPENDS python/module/*.c)
add_library(dcat_python MODULE ${sources})
set_target_properties(dcat_python PROPERTIES PREFIX "" OUTPUT_NAME _dcat SUFFIX .abi3.so
                                             C_VISIBILITY_PRESET hidden
                                             LIBRARY_OUTPUT_DIRECTORY "${DCAT_PYTHON_DIR}/dcat")
target_include_directories(dcat_python PRIVATE include)
target_include_directories(dcat_python SYSTEM PRIVATE "${found}")
target_link_libraries(dcat_python PRIVATE dcat_flags dcat_io_static dcat_parts)
# Nobody else's names: what the module is linked from stays its own.
target_link_options(dcat_python PRIVATE LINKER:--exclude-libs,ALL LINKER:--as-needed)
# A wheel brings the C libraries that the module loads (python/wheel.py).
option(DCAT_WHEEL "The Python package looks for its C libraries in its own folder libs first" OFF)
if(DCAT_WHEEL)
  set_target_properties(dcat_python PROPERTIES BUILD_RPATH "$ORIGIN/libs")
  set(DCAT_MATERIAL_BROUGHT libcsv jansson libsodium yaml-0.1)
endif()

file(GLOB_RECURSE package RELATIVE "${PROJECT_SOURCE_DIR}/python" CONFIGURE_DEPENDS
     python/dcat/*.py python/dcat/*.pyi python/dcat/py.typed)
foreach(file IN LISTS package)
  add_custom_command(OUTPUT "${DCAT_PYTHON_DIR}/${file}"
                     COMMAND ${CMAKE_COMMAND} -E copy "${PROJECT_SOURCE_DIR}/python/${file}" "${DCAT_PYTHON_DIR}/${file}"
                     DEPENDS "${PROJECT_SOURCE_DIR}/python/${file}" COMMENT "python/${file}")
  list(APPEND copies "${DCAT_PYTHON_DIR}/${file}")
endforeach()
add_custom_target(dcat_python_files ALL DEPENDS ${copies})
add_dependencies(dcat_python dcat_python_files)
