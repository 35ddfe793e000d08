// SPDX-License-Identifier: Apache-2.0
// Why a task was served by this cluster at this price, or by none, in sentences. Bids stay sealed,
// so they say what the log shows to everybody who may see the task.
#include "exchange/http/answer/explain.h"

#include "exchange/http/out.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { SENTENCE_SIZE = 400 };

typedef struct told_award {
    bool is;
    int64_t slot;
    int cluster, candidates, round;
    dcat_money pay;
} told_award;

typedef struct told_task {
    double work_gigacycles, needed; // needed: NAN where nothing is known that would have worked
    const char *reason;             // nullable
} told_task;

static void say_cluster(const told_award *a, FILE *out)
{
    char text[SENTENCE_SIZE];
    if (a->candidates <= 1) {
        snprintf(text, sizeof text, "Cluster %d was the only one that could finish in time.",
                 a->cluster);
    } else if (a->round == 0) {
        snprintf(text, sizeof text,
                 "%d clusters could finish in time, and cluster %d alone accepted the first price.",
                 a->candidates, a->cluster);
    } else {
        snprintf(text, sizeof text,
                 "%d clusters could finish in time. The price fell until one was left: cluster %d "
                 "accepted the lowest, in round %d.",
                 a->candidates, a->cluster, a->round);
    }
    fputs("\"cluster\":", out);
    out_text(out, text);
}

static void say_price(const http_request *r, const told_task *t, const told_award *a, FILE *out)
{
    const exchange_setup *setup = exchange_store_setup_view(live_store(r->server->live));
    double ceiling = setup->world.auction.ceiling_per_cycle * 1e9;
    double paid = (double)a->pay / DCAT_MONEY_UNIT / t->work_gigacycles;
    char text[SENTENCE_SIZE], top[64] = "the fee";
    if (isfinite(ceiling)) {
        snprintf(top, sizeof top, "the ceiling of %.4g %s per giga-cycle", ceiling,
                 setup->currency);
    }
    snprintf(text, sizeof text,
             "The clock began at no more than %s. %s the cluster is paid %.4g %s per giga-cycle, "
             "whatever its own bid. The user's fee follows the public rule and no bid.",
             top,
             a->candidates <= 1 ? "No rival made it fall:"
             : a->round == 0    ? "No rival was left at its first price:"
                                : "When the last rival left it stood still:",
             paid, setup->currency);
    fputs(",\"price\":", out);
    out_text(out, text);
}

// What would have worked, by the reason.
static void say_instead(const told_task *t, FILE *out)
{
    static const struct {
        const char *reason, *before, *after; // of one number
    } rows[] = {
        {"queues-full", "A deadline of ", " s would have fitted behind the queues as they were."},
        {"too-slow", "Even idle no cluster is fast enough; a deadline of ", " s would have done."},
        {"above-ceiling", "At ",
         " per giga-cycle somebody would have accepted; that is above the ceiling."},
        {"not-admitted", "With a queue of ", " s it would have been admitted."},
        {"min-count", "Work stated for ",
         " cores or cards or more would have been taken; these servers take no smaller tasks."},
    };
    static const struct {
        const char *reason, *text;
    } plain[] = {
        {"no-candidate",
         "No cluster in reach could finish in time: a later deadline, or less data."},
        {"no-bidder", "Every cluster in time asks more than the ceiling: a later deadline lets "
                      "cheaper ones take part."},
        {"no-server-in-reach", "No server is reached from its area: another area."},
        {"no-device", "No server has the device that its class needs."},
        {"over-limit", "The fee is above max_fee_micro: a higher limit, or a later deadline."},
        {"deadline", "It waited until its deadline had passed: a later one, or submit it again."},
        {"all-left", "The last bidders left at the same price: submit it again."},
        {"halted", "The exchange was halted: submit it again when it is open."},
    };
    char text[SENTENCE_SIZE] = "";
    for (size_t i = 0; i < sizeof rows / sizeof *rows && t->reason != NULL; i++) {
        if (strcmp(rows[i].reason, t->reason) == 0 && isfinite(t->needed)) {
            snprintf(text, sizeof text, "%s%.4g%s", rows[i].before, t->needed, rows[i].after);
        }
    }
    for (size_t i = 0; i < sizeof plain / sizeof *plain && t->reason != NULL; i++) {
        if (strcmp(plain[i].reason, t->reason) == 0) {
            snprintf(text, sizeof text, "%s", plain[i].text);
        }
    }
    fputs("\"instead\":", out);
    out_text(out, text[0] != '\0' ? text : NULL);
}

// ---- the rows

static bool read_award(http_request *r, sqlite3 *db, int64_t task, told_award *a)
{
    sqlite3_stmt *s = http_sql(r, db,
                               "SELECT slot,cluster,candidates,round,pay FROM award WHERE task=?"
                               " ORDER BY attempt DESC LIMIT 1");
    if (s == NULL) {
        return false;
    }
    sqlite3_bind_int64(s, 1, task);
    int code = sqlite3_step(s);
    if (code == SQLITE_ROW) {
        *a = (told_award){.is = true,
                          .slot = http_int(s, 0),
                          .cluster = sqlite3_column_int(s, 1),
                          .candidates = sqlite3_column_int(s, 2),
                          .round = sqlite3_column_int(s, 3),
                          .pay = http_int(s, 4)};
        code = sqlite3_step(s);
    }
    return http_sql_end(r, s, code);
}

// Slots of events grow with their numbers.
int64_t http_slot_event(http_request *r, sqlite3 *db, int64_t slot)
{
    sqlite3_stmt *s = http_sql(r, db, "SELECT slot,kind FROM event WHERE seq=?");
    sqlite3_stmt *last = http_sql(r, db, "SELECT coalesce(max(seq),0)+1 FROM event");
    int64_t low = 1, high = 1, found = 0;
    if (s != NULL && last != NULL && sqlite3_step(last) == SQLITE_ROW) {
        high = http_int(last, 0);
    }
    int64_t end = high;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        sqlite3_reset(s);
        sqlite3_bind_int64(s, 1, middle);
        if (sqlite3_step(s) == SQLITE_ROW && http_int(s, 0) < slot) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; found == 0 && low < end; low++) {
        sqlite3_reset(s);
        sqlite3_bind_int64(s, 1, low);
        if (sqlite3_step(s) != SQLITE_ROW || http_int(s, 0) > slot) {
            break;
        }
        found = strcmp((const char *)sqlite3_column_text(s, 1), "slot") == 0 ? low : 0;
    }
    sqlite3_finalize(s);
    sqlite3_finalize(last);
    return found;
}

bool http_write_why(http_request *r, sqlite3 *db, int64_t task, FILE *out)
{
    told_award award = {0};
    sqlite3_stmt *s = http_sql(r, db, "SELECT work,needed,reason FROM task WHERE id=?");
    if (s == NULL || !read_award(r, db, task, &award)) {
        sqlite3_finalize(s);
        return false;
    }
    sqlite3_bind_int64(s, 1, task);
    int code = sqlite3_step(s);
    if (code == SQLITE_ROW) {
        const told_task t = {
            .work_gigacycles = (double)http_int(s, 0) / 1e9,
            .needed = sqlite3_column_type(s, 1) == SQLITE_NULL ? (double)NAN
                                                               : sqlite3_column_double(s, 1),
            .reason = (const char *)sqlite3_column_text(s, 2),
        };
        fputs(",\"why\":{", out);
        if (award.is) {
            say_cluster(&award, out);
            say_price(r, &t, &award, out);
            int64_t seq = http_slot_event(r, db, award.slot);
            fprintf(out, ",\"award_event_seq\":\"%" PRId64 "\"", seq);
        } else {
            say_instead(&t, out);
        }
        fputs("}", out);
        code = sqlite3_step(s);
    }
    return http_sql_end(r, s, code);
}
