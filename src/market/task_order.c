// SPDX-License-Identifier: Apache-2.0
// The order in which the tasks of a slot are auctioned.

#include "base/inlined.h"
#include "base/sort.h"
#include "dcat/market.h"
#include "dcat/x/task_auction.h"
#include "world/world.h"

#include <stdbool.h>
#include <string.h>

typedef struct task_list {
    double urgency_s;           // mu, where all tasks are of one class
    const world_class *classes; // NULL: they are
    const dcat_task *tasks;
    int32_t *order;
} task_list;

// Fee per work (5) by the lowest price of all classes, so without the price where there is one:
// what urgency sorts by. At least 1.
static INLINED double urgency_of(const task_list *list, const dcat_task *task)
{
    if (list->classes == NULL) {
        return 1.0 + list->urgency_s / task->deadline_s;
    }
    const world_class *wanted = &list->classes[task->class_id];
    return wanted->price_ratio * (1.0 + wanted->urgency_s / task->deadline_s);
}

// A task as it is sorted.
typedef struct entry {
    double urgency;
    int32_t index;
} entry;

static INLINED entry entry_at(const task_list *list, size_t i)
{
    int32_t n = list->order[i];
    return (entry){urgency_of(list, &list->tasks[n]), n};
}

// More urgent, or as urgent and earlier in the list. Of two different tasks one comes first.
static bool before(const entry *a, const entry *b)
{
    return a->urgency > b->urgency || (a->urgency == b->urgency && a->index < b->index);
}

static bool comes_first(const task_list *list, size_t i, size_t j)
{
    entry a = entry_at(list, i), b = entry_at(list, j);
    return before(&a, &b);
}

static void swap(const task_list *list, size_t i, size_t j)
{
    sort_swap(list->order, i, j);
}

SORT_DEFINE(sort_by_heap, const task_list *, comes_first, swap)

// --- few tasks: each one's place is the number of those that come before it
//
// Counting them has no branch, and what a sort of a slot costs is branches that nobody can foresee.
// They are counted by keys of 32 bits, eight at once: the urgency to about 2^-18 of itself, then
// the place in the list. What such keys do not tell apart is put right afterwards.

#define FEW 64
#define LANES 8
#define ROWS 32 // whose places are counted at once
typedef int32_t lanes __attribute__((vector_size(4 * LANES)));

// Larger comes first.
static INLINED int32_t key_of(double urgency, size_t place)
{
    const uint32_t one = 0x3f800000, places = FEW - 1;
    float rounded = (float)urgency;
    uint32_t bits;
    memcpy(&bits, &rounded, sizeof bits);
    return (int32_t)(((bits - one) << 1 & ~places) | (places - (uint32_t)place));
}

// For each of ROWS keys, how many of all are larger.
static INLINED void count_before(const lanes *rows, const int32_t *keys, size_t count,
                                 lanes *before)
{
    lanes a = {0}, b = {0}, c = {0}, d = {0};
    for (size_t i = 0; i < count; i++) {
        const lanes key = keys[i] - (lanes){0};
        a -= key > rows[0]; // -1 where it is
        b -= key > rows[1];
        c -= key > rows[2];
        d -= key > rows[3];
    }
    before[0] = a;
    before[1] = b;
    before[2] = c;
    before[3] = d;
}

// Hardly any list needs it: each moves up past those that it comes before.
static void put_right(int32_t *order, double *urgency, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const entry own = {urgency[i], order[i]};
        size_t at = i;
        for (; at > 0; at--) {
            const entry above = {urgency[at - 1], order[at - 1]};
            if (before(&above, &own)) {
                break;
            }
            urgency[at] = above.urgency;
            order[at] = above.index;
        }
        urgency[at] = own.urgency;
        order[at] = own.index;
    }
}

static INLINED void sort_by_counting(const task_list *list, size_t count)
{
    const size_t end = (count + ROWS - 1) / ROWS * ROWS;
    entry given[FEW];
    double sorted[FEW];
    union {
        int32_t of[FEW];
        lanes rows[FEW / LANES];
    } key, place;
    for (size_t i = 0; i < count; i++) {
        given[i] = entry_at(list, i);
        key.of[i] = key_of(given[i].urgency, i);
    }
    memset(&key.of[count], 0, (end - count) * sizeof *key.of);
    for (size_t i = 0; i < end; i += ROWS) {
        count_before(&key.rows[i / LANES], key.of, count, &place.rows[i / LANES]);
    }
    for (size_t i = 0; i < count; i++) {
        // cppcheck-suppress uninitvar ; the loop above has set as many
        sorted[place.of[i]] = given[i].urgency;
        list->order[place.of[i]] = given[i].index;
    }
    bool right = true;
    for (size_t i = 1; i < count; i++) {
        // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): all places are taken
        right &= sorted[i - 1] > sorted[i];
    }
    if (!right) {
        put_right(list->order, sorted, count);
    }
}

static void sort_plain(const task_list *list, size_t count)
{
    sort_by_counting(list, count);
}

#if defined(__x86_64__) && defined(__GNUC__)

// Whose vectors hold all lanes.
__attribute__((target("avx2"))) static void sort_wide(const task_list *list, size_t count)
{
    sort_by_counting(list, count);
}

static void sort_few(const task_list *list, size_t count)
{
    if (__builtin_cpu_supports("avx2")) {
        sort_wide(list, count);
    } else {
        sort_plain(list, count);
    }
}

#else

static void sort_few(const task_list *list, size_t count)
{
    sort_plain(list, count);
}

#endif

// --- many: parts of few

// The middle one of three different tasks.
static entry middle_of(const task_list *list, size_t i, size_t j, size_t k)
{
    entry a = entry_at(list, i), b = entry_at(list, j), c = entry_at(list, k);
    if (before(&a, &b) != before(&a, &c)) {
        return a;
    }
    return before(&b, &a) != before(&b, &c) ? b : c;
}

// Hoare's partition: no task of the first part, whose size is returned, comes after one of the
// rest. Neither is empty, as the task that they are held against has others on either side.
static size_t split(const task_list *list, size_t count)
{
    const entry middle = middle_of(list, 0, count / 2, count - 1);
    size_t i = 0, j = count - 1;
    for (;;) {
        entry low = entry_at(list, i), high = entry_at(list, j);
        while (before(&low, &middle)) {
            low = entry_at(list, ++i);
        }
        while (before(&middle, &high)) {
            high = entry_at(list, --j);
        }
        if (i >= j) {
            return j + 1;
        }
        swap(list, i++, j--);
    }
}

#define SPLIT_MAX 64 // one after the other; a list whose parts stay large is sorted by heap

static void sort_by_urgency(task_list list, size_t count, int splits)
{
    while (count > FEW && splits-- > 0) {
        size_t first = split(&list, count);
        sort_by_urgency(list, first, splits);
        list.order += first;
        count -= first;
    }
    if (count > FEW) {
        sort_by_heap(&list, count);
    } else {
        sort_few(&list, count);
    }
}

void dcat_task_order_of(const dcat_world *world, const dcat_auction *auction,
                        const dcat_task *tasks, size_t task_count, int32_t *order)
{
    for (size_t n = 0; n < task_count; n++) {
        order[n] = (int32_t)n;
    }
    if (auction->under_ceiling && world->config.market.task_order == DCAT_ORDER_URGENCY) {
        const world_class *classes = world->classes;
        const task_list list = {classes->urgency_s, world->class_count > 1 ? classes : NULL, tasks,
                                order};
        sort_by_urgency(list, task_count, SPLIT_MAX);
    }
}
