// SPDX-License-Identifier: Apache-2.0
#include "market/told.h"

// Two tasks at a time. The same bits as dcat_fee, dcat_admission_s, dcat_auction_reserve and
// market_handicap, one after the other.
typedef double two __attribute__((vector_size(16)));
typedef int64_t choice __attribute__((vector_size(16)));

static INLINED two pick(choice yes, two a, two b)
{
    return (two)((yes & (choice)a) | (~yes & (choice)b));
}

static INLINED two lower(two a, two b)
{
    return pick(a < b, a, b);
}

// What all tasks of a plane have in common. Whether all are admitted, and what the ceiling is on,
// is known where this is called.
typedef struct common {
    two price, urgency_s, admission, admission_s, ceiling, handicap_s;
} common;

static INLINED two both(double value)
{
    return (two){value, value};
}

static INLINED common common_of(const dcat_state *state, const plane *p)
{
    const dcat_market_config *market = &state->market;
    return (common){both(p->price_per_gigacycle),
                    both(p->urgency_s),
                    both(market->admission_per_gigacycle),
                    both(market->admission_per_gigacycle_s),
                    both(state->world->config.auction.ceiling_per_cycle),
                    both(market->handicap_per_gigacycle_s)};
}

static INLINED void find_two(const common *all, bool limited, bool sloped, bool on_limits,
                             const dcat_task *first, const dcat_task *second, told *told_first,
                             told *told_second)
{
    const two work_cycles = {first->work_cycles, second->work_cycles};
    const two deadline_s = {first->deadline_s, second->deadline_s};
    const two none = both(0.0), gigacycles = work_cycles / DCAT_CYCLES_PER_GIGACYCLE;
    const two fee = all->price * (1.0 + all->urgency_s / deadline_s) * gigacycles;
    two admission_s = both(INFINITY), most = both(INFINITY), clock_fee = fee;
    if (limited) {
        const two spare = fee / gigacycles - all->admission;
        admission_s =
            pick(spare >= none, sloped ? spare / all->admission_s : both(INFINITY), both(-1.0));
    }
    if (on_limits) {
        const two last_s = lower(deadline_s, admission_s);
        most = lower(fee, all->ceiling * work_cycles);
        clock_fee = most + all->handicap_s * pick(last_s > none, last_s, none) * gigacycles;
    }
    *told_first = (told){fee[0], gigacycles[0], admission_s[0], most[0], clock_fee[0]};
    *told_second = (told){fee[1], gigacycles[1], admission_s[1], most[1], clock_fee[1]};
}

static INLINED void find_all(const dcat_state *state, const plane *p, const dcat_task *tasks,
                             size_t count, bool limited, bool sloped, bool on_limits, told *found)
{
    const common all = common_of(state, p);
    size_t n = 0;
    for (; n + 1 < count; n += 2) {
        find_two(&all, limited, sloped, on_limits, &tasks[n], &tasks[n + 1], &found[n],
                 &found[n + 1]);
    }
    if (n < count) {
        find_two(&all, limited, sloped, on_limits, &tasks[n], &tasks[n], &found[n], &found[n]);
    }
}

static void find(const dcat_state *state, const plane *p, const dcat_task *tasks, size_t count,
                 told *found)
{
    const bool limited = !state->admits_all, on_limits = state->on_limits;
    const bool sloped = state->market.admission_per_gigacycle_s > 0.0;
    if (limited && sloped && on_limits) {
        find_all(state, p, tasks, count, true, true, true, found);
    } else if (limited && sloped) {
        find_all(state, p, tasks, count, true, true, false, found);
    } else {
        find_all(state, p, tasks, count, limited, false, on_limits, found);
    }
}

told told_of(const dcat_state *state, const plane *p, const dcat_task *task)
{
    told t;
    find(state, p, task, 1, &t);
    return t;
}

void told_slot(dcat_state *state, const dcat_task *tasks, size_t count)
{
    if (state->plane_count == 1) {
        find(state, state->planes, tasks, count, state->told);
        return;
    }
    for (size_t n = 0; n < count; n++) {
        find(state, state_plane(state, &tasks[n]), &tasks[n], 1, &state->told[n]);
    }
}
