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
    two now_s, price, urgency_s, admission, admission_s, ceiling, handicap_s;
} common;

static INLINED two both(double value)
{
    return (two){value, value};
}

static INLINED common common_of(const dcat_state *state, const plane *p, double now_s)
{
    const dcat_market_config *market = &state->market;
    return (common){both(now_s),
                    both(p->price_per_gigacycle),
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
    const two since_s = all->now_s - (two){first->arrival_s, second->arrival_s};
    const two none = both(0.0), late_s = pick(since_s > none, since_s, none);
    const two gigacycles = work_cycles / DCAT_CYCLES_PER_GIGACYCLE;
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
    *told_first = (told){work_cycles[0], gigacycles[0],  deadline_s[0], late_s[0],
                         fee[0],         admission_s[0], most[0],       clock_fee[0]};
    *told_second = (told){work_cycles[1], gigacycles[1],  deadline_s[1], late_s[1],
                          fee[1],         admission_s[1], most[1],       clock_fee[1]};
}

static INLINED void find_all(const dcat_state *state, const plane *p, double now_s,
                             const dcat_task *tasks, size_t count, bool limited, bool sloped,
                             bool on_limits, told *found)
{
    const common all = common_of(state, p, now_s);
    size_t n = 0;
    for (; n + 1 < count; n += 2) {
        find_two(&all, limited, sloped, on_limits, &tasks[n], &tasks[n + 1], &found[n],
                 &found[n + 1]);
    }
    if (n < count) {
        find_two(&all, limited, sloped, on_limits, &tasks[n], &tasks[n], &found[n], &found[n]);
    }
}

static void find(const dcat_state *state, const plane *p, double now_s, const dcat_task *tasks,
                 size_t count, told *found)
{
    const bool limited = !state->admits_all, on_limits = state->on_limits;
    const bool sloped = state->market.admission_per_gigacycle_s > 0.0;
    if (limited && sloped && on_limits) {
        find_all(state, p, now_s, tasks, count, true, true, true, found);
    } else if (limited && sloped) {
        find_all(state, p, now_s, tasks, count, true, true, false, found);
    } else {
        find_all(state, p, now_s, tasks, count, limited, false, on_limits, found);
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
