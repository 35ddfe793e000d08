// SPDX-License-Identifier: Apache-2.0
// bits.h (internal) - sets of small numbers as words of 64 bits.

#ifndef DCAT_BASE_BITS_H
#define DCAT_BASE_BITS_H

#include <stddef.h>
#include <stdint.h>

#define BYTES_OF(byte) (UINT64_C(0x0101010101010101) * (byte))

// The number of bits in each byte of word, plus those in the bytes below it.
static inline uint64_t bits_up_to_byte(uint64_t word)
{
    word -= (word >> 1) & BYTES_OF(0x55);
    word = (word & BYTES_OF(0x33)) + ((word >> 2) & BYTES_OF(0x33));
    word = (word + (word >> 4)) & BYTES_OF(0x0f);
    return word * BYTES_OF(0x01);
}

// Population count of one word, without the instruction that not every machine has.
static inline size_t bits_in(uint64_t word)
{
    return bits_up_to_byte(word) >> 56;
}

// How many bytes of sums, which are below 128 and never decrease, are at most limit.
static inline size_t bytes_at_most(uint64_t sums, size_t limit)
{
    uint64_t at_most = ((BYTES_OF(0x80) + BYTES_OF(limit)) - sums) & BYTES_OF(0x80);
    return ((at_most >> 7) * BYTES_OF(0x01)) >> 56;
}

// Select: the position of the nth (from 0) set bit of a word, which has one, without a branch.
static inline size_t nth_bit(uint64_t word, size_t nth)
{
    uint64_t sums = bits_up_to_byte(word);
    size_t byte = bytes_at_most(sums, nth);
    size_t below = ((sums << 8) >> (8 * byte)) & 0xff; // none of the first
    // One byte for each bit of the byte it is in: 1 where the bit is set.
    uint64_t bits = (((word >> (8 * byte)) & 0xff) * BYTES_OF(0x01)) & UINT64_C(0x8040201008040201);
    bits = ((bits + BYTES_OF(0x7f)) >> 7) & BYTES_OF(0x01);
    return 8 * byte + bytes_at_most(bits * BYTES_OF(0x01), nth - below);
}

// Smallest number in a word; not of an empty one. word & (word - 1) is the rest.
static inline int bits_first(uint64_t word)
{
    return __builtin_ctzll(word);
}

// Numbers in a set.
static inline int bits_count(const uint64_t *set, size_t word_count)
{
    int count = 0;
    for (size_t w = 0; w < word_count; w++) {
        count += (int)bits_in(set[w]);
    }
    return count;
}

// Numbers that two sets share.
static inline int bits_count_both(const uint64_t *a, const uint64_t *b, size_t word_count)
{
    int count = 0;
    for (size_t w = 0; w < word_count; w++) {
        count += (int)bits_in(a[w] & b[w]);
    }
    return count;
}

#endif
