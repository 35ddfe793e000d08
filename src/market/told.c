// SPDX-License-Identifier: Apache-2.0
#include "market/told.h"

#include "auction/mask.h"

// Four tasks at a time. The same bits as dcat_fee, dcat_waiting_delay_s, dcat_admission_s,
// dcat_auction_reserve and market_handicap, one after the other.
#define LANES 4
typedef double lanes __attribute__((vector_size(8 * LANES)));
typedef int64_t choice __attribute__((vector_size(8 * LANES)));

// No function, since none takes such vectors on every processor.
#define PICK(yes, a, b) ((lanes)(((yes) & (choice)(a)) | (~(yes) & (choice)(b))))

// What all tasks of a plane have in common. Whether all are admitted, and what the ceiling is on,
// is known where this is called.
typedef struct common {
    bool limited, sloped, on_limits;
    double now_s, price, urgency_s, admission, admission_s, ceiling, handicap_s;
} common;

static INLINED common common_of(const dcat_state *state, const plane *p, double now_s)
{
    const dcat_market_config *market = &state->market;
    return (common){.limited = !state->admits_all,
                    .sloped = market->admission_per_gigacycle_s > 0.0,
                    .on_limits = state->on_limits,
                    .now_s = now_s,
                    .price = p->price_per_gigacycle,
                    .urgency_s = p->urgency_s,
                    .admission = market->admission_per_gigacycle,
                    .admission_s = market->admission_per_gigacycle_s,
                    .ceiling = state->world->config.auction.ceiling_per_cycle,
                    .handicap_s = market->handicap_per_gigacycle_s};
}

// Of tasks 0 to last, which is below LANES; what lanes behind it find is that of the last.
static INLINED void find_lanes(const common *all, const dcat_task *task, size_t last, told *found)
{
    const size_t at[LANES] = {0, last < 1 ? last : 1, last < 2 ? last : 2, last};
    const dcat_task *a = task, *b = &task[at[1]], *c = &task[at[2]], *d = &task[at[3]];
    const lanes none = {0}, any = none + (double)INFINITY;
    const lanes work_cycles = {a->work_cycles, b->work_cycles, c->work_cycles, d->work_cycles};
    const lanes deadline_s = {a->deadline_s, b->deadline_s, c->deadline_s, d->deadline_s};
    const lanes arrival_s = {a->arrival_s, b->arrival_s, c->arrival_s, d->arrival_s};
    const lanes since_s = all->now_s - arrival_s, late_s = PICK(since_s > none, since_s, none);
    const lanes gigacycles = work_cycles / DCAT_CYCLES_PER_GIGACYCLE;
    const lanes fee = all->price * (1.0 + all->urgency_s / deadline_s) * gigacycles;
    lanes admission_s = any, most = any, clock_fee = fee;
    if (all->limited) {
        const lanes spare = fee / gigacycles - all->admission;
        admission_s = PICK(spare >= none, all->sloped ? spare / all->admission_s : any, none - 1.0);
    }
    if (all->on_limits) {
        const lanes ceiling = all->ceiling * work_cycles;
        const lanes last_s = PICK(deadline_s < admission_s, deadline_s, admission_s);
        most = PICK(fee < ceiling, fee, ceiling);
        clock_fee = most + all->handicap_s * PICK(last_s > none, last_s, none) * gigacycles;
    }
#pragma GCC unroll 4
    for (size_t lane = 0; lane < LANES; lane++) {
        found[at[lane]] =
            (told){work_cycles[lane], gigacycles[lane],  deadline_s[lane], late_s[lane],
                   fee[lane],         admission_s[lane], most[lane],       clock_fee[lane]};
    }
}

static INLINED void find_all(const common *all, const dcat_task *tasks, size_t count, told *found)
{
    size_t n = 0;
    for (; n + LANES <= count; n += LANES) {
        find_lanes(all, &tasks[n], LANES - 1, &found[n]);
    }
    if (n < count) {
        find_lanes(all, &tasks[n], count - n - 1, &found[n]);
    }
}

static INLINED void find_by_kind(common all, const dcat_task *tasks, size_t count, told *found)
{
    if (all.limited && all.sloped && all.on_limits) {
        all.limited = all.sloped = all.on_limits = true;
        find_all(&all, tasks, count, found);
    } else if (all.limited && all.sloped) {
        all.limited = all.sloped = true;
        all.on_limits = false;
        find_all(&all, tasks, count, found);
    } else {
        find_all(&all, tasks, count, found);
    }
}

static void find_plainly(const common *all, const dcat_task *tasks, size_t count, told *found)
{
    find_by_kind(*all, tasks, count, found);
}

#if defined(__x86_64__) && defined(__GNUC__)

// Whose vectors hold all lanes.
__attribute__((target("avx2"))) static void find_widely(const common *all, const dcat_task *tasks,
                                                        size_t count, told *found)
{
    find_by_kind(*all, tasks, count, found);
}

#else
#define find_widely find_plainly
#endif

static void find(const dcat_state *state, const plane *p, double now_s, const dcat_task *tasks,
                 size_t count, told *found)
{
    const common all = common_of(state, p, now_s);
    if (wide_available()) {
        find_widely(&all, tasks, count, found);
    } else {
        find_plainly(&all, tasks, count, found);
    }
}

told told_of(const dcat_state *state, const plane *p, double now_s, const dcat_task *task)
{
    told t;
    find(state, p, now_s, task, 1, &t);
    return t;
}

void told_slot(dcat_state *state, double now_s, const dcat_task *tasks, size_t count)
{
    if (state->plane_count == 1) {
        find(state, state->planes, now_s, tasks, count, state->told);
        return;
    }
    for (size_t n = 0; n < count; n++) {
        find(state, state_plane(state, &tasks[n]), now_s, &tasks[n], 1, &state->told[n]);
    }
}
