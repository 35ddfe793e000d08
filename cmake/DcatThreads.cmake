# ThreadSanitizer and OpenMP: quiet for right code, loud for a race.
#
# What was tried with a right program (parallel for, critical, atomic, reduction) and one with a race:
#
#   gcc + libgomp                                  reports 10 races in the right program: libgomp is not
#                                                  instrumented, so its barriers are invisible
#   gcc + libgomp, suppression race:libgomp        misses the race too: libgomp is on every stack
#   gcc + libgomp, ignore_noninstrumented_modules  still reports the right program
#   clang + libomp                                 reports 1 race in the right program, inside libomp
#   clang + libomp, ignore_noninstrumented_modules quiet for the right one, loud for the race
#
# The last one works because of Archer, a library of the package libomp-14-dev that libomp loads by
# itself and that tells ThreadSanitizer about every OpenMP synchronisation. Without it the right
# program is reported again. The two programs are tests/tsan/, and are tests of a tsan build, so a
# machine on which this does not hold says so.

if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
  message(FATAL_ERROR "DCAT_SANITIZE=thread needs clang (use --preset tsan): see ${CMAKE_CURRENT_LIST_FILE}")
endif()

list(APPEND environment "TSAN_OPTIONS=ignore_noninstrumented_modules=1")
foreach(name right_code planted_race)
  add_executable(tsan_${name} tests/tsan/${name}.c)
  target_link_libraries(tsan_${name} PRIVATE dcat_flags OpenMP::OpenMP_C)
  list(APPEND test_programs tsan_${name})
endforeach()
add_test(NAME threads/right_code_is_quiet COMMAND tsan_right_code)
add_test(NAME threads/planted_race_is_reported COMMAND tsan_planted_race)
set_tests_properties(threads/planted_race_is_reported PROPERTIES PASS_REGULAR_EXPRESSION "data race")
list(APPEND dcat_tests threads/right_code_is_quiet threads/planted_race_is_reported)
