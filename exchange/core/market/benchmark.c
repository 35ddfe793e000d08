// SPDX-License-Identifier: Apache-2.0
// Benchmarks that servers show when they join. Where they are required a server works on the
// classes whose benchmark it has shown, and until it has receipts at most as fast as they say.
//
// Choice: what one showed is kept by unit and class, as a part of what the unit declares, as it is
// of receipts; and it counts from the next seal on, as its asks do.
#include "exchange/core/object.h"

static bool is_valid(const exchange *x, const exchange_benchmark *b, const server_record *s)
{
    return b->class_id >= 0 && (size_t)b->class_id < class_count(x) &&
           has_unit(x, s, exchange_class_pool(&x->config, b->class_id)) && b->unit_hz > 0 &&
           b->unit_hz <= EXCHANGE_SPEED_HZ_MAX;
}

exchange_result on_benchmark(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    (void)sink;
    const exchange_benchmark *b = &event->benchmark;
    if (b->server < 0 || b->server >= x->core.server_count) {
        return refused(CODE_NOT_FOUND);
    }
    server_record *s = &x->servers[b->server];
    if (s->party != event->actor) {
        return refused(CODE_FORBIDDEN);
    }
    if (!is_valid(x, b, s)) {
        return refused(CODE_OUT_OF_RANGE);
    }
    if (b->nonce <= s->nonce) {
        return refused(CODE_STALE_NONCE);
    }
    s->nonce = b->nonce;
    s->shown_hz[b->class_id] = b->unit_hz;
    return done(b->server);
}

static uint64_t shown_classes(const exchange *x, const server_record *s)
{
    uint64_t classes = 0;
    for (size_t q = 0; q < class_count(x); q++) {
        classes |= (uint64_t)(s->shown_hz[q] > 0) << q;
    }
    return classes;
}

void benchmark_seal(const exchange *x, server_record *s)
{
    s->shown_sealed = shown_classes(x, s);
}

uint64_t benchmark_classes(const exchange *x, const server_record *s, bool in_force)
{
    return !x->config.benchmark ? UINT64_MAX : in_force ? s->shown_in_force : s->shown_sealed;
}

bool benchmark_lets(const exchange *x, const server_record *s, int32_t pool)
{
    bool some = !x->config.benchmark;
    for (size_t q = 0; !some && q < class_count(x); q++) {
        some = s->shown_hz[q] > 0 && exchange_class_pool(&x->config, (int32_t)q) == pool;
    }
    return some;
}

uint16_t benchmark_part(const exchange *x, int32_t server, int32_t class_id)
{
    const server_record *s = &x->servers[server];
    if (!x->config.benchmark || s->shown_hz[class_id] == 0) {
        return 0;
    }
    int32_t pool = exchange_class_pool(&x->config, class_id);
    return speed_sample((double)s->shown_hz[class_id] / (double)size_of(x, s, pool).speed_hz);
}

int64_t exchange_benchmark_hz(const exchange *x, int32_t server, int32_t class_id)
{
    return server >= 0 && server < x->core.server_count && class_id >= 0 &&
                   (size_t)class_id < class_count(x)
               ? x->servers[server].shown_hz[class_id]
               : 0;
}

bool exchange_trusts(const exchange *x, int32_t server)
{
    bool shown = !x->config.benchmark || shown_classes(x, &x->servers[server]) != 0;
    return shown && bond_covers(x, server);
}
