// SPDX-License-Identifier: Apache-2.0
// What time brings: slots and cycles.
#include "exchange/live/writer.h"

static bool apply_own(live *l, const exchange_event *event, const exchange_note *note)
{
    exchange_result result;
    live_apply(l, event, note, &result);
    return result.code == CODE_DONE;
}

// ---- cycles

// How many could take part: no cycle is sealed for nobody.
static int32_t count_asking(const exchange *x)
{
    int32_t count = 0;
    for (int32_t i = 0; i < exchange_server_count(x); i++) {
        exchange_server_view s;
        count += exchange_server_find(x, i, &s) &&
                 (s.state == SERVER_ADMITTED || s.state == SERVER_ACTIVE) &&
                 (s.ask.state != ASK_NONE || s.next.state != ASK_NONE) && exchange_trusts(x, i);
    }
    return count;
}

static void seal(live *l, const exchange *x, int64_t now_ns)
{
    const exchange_event event = {.kind = EVENT_SEAL, .actor = EXCHANGE_SELF, .at_ns = now_ns};
    if (apply_own(l, &event, NULL)) {
        const exchange_cut_config config =
            exchange_store_cut_config(l->store, l->config.world_seed);
        int64_t slot = exchange_time(x).slot;
        decider_begin(l->decider, x, &config, slot - l->sealed_slot);
        l->sealed_slot = slot;
    }
}

// Choice: whoever drained, went silent or came since the seal does not stop the cut: it is in force
// or not by what was sealed, and who is out of service is left out slot by slot.
static void enter(live *l, int64_t now_ns)
{
    const decision made = decider_take(l->decider);
    live_histogram_add(&l->figures.recluster, live_seconds, made.took_s);
    l->figures.checks++;
    char policy[DCAT_POLICY_TEXT_SIZE];
    dcat_policy by = *l->config.policy;
    if (made.by != NULL && made.by != by.clusterer) {
        by.clusterer = made.by;
        by.name = NULL;
    }
    dcat_policy_text(&by, policy);
    const exchange_event event = {
        .kind = EVENT_CYCLE, .actor = EXCHANGE_SELF, .at_ns = now_ns, .cut = made.cut};
    const exchange_note note = {.name = policy};
    if (made.cut != NULL && apply_own(l, &event, &note)) {
        l->figures.span_most_m = made.span_most_m;
        l->figures.span_mean_m = made.span_mean_m;
    } else {
        exchange_cut_destroy(made.cut);
        l->figures.late++;
    }
    l->next_cycle_ns = (now_ns / l->config.cycle_ns + 1) * l->config.cycle_ns;
}

// Choice: the first cycle waits until in a slot nobody came any more, so that who begins together
// is in it together.
static void tick_cycle(live *l, const exchange *x, int64_t now_ns, int64_t slot_ns)
{
    decider_state state = decider_look(l->decider);
    bool first = exchange_time(x).cycle == 0;
    int32_t before = l->asking;
    if (state == DECIDER_IDLE && (first || now_ns >= l->next_cycle_ns - slot_ns)) {
        l->asking = count_asking(x);
        if (l->asking > 0 && (!first || l->asking == before)) {
            seal(l, x, now_ns);
        }
    } else if (state == DECIDER_DONE && (first || now_ns >= l->next_cycle_ns)) {
        enter(l, now_ns);
    } else if (state == DECIDER_WORKS && now_ns >= l->next_cycle_ns) {
        l->figures.late += !first; // the old clusters stay
    }
}

// ---- answers that are kept

#define KEPT_NS (INT64_C(7) * 86400 * 1000000000)
#define FORGET_EVERY_NS (INT64_C(3600) * 1000000000)

static void forget(live *l, int64_t now_ns)
{
    dcat_error err = {0};
    if (now_ns - l->forgot_ns < FORGET_EVERY_NS) {
        return;
    }
    l->forgot_ns = now_ns;
    if (exchange_store_forget_answers(l->store, now_ns - KEPT_NS, &err) != DCAT_OK) {
        live_die("the log cannot be written", &err);
    }
}

// ---- figures

static void remember(live *l, const exchange *x, int64_t now_ns)
{
    if (live_history_is_due(&l->history, now_ns)) {
        const live_sample sample =
            live_sample_of(x, &l->figures, exchange_store_size(l->store), now_ns);
        live_history_add(&l->history, &sample);
    }
}

// ---- slots

void live_tick(live *l, int64_t now_ns)
{
    const exchange *x = exchange_store_view(l->store);
    int64_t slot_ns = exchange_store_setup_view(l->store)->config.slot_ns;
    int64_t number = now_ns / slot_ns, last = exchange_time(x).slot;
    enum mode_state mode = exchange_mode(x);
    if (number <= last || mode == MODE_STARTING || mode == MODE_STOPPED) {
        return;
    }
    forget(l, now_ns);
    tick_cycle(l, x, now_ns, slot_ns);
    const exchange_event event = {
        .kind = EVENT_SLOT, .actor = EXCHANGE_SELF, .at_ns = now_ns, .slot = {.number = number}};
    int64_t before_ns = live_now_ns(l);
    if (apply_own(l, &event, NULL)) {
        live_histogram_add(&l->figures.slot, live_seconds,
                           (double)(live_now_ns(l) - before_ns) / 1e9);
        l->figures.slots++;
        remember(l, x, now_ns);
        live_canaries_draw(l);
        l->figures.slots_skipped += last > 0 ? (uint64_t)(number - last - 1) : 0;
    }
}
