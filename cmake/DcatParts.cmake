# SPDX-License-Identifier: Apache-2.0
# The libraries that the two libraries stand on, by short names ("parts").
#
# dcat_part_NAME has a part's compile flags; DCAT_PART_NAME its plain names for the linker (-l), so that
# the installed CMake package holds no paths of this machine. dcat_parts has all of them, for tests.

find_package(PkgConfig REQUIRED)
set(DCAT_PART_DIRS "")
add_library(dcat_parts INTERFACE)

# Usage: dcat_part(NAME LICENCE spdx [MODULE pkg-config-module] [LIBRARY name] [HEADER path]
#                  [DEFINES macro] [TITLE name] [RELATION spdx])
# LICENCE, TITLE (default: MODULE) and RELATION are for the bill of materials (DcatSbom.cmake).
function(dcat_part name)
  cmake_parse_arguments(PARSE_ARGV 1 P "" "MODULE;LIBRARY;HEADER;DEFINES;LICENCE;TITLE;RELATION" "")
  string(TOUPPER "DCAT_PART_${name}" upper)
  set(includes "")
  set(libraries "${P_LIBRARY}")
  if(P_MODULE)
    pkg_check_modules(${upper} REQUIRED ${P_MODULE})
    set(includes ${${upper}_INCLUDE_DIRS})
    set(libraries ${${upper}_LIBRARIES})
    set(DCAT_PART_DIRS ${DCAT_PART_DIRS} ${${upper}_LIBRARY_DIRS} PARENT_SCOPE)
  else()
    find_path(${upper}_INCLUDE_DIR "${P_HEADER}")
    set(includes "${${upper}_INCLUDE_DIR}")
    if(P_LIBRARY)
      find_library(${upper}_LIBRARY "${P_LIBRARY}")
    endif()
    if(NOT includes OR (P_LIBRARY AND NOT ${upper}_LIBRARY))
      message(FATAL_ERROR "${P_HEADER} not found: install the packages listed in packages/core.txt")
    endif()
  endif()
  dcat_material("${P_MODULE}${P_TITLE}" "${${upper}_VERSION}" "${P_LICENCE}" "${P_RELATION}")
  add_library(dcat_part_${name} INTERFACE)
  target_include_directories(dcat_part_${name} SYSTEM INTERFACE ${includes})
  if(P_DEFINES)
    target_compile_definitions(dcat_part_${name} INTERFACE ${P_DEFINES})
  endif()
  target_link_libraries(dcat_parts INTERFACE dcat_part_${name})
  set(DCAT_PART_${name} "${libraries}" PARENT_SCOPE)
endfunction()

# A part that this build does without.
function(dcat_no_part name)
  add_library(dcat_part_${name} INTERFACE)
  set(DCAT_PART_${name} "" PARENT_SCOPE)
endfunction()

# ---- the core
# libcsv and Random123 (headers only) have no pkg-config file.
dcat_part(random123 HEADER Random123/philox.h TITLE random123 LICENCE BSD-3-Clause RELATION CONTAINS)
dcat_part(threads HEADER pthread.h LIBRARY pthread TITLE glibc LICENCE LGPL-2.1-or-later)
dcat_part(jansson MODULE jansson LICENCE MIT) # the header of a policy

option(DCAT_PROJ "Geographic worlds, by PROJ's geodesics (package libproj-dev)" ON)
if(DCAT_PROJ)
  dcat_part(proj MODULE proj DEFINES DCAT_HAVE_PROJ LICENCE MIT)
else()
  dcat_no_part(proj)
endif()

# Only OpenBLAS's header is needed here: the library is loaded when somebody trains.
option(DCAT_BLAS "Training by OpenBLAS (package libopenblas-dev); without it by plain loops" ON)
if(DCAT_BLAS)
  dcat_part(blas MODULE openblas DEFINES DCAT_HAVE_BLAS LICENCE BSD-3-Clause RELATION OPTIONAL)
  set(DCAT_PART_blas ${CMAKE_DL_LIBS})
else()
  dcat_no_part(blas)
endif()

# Cbc solves slots exactly for `dcat bound --exact`. It is large (27 MB), C++ and under the EPL. Only
# its header is needed here, the library is loaded when the command is given.
pkg_check_modules(DCAT_CBC_FOUND QUIET cbc)
if(DCAT_CBC_FOUND_FOUND)
  set(cbc_found ON)
else()
  set(cbc_found OFF)
endif()
option(DCAT_CBC "Exact optima through Cbc (package coinor-libcbc-dev)" ${cbc_found})
if(DCAT_CBC)
  dcat_part(cbc MODULE cbc DEFINES DCAT_HAVE_CBC LICENCE EPL-1.0 RELATION OPTIONAL)
  set(DCAT_PART_cbc ${CMAKE_DL_LIBS})
else()
  dcat_no_part(cbc)
endif()

# ---- the live exchange: its log, its server, its clients
pkg_check_modules(DCAT_SERVICE_FOUND QUIET sqlite3>=3.37 libcurl libmicrohttpd>=0.9.70 nettle)
if(DCAT_SERVICE_FOUND_FOUND)
  set(service_found ON)
else()
  set(service_found OFF)
endif()
option(DCAT_SERVICE "The live exchange, its agents and users (packages/service.txt)" ${service_found})
if(DCAT_SERVICE)
  dcat_part(sqlite MODULE sqlite3 LICENCE blessing)
  dcat_part(curl MODULE libcurl LICENCE curl)
  dcat_part(nettle MODULE nettle LICENCE "LGPL-3.0-or-later OR GPL-2.0-or-later")
  dcat_part(microhttpd MODULE libmicrohttpd LICENCE LGPL-2.1-or-later)
endif()

# ---- files
option(DCAT_IO "libdcat-io, the tool and all that needs YAML, JSON, CSV, XML and archives" ON)
option(DCAT_IMPORT "Compressed files and importers, and so the tool; without them only libraries and Python package" ON)
if(DCAT_IO)
  dcat_part(yaml MODULE yaml-0.1 LICENCE MIT)
  dcat_part(sodium MODULE libsodium LICENCE ISC)
  dcat_part(csv HEADER csv.h LIBRARY csv TITLE libcsv LICENCE LGPL-2.1-or-later)
  if(DCAT_IMPORT)
    dcat_part(archive MODULE libarchive DEFINES DCAT_HAVE_ARCHIVE LICENCE BSD-2-Clause)
    dcat_part(xml MODULE libxml-2.0 DEFINES DCAT_HAVE_XML LICENCE MIT)
  else()
    dcat_no_part(archive)
    dcat_no_part(xml)
  endif()
endif()
