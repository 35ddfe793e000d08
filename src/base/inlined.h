// SPDX-License-Identifier: Apache-2.0
// inlined.h (internal) - functions that the compiler would rather call, where that costs time.

#ifndef DCAT_BASE_INLINED_H
#define DCAT_BASE_INLINED_H

// static INLINED: wherever it is called, when the compiler optimises. What the caller knows is
// known inside: constants, and what need not go through memory.
#ifdef __OPTIMIZE__
#define INLINED inline __attribute__((always_inline))
#else
#define INLINED inline
#endif

#endif
