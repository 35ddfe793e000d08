// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <pthread.h>
#include <setjmp.h>

static _Thread_local jmp_buf *leave; // of the text that this thread reads
static json_malloc_t take;           // jansson's before, or the program's

static void *take_or_leave(size_t byte_count)
{
    void *memory = take(byte_count);
    if (memory == NULL && leave != NULL) {
        longjmp(*leave, 1);
    }
    return memory;
}

static void install(void)
{
    json_free_t give_back;
    json_get_alloc_funcs(&take, &give_back);
    json_set_alloc_funcs(take_or_leave, give_back);
}

json_t *json_load_guarded(const char *text, size_t length, FILE *file, json_error_t *why)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    jmp_buf here;
    (void)pthread_once(&once, install);
    if (setjmp(here) != 0) {
        leave = NULL;
        why->text[0] = '\0';
        return NULL;
    }
    leave = &here;
    json_t *document = text != NULL ? json_loadb(text, length, JSON_REJECT_DUPLICATES, why)
                                    : json_loadf(file, JSON_REJECT_DUPLICATES, why);
    leave = NULL;
    return document;
}
