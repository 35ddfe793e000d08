# The libraries that libdcat stands on.
#
# DCAT_PARTS are plain names (-l), so that the installed CMake package holds no paths of this
# machine. The target dcat_parts has the compile flags.

find_package(PkgConfig REQUIRED)
set(DCAT_PART_MODULES libcyaml yaml-0.1 jansson libarchive proj libsodium openblas)
pkg_check_modules(DCAT_PART REQUIRED ${DCAT_PART_MODULES})

# libcsv and Random123 (headers only) have no pkg-config file.
find_library(DCAT_CSV_LIBRARY csv)
find_path(DCAT_CSV_INCLUDE_DIR csv.h)
find_path(DCAT_RANDOM123_INCLUDE_DIR Random123/philox.h)
foreach(part CSV_LIBRARY CSV_INCLUDE_DIR RANDOM123_INCLUDE_DIR)
  if(NOT DCAT_${part})
    message(FATAL_ERROR "DCAT_${part} not found: install the packages listed in packages/core.txt")
  endif()
endforeach()

find_package(OpenMP REQUIRED COMPONENTS C)

set(DCAT_PARTS ${DCAT_PART_LIBRARIES} csv OpenMP::OpenMP_C m)
set(DCAT_PART_DIRS ${DCAT_PART_LIBRARY_DIRS})

add_library(dcat_parts INTERFACE)
target_include_directories(
  dcat_parts SYSTEM INTERFACE ${DCAT_PART_INCLUDE_DIRS} ${DCAT_CSV_INCLUDE_DIR}
                              ${DCAT_RANDOM123_INCLUDE_DIR})
target_link_libraries(dcat_parts INTERFACE OpenMP::OpenMP_C)
