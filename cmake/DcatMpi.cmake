# SPDX-License-Identifier: Apache-2.0
# MPI lets compare, reproduce and train run in several processes, on one machine or many. The tool
# alone knows it: libdcat is handed functions (dcat/x/ranks.h).

pkg_check_modules(DCAT_MPI_PART QUIET ompi-c)
if(DCAT_MPI_PART_FOUND)
  set(mpi_found ON)
else()
  find_package(MPI QUIET COMPONENTS C)
  set(mpi_found ${MPI_C_FOUND})
endif()
if(mpi_found)
  set(mpi_found ON)
else()
  set(mpi_found OFF)
endif()
option(DCAT_MPI "Several processes through MPI (packages openmpi-bin, libopenmpi-dev)" ${mpi_found})

if(DCAT_MPI)
  dcat_material(openmpi "${DCAT_MPI_PART_VERSION}" BSD-3-Clause "")
endif()

# Use: after the tool is made.
function(dcat_use_mpi target)
  if(DCAT_MPI_PART_FOUND)
    target_include_directories(${target} SYSTEM PRIVATE ${DCAT_MPI_PART_INCLUDE_DIRS})
    target_link_directories(${target} PRIVATE ${DCAT_MPI_PART_LIBRARY_DIRS})
    target_link_libraries(${target} PRIVATE ${DCAT_MPI_PART_LIBRARIES})
  else()
    find_package(MPI REQUIRED COMPONENTS C)
    target_link_libraries(${target} PRIVATE MPI::MPI_C)
  endif()
endfunction()
