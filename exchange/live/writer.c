// SPDX-License-Identifier: Apache-2.0
// The one thread that changes anything.
#include "exchange/live/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHECKS_S 15 // between comments to who listens

_Noreturn void live_die(const char *what, const dcat_error *err)
{
    fprintf(stderr, "dcat: %s: %s\n", what, err->message);
    fflush(stderr);
    _exit(1);
}

// ---- one event

// What an agent said of its part, and asks before they are in force, nobody else is told of.
static bool is_told(const exchange_step *step)
{
    return step->machine == MACHINE_PART ? step->to != PART_ACKNOWLEDGED &&
                                               step->to != PART_STARTED && step->to != PART_FINISHED
           : step->machine == MACHINE_ASK ? step->to == ASK_IN_FORCE
                                          : true;
}

static void stage_step(live *l, const exchange_step *step, int64_t seq)
{
    const exchange *x = exchange_store_view(l->store);
    live_note note = {.seq = seq,
                      .id = step->id,
                      .attempt = step->attempt,
                      .server = step->server,
                      .state = step->to};
    exchange_task_view task;
    exchange_server_view server;
    switch (step->machine) {
    case MACHINE_TASK:
        note.kind = NOTE_TASK;
        note.party = exchange_task_find(x, step->id, &task) ? task.party : LIVE_NOBODY;
        break;
    case MACHINE_PART:
        note.kind = NOTE_PART;
        note.party = exchange_server_find(x, step->server, &server) ? server.party : LIVE_NOBODY;
        break;
    case MACHINE_SERVER:
    case MACHINE_ASK:
        note.kind = step->machine == MACHINE_ASK ? NOTE_ASK : NOTE_SERVER;
        note.party =
            exchange_server_find(x, (int32_t)step->id, &server) ? server.party : LIVE_NOBODY;
        break;
    case MACHINE_MODE:
        note.kind = NOTE_MODE;
        note.party = LIVE_EVERYBODY;
        break;
    default:
        return;
    }
    live_hub_stage(l->hub, &note);
}

static void stage(live *l, const exchange_event *event, const exchange_told *led_to, int64_t id)
{
    int64_t seq = (int64_t)exchange_store_size(l->store);
    for (size_t i = 0; i < led_to->step_count; i++) {
        if (is_told(&led_to->steps[i])) {
            stage_step(l, &led_to->steps[i], seq);
        }
    }
    if (event->kind == EVENT_CYCLE || event->kind == EVENT_SLOT) {
        const live_note note = {
            .seq = seq,
            .id = event->kind == EVENT_CYCLE ? id : event->slot.number,
            .party = LIVE_EVERYBODY,
            .count = (int32_t)led_to->award_count,
            .kind = event->kind == EVENT_CYCLE ? NOTE_CYCLE : NOTE_SLOT,
        };
        live_hub_stage(l->hub, &note);
    }
}

void live_apply(live *l, const exchange_event *event, const exchange_note *note,
                exchange_result *result)
{
    dcat_error err = {0};
    if (exchange_store_apply(l->store, event, note, result, &err) != DCAT_OK) {
        live_die("the log cannot be written", &err);
    }
    if (result->code != CODE_DONE) {
        l->figures.refusals[result->code]++;
        return;
    }
    const exchange_told *led_to = exchange_store_told(l->store);
    live_figures_count(&l->figures, exchange_store_view(l->store), led_to);
    stage(l, event, led_to, result->id);
    if (event->kind == EVENT_SUBMIT) {
        decider_saw(l->decider, event);
    }
}

// ---- a command

static void apply_item(live *l, live_item *item, int64_t now_ns)
{
    if (item->refusal != 0) {
        return;
    }
    item->event.at_ns = now_ns;
    if (item->note.sealed != NULL) {
        item->note.sealed = item->sealed;
    }
    live_apply(l, &item->event, &item->note, &item->result);
    item->seq = (int64_t)exchange_store_size(l->store);
    const exchange *x = exchange_store_view(l->store);
    if (item->event.kind == EVENT_SUBMIT) {
        exchange_task_find(x, item->result.id, &item->task);
    }
    if (item->event.kind == EVENT_REGISTER && item->result.code == CODE_DONE &&
        l->config.admit_all) {
        const exchange_event admit = {.kind = EVENT_ADMIT,
                                      .actor = EXCHANGE_SELF,
                                      .at_ns = now_ns,
                                      .server = {(int32_t)item->result.id}};
        exchange_result result;
        live_apply(l, &admit, NULL, &result);
    }
}

// Whether the answer is an old one.
static bool was_answered(live *l, live_command *command)
{
    command->repeated = CODE_DONE;
    if (command->answer.key_bytes == 0) {
        return false;
    }
    command->repeated = exchange_store_answered(l->store, &command->answer);
    if (command->repeated == CODE_REPEATED) {
        command->kept_text = malloc(command->answer.text_bytes + 1);
        if (command->kept_text != NULL) {
            memcpy(command->kept_text, command->answer.text, command->answer.text_bytes);
            command->kept_text[command->answer.text_bytes] = '\0';
        }
        command->answer.text = command->kept_text;
    }
    return command->repeated != CODE_DONE;
}

static void keep_answer(live *l, live_command *command)
{
    dcat_error err = {0};
    bool all_done = true;
    for (size_t i = 0; i < command->count; i++) {
        all_done = all_done && command->items[i].refusal == 0 &&
                   command->items[i].result.code == CODE_DONE;
    }
    if (all_done && command->render(command) &&
        exchange_store_answer(l->store, &command->answer, &err) != DCAT_OK) {
        live_die("the log cannot be written", &err);
    }
}

static void run(live *l, live_command *command, int64_t now_ns)
{
    if (was_answered(l, command)) {
        return;
    }
    for (size_t i = 0; i < command->count; i++) {
        apply_item(l, &command->items[i], now_ns);
    }
    if (command->answer.key_bytes > 0) {
        keep_answer(l, command);
    }
}

// ---- a batch

static double seconds_since(int64_t before_ns)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec * INT64_C(1000000000) + now.tv_nsec - before_ns) / 1e9;
}

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void commit(live *l)
{
    dcat_error err = {0};
    int64_t before_ns = monotonic_ns();
    if (exchange_store_commit(l->store, &err) != DCAT_OK) {
        live_die("the log cannot be written", &err);
    }
    live_histogram_add(&l->figures.commit, live_seconds, seconds_since(before_ns));
    l->figures.commits++;
}

// What need not be done before the answers: a snapshot when one is due, and the WAL's way home.
static void rest(live *l)
{
    dcat_error err = {0};
    pthread_mutex_lock(&l->lock);
    if (exchange_store_rest(l->store, &err) != DCAT_OK) {
        live_die("the log cannot be written", &err);
    }
    pthread_mutex_unlock(&l->lock);
}

// ---- checkpoints

// Have all that is committed signed.
static void ask_for_checkpoint(live *l)
{
    const merkle_hash root = exchange_store_root(l->store);
    signer_ask(l->signer, exchange_store_size(l->store), &root);
}

// Write what was signed with the next commit; false: there is nothing.
static bool write_checkpoint(live *l, bool wait)
{
    const exchange_signed *made = signer_look(l->signer, wait);
    dcat_error err = {0};
    if (made == NULL) {
        return false;
    }
    if (exchange_store_sign(l->store, made, &err) != DCAT_OK) {
        live_die("the log cannot be written", &err);
    }
    if (made->note != NULL) {
        l->figures.signed_size = made->size;
        l->figures.signed_ns = live_now_ns(l);
    }
    return true;
}

// Before the end: what came after the last slot, too.
static void sign_rest(live *l)
{
    ask_for_checkpoint(l);
    while (write_checkpoint(l, true)) {
        commit(l);
        signer_stored(l->signer);
    }
}

// What was signed and is on the disk, to all.
static void tell_checkpoint(live *l)
{
    const live_note note = {.seq = (int64_t)exchange_store_size(l->store),
                            .id = (int64_t)l->figures.signed_size,
                            .party = LIVE_EVERYBODY,
                            .kind = NOTE_CHECKPOINT};
    live_hub_stage(l->hub, &note);
}

static void write_batch(live *l, live_command *first, int32_t count)
{
    pthread_mutex_lock(&l->lock);
    uint64_t before = exchange_store_size(l->store), slots = l->figures.slots;
    uint64_t under = l->figures.signed_size;
    bool signed_ = write_checkpoint(l, false);
    live_tick(l, live_now_ns(l));
    int64_t now_ns = live_now_ns(l);
    live_canaries_submit(l, now_ns);
    size_t items = 0;
    for (live_command *c = first; c != NULL; c = c->next) {
        run(l, c, now_ns);
        items += c->count;
    }
    if (exchange_store_size(l->store) > before || signed_) {
        commit(l);
    }
    if (items > 0) {
        live_histogram_add(&l->figures.batch, live_counts, (double)items);
    }
    bool news = l->figures.signed_size > under;
    if (news) {
        tell_checkpoint(l);
    }
    if (signed_) {
        signer_stored(l->signer);
    }
    if (l->figures.slots > slots) { // one checkpoint a slot
        ask_for_checkpoint(l);
    }
    l->figures.batch_commands += (uint64_t)count;
    for (live_command *c = first; c != NULL; c = c->next) {
        live_histogram_add(&l->figures.accept, live_seconds, seconds_since(c->pushed_ns));
    }
    int64_t size = (int64_t)exchange_store_size(l->store);
    pthread_mutex_unlock(&l->lock);
    if ((uint64_t)size > before || news) {
        live_hub_publish(l->hub, size);
    }
    while (first != NULL) { // whoever is told may free it at once
        live_command *next = first->next;
        if (first->backup != NULL) {
            backuper_take(l->backuper, first);
        } else {
            first->done(first);
        }
        first = next;
    }
    rest(l);
}

void *live_write(void *user)
{
    live *l = user;
    int64_t slot_ns = exchange_store_setup_view(l->store)->config.slot_ns;
    int64_t checked_ns = live_now_ns(l);
    bool stopped = false;
    ask_for_checkpoint(l);
    while (!stopped) {
        int64_t now_ns = live_now_ns(l), next_ns = (now_ns / slot_ns + 1) * slot_ns;
        int64_t canary_ns = live_canaries_next_ns(l);
        next_ns = canary_ns < next_ns ? canary_ns : next_ns;
        int32_t count = 0;
        live_command *first = queue_take(&l->queue, next_ns + l->monotonic_ns, &count, &stopped);
        write_batch(l, first, count);
        if (now_ns - checked_ns > CHECKS_S * INT64_C(1000000000)) {
            checked_ns = now_ns;
            live_hub_wake_all(l->hub);
        }
    }
    sign_rest(l);
    dcat_error err = {0};
    if (exchange_store_snapshot(l->store, &err) != DCAT_OK) { // so that the next start is quick
        live_die("the log cannot be written", &err);
    }
    return NULL;
}
