// SPDX-License-Identifier: Apache-2.0
// An auction from outside as a row of the library. Choice: it stands under the public ceiling, as
// rea-s does, since that is the platform's promise and not the rule's.

#include "plugin/plugin.h"

#include "dcat/x/clock.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct dcat_plugged_auction {
    dcat_auction row;
    dcat_plugin_auction from;
    void *self;
    plugin_file file;
    pthread_mutex_t lock; // for those that want one thread, and for failure
    atomic_bool failed;
    dcat_error failure; // the first
};

#define LEAST_SIZE (offsetof(dcat_plugin_auction, run) + sizeof(void *))

static double start_price(const dcat_auction_rules *rules, double fee, double work_cycles)
{
    return dcat_auction_reserve(&rules->config, fee, work_cycles);
}

// --- what it says, checked

static dcat_status check_result(const dcat_auction_result *result, const dcat_auction_input *input,
                                double reserve, dcat_error *err)
{
    if ((unsigned)result->outcome >= DCAT_AUCTION_OUTCOME_COUNT) {
        return dcat_fail(err, DCAT_ERR_RANGE, "it ended with outcome %d, which there is not",
                         (int)result->outcome);
    }
    if (result->outcome != DCAT_AUCTION_SOLD) {
        return DCAT_OK;
    }
    if (result->winner < 0 || (size_t)result->winner >= input->bidder_count) {
        return dcat_fail(err, DCAT_ERR_RANGE, "its winner must be in [0, %zu), got %d",
                         input->bidder_count, result->winner);
    }
    double bid = input->bid[result->winner];
    if (!(result->clearing_price >= bid && result->clearing_price <= reserve)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "its price must be from the winner's bid %.17g to the reserve %.17g, got "
                         "%.17g",
                         bid, reserve, result->clearing_price);
    }
    return DCAT_OK;
}

static void note_failure(dcat_plugged_auction *made, const dcat_error *failure)
{
    pthread_mutex_lock(&made->lock);
    if (!atomic_load(&made->failed)) {
        made->failure = *failure;
        atomic_store(&made->failed, true);
    }
    pthread_mutex_unlock(&made->lock);
}

static dcat_status failure(void *user, dcat_error *err)
{
    dcat_plugged_auction *made = user;
    return atomic_load(&made->failed) ? dcat_fail(err, made->failure.status, "auction %s: %s",
                                                  made->row.name, made->failure.message)
                                      : DCAT_OK;
}

static const dcat_auction_result nobody = {.outcome = DCAT_AUCTION_NO_BIDDER, .winner = -1};

static dcat_auction_result run(const dcat_auction_rules *rules, const dcat_auction_input *input)
{
    dcat_plugged_auction *made = input->user;
    if (input->bidder_count == 0) {
        return (dcat_auction_result){.outcome = DCAT_AUCTION_NO_CANDIDATE, .winner = -1};
    }
    if (atomic_load_explicit(&made->failed, memory_order_relaxed)) {
        return nobody; // what asked will end; nothing more is to be had from it
    }
    dcat_auction_input seen = *input;
    seen.user = NULL; // that is the host's own
    bool alone = (made->from.flags & DCAT_PLUGIN_ONE_THREAD) != 0;
    if (alone) {
        pthread_mutex_lock(&made->lock);
    }
    dcat_auction_result result = made->from.run(made->self, rules, &seen);
    if (alone) {
        pthread_mutex_unlock(&made->lock);
    }
    dcat_error wrong = {0};
    double reserve = start_price(rules, input->fee, input->work_cycles);
    if (check_result(&result, input, reserve, &wrong) != DCAT_OK) {
        note_failure(made, &wrong);
        return nobody;
    }
    if (result.outcome != DCAT_AUCTION_SOLD) {
        result.winner = -1;
        result.clearing_price = 0.0;
    }
    return result;
}

// --- opened and closed

static dcat_status check(const dcat_plugin_auction *from, dcat_error *err)
{
    if (from->name == NULL || from->name[0] == '\0') {
        return dcat_fail(err, DCAT_ERR_FORMAT, "a plug-in's auction has no name");
    }
    if (from->run == NULL) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "auction %s of a plug-in: run is missing",
                         from->name);
    }
    if ((unsigned)from->limit >= DCAT_LIMIT_RULE_COUNT) {
        return dcat_fail(err, DCAT_ERR_RANGE, "auction %s of a plug-in: limit must be below %d",
                         from->name, DCAT_LIMIT_RULE_COUNT);
    }
    if (from->promises >> DCAT_PROMISE_COUNT != 0) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "auction %s of a plug-in: promises has bits that nobody knows: %#x",
                         from->name, from->promises);
    }
    return DCAT_OK;
}

static dcat_status create(const dcat_plugin_auction *from, dcat_plugged_auction **made,
                          dcat_error *err)
{
    dcat_plugged_auction *own = calloc(1, sizeof *own);
    if (own == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    dcat_status status =
        plugin_take("auction", from, LEAST_SIZE, &own->from, sizeof own->from, err);
    if (status == DCAT_OK) {
        status = check(&own->from, err);
    }
    if (status != DCAT_OK) {
        free(own);
        return status;
    }
    pthread_mutex_init(&own->lock, NULL);
    own->row = (dcat_auction){
        DCAT_SIZED(dcat_auction),
        .name = own->from.name,
        .summary = own->from.summary != NULL ? own->from.summary : "",
        .limit = own->from.limit,
        .under_ceiling = true,
        .start_price = start_price,
        .run = run,
        .promises = own->from.promises,
        .user = own,
        .failure = failure,
    };
    *made = own;
    return DCAT_OK;
}

dcat_status dcat_plugged_auction_of(const dcat_plugin_auction *from, void *self,
                                    dcat_plugged_auction **made, dcat_error *err)
{
    dcat_plugged_auction *own = NULL;
    dcat_status status = create(from, &own, err);
    if (status == DCAT_OK) {
        own->self = self;
        own->from.close = NULL;
        *made = own;
    }
    return status;
}

static dcat_status load(const plugin_file *file, dcat_plugged_auction **made, dcat_error *err)
{
    const dcat_plugin_auction *from = plugin_find(file, "auction", file->plugin.auctions, err);
    if (from == NULL) {
        return DCAT_ERR_NOT_FOUND;
    }
    dcat_status status = create(from, made, err);
    if (status == DCAT_OK && (*made)->from.open != NULL) {
        status = (*made)->from.open(&plugin_host, file->arguments, &(*made)->self, err);
        if (status != DCAT_OK) {
            (*made)->from.close = NULL; // what could not be opened has nothing to close
            dcat_plugged_auction_close(*made);
        }
    }
    if (status == DCAT_OK) {
        (*made)->file = *file;
    }
    return status;
}

dcat_status dcat_plugged_auction_load(const char *text, dcat_plugged_auction **made,
                                      dcat_error *err)
{
    plugin_file file;
    dcat_plugged_auction *own = NULL;
    dcat_status status = plugin_file_open(text, &file, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = load(&file, &own, err);
    if (status != DCAT_OK) {
        plugin_file_close(&file);
        return status;
    }
    *made = own;
    return DCAT_OK;
}

void dcat_plugged_auction_close(dcat_plugged_auction *made)
{
    if (made == NULL) {
        return;
    }
    if (made->from.close != NULL) {
        made->from.close(made->self);
    }
    plugin_file_close(&made->file);
    pthread_mutex_destroy(&made->lock);
    free(made);
}

const dcat_auction *dcat_plugged_auction_row(const dcat_plugged_auction *made)
{
    return &made->row;
}
