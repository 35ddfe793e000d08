# SPDX-License-Identifier: Apache-2.0
# DCAT_SHIPPED_SOURCE: a generated C file that holds every file below scenarios/ and policies/, so
# that shipped ones need no installation folder. See src/file/embedded.h.

set(DCAT_SHIPPED_SOURCE "${DCAT_GENERATED_DIR}/shipped_files.c")
file(GLOB_RECURSE shipped_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/scenarios/*"
     "${PROJECT_SOURCE_DIR}/policies/*.safetensors")
list(FILTER shipped_files EXCLUDE REGEX "/\\.[^/]*$|~$") # what editors leave behind

# The list goes through a file: it changes when a scenario file appears or disappears, and there is
# no limit on its length. file(CONFIGURE) leaves an unchanged file alone.
list(JOIN shipped_files "\n" DCAT_SHIPPED_LIST)
file(CONFIGURE OUTPUT "${DCAT_GENERATED_DIR}/shipped_files.txt" CONTENT "@DCAT_SHIPPED_LIST@\n" @ONLY)

add_custom_command(
  OUTPUT "${DCAT_SHIPPED_SOURCE}"
  COMMAND
    ${CMAKE_COMMAND} "-DROOT=${PROJECT_SOURCE_DIR}/scenarios"
    "-DLIST=${DCAT_GENERATED_DIR}/shipped_files.txt" "-DOUTPUT=${DCAT_SHIPPED_SOURCE}" -P
    "${PROJECT_SOURCE_DIR}/cmake/shipped_files.cmake"
  DEPENDS ${shipped_files} "${DCAT_GENERATED_DIR}/shipped_files.txt"
          "${PROJECT_SOURCE_DIR}/cmake/shipped_files.cmake"
  COMMENT "Embedding scenarios/ and policies/"
  VERBATIM)
