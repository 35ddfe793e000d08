# SPDX-License-Identifier: Apache-2.0
# ThreadSanitizer: quiet for right code, loud for a race.
#
# It knows the threads and locks of POSIX, which are all that the library uses. The two programs below
# are tests of a tsan build: one does everything right with src/base/threads.h, one has a race on purpose.

foreach(name right_code planted_race)
  add_executable(tsan_${name} tests/tsan/${name}.c)
  target_include_directories(tsan_${name} PRIVATE src)
  target_link_libraries(tsan_${name} PRIVATE dcat_flags dcat_static)
  list(APPEND test_programs tsan_${name})
endforeach()
add_test(NAME threads/right_code_is_quiet COMMAND tsan_right_code)
add_test(NAME threads/planted_race_is_reported COMMAND tsan_planted_race)
set_tests_properties(threads/planted_race_is_reported PROPERTIES PASS_REGULAR_EXPRESSION "data race")
list(APPEND dcat_tests threads/right_code_is_quiet threads/planted_race_is_reported)
