// SPDX-License-Identifier: Apache-2.0
// count_allocations.h - how often the program asked for heap memory. Include in one file of a
// program only: it defines the allocation functions themselves, or hooks the sanitizer's.

#ifndef DCAT_TESTS_MARKET_COUNT_ALLOCATIONS_H
#define DCAT_TESTS_MARKET_COUNT_ALLOCATIONS_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

static volatile size_t allocation_count;

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNT_BY_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNT_BY_SANITIZER 1
#endif

#ifdef COUNT_BY_SANITIZER

// Declared here because gcc's packages do not always bring <sanitizer/allocator_interface.h>.
extern int __sanitizer_install_malloc_and_free_hooks(
    void (*malloc_hook)(const volatile void *memory, size_t byte_count),
    void (*free_hook)(const volatile void *memory));

static void count_malloc(const volatile void *memory, size_t byte_count)
{
    (void)memory;
    (void)byte_count;
    allocation_count++;
}

static void count_free(const volatile void *memory)
{
    (void)memory;
}

__attribute__((constructor)) static void install_count(void)
{
    __sanitizer_install_malloc_and_free_hooks(count_malloc, count_free);
}

#else

// The C library's own functions under names that cannot be replaced.
extern void *__libc_malloc(size_t byte_count);
extern void *__libc_calloc(size_t count, size_t byte_count);
extern void *__libc_realloc(void *memory, size_t byte_count);
extern void *__libc_memalign(size_t alignment, size_t byte_count);

void *malloc(size_t byte_count)
{
    allocation_count++;
    return __libc_malloc(byte_count);
}

void *calloc(size_t count, size_t byte_count)
{
    allocation_count++;
    return __libc_calloc(count, byte_count);
}

void *realloc(void *memory, size_t byte_count)
{
    allocation_count++;
    return __libc_realloc(memory, byte_count);
}

void *aligned_alloc(size_t alignment, size_t byte_count)
{
    allocation_count++;
    return __libc_memalign(alignment, byte_count);
}

int posix_memalign(void **memory, size_t alignment, size_t byte_count)
{
    allocation_count++;
    *memory = __libc_memalign(alignment, byte_count);
    return *memory == NULL ? ENOMEM : 0;
}

#endif
#endif
