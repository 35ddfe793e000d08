# Cbc solves slots exactly for `dcat bound --exact`. An option, since it is large (27 MB), C++ and under
# the EPL: without it the command says that this build has no exact solver.

pkg_check_modules(DCAT_CBC_PART QUIET cbc)
if(DCAT_CBC_PART_FOUND)
  set(cbc_found ON)
else()
  set(cbc_found OFF)
endif()
option(DCAT_CBC "Exact optima through Cbc (package coinor-libcbc-dev)" ${cbc_found})

if(DCAT_CBC)
  pkg_check_modules(DCAT_CBC_PART REQUIRED cbc)
  # The C interface is in this one; what it needs it names itself.
  list(APPEND DCAT_PARTS CbcSolver)
  target_include_directories(dcat_parts SYSTEM INTERFACE ${DCAT_CBC_PART_INCLUDE_DIRS})
  target_compile_definitions(dcat_parts INTERFACE DCAT_HAVE_CBC)
endif()
