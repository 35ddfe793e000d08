# SPDX-License-Identifier: Apache-2.0
# Target dcat_flags: how every file of the project is compiled.

# Asserts state what the caller promised and stay on in every build: no configuration sets NDEBUG.
foreach(kind DEBUG RELEASE RELWITHDEBINFO MINSIZEREL)
  string(REPLACE "-DNDEBUG" "" flags "${CMAKE_C_FLAGS_${kind}}")
  string(STRIP "${flags}" CMAKE_C_FLAGS_${kind})
endforeach()

add_library(dcat_flags INTERFACE)

# Same seed, same bits, at every optimisation level and with every compiler: no contraction to fused
# multiply-add, no reordering of sums.
set(DCAT_LANGUAGE_FLAGS -std=c17 -ffp-contract=off -fno-fast-math)
target_compile_options(dcat_flags INTERFACE ${DCAT_LANGUAGE_FLAGS})
target_compile_definitions(dcat_flags INTERFACE _GNU_SOURCE)

# Calls inside the library may be inlined although the shared library exports their names.
target_compile_options(dcat_flags INTERFACE -fno-semantic-interposition)

target_compile_options(
  dcat_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes
                       -Wmissing-prototypes -Wvla -Wformat=2 -Wundef)
if(CMAKE_C_COMPILER_ID STREQUAL GNU)
  # Two that depend on what gcc 12 happens to inline. snprintf cuts on purpose; and a pointer that
  # open_memstream stores in a local variable is not the address of that variable.
  target_compile_options(dcat_flags INTERFACE -Wno-format-truncation -Wno-dangling-pointer)
endif()
if(DCAT_WERROR)
  target_compile_options(dcat_flags INTERFACE -Werror)
endif()

# The same bytes from any folder: what is built names its sources from the top of the checkout.
if(CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo|MinSizeRel)$" AND NOT DCAT_SANITIZE AND NOT DCAT_FUZZ)
  target_compile_options(dcat_flags INTERFACE "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=."
                                              "-ffile-prefix-map=${PROJECT_BINARY_DIR}=build") # the last that fits
endif()
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)

# What users run is hardened: mistakes with memory that are left end the program at once. Choice: the
# slot step (src/auction, src/market) is without the stack protector, which made it 1.1 to 2.3 %
# slower (bench/counts.sh); it reads no bytes from outside.
if(CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo|MinSizeRel)$" AND NOT DCAT_SANITIZE AND NOT DCAT_FUZZ)
  set(name $<TARGET_PROPERTY:NAME>)
  set(step $<OR:$<STREQUAL:${name},dcat_auction>,$<STREQUAL:${name},dcat_market>>)
  target_compile_options(dcat_flags INTERFACE -fPIC $<$<NOT:${step}>:-fstack-protector-strong>
                                              $<${step}:-fno-stack-protector> -U_FORTIFY_SOURCE
                                              -D_FORTIFY_SOURCE=2)
  target_link_options(dcat_flags INTERFACE LINKER:-z,relro,-z,now
                      $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)
endif()

# Whoever links against an instrumented libdcat needs these too (tests/install/examples.sh does).
set(DCAT_INSTRUMENT_FLAGS "")
if(DCAT_SANITIZE)
  list(APPEND DCAT_INSTRUMENT_FLAGS -fsanitize=${DCAT_SANITIZE} -fno-sanitize-recover=all
       -fno-omit-frame-pointer)
endif()
if(DCAT_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "DCAT_FUZZ needs clang: libFuzzer is a part of it (use --preset fuzz)")
  endif()
  list(APPEND DCAT_INSTRUMENT_FLAGS -fsanitize=fuzzer-no-link)
endif()
target_compile_options(dcat_flags INTERFACE ${DCAT_INSTRUMENT_FLAGS})
target_link_options(dcat_flags INTERFACE ${DCAT_INSTRUMENT_FLAGS})
