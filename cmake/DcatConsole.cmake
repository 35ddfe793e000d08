# SPDX-License-Identifier: Apache-2.0
# DCAT_CONSOLE_SOURCE: a generated C file that holds the console, exchange/console/, and the library that
# draws its charts, from where Debian's libjs-dygraphs puts it. Without that package the console has
# tables and small lines, no charts, and says so.

set(DCAT_CONSOLE_SOURCE "${DCAT_GENERATED_DIR}/console_files.c")
file(GLOB console_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/exchange/console/*.html"
     "${PROJECT_SOURCE_DIR}/exchange/console/*.css" "${PROJECT_SOURCE_DIR}/exchange/console/*.js"
     "${PROJECT_SOURCE_DIR}/exchange/console/*.svg")
find_file(DCAT_DYGRAPHS dygraph.min.js PATHS /usr/share/javascript/dygraphs NO_DEFAULT_PATH)
if(DCAT_DYGRAPHS)
  list(APPEND console_files "${DCAT_DYGRAPHS}")
  dcat_material(dygraphs "" MIT CONTAINS)
endif()

list(JOIN console_files "\n" DCAT_CONSOLE_LIST)
file(CONFIGURE OUTPUT "${DCAT_GENERATED_DIR}/console_files.txt" CONTENT "@DCAT_CONSOLE_LIST@\n" @ONLY)

add_custom_command(
  OUTPUT "${DCAT_CONSOLE_SOURCE}"
  COMMAND
    ${CMAKE_COMMAND} -DFLAT=ON -DTABLE=console_file -DHEADER=exchange/http/console.h
    "-DLIST=${DCAT_GENERATED_DIR}/console_files.txt" "-DOUTPUT=${DCAT_CONSOLE_SOURCE}" -P
    "${PROJECT_SOURCE_DIR}/cmake/shipped_files.cmake"
  DEPENDS ${console_files} "${DCAT_GENERATED_DIR}/console_files.txt"
          "${PROJECT_SOURCE_DIR}/cmake/shipped_files.cmake"
  COMMENT "Embedding exchange/console/"
  VERBATIM)
