// SPDX-License-Identifier: Apache-2.0
// sort.h (internal) - sorting without memory, which qsort() may take: heapsort, O(n log n).
//
// SORT_DEFINE(name, subject, less, swap) makes a static function
//
//   void name(subject s, size_t count)
//
// that sorts what s tells of: less(s, i, j) says whether what is at i comes before what is at j,
// and swap(s, i, j) exchanges the two, in as many arrays as belong together. Not stable: where the
// order of equal things matters, less decides it.

#ifndef DCAT_BASE_SORT_H
#define DCAT_BASE_SORT_H

#include <stddef.h>
#include <stdint.h>

// The thing at i sinks until none below it comes after it: below i are 2i + 1 and 2i + 2.
#define SORT_DEFINE(name, subject, less, swap)                                                     \
    static void name##_sink(subject s, size_t i, size_t count)                                     \
    {                                                                                              \
        for (size_t below = 2 * i + 1; below < count; below = 2 * i + 1) {                         \
            below += below + 1 < count && less(s, below, below + 1);                               \
            if (!less(s, i, below)) {                                                              \
                return;                                                                            \
            }                                                                                      \
            swap(s, i, below);                                                                     \
            i = below;                                                                             \
        }                                                                                          \
    }                                                                                              \
    __attribute__((noinline)) static void name(subject s, size_t count)                            \
    {                                                                                              \
        for (size_t i = count / 2; i-- > 0;) {                                                     \
            name##_sink(s, i, count);                                                              \
        }                                                                                          \
        for (size_t end = count; end-- > 1;) {                                                     \
            swap(s, 0, end);                                                                       \
            name##_sink(s, 0, end);                                                                \
        }                                                                                          \
    }

static inline void sort_swap(int32_t *list, size_t i, size_t j)
{
    int32_t value = list[i];
    list[i] = list[j];
    list[j] = value;
}

// For qsort(): doubles in ascending order.
static inline int sort_by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

#endif
