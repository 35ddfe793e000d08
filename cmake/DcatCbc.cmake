# Cbc solves slots exactly for `dcat bound --exact`. An option, since it is large (27 MB), C++ and under
# the EPL: without it the command says that there is no exact solver. Only its header is needed here, the
# library is loaded when the command is given.

pkg_check_modules(DCAT_CBC_PART QUIET cbc)
if(DCAT_CBC_PART_FOUND)
  set(cbc_found ON)
else()
  set(cbc_found OFF)
endif()
option(DCAT_CBC "Exact optima through Cbc (package coinor-libcbc-dev)" ${cbc_found})

if(DCAT_CBC)
  pkg_check_modules(DCAT_CBC_PART REQUIRED cbc)
  list(APPEND DCAT_PARTS ${CMAKE_DL_LIBS})
  target_include_directories(dcat_parts SYSTEM INTERFACE ${DCAT_CBC_PART_INCLUDE_DIRS})
  target_compile_definitions(dcat_parts INTERFACE DCAT_HAVE_CBC)
endif()
