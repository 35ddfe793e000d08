// SPDX-License-Identifier: Apache-2.0
// A share from outside as a row of the library. What it says of a cluster is checked when the
// cluster forms: pay is asked at three points, which a straight line must join.

#include "plugin/plugin.h"

#include "dcat/auction.h"
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dcat_plugged_share {
    dcat_share row;
    dcat_plugin_share from;
    void *self;
    plugin_file file;
    pthread_mutex_t lock; // for those that want one thread, and for failure
    atomic_bool failed;
    dcat_error failure; // the first
};

#define LEAST_SIZE (offsetof(dcat_plugin_share, pay) + sizeof(void *))
#define MAY_PROMISE (1u << DCAT_PROMISE_TRUTHFUL_MEMBERS | 1u << DCAT_PROMISE_MEMBERS)

// Beside the largest of what is added up.
#define SUM_TOLERANCE 1e-9

__attribute__((format(printf, 2, 3))) static void note_failure(dcat_plugged_share *made,
                                                               const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&made->lock);
    if (!atomic_load(&made->failed)) {
        made->failure.status = DCAT_ERR_RANGE;
        vsnprintf(made->failure.message, sizeof made->failure.message, format, arguments);
        atomic_store(&made->failed, true);
    }
    pthread_mutex_unlock(&made->lock);
    va_end(arguments);
}

static dcat_status failure(void *user, dcat_error *err)
{
    dcat_plugged_share *made = user;
    return atomic_load(&made->failed) ? dcat_fail(err, DCAT_ERR_RANGE, "share %s: %s",
                                                  made->row.name, made->failure.message)
                                      : DCAT_OK;
}

// --- what it says

static void enter(dcat_plugged_share *made)
{
    if ((made->from.flags & DCAT_PLUGIN_ONE_THREAD) != 0) {
        pthread_mutex_lock(&made->lock);
    }
}

static void leave(dcat_plugged_share *made)
{
    if ((made->from.flags & DCAT_PLUGIN_ONE_THREAD) != 0) {
        pthread_mutex_unlock(&made->lock);
    }
}

// A cluster whose limit is infinite takes part in nothing: what asked will end.
static double unit_limit(const dcat_share *share, const dcat_share_team *team,
                         const dcat_member *servers, const int32_t *workers)
{
    dcat_plugged_share *made = share->user;
    if (atomic_load_explicit(&made->failed, memory_order_relaxed)) {
        return INFINITY;
    }
    enter(made);
    double limit = made->from.unit_limit(made->self, team, servers, workers);
    leave(made);
    if (!(limit > 0.0 && isfinite(limit))) {
        note_failure(made, "its limit of a cluster must be > 0 and finite, got %.17g", limit);
        return INFINITY;
    }
    return limit;
}

static double pay(const dcat_share *share, const dcat_share_team *team, const dcat_member *member,
                  double work_cycles, double payment)
{
    dcat_plugged_share *made = share->user;
    if (!atomic_load_explicit(&made->failed, memory_order_relaxed)) {
        enter(made);
        double part = made->from.pay(made->self, team, member, work_cycles, payment);
        leave(made);
        if (isfinite(part)) {
            return part;
        }
        note_failure(made, "what it pays a member must be finite, got %.17g", part);
    }
    return payment * (member->speed_hz / team->speed_hz);
}

// --- what it says, checked

// Of a member: a payment + b work_cycles, for a payment of one unit and one cycle.
typedef struct part {
    double of_payment, of_work;
} part;

static part part_of(const dcat_share *share, const dcat_share_team *team, const dcat_member *member,
                    double unit)
{
    double work = pay(share, team, member, 1.0, 0.0);
    return (part){pay(share, team, member, 1.0, unit) - work, work};
}

// The third point: both doubled, and the payment a half more than that.
static void check_line(dcat_plugged_share *made, const dcat_share_team *team,
                       const dcat_member *member, part p, double unit)
{
    double found = pay(&made->row, team, member, 2.0, 3.0 * unit);
    double expected = 3.0 * p.of_payment + 2.0 * p.of_work;
    double size = fmax(unit, fabs(p.of_payment) + fabs(p.of_work));
    if (!(fabs(found - expected) <= SUM_TOLERANCE * size)) {
        note_failure(made,
                     "pay must be a x payment + b x work: payments of 0 and %.17g for 1 cycle make "
                     "%.17g of 3 and 2 times as much, got %.17g",
                     unit, expected, found);
    }
}

static void check_sums(dcat_plugged_share *made, part sum, double size, double unit)
{
    if (!(fabs(sum.of_payment - unit) <= SUM_TOLERANCE * size)) {
        note_failure(made, "members must get all of a payment of %.17g, got %.17g", unit,
                     sum.of_payment);
    } else if (!(fabs(sum.of_work) <= SUM_TOLERANCE * size)) {
        note_failure(made, "members must get nothing of a payment of 0, got %.17g", sum.of_work);
    }
}

// From which payment on nobody loses; the checks go on the way. In units of the dearest cost, so
// that money of any size is asked in its own.
static double unit_break_even(const dcat_share *share, const dcat_share_team *team,
                              const dcat_member *servers, const int32_t *workers)
{
    dcat_plugged_share *made = share->user;
    double unit = team->unit_cost_max > 0.0 ? team->unit_cost_max : 1.0;
    double limit = unit_limit(share, team, servers, workers), least = 0.0, size = unit;
    part sum = {0};
    for (size_t m = 0; m < team->member_count; m++) {
        const dcat_member *member = &servers[workers[m]];
        part p = part_of(share, team, member, unit);
        double load = member->speed_hz / team->speed_hz;
        check_line(made, team, member, p, unit);
        if (p.of_payment < -SUM_TOLERANCE * size) {
            note_failure(made, "a member must not get less of a higher payment, got %.17g of %.17g",
                         p.of_payment, unit);
        }
        double at_limit = p.of_payment / unit * limit + p.of_work;
        if (at_limit < -SUM_TOLERANCE * size) {
            note_failure(made, "a member must not pay, got %.17g at the limit", at_limit);
        }
        double missing = load * member->unit_cost - p.of_work;
        least = fmax(least, p.of_payment > 0.0               ? unit * missing / p.of_payment
                            : missing > SUM_TOLERANCE * size ? INFINITY
                                                             : 0.0);
        sum.of_payment += p.of_payment;
        sum.of_work += p.of_work;
        size = fmax(size, fabs(p.of_payment) + fabs(p.of_work));
    }
    check_sums(made, sum, size, unit);
    return least;
}

// --- opened and closed

static dcat_status check(const dcat_plugin_share *from, dcat_error *err)
{
    if (from->name == NULL || from->name[0] == '\0') {
        return dcat_fail(err, DCAT_ERR_FORMAT, "a plug-in's share has no name");
    }
    if (from->unit_limit == NULL || from->pay == NULL) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "share %s of a plug-in: %s is missing", from->name,
                         from->unit_limit == NULL ? "unit_limit" : "pay");
    }
    if ((from->promises & ~MAY_PROMISE) != 0) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "share %s of a plug-in: promises has bits that no share can keep: %#x",
                         from->name, from->promises);
    }
    if (from->by_tariff > 1) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "share %s of a plug-in: by_tariff must be 0 or 1, got %u", from->name,
                         from->by_tariff);
    }
    return DCAT_OK;
}

static dcat_status create(const dcat_plugin_share *from, dcat_plugged_share **made, dcat_error *err)
{
    dcat_plugged_share *own = calloc(1, sizeof *own);
    if (own == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    dcat_status status = plugin_take("share", from, LEAST_SIZE, &own->from, sizeof own->from, err);
    if (status == DCAT_OK) {
        status = check(&own->from, err);
    }
    if (status != DCAT_OK) {
        free(own);
        return status;
    }
    pthread_mutex_init(&own->lock, NULL);
    own->row = (dcat_share){
        DCAT_SIZED(dcat_share),
        .name = own->from.name,
        .summary = own->from.summary != NULL ? own->from.summary : "",
        .by_tariff = own->from.by_tariff != 0,
        .covers = (own->from.promises & 1u << DCAT_PROMISE_MEMBERS) != 0,
        .truthful = (own->from.promises & 1u << DCAT_PROMISE_TRUTHFUL_MEMBERS) != 0,
        .unit_limit = unit_limit,
        .unit_break_even = unit_break_even,
        .pay = pay,
        .user = own,
        .failure = failure,
    };
    *made = own;
    return DCAT_OK;
}

dcat_status dcat_plugged_share_of(const dcat_plugin_share *from, void *self,
                                  dcat_plugged_share **made, dcat_error *err)
{
    dcat_plugged_share *own = NULL;
    dcat_status status = create(from, &own, err);
    if (status == DCAT_OK) {
        own->self = self;
        own->from.close = NULL;
        *made = own;
    }
    return status;
}

static dcat_status load(const plugin_file *file, dcat_plugged_share **made, dcat_error *err)
{
    const dcat_plugin_share *from = plugin_find(file, "share", file->plugin.shares, err);
    if (from == NULL) {
        return DCAT_ERR_NOT_FOUND;
    }
    dcat_status status = create(from, made, err);
    if (status == DCAT_OK && (*made)->from.open != NULL) {
        status = (*made)->from.open(&plugin_host, file->arguments, &(*made)->self, err);
        if (status != DCAT_OK) {
            (*made)->from.close = NULL; // what could not be opened has nothing to close
            dcat_plugged_share_close(*made);
        }
    }
    if (status == DCAT_OK) {
        (*made)->file = *file;
    }
    return status;
}

dcat_status dcat_plugged_share_load(const char *text, dcat_plugged_share **made, dcat_error *err)
{
    plugin_file file;
    dcat_plugged_share *own = NULL;
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

void dcat_plugged_share_close(dcat_plugged_share *made)
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

void dcat_plugged_share_forget(dcat_plugged_share *made)
{
    atomic_store(&made->failed, false);
}

const dcat_share *dcat_plugged_share_row(const dcat_plugged_share *made)
{
    return &made->row;
}
