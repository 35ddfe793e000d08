// SPDX-License-Identifier: Apache-2.0
// What servers declare, and what they do: the world gets the lesser of the declared speed times the
// efficiency of the class and the 10th percentile of what the last receipts of that class showed.
//
// Choice: time counts by the exchange's clock, from the report that a part started to its receipt,
// so that no agent's clock makes anybody fast; and up to a slot more than promised is as promised,
// since reports take their time and promises hold to a slot. It is kept by unit and class: who is
// honest at one and lies about another is believed at the first alone. A unit is as fast as at the
// best of its classes, and slower at the others by their efficiency; so an ask per giga-cycle holds
// for its best class, and where it is slower counts for the time that its work takes.
#include "exchange/core/object.h"

#include <math.h>
#include <stdlib.h>

uint16_t speed_sample(double part)
{
    uint16_t sample = (uint16_t)(part < 1.0 ? part * SPEED_WHOLE : SPEED_WHOLE);
    return (uint16_t)(sample + (sample == 0)); // 0 would be as declared
}

static speed_record *speed_at(const exchange *x, int32_t server, int32_t class_id)
{
    return &x->speeds[(size_t)server * class_count(x) + (size_t)class_id];
}

void speed_note(exchange *x, const task_record *t, const part_record *p, int64_t at_ns)
{
    speed_record *speed = speed_at(x, p->server, t->class_id);
    double part = p->speed_bp == 0 ? 1.0 : (double)p->speed_bp / SPEED_WHOLE;
    double declared_s = t->processing_s * part; // what it would take at the declared speed
    double took_s = seconds(at_ns - p->started_ns) - seconds(x->config.slot_ns);
    double measured = took_s <= declared_s ? 1.0 : declared_s / took_s;
    speed->samples[speed->next] = speed_sample(measured);
    speed->next = (uint8_t)((speed->next + 1) % SPEED_SAMPLES);
    speed->count = speed->count < SPEED_SAMPLES ? (uint8_t)(speed->count + 1) : speed->count;
}

static int compare(const void *a, const void *b)
{
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

// Choice: nobody is judged by fewer than ten receipts, of which one may be bad luck.
static void seal(speed_record *speed, uint16_t shown)
{
    uint16_t sorted[SPEED_SAMPLES];
    if (speed->count < SPEED_SAMPLES_LEAST) {
        speed->sealed = shown < SPEED_WHOLE ? shown : 0;
        return;
    }
    for (int i = 0; i < speed->count; i++) {
        sorted[i] = speed->samples[i];
    }
    qsort(sorted, speed->count, sizeof *sorted, compare);
    uint16_t measured = sorted[speed->count / 10];
    speed->sealed = measured < SPEED_WHOLE ? measured : 0;
}

void speed_seal(exchange *x, int32_t server)
{
    for (size_t q = 0; q < class_count(x); q++) {
        seal(speed_at(x, server, (int32_t)q), benchmark_part(x, server, (int32_t)q));
    }
}

void speed_enter(exchange *x, int32_t server)
{
    for (size_t q = 0; q < class_count(x); q++) {
        speed_record *speed = speed_at(x, server, (int32_t)q);
        speed->in_force = speed->sealed;
    }
}

uint16_t speed_part(const exchange *x, const server_record *s, int32_t class_id, bool in_force)
{
    const speed_record *speed = speed_at(x, (int32_t)(s - x->servers), class_id);
    return in_force ? speed->in_force : speed->sealed;
}

// Of the best class of a pool, as above. A class that it does not work on is none of its own.
static uint16_t best_part(const exchange *x, const server_record *s, int32_t pool, bool in_force)
{
    uint16_t best = 0;
    uint64_t barred = s->barred | ~benchmark_classes(x, s, in_force);
    for (size_t q = 0; q < class_count(x); q++) {
        uint16_t part = speed_part(x, s, (int32_t)q, in_force);
        if (exchange_class_pool(&x->config, (int32_t)q) != pool || (barred >> q & 1) != 0) {
            continue;
        }
        if (part == 0) {
            return 0;
        }
        best = part > best ? part : best;
    }
    return best;
}

double speed_measured(const exchange *x, const server_record *s, int32_t pool, bool in_force,
                      double declared_hz)
{
    uint16_t part = best_part(x, s, pool, in_force);
    // Or its very bits; and never so slow that a whole number of it is nothing.
    return part == 0 ? declared_hz : fmax(1.0, declared_hz * part / SPEED_WHOLE);
}

double speed_beside_best(const exchange *x, const server_record *s, int32_t class_id, bool in_force)
{
    uint16_t best = best_part(x, s, exchange_class_pool(&x->config, class_id), in_force);
    uint16_t own = speed_part(x, s, class_id, in_force);
    double whole = best == 0 ? SPEED_WHOLE : best;
    return own == 0 || own >= whole ? 1.0 : own / whole;
}
