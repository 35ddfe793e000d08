# SPDX-License-Identifier: Apache-2.0
# Target dcat_version keeps generated/dcat_version.h up to date: version, commit, compiler, flags.
#
# It runs on every build and rewrites the header only when its text changes; the header is included
# by src/base/version.c alone, so a new commit recompiles one small file.

set(DCAT_GENERATED_DIR "${PROJECT_BINARY_DIR}/generated")
file(MAKE_DIRECTORY "${DCAT_GENERATED_DIR}")

string(TOUPPER "${CMAKE_BUILD_TYPE}" kind)
list(JOIN DCAT_LANGUAGE_FLAGS " " language_flags)
list(JOIN DCAT_INSTRUMENT_FLAGS " " instrument_flags)
set(build "${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION} ${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${kind}} \
${language_flags} ${instrument_flags}")
string(REGEX REPLACE "-f[a-z]+-prefix-map=[^ ]+" "" build "${build}") # where it was built is nobody's business
string(REGEX REPLACE " +" " " build "${build}")
string(STRIP "${build}" build)

add_custom_target(
  dcat_version
  COMMAND
    ${CMAKE_COMMAND} "-DSOURCE_DIR=${PROJECT_SOURCE_DIR}" "-DVERSION=${PROJECT_VERSION}"
    "-DBUILD=${build}" "-DOUTPUT=${DCAT_GENERATED_DIR}/dcat_version.h" -P
    "${PROJECT_SOURCE_DIR}/cmake/version.cmake"
  BYPRODUCTS "${DCAT_GENERATED_DIR}/dcat_version.h"
  COMMENT "Reading the commit"
  VERBATIM)
