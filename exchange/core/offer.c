// SPDX-License-Identifier: Apache-2.0
// What goes with a server's asks: until when it is there, below which price never, how long a
// notice before it is taken back.
#include "exchange/core/object.h"

static bool is_valid(const exchange_offer *offer, const server_record *s, int64_t now_ns)
{
    int32_t cores = s->machine.core_count, cards = s->machine.card_count;
    return (offer->until_ns == 0 || offer->until_ns > now_ns) &&
           offer->until_ns <= EXCHANGE_TIME_MAX && offer->notice_ns >= 0 &&
           offer->notice_ns <= EXCHANGE_TIME_MAX / 16 && offer->floor >= 0 &&
           offer->floor <= DCAT_MONEY_MAX && offer->min_count >= 0 &&
           offer->min_count <= (cores > cards ? cores : cards);
}

exchange_result on_offer(exchange *x, const exchange_event *event, const exchange_sink *sink)
{
    (void)sink;
    int32_t server = event->offer.server;
    if (server < 0 || server >= x->core.server_count) {
        return refused(CODE_NOT_FOUND);
    }
    server_record *s = &x->servers[server];
    if (s->party != event->actor) {
        return refused(CODE_FORBIDDEN);
    }
    if (!is_valid(&event->offer, s, event->at_ns)) {
        return refused(CODE_OUT_OF_RANGE);
    }
    s->offer = event->offer;
    return done(server);
}

// Choice: the floor is in the unit of the ask, and a formula, whose price nobody knows before, is
// below every one.
bool offer_allows(const server_record *s, int32_t per, dcat_money micro)
{
    return s->offer.floor == 0 || (per != PER_FORMULA && micro >= s->offer.floor);
}

bool offer_excuses(const server_record *s, int64_t now_ns)
{
    return s->state == SERVER_DRAINING && s->offer.notice_ns > 0 &&
           now_ns - s->drained_ns >= s->offer.notice_ns;
}

// Choice: what was awarded before the end is finished; nothing new is.
void offer_end(exchange *x, const exchange_sink *sink, int64_t now_ns)
{
    for (int32_t i = 0; i < x->core.server_count; i++) {
        server_record *s = &x->servers[i];
        if (s->offer.until_ns == 0 || s->offer.until_ns > now_ns) {
            continue;
        }
        s->offer.until_ns = 0; // once
        if (server_go(x, sink, i, SERVER_ON_DRAIN)) {
            s->drained_ns = now_ns;
            server_leave_if_empty(x, sink, i);
        }
    }
}
